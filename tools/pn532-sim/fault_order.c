/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/fault_order.h"
#include "pn532-sim/commands.h"
#include "pn532-sim/values.h"

#define AT_KIND  1
#define AT_VALUE 2

static enum err fail(enum err error, const char *why, const char **out_why)
{
    *out_why = why;
    return error;
}

static enum err read_bytes(const char *word, struct pn532_fault *fault, const char **out_why)
{
    enum err error = pn532_hex_read(word, fault->bytes, sizeof(fault->bytes), &fault->size);
    if (error != ERR_OK || fault->size < fault->kind->least || fault->size > fault->kind->most)
        return fail(ERR_SYNTAX,
                    "this fault wants its bytes as hex: code and status one, the others up to some 260",
                    out_why);
    return ERR_OK;
}

/* Kind and value; *out_at is the next word. */
static enum err read_kind(const struct pn532_words *words, struct pn532_fault *fault, size_t *out_at,
                          const char **out_why)
{
    fault->kind = pn532_fault_kind_find(words->word[AT_KIND]);
    if (fault->kind == NULL)
        return fail(ERR_NOT_FOUND, "no such fault; help lists them", out_why);
    *out_at = AT_VALUE;
    if (fault->kind->value == PN532_FAULT_TAKES_NOTHING)
        return ERR_OK;
    if (words->count <= AT_VALUE)
        return fail(ERR_SYNTAX, "this fault wants its bytes as hex, or its number", out_why);
    *out_at = AT_VALUE + 1;
    if (fault->kind->value == PN532_FAULT_TAKES_BYTES)
        return read_bytes(words->word[AT_VALUE], fault, out_why);
    if (pn532_number_read(words->word[AT_VALUE], fault->kind->most, &fault->number) != ERR_OK)
        return fail(ERR_RANGE, "this fault wants a number, and one that is not too large", out_why);
    return ERR_OK;
}

static enum err read_count(const char *word, uint32_t *out, const char **out_why)
{
    if (pn532_number_read(word, PN532_FOREVER - 1, out) != ERR_OK)
        return fail(ERR_SYNTAX, "the count of replies is a number", out_why);
    return ERR_OK;
}

static enum err read_command(const char *word, uint8_t *out, const char **out_why)
{
    for (const struct pn532_command *command = pn532_commands(); command->name != NULL; command++)
        if (strcmp(command->name, word) == 0) {
            *out = command->code;
            return ERR_OK;
        }
    return fail(ERR_NOT_FOUND, "no such command of the chip; stats names those that it was given", out_why);
}

static enum err read_clause(const char *name, const char *word, struct pn532_fault *fault,
                            const char **out_why)
{
    if (strcmp(name, "of") == 0)
        return read_command(word, &fault->of, out_why);
    if (strcmp(name, "after") == 0)
        return read_count(word, &fault->after, out_why);
    if (strcmp(name, "times") == 0)
        return read_count(word, &fault->remaining, out_why);
    return fail(ERR_SYNTAX, "behind a fault stand of <command>, after <n>, times <n>", out_why);
}

enum err pn532_fault_parse(const struct pn532_words *words, struct pn532_fault *out, const char **out_why)
{
    struct pn532_fault fault = {.of = PN532_ANY_COMMAND, .remaining = PN532_FOREVER};
    size_t at;
    TRY(read_kind(words, &fault, &at, out_why));
    if ((words->count - at) % 2 != 0)
        return fail(ERR_SYNTAX, "of, after and times want a word each", out_why);
    for (; at < words->count; at += 2)
        TRY(read_clause(words->word[at], words->word[at + 1], &fault, out_why));
    *out = fault;
    return ERR_OK;
}

enum err pn532_garbage_parse(const struct pn532_words *words, struct pn532_fault *out, const char **out_why)
{
    struct pn532_fault fault = {.of = PN532_ANY_COMMAND, .remaining = PN532_FOREVER};
    size_t at = AT_VALUE;
    if (words->count == 2 &&
        pn532_number_read(words->word[AT_KIND], PN532_FOREVER - 1, &fault.remaining) == ERR_OK)
        fault.kind = pn532_fault_kind_find("random");
    else
        TRY(read_kind(words, &fault, &at, out_why));
    if (at < words->count)
        TRY(read_count(words->word[at++], &fault.remaining, out_why));
    if (at < words->count)
        return fail(ERR_SYNTAX, "behind this garbage stands how many replies are spoilt, and no more",
                    out_why);
    *out = fault;
    return ERR_OK;
}
