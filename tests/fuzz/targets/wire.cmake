# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(wire SOURCES wire_fuzz.c DEPENDS wire)
