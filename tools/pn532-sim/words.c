/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/words.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Copies one word from *from to *to and ends it with a NUL. The copy is never longer than what was read. */
static enum err copy_word(const char **from, const char *end, char **to)
{
    bool is_quoted = false;
    const char *at = *from;
    for (; at < end && (is_quoted || !is_blank(*at)); at++) {
        if (*at == '\0')
            return ERR_SYNTAX;
        if (*at == '"') {
            is_quoted = !is_quoted;
            continue;
        }
        bool is_escaped = is_quoted && *at == '\\' && at + 1 < end && (at[1] == '"' || at[1] == '\\');
        if (is_escaped)
            at++;
        *(*to)++ = *at;
    }
    *(*to)++ = '\0';
    *from = at;
    return is_quoted ? ERR_SYNTAX : ERR_OK;
}

enum err pn532_words_split(struct span line, struct pn532_words *out_words)
{
    const char *at = (const char *)line.bytes;
    const char *end = at + line.size;
    char *to = out_words->text;
    out_words->count = 0;
    if (line.size > PN532_LINE_SIZE_MAX)
        return ERR_TOO_LONG;
    while (at < end) {
        if (is_blank(*at)) {
            at++;
            continue;
        }
        if (out_words->count == PN532_WORD_COUNT_MAX)
            return ERR_TOO_LONG;
        out_words->word[out_words->count++] = to;
        TRY(copy_word(&at, end, &to));
    }
    return ERR_OK;
}
