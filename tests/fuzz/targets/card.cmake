# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(card_ndef SOURCES card_ndef_fuzz.c ../unit/card/fake_tag.c DEPENDS card)
kassa_fuzz(card_type4 SOURCES card_type4_fuzz.c DEPENDS card vault)
kassa_fuzz(barcode SOURCES barcode_fuzz.c DEPENDS card platform_scanner)
kassa_fuzz(reader_message SOURCES reader_message_fuzz.c DEPENDS card)
kassa_fuzz(vas SOURCES vas_fuzz.c phone_tag.c DEPENDS card vault)
kassa_fuzz(smart_tap SOURCES smart_tap_fuzz.c phone_tag.c DEPENDS card vault)
kassa_fuzz(hid_pos SOURCES hid_pos_fuzz.c DEPENDS platform_scanner)
kassa_fuzz(programme SOURCES programme_fuzz.c phone_tag.c DEPENDS platform_programme)
