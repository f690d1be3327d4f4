# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(book SOURCES book_fuzz.c DEPENDS offers)
