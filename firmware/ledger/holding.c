/* SPDX-License-Identifier: Apache-2.0 */
/* What an account holds beside points: spend by day and by year, and stamp cards. */
#include "base/civil.h"
#include "base/money.h"
#include "ledger/internal.h"

/* ---- spend */

struct spend_list {
    struct ledger_spend *rows; /* ascending days */
    uint32_t *count;
    uint32_t capacity;
    bool is_joined_when_full; /* the oldest two become one; else the oldest is forgotten */
};

static void make_room(const struct spend_list *list)
{
    if (*list->count < list->capacity)
        return;
    if (list->is_joined_when_full)
        list->rows[1].spent_minor += list->rows[0].spent_minor;
    --*list->count;
    memmove(&list->rows[0], &list->rows[1], *list->count * sizeof(list->rows[0]));
}

static enum err add_spend(const struct spend_list *list, int32_t day, int64_t spent_minor)
{
    uint32_t at = *list->count;
    while (at > 0 && list->rows[at - 1].day >= day)
        at--;
    if (at < *list->count && list->rows[at].day == day)
        return money_add(list->rows[at].spent_minor, spent_minor, &list->rows[at].spent_minor);
    uint32_t before = *list->count;
    make_room(list);
    if (before > *list->count && at > 0)
        at--;
    memmove(&list->rows[at + 1], &list->rows[at], (*list->count - at) * sizeof(list->rows[0]));
    list->rows[at] = (struct ledger_spend){day, spent_minor};
    ++*list->count;
    return ERR_OK;
}

#define SPEND_MAX (INT64_MAX / (4 * LEDGER_SPENDS_MAX)) /* of one record: sums over all days have room */

static bool has_room_for_spend(const struct ledger_account *account, int64_t spent_minor)
{
    bool has_room = spent_minor <= SPEND_MAX && spent_minor >= -SPEND_MAX;
    for (uint32_t i = 0; i < account->year_count; i++) {
        int64_t sum = account->years[i].spent_minor;
        has_room = has_room && sum <= SPEND_MAX && sum >= -SPEND_MAX;
    }
    return has_room;
}

enum err ledger_spend(struct ledger_account *account, int32_t day, int64_t spent_minor)
{
    if (!has_room_for_spend(account, spent_minor))
        return ERR_RANGE;
    if (spent_minor == 0)
        return ERR_OK;
    struct spend_list days = {account->spends, &account->spend_count, LEDGER_SPENDS_MAX, true};
    struct spend_list years = {account->years, &account->year_count, LEDGER_YEARS_MAX, false};
    TRY(add_spend(&days, day, spent_minor));
    return add_spend(&years, civil_date_of(day).year, spent_minor);
}

/* ---- stamps */

static struct ledger_stamps *find_card(struct ledger_account *account, const char *card)
{
    for (uint32_t i = 0; i < account->stamp_count; i++) {
        if (strncmp(account->stamps[i].card, card, STAMP_CARD_MAX) == 0)
            return &account->stamps[i];
    }
    return NULL;
}

static struct ledger_stamps *begin_card(struct ledger_account *account, const char *card)
{
    uint32_t place = account->stamp_count;
    if (place == STAMP_CARDS_MAX) {
        place = 0;
        for (uint32_t i = 1; i < STAMP_CARDS_MAX; i++)
            place = account->stamps[i].last_day < account->stamps[place].last_day ? i : place;
    } else {
        account->stamp_count++;
    }
    account->stamps[place] = (struct ledger_stamps){.count = 0};
    memcpy(account->stamps[place].card, card, strnlen(card, STAMP_CARD_MAX));
    return &account->stamps[place];
}

/* Full cards leave, or come back to cover what is missing. */
static int64_t settle_card(struct ledger_stamps *card, bool no_rollover)
{
    if (card->card_size == 0)
        return 0;
    int64_t size = card->card_size, filled = 0;
    if (card->count >= size) {
        filled = no_rollover ? 1 : card->count / size;
        card->count = no_rollover ? 0 : card->count % size;
    } else if (card->count < 0) {
        int64_t wanted = (-card->count + size - 1) / size;
        filled = wanted < card->filled ? -wanted : -card->filled;
        card->count -= filled * size;
    }
    card->filled += filled;
    return filled;
}

enum err ledger_stamp(struct ledger_account *account, const struct ledger_stamping *stamping,
                      int64_t *out_filled)
{
    if (stamping->count > LEDGER_POINTS_MAX || stamping->count < -LEDGER_POINTS_MAX)
        return ERR_RANGE;
    struct ledger_stamps *card = find_card(account, stamping->card);
    int64_t count = card == NULL ? 0 : card->count;
    if (count > INT64_MAX - LEDGER_POINTS_MAX || count < INT64_MIN + LEDGER_POINTS_MAX)
        return ERR_RANGE;
    card = card == NULL ? begin_card(account, stamping->card) : card;
    card->card_size = stamping->card_size > 0 ? stamping->card_size : card->card_size;
    card->last_day = stamping->day;
    card->count += stamping->count;
    *out_filled = settle_card(card, stamping->no_rollover);
    return ERR_OK;
}
