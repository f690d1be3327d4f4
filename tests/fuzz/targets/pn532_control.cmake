# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(pn532_control SOURCES pn532_control_fuzz.c DEPENDS pn532 pn532_sim)
