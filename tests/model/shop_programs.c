/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "model/shop.h"
#include "offers/cel/cel.h"
#include "offers/conditions_cel.h"

/* The compiler's memory is large, and taken once. */
static void *memory_of_compiler(void)
{
    static void *memory; /* kept until the program ends */
    if (memory == NULL)
        memory = malloc(CEL_MEMORY_SIZE);
    KASSA_ASSERT(memory != NULL);
    return memory;
}

struct span shop_compile(const struct term *terms, uint32_t count, bool has_line, uint8_t *out, size_t size)
{
    static const struct cel_type wanted = {.kind = CEL_BOOL};
    char text[TERMS_TEXT_MAX];
    if (count == 0)
        return span_of(NULL, 0);
    terms_print(terms, count, text);
    struct arena arena = arena_of(memory_of_compiler(), CEL_MEMORY_SIZE);
    struct cel_source source = {
        .text = span_of_text(text), .declarations = conditions_cel_declarations(has_line), .wanted = &wanted};
    struct cel_program program;
    struct cel_faults faults;
    enum err error = cel_compile(&source, &arena, &program, &faults);
    if (error != ERR_OK || program.bytes.size > size) {
        (void)fprintf(stderr, "%s: %s\n", text, err_sentence(error));
        abort();
    }
    memcpy(out, program.bytes.bytes, program.bytes.size);
    return span_of(out, program.bytes.size);
}
