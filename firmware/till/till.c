/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "till/internal.h"

#define DEADLINE_NONE UINT64_MAX
#define TICK_MS_MAX   1000

/* Room to decode the largest record: lists double as they grow, so twice the largest list of each kind. */
#define LOOKUP_ARENA_SIZE                                                                                    \
    (2 * (LINES_MAX * sizeof(kassa_Line) + DISCOUNTS_MAX * sizeof(kassa_Discount)) + 4096)

void till_notify(struct till *till, enum till_event event, const struct till_outcome *outcome)
{
    const struct till_listener *listener = &till->settings.listener;
    if (listener->notify != NULL)
        listener->notify(listener->self, event, outcome);
}

struct clock_reading till_read_clock(const struct till *till)
{
    const struct clock *clock = &till->settings.clock;
    return (struct clock_reading){clock->ops->wall_unix_ms(clock->self), clock->ops->mono_ms(clock->self)};
}

int64_t till_now_unix_ms(struct till *till)
{
    bool is_off = false;
    int64_t now = trusted_now(&till->time, till_read_clock(till), &is_off);
    if (is_off && !till->is_clock_off)
        till_note_fault(till, "clock.off",
                        "the till's clock is wrong; the time goes by head office or by the newest record");
    till->is_clock_off = is_off;
    return now;
}

int32_t till_business_day(struct till *till)
{
    const struct clock *clock = &till->settings.clock;
    int64_t now = till_now_unix_ms(till);
    return civil_moment_of(now, clock->ops->utc_offset_min(clock->self, now)).day;
}

enum err till_check_step(const struct till *till, enum sale_event event)
{
    return sale_step_of(till->state, event).is_allowed ? ERR_OK : ERR_STATE;
}

static void clear_basket(struct till *till)
{
    struct till_basket *basket = till_basket_of(till);
    basket->id[0] = '\0';
    basket->line_count = 0;
    basket->back_count = 0;
    basket->gift_count = 0;
    basket->exchange.back_count = 0;
    till_forget_wishes(till);
    till_drop_hold(till);
    till->burn = (struct till_burn){0};
    till->result = (struct offers_result){0};
}

static void act(struct till *till, enum sale_action action)
{
    switch (action) {
    case SALE_DO_NOTHING:
        break;
    case SALE_DO_GREET:
        till_greet(till);
        till_price_again(till);
        break;
    case SALE_DO_ASK:
        if (till->is_replaced)
            till_notify(till, TILL_MEMBER_GONE, NULL);
        till_price_again(till);
        break;
    case SALE_DO_STRANGE:
        till_notify(till, TILL_MEMBER_UNKNOWN, NULL);
        till_price_again(till);
        break;
    case SALE_DO_FORGET:
        till_forget_customer(till);
        till_price_again(till);
        break;
    case SALE_DO_PRICE:
        till_notify(till, TILL_BASKET, NULL);
        break;
    case SALE_DO_CLEAR:
        clear_basket(till);
        till_notify(till, TILL_BASKET, NULL);
        break;
    case SALE_DO_FINISH:
        clear_basket(till);
        till_forget_customer(till);
        break;
    }
}

void till_take_step(struct till *till, enum sale_event event)
{
    struct sale_step step = sale_step_of(till->state, event);
    KASSA_ASSERT(step.is_allowed);
    bool is_new = step.next != till->state;
    till->state = step.next;
    act(till, step.action);
    if (is_new)
        till_notify(till, TILL_SESSION, NULL);
}

static bool is_name(const char *text)
{
    return text[0] != '\0';
}

static enum err check_settings(const struct till_settings *settings)
{
    bool is_whole = is_name(settings->tenant) && is_name(settings->store) && is_name(settings->till) &&
                    strlen(settings->currency) == 3 && settings->exponent <= 4 &&
                    settings->cash_rounding_minor >= 0 && settings->journal != NULL &&
                    settings->members != NULL && settings->clock.ops != NULL && settings->random.fill != NULL;
    return is_whole ? ERR_OK : ERR_ARGUMENT;
}

