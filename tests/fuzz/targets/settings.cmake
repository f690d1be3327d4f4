# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(settings SOURCES settings_fuzz.c DEPENDS platform_settings)
