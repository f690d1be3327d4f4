# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(hub_up SOURCES hub_up_fuzz.c ../harness/null_transport.c ../harness/seed.c ../harness/folder.c
  DEPENDS hub store crm wire vault)
kassa_fuzz(sync_down SOURCES sync_down_fuzz.c ../harness/null_transport.c ../harness/sync_till.c
  ../harness/faulty_storage.c ../harness/seed.c ../harness/folder.c ../harness/trust_kit.c
  DEPENDS sync platform_lmdb)
