/* SPDX-License-Identifier: Apache-2.0 */
#include "office/programme.h"

#include "offers/book.h"

static void copy_text(char *out, size_t capacity, struct span text)
{
    size_t size = text.size < capacity - 1 ? text.size : capacity - 1;
    if (size > 0)
        memcpy(out, text.bytes, size);
    out[size] = '\0';
}

static enum err copy_tiers(const struct book *book, crm_Programme *out)
{
    uint32_t count = book->header.programme_rules.tier_rules.count;
    if (count > COUNT_OF(out->tiers))
        return ERR_TOO_LONG;
    out->tiers_count = (pb_size_t)count;
    for (uint32_t i = 0; i < count; i++) {
        struct book_tier tier = book_tier_at(book, i);
        out->tiers[i] = (crm_Tier){
            .from_minor = tier.from_minor, .keep_minor = tier.keep_minor, .window_days = tier.window_days};
        copy_text(out->tiers[i].name, sizeof(out->tiers[i].name), book_symbol_text(book, tier.tier));
    }
    return ERR_OK;
}

enum err programme_of_book(struct span bytes, crm_Programme *out)
{
    struct book book;
    TRY(book_open(bytes, &book));
    const struct book_programme *rules = &book.header.programme_rules;
    crm_Programme programme = {.book_version = book.header.version,
                               .exponent = book.header.exponent,
                               .burn_points = rules->burn_points,
                               .burn_value_minor = rules->burn_value_minor,
                               .offline_card_day_points = rules->offline_card_day_points,
                               .offline_till_day_points = rules->offline_till_day_points,
                               .pending_days = rules->pending_days,
                               .lifetime = rules->lifetime,
                               .lifetime_unit = rules->lifetime_unit,
                               .expiry_round = rules->expiry_round};
    copy_text(programme.name, sizeof(programme.name), book.header.programme);
    memcpy(programme.currency, book.header.currency, sizeof(programme.currency));
    TRY(copy_tiers(&book, &programme));
    *out = programme;
    return ERR_OK;
}
