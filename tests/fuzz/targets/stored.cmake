# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(stored SOURCES stored_fuzz.c DEPENDS journal members bookcase)
