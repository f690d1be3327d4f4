# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(lan_word SOURCES lan_word_fuzz.c DEPENDS lan vault wire)
kassa_fuzz(lan_answer SOURCES lan_answer_fuzz.c DEPENDS lan wire)
