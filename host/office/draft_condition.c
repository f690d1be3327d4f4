/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles the expressions of a book. A fault names the place in the JSON text at which the expression goes
 * wrong, and the place within the expression too: the two differ by what JSON escapes. */
#include "base/arena.h"
#include "offers/conditions_cel.h"
#include "office/book_draft.h"

struct compiler {
    struct form *form;
    struct arena arena;
};

static void complain_of_faults(struct form *form, const struct form_node *node,
                               const struct cel_faults *faults)
{
    uint32_t kept = faults->count < CEL_FAULTS_MAX ? faults->count : CEL_FAULTS_MAX;
    for (uint32_t i = 0; i < kept; i++) {
        const struct cel_fault *fault = &faults->list[i];
        form_complain_within(form, node, (struct place){fault->line, fault->column}, fault->sentence);
    }
}

static void compile(struct compiler *compiler, const struct form_node *node, bool has_line,
                    struct draft_expression *expression)
{
    static const struct cel_type truth = {.kind = CEL_BOOL};
    const struct cel_source source = {
        .text = expression->text, .declarations = conditions_cel_declarations(has_line), .wanted = &truth};
    struct cel_program program = {0};
    struct cel_faults faults = {.count = 0};
    arena_reset(&compiler->arena);
    enum err error = cel_compile(&source, &compiler->arena, &program, &faults);
    complain_of_faults(compiler->form, node, &faults);
    if (error != ERR_OK) {
        if (faults.count == 0)
            form_complain(compiler->form, node, "split it into several offers", "the condition is too large");
        return;
    }
    if (program.bytes.size > BOOK_PROGRAM_MAX) {
        form_complain(compiler->form, node, "split it into several offers",
                      "the condition is too large: %zu bytes compiled, at most %d fit", program.bytes.size,
                      BOOK_PROGRAM_MAX);
        return;
    }
    uint8_t *bytes = form_take(compiler->form, program.bytes.size, 1);
    if (bytes == NULL)
        return;
    memcpy(bytes, program.bytes.bytes, program.bytes.size);
    expression->program = span_of(bytes, program.bytes.size);
}

/* No memory is taken for a book without conditions. */
static bool has_any(const struct draft_book *book)
{
    for (uint32_t i = 0; i < book->offer_count; i++)
        if (book->offers[i].condition.text.size > 0 || book->offers[i].what.condition.text.size > 0)
            return true;
    return false;
}

void draft_compile_conditions(struct form *form, const struct form_node *root, struct draft_book *book)
{
    if (!has_any(book))
        return;
    void *memory = form_take(form, 1, CEL_MEMORY_SIZE);
    if (memory == NULL)
        return;
    struct compiler compiler = {form, arena_of(memory, CEL_MEMORY_SIZE)};
    for (uint32_t i = 0; i < book->offer_count; i++) {
        struct draft_path path;
        draft_path_of_offer(root, i, &path);
        struct form_node condition = form_member(&path.offer, "condition");
        struct form_node what = form_member(&path.offer, "what");
        struct form_node of_line = form_member(&what, "condition");
        if (book->offers[i].condition.text.size > 0)
            compile(&compiler, &condition, false, &book->offers[i].condition);
        if (book->offers[i].what.condition.text.size > 0)
            compile(&compiler, &of_line, true, &book->offers[i].what.condition);
    }
}
