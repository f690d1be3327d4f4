/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "desk.h"
#include "harness/ok.h"
#include "harness/sealed.h"

#include <stdio.h>
#include <stdlib.h>

#include "wire/message.h"

#define MIB (UINT64_C(1024) * 1024)

static const char *const till_tables[] = {JOURNAL_TABLES, TILL_TABLES};
static const char *const cache_tables[] = {MEMBERS_TABLES};

static int64_t wall_unix_ms(void *self)
{
    return ((struct desk *)self)->wall_unix_ms;
}

static uint64_t mono_ms(void *self)
{
    struct desk *desk = self;
    return desk->mono_ms += desk->mono_each_ms;
}

static int32_t utc_offset_min(void *self, int64_t unix_ms)
{
    (void)self;
    (void)unix_ms;
    return 120;
}

static const struct clock_ops clock_ops = {wall_unix_ms, mono_ms, utc_offset_min};

static enum err fill_random(void *self, uint8_t *out, size_t size)
{
    struct desk *desk = self;
    for (size_t i = 0; i < size; i++)
        out[i] = desk->next_random++;
    return ERR_OK;
}

static enum err ask_member(void *self, const struct vault_tokens *tokens)
{
    struct desk *desk = self;
    desk->asked_count++;
    memcpy(desk->asked, tokens->rows[0], TOKEN_SIZE);
    return ERR_OK;
}

static bool is_connected(void *self)
{
    return ((struct desk *)self)->is_hub_connected;
}

static enum err ask_receipt(void *self, const kassa_ReceiptId *id)
{
    struct desk *desk = self;
    desk->wanted = *id;
    desk->wanted_count++;
    return desk->answers_reserves ? ERR_OK : ERR_CLOSED;
}

static enum err reserve(void *self, const kassa_Reserve *wanted)
{
    struct desk *desk = self;
    desk->reserve = *wanted;
    desk->reserve_count++;
    return desk->answers_reserves ? ERR_OK : ERR_CLOSED;
}

static enum err release(void *self, const char *key)
{
    struct desk *desk = self;
    desk->release_count++;
    (void)snprintf(desk->released, sizeof desk->released, "%s", key);
    return ERR_OK;
}

static enum err ask_gift(void *self, const uint8_t account[TOKEN_SIZE])
{
    struct desk *desk = self;
    desk->gift_count++;
    memcpy(desk->gift, account, TOKEN_SIZE);
    return desk->answers_reserves ? ERR_OK : ERR_CLOSED;
}

static void notify(void *self, enum till_event event, const struct till_outcome *outcome)
{
    struct desk *desk = self;
    if (desk->event_count < DESK_EVENTS)
        desk->events[desk->event_count++] = event;
    if (outcome != NULL)
        desk->outcome = *outcome;
}

static struct lmdb_storage *open_storage(struct desk *desk, const char *name, const char *const *tables,
                                         unsigned count, uint64_t size)
{
    char path[128];
    struct lmdb_storage *storage = NULL;
    folder_join(&desk->folder, name, path);
    struct lmdb_options options = {.path = path,
                                   .tables = tables,
                                   .table_count = count,
                                   .map_size_bytes = size,
                                   .random = {fill_random, desk}};
    ok(lmdb_storage_open(&options, &storage));
    return storage;
}

static void open_desk(struct desk *desk)
{
    desk->journal_lmdb =
        open_storage(desk, "journal", till_tables, COUNT_OF(till_tables), desk->journal_size_bytes);
    desk->cache_lmdb = open_storage(desk, "cache", cache_tables, MEMBERS_TABLE_COUNT, 16 * MIB);
    struct journal_settings settings = {.random = {fill_random, desk}};
    desk->disk = (struct faulty_storage){.inner = lmdb_storage_as_storage(desk->journal_lmdb)};
    ok(journal_open(faulty_storage_as_storage(&desk->disk), &settings, &desk->journal));
    ok(members_open(lmdb_storage_as_storage(desk->cache_lmdb), 0, &desk->members));
    desk->settings.journal = desk->journal;
    desk->settings.members = desk->members;
    desk->settings.storage = faulty_storage_as_storage(&desk->disk);
    desk->settings.first_table = JOURNAL_TABLE_COUNT;
    ok(till_open(&desk->settings, &desk->till));
}