static void free_till(struct till *till)
{
    points_done(&till->points);
    tally_done(&till->tally);
    for (size_t i = 0; i < COUNT_OF(till->baskets); i++) {
        free(till->baskets[i].lines);
        free(till->baskets[i].exchange.back);
        free(till->baskets[i].coupons);
        free(till->baskets[i].back_discounts);
        free(till->asked_prices_e5[i]);
    }
    free(till->limited);
    free(till->counters);
    free(till->back.back);
    free(till->offer_lines);
    free(till->workspace);
    free(till->pending_bytes);
    free(till->encoded);
    free(till->discounts);
    free(till->found.bytes);
    free(till->found.arena.block);
    free(till->other.bytes);
    free(till->other.arena.block);
    free(till->told.receipt.bytes);
    free(till->told.receipt.arena.block);
    free(till->links);
    free(till);
}

static void free_tillp(struct till **till)
{
    if (*till != NULL)
        free_till(*till);
}

static void *take(bool *is_short, size_t count, size_t size)
{
    void *memory = calloc(count, size);
    *is_short = *is_short || memory == NULL;
    return memory;
}

static enum err take_memory(struct till *till)
{
    bool is_short = points_open(&till->points) != ERR_OK;
    is_short = tally_open(&till->tally) != ERR_OK || is_short;
    for (size_t i = 0; i < COUNT_OF(till->baskets); i++) {
        struct till_basket *basket = &till->baskets[i];
        basket->lines = take(&is_short, LINES_MAX, sizeof(kassa_Line));
        basket->exchange.back = take(&is_short, LINES_MAX, sizeof(struct till_line_back));
        basket->coupons = take(&is_short, TILL_COUPONS_MAX, sizeof *basket->coupons);
        basket->back_discounts = take(&is_short, DISCOUNTS_MAX, sizeof(kassa_Discount));
        till->asked_prices_e5[i] = take(&is_short, LINES_MAX, sizeof(int64_t));
    }
    till->limited = take(&is_short, LIMITED_MAX, sizeof(struct limited));
    till->counters = take(&is_short, 2 * (LIMITED_MAX + MEMBER_COUNTERS_MAX), sizeof(struct offers_counter));
    till->back.back = take(&is_short, LINES_MAX, sizeof(struct till_line_back));
    till->offer_lines = take(&is_short, LINES_MAX, sizeof(struct offers_line));
    void *workspace = take(&is_short, 1, offers_workspace_size());
    till->pending_bytes = take(&is_short, PENDING_MAX, SMALL_RECORD_MAX);
    till->encoded = take(&is_short, 1, RECORD_SIZE_MAX);
    till->discounts = take(&is_short, DISCOUNTS_MAX, sizeof(kassa_Discount));
    till->found.bytes = take(&is_short, 1, RECORD_SIZE_MAX);
    till->found.arena = arena_of(take(&is_short, 1, LOOKUP_ARENA_SIZE), LOOKUP_ARENA_SIZE);
    till->other.bytes = take(&is_short, 1, RECORD_SIZE_MAX);
    till->other.arena = arena_of(take(&is_short, 1, LOOKUP_ARENA_SIZE), LOOKUP_ARENA_SIZE);
    till->told.receipt.bytes = take(&is_short, 1, RECORD_SIZE_MAX);
    till->told.receipt.arena = arena_of(take(&is_short, 1, LOOKUP_ARENA_SIZE), LOOKUP_ARENA_SIZE);
    till->links = take(&is_short, LINKS_MAX, sizeof(struct link));
    if (workspace != NULL)
        till->workspace = offers_workspace_init(workspace, offers_workspace_size());
    return is_short ? ERR_MEMORY : ERR_OK;
}

/* On a full disk it waits for space: a till that does not start could not make any. */
static enum err write_started(struct till *till)
{
    struct pending what = {0};
    kassa_TillStarted *started = &what.body.till_started;
    (void)snprintf(started->software, sizeof started->software, "%s", till->settings.software);
    started->incarnation = journal_incarnation(till->settings.journal);
    started->clean = till->was_clean;
    started->book_version = till->recorded_book_version;
    till_add_pending(till, kassa_RecordKind_RECORD_TILL_STARTED, &what);
    enum err error = till_flush(till);
    return error == ERR_FULL ? ERR_OK : error;
}

