# SPDX-License-Identifier: Apache-2.0
kassa_fuzz(enrol SOURCES enrol_fuzz.c ../../host/cli/enrol_files.c DEPENDS office wire vault platform_linux)
