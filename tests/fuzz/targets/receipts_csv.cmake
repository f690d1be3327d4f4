# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(receipts_csv SOURCES receipts_csv_fuzz.c DEPENDS shopper_plan)
