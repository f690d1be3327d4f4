# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(certificate SOURCES certificate_fuzz.c DEPENDS vault)
