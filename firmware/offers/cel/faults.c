/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/cel/compiler.h"
#include "offers/cel/text.h"

static void place_of(struct span text, uint32_t at, struct cel_fault *fault)
{
    fault->line = 1;
    fault->column = 1;
    for (uint32_t i = 0; i < at && i < text.size; i++) {
        if (text.bytes[i] == '\n') {
            fault->line++;
            fault->column = 1;
        } else if ((text.bytes[i] & 0xc0) != 0x80) {
            fault->column++;
        }
    }
}

/* Adds as much as there is room for, never half of a character. */
static size_t add(char *out, size_t size, struct span part)
{
    size_t room = CEL_SENTENCE_MAX - 1 - size;
    size_t count = part.size < room ? part.size : room;
    while (count > 0 && count < part.size && (part.bytes[count] & 0xc0) == 0x80)
        count--;
    if (count > 0)
        memcpy(out + size, part.bytes, count);
    return size + count;
}

void cel_report(struct compiler *c, uint32_t at, const char *format, struct span first, struct span second)
{
    struct cel_faults *faults = c->faults;
    if (faults->count >= CEL_FAULTS_MAX)
        return;
    struct cel_fault *fault = &faults->list[faults->count++];
    place_of(c->source->text, at, fault);
    size_t size = 0;
    struct span next = first;
    for (; *format != '\0'; format++) {
        bool is_argument = *format == '%';
        size = add(fault->sentence, size, is_argument ? next : span_of(format, 1));
        if (is_argument)
            next = second;
    }
    fault->sentence[size] = '\0';
}
