/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are rows or findings, twice the same. */
#include "office/members_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t read_all(struct span text, struct findings *findings)
{
    struct members_csv csv;
    struct member_entry entry;
    const struct card_number_rules rules = card_number_rules_default();
    char card[CARD_TEXT_MAX];
    size_t sum = 0;
    if (members_csv_open(text, findings, &csv) != ERR_OK)
        return 0;
    for (enum err error = ERR_OK; error != ERR_NOT_FOUND;) {
        error = members_csv_next(&csv, findings, &entry);
        if (error == ERR_OK)
            sum += entry.first_name.size + entry.segment_count +
                   (member_desk_card_text(entry.card, &rules, card) == NULL);
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct findings first = FINDINGS_NONE;
    struct findings second = FINDINGS_NONE;
    KASSA_ASSERT(read_all(span_of(data, size), &first) == read_all(span_of(data, size), &second));
    KASSA_ASSERT(first.error_count == second.error_count);
    findings_done(&first);
    findings_done(&second);
    return 0;
}