static void close_stores(struct desk *desk)
{
    members_close(desk->members);
    journal_close(desk->journal);
    lmdb_storage_close(desk->cache_lmdb);
    lmdb_storage_close(desk->journal_lmdb);
}

static int set_up(void **state, uint64_t journal_size_bytes)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    ok(vault_open());
    desk->folder = folder_make();
    desk->journal_size_bytes = journal_size_bytes;
    desk->wall_unix_ms = INT64_C(86400000) * DESK_DAY + 10 * 3600 * 1000; /* noon in the store */
    desk->mono_ms = 1000000;
    desk->settings = (struct till_settings){.tenant = "chain",
                                            .store = "s1",
                                            .till = "till-1",
                                            .software = "kassa-test",
                                            .currency = "EUR",
                                            .exponent = 2,
                                            .locale = "en",
                                            .numbers = card_number_rules_default(),
                                            .ask_ms = 300,
                                            .member_ms = 60000,
                                            .clock = {&clock_ops, desk},
                                            .random = {fill_random, desk},
                                            .hub = {.self = desk,
                                                    .ask_member = ask_member,
                                                    .is_connected = is_connected,
                                                    .ask_receipt = ask_receipt,
                                                    .reserve = reserve,
                                                    .release = release,
                                                    .ask_gift = ask_gift},
                                            .listener = {desk, notify}};
    desk->settings.peppers = sealed_peppers(0);
    open_desk(desk);
    desk_put_member(desk, DESK_ALICE, 0xA1, 100, 1000);
    *state = desk;
    return 0;
}

int desk_setup(void **state)
{
    return set_up(state, 64 * MIB);
}

int desk_setup_small(void **state)
{
    return set_up(state, 1 * MIB);
}

int desk_teardown(void **state)
{
    struct desk *desk = *state;
    till_close(desk->till, "end of test");
    close_stores(desk);
    folder_remove(&desk->folder);
    free(desk);
    return 0;
}

/* The old till's memory is given back through its close, whose record must not be written: it is cut off. */
void desk_restart(struct desk *desk)
{
    struct till *old = desk->till;
    struct journal *dead = NULL;
    close_stores(desk);
    struct lmdb_storage *aside = open_storage(desk, "aside", journal_tables, JOURNAL_TABLE_COUNT, 16 * MIB);
    struct journal_settings settings = {.random = {fill_random, desk}};
    ok(journal_open(lmdb_storage_as_storage(aside), &settings, &dead));
    ((struct till_settings *)(uintptr_t)till_get_settings(old))->journal = dead;
    desk->disk.is_sticky = true; /* nor may its suspended baskets be touched */
    desk->disk.fail_at = 1;
    till_close(old, "cut");
    journal_close(dead);
    lmdb_storage_close(aside);
    open_desk(desk);
}

void desk_tell_member(struct desk *desk, const char *card, kassa_Member *member)
{
    uint8_t bytes[MEMBER_RECORD_SIZE_MAX];
    size_t size = 0;
    struct member_change change = {.token_count = 1};
    member->version = members_version(desk->members) + 1;
    ok(vault_card_token(&desk->settings.peppers.rows[0], card, change.tokens[0]));
    for (pb_size_t i = 0; i < member->card_tokens_count; i++) {
        if (memcmp(change.tokens[0], member->card_tokens[i].bytes, TOKEN_SIZE) != 0)
            memcpy(change.tokens[change.token_count++], member->card_tokens[i].bytes, TOKEN_SIZE);
    }
    kassa_Member stored = *member;
    stored.key.size = 0;
    ok(wire_encode(kassa_Member_fields, &stored, bytes, sizeof bytes, &size));
    memcpy(change.id, member->id.bytes, MEMBER_SIZE);
    change.message = span_of(bytes, size);
    change.key = span_of(member->key.bytes, member->key.size);
    struct members_update update = {members_version(desk->members), member->version, &change, 1};
    if (update.from_version == 0)
        update.to_version = 1;
    ok(members_apply(desk->members, &update));
}

void desk_put_member(struct desk *desk, const char *card, uint8_t id, int64_t points, int64_t as_of_unix_ms)
{
    kassa_Member member = kassa_Member_init_zero;
    member.id.size = MEMBER_SIZE;
    memset(member.id.bytes, id, MEMBER_SIZE);
    member.points = points;
    member.points_as_of_unix_ms = as_of_unix_ms;
    sealed_fill(&desk->settings.peppers, desk->settings.random, "Alice", 0, &member);
    (void)snprintf(member.segments[0], sizeof member.segments[0], "coffee");
    member.segments_count = 1;
    desk_tell_member(desk, card, &member);
}

