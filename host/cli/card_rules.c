/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/card_rules.h"

#include "office/member_desk.h"

static bool are_digits(struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
    }
    return text.size <= CARD_PREFIX_SIZE_MAX;
}

static enum err read_prefixes(const char *list, struct card_rules *out)
{
    struct span heads[CARD_PREFIXES_MAX];
    uint32_t count;
    TRY(member_desk_split(span_of_text(list), heads, CARD_PREFIXES_MAX, &count));
    for (uint32_t i = 0; i < count; i++) {
        if (!are_digits(heads[i]))
            return ERR_SYNTAX;
        memcpy(out->prefixes[i], heads[i].bytes, heads[i].size);
        out->prefixes[i][heads[i].size] = '\0';
        out->numbers.prefixes[i] = out->prefixes[i];
    }
    out->numbers.prefix_count = count;
    return ERR_OK;
}

enum exit_code card_rules_read(const struct call *call, struct card_rules *out)
{
    out->numbers = card_number_rules_default();
    const char *prefixes = call_value(call, "number-prefixes");
    if (prefixes != NULL && read_prefixes(prefixes, out) != ERR_OK)
        return call_refuse(call, "\"29;22\": at most 8, each of at most 12 digits",
                           "these are no number prefixes");
    const char *check = call_value(call, "number-check");
    if (check != NULL && card_check_read(check, &out->numbers.check) != ERR_OK)
        return call_refuse(call, "none, luhn or mod97, as the tills have it", "there is no check \"%s\"",
                           check);
    return EXIT_DONE;
}
