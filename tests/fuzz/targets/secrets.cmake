# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(secrets SOURCES secrets_fuzz.c DEPENDS vault base)
