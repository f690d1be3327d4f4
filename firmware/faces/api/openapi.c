/* SPDX-License-Identifier: Apache-2.0 */
/* openapi.c - the document as it is served: openapi.json without its indentation. */
#include "faces/api/internal.h"

__asm__(".section .rodata\n"
        ".global openapi_begin\n"
        ".global openapi_end\n"
        "openapi_begin:\n"
        ".incbin \"" KASSA_OPENAPI_FILE "\"\n"
        "openapi_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const uint8_t openapi_begin[];
extern const uint8_t openapi_end[];

struct span openapi_document(void)
{
    return span_of(openapi_begin, (size_t)(openapi_end - openapi_begin));
}
