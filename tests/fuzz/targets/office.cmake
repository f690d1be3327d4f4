# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(book_json SOURCES book_json_fuzz.c DEPENDS office offers)
kassa_fuzz(members_csv SOURCES members_csv_fuzz.c DEPENDS office)
kassa_fuzz(cases SOURCES cases_fuzz.c DEPENDS office)
kassa_fuzz(catalogue SOURCES catalogue_fuzz.c DEPENDS office)
kassa_fuzz(zone SOURCES zone_fuzz.c DEPENDS office base)
kassa_fuzz(coupon_list SOURCES coupon_list_fuzz.c DEPENDS office)
kassa_fuzz(release SOURCES release_fuzz.c DEPENDS office)
kassa_fuzz(bureau_list SOURCES bureau_list_fuzz.c DEPENDS office)
