# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(trust SOURCES trust_fuzz.c ../harness/trust_kit.c DEPENDS trust)
kassa_fuzz(books SOURCES books_fuzz.c ../harness/book_stall.c ../harness/trust_kit.c ../harness/memory_storage.c ../harness/seed.c
  DEPENDS books)
