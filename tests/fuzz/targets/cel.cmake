# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(cel_text SOURCES cel_text_fuzz.c cel_world.c DEPENDS offers offers_cel)
kassa_fuzz(cel_program SOURCES cel_program_fuzz.c cel_world.c DEPENDS offers offers_cel)
kassa_fuzz(cel_pattern SOURCES cel_pattern_fuzz.c DEPENDS offers_cel)
