# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(pn532_frame SOURCES pn532_frame_fuzz.c DEPENDS pn532)