void desk_answer(struct desk *desk, kassa_ReserveStatus status, kassa_ReserveReason reason, uint32_t row)
{
    kassa_Reservation answer = {.status = status, .reason = reason, .row = row};
    memcpy(answer.key, desk->reserve.key, sizeof answer.key);
    till_hear_reservation(desk->till, &answer);
}

void desk_answer_gift(struct desk *desk, int64_t available_minor)
{
    kassa_GiftFound found = {.account = {.size = TOKEN_SIZE}, .currency = "EUR", .exponent = 2};
    memcpy(found.account.bytes, desk->gift, TOKEN_SIZE);
    found.found = available_minor >= 0;
    found.available_minor = available_minor >= 0 ? available_minor : 0;
    till_hear_gift(desk->till, &found);
}

enum err desk_tap(struct desk *desk, const char *card)
{
    struct till_card seen = {
        .text = card, .technology = kassa_CardTechnology_CARD_NDEF, .read = kassa_CardRead_READ_NFC};
    return till_see_card(desk->till, &seen);
}

bool desk_heard(const struct desk *desk, enum till_event event)
{
    for (size_t i = 0; i < desk->event_count; i++) {
        if (desk->events[i] == event)
            return true;
    }
    return false;
}

void desk_forget_events(struct desk *desk)
{
    desk->event_count = 0;
}

kassa_Line *desk_ring_up(struct till_basket *basket, const char *sku, int64_t price_minor, int64_t units)
{
    kassa_Line *line = &basket->lines[basket->line_count++];
    *line = (kassa_Line)kassa_Line_init_zero;
    (void)snprintf(line->sku, sizeof line->sku, "%s", sku);
    (void)snprintf(line->unit, sizeof line->unit, "pcs");
    line->quantity_milli = units * 1000;
    line->unit_price_e5 = price_minor * 1000;
    line->list_price_e5 = line->unit_price_e5;
    return line;
}

void desk_put_basket(struct desk *desk, const char *id, int64_t price_minor, int64_t units)
{
    struct till_basket *basket = till_stage_basket(desk->till);
    (void)snprintf(basket->id, sizeof basket->id, "%s", id);
    (void)desk_ring_up(basket, "article", price_minor, units);
    ok(till_put_basket(desk->till, &desk->refusal));
}

struct till_request desk_request(const char *key, const char *content)
{
    return (struct till_request){span_of_text(key), span_of_text(content)};
}

enum err desk_commit(struct desk *desk, const char *basket, const char *key, int64_t paid_minor,
                     struct till_outcome *out)
{
    struct till_tenders tenders = {.count = 1, .rest = 1};
    char content[160];
    tenders.rows[0] = (kassa_Tender){.kind = kassa_TenderKind_TENDER_CASH, .amount_minor = paid_minor};
    (void)snprintf(content, sizeof content, "%s %lld", basket, (long long)paid_minor);
    struct till_request request = desk_request(key, content);
    return till_commit(desk->till, &request, basket, &tenders, out, &desk->refusal);
}

enum sale_state desk_state(const struct desk *desk)
{
    struct till_status status;
    till_get_status(desk->till, &status);
    return status.state;
}

int64_t desk_total(const struct desk *desk)
{
    struct till_priced priced;
    assert_true(till_get_basket(desk->till, &priced));
    return priced.result->total_minor;
}

const struct wire_record *desk_receipt(struct desk *desk, uint64_t number)
{
    const struct wire_record *record = NULL;
    ok(till_read_receipt(desk->till, number, &record));
    return record;
}

uint64_t desk_last_seq(const struct desk *desk)
{
    return journal_next_seq(desk->journal) - 1;
}

kassa_RecordKind desk_kind_at(struct desk *desk, uint64_t seq)
{
    static uint8_t buffer[RECORD_SIZE_MAX];
    struct journal_record stored;
    kassa_Record head;
    ok(journal_read(desk->journal, seq, buffer, sizeof buffer, &stored));
    ok(wire_record_peek(stored.bytes, &head));
    assert_int_equal(head.seq, seq);
    return head.kind;
}