enum err till_open(const struct till_settings *settings, struct till **out_till)
{
    TRY(check_settings(settings));
    struct till *till CLEANUP(free_tillp) = calloc(1, sizeof *till);
    if (till == NULL)
        return ERR_MEMORY;
    till->settings = *settings;
    TRY(take_memory(till));
    uint8_t boot[sizeof till->boot_id];
    TRY(settings->random.fill(settings->random.self, boot, sizeof boot));
    memcpy(&till->boot_id, boot, sizeof boot);
    int64_t newest_unix_ms = 0;
    TRY(till_read_newest(till, &newest_unix_ms, &till->was_clean));
    till->gift_misses = (struct bucket){.capacity = GIFT_MISSES_MAX, .refill_ms = GIFT_MISS_MS};
    trusted_init(&till->time, newest_unix_ms, till_read_clock(till));
    TRY(till_fold_tail(till));
    till->parked.storage = settings->storage;
    till->parked.table = settings->first_table;
    TRY(till_load_suspended(till));
    (void)till_look_back(till, till_read_clock(till).mono_ms);
    TRY(write_started(till));
    *out_till = TAKE(till);
    return ERR_OK;
}

void till_close(struct till *till, const char *reason)
{
    if (till == NULL)
        return;
    struct wire_record *record = till_blank_record(till);
    kassa_TillStopped *stopped = &record->body.till_stopped;
    (void)snprintf(stopped->reason, sizeof stopped->reason, "%s", reason);
    struct till_outcome outcome;
    enum err ignored = parked_clean(&till->parked);
    ignored = till_write(till, kassa_RecordKind_RECORD_TILL_STOPPED, NULL, NULL, &outcome);
    (void)ignored; /* a full disk: the next start says that this stop was not orderly, which is true */
    free_till(till);
}

/* ----------------------------------------------------------------------------------------------- the book */

static enum err record_book(struct till *till, const struct book *book, const uint8_t hash[HASH_SIZE])
{
    bool is_recorded = till->recorded_book_version == book->header.version &&
                       memcmp(till->recorded_book_hash, hash, HASH_SIZE) == 0;
    if (is_recorded)
        return ERR_OK;
    kassa_BookActivated *activated = &till_blank_record(till)->body.book_activated;
    activated->version = book->header.version;
    activated->root_version = till->next_terms.root_version;
    activated->signed_unix_ms = till->next_terms.signed_unix_ms;
    activated->hash.size = HASH_SIZE;
    memcpy(activated->hash.bytes, hash, HASH_SIZE);
    struct till_outcome outcome;
    return till_write(till, kassa_RecordKind_RECORD_BOOK_ACTIVATED, NULL, NULL, &outcome);
}

enum err till_use_book(struct till *till, const struct book *book, const uint8_t hash[HASH_SIZE])
{
    if (book != NULL) {
        const struct book_header *header = &book->header;
        if (strcmp(header->currency, till->settings.currency) != 0 ||
            header->exponent != till->settings.exponent)
            return ERR_ARGUMENT;
        TRY(record_book(till, book, hash));
        memcpy(till->book_hash, hash, HASH_SIZE);
    }
    till->book = book;
    till->terms = till->next_terms;
    till->book_faults = 0;
    till->fault_basket[0] = '\0';
    till->dropped_count = 0;
    till_list_limited(till);
    till->has_counters = false;
    for (size_t i = 0; i < till->wishes.presented_count; i++)
        till->wishes.presented[i].refused = TILL_COUPON_FRESH;
    till->customer.offer_count = 0; /* indexes of the book before */
    till_notify(till, TILL_BOOK, NULL);
    if (till->has_customer && till->customer.is_known)
        till_greet(till);
    till_price_again(till);
    return ERR_OK;
}

void till_set_book_terms(struct till *till, const struct till_book_terms *terms)
{
    till->next_terms = *terms;
}

void till_get_book_witness(const struct till *till, struct till_book_witness *out)
{
    *out = (struct till_book_witness){.version = till->recorded_book_version,
                                      .root_version = till->recorded_root_version,
                                      .signed_unix_ms = till->recorded_signed_unix_ms};
    memcpy(out->hash, till->recorded_book_hash, HASH_SIZE);
}

