# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(lmdb_walk SOURCES lmdb_walk_fuzz.c DEPENDS platform_lmdb)
