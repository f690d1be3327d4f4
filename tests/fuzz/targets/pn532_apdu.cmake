# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(pn532_apdu SOURCES pn532_apdu_fuzz.c DEPENDS pn532)