void till_use_coupon_keys(struct till *till, const uint8_t (*keys)[VAULT_PUBLIC_SIZE], size_t count)
{
    till->settings.coupon_keys = keys;
    till->settings.coupon_key_count = count;
}

uint32_t till_count_book_faults(const struct till *till)
{
    return till->book_faults;
}

/* ---------------------------------------------------------------------------------------- time and faults */

void till_hear_hub_time(struct till *till, int64_t hub_unix_ms)
{
    trusted_hear_hub(&till->time, hub_unix_ms, till_read_clock(till));
    tally_hear_day(&till->tally, till_business_day(till)); /* notes a clock that is off */
}

void till_note_fault(struct till *till, const char *code, const char *text)
{
    till_note_book_fault(till, code, 0, text);
}

void till_note_book_fault(struct till *till, const char *code, uint64_t version, const char *text)
{
    struct pending what = {0};
    kassa_TillFault *fault = &what.body.till_fault;
    fault->book_version = version;
    (void)snprintf(fault->code, sizeof fault->code, "%s", code);
    (void)snprintf(fault->text, sizeof fault->text, "%s", text);
    (void)snprintf(till->fault_code, sizeof till->fault_code, "%s", code);
    (void)snprintf(till->fault_text, sizeof till->fault_text, "%s", text);
    till_add_pending(till, kassa_RecordKind_RECORD_TILL_FAULT, &what);
    till_notify(till, TILL_FAULT, NULL);
}

static uint64_t next_deadline(const struct till *till)
{
    if (sale_is_asking(till->state))
        return till->ask_until_mono_ms;
    bool is_waiting = till->state == SALE_IDENTIFIED || till->state == SALE_STRANGER;
    return is_waiting ? till->stay_until_mono_ms : DEADLINE_NONE;
}

uint32_t till_tick(struct till *till)
{
    uint64_t now = till_read_clock(till).mono_ms;
    if (next_deadline(till) <= now)
        till_take_step(till, sale_is_asking(till->state) ? SALE_MEMBER_ABSENT : SALE_MEMBER_EXPIRED);
    till_expire_told(till, now);
    till_expire_hold(till, now);
    uint64_t gift = till_expire_gift(till, now);
    uint64_t next = next_deadline(till);
    next = gift < next ? gift : next;
    if (till->told.state == TOLD_ASKED && till->told.until_mono_ms < next)
        next = till->told.until_mono_ms;
    if (till->hold.state == HOLD_ASKED && till->hold.until_mono_ms < next)
        next = till->hold.until_mono_ms;
    uint32_t back = till_look_back(till, now);
    uint64_t wait = next == DEADLINE_NONE ? TICK_MS_MAX : next > now ? next - now : 1;
    wait = back < wait ? back : wait;
    return wait < TICK_MS_MAX ? (uint32_t)wait : TICK_MS_MAX;
}

bool till_has_pending(const struct till *till)
{
    return till->pending_count > 0 || parked_has_gone(&till->parked);
}

void till_get_status(const struct till *till, struct till_status *out)
{
    const struct till_settings *settings = &till->settings;
    bool is_off = false;
    int64_t now = trusted_now(&till->time, till_read_clock(till), &is_off);
    int32_t offset_min = settings->clock.ops->utc_offset_min(settings->clock.self, now);
    *out = (struct till_status){
        .state = till->state,
        .boot_id = till->boot_id,
        .incarnation = journal_incarnation(settings->journal),
        .next_seq = journal_next_seq(settings->journal),
        .next_receipt = journal_next_receipt(settings->journal),
        .business_day = civil_moment_of(now, offset_min).day,
        .has_book = till->book != NULL,
        .book_version = till->book != NULL ? till->book->header.version : 0,
        .is_hub_connected =
            settings->hub.is_connected != NULL && settings->hub.is_connected(settings->hub.self),
        .was_clean = till->was_clean,
    };
    memcpy(out->fault_code, till->fault_code, sizeof out->fault_code);
    memcpy(out->fault_text, till->fault_text, sizeof out->fault_text);
}

const struct till_settings *till_get_settings(const struct till *till)
{
    return &till->settings;
}

const struct book *till_get_book(const struct till *till)
{
    return till->book;
}
