/* SPDX-License-Identifier: Apache-2.0 */
/* attacks_test.c - promise P15: the eleven attacks on the distribution of books, each tried in all its forms on the
 * till's own code. Every attempt must leave the rules in force in force, and raise an alarm with its reason.
 * The last line counts them. Usage: test_books_attacks [--flips N] */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../harness/book_stall.h"
#include "../../harness/ok.h"

#define SIGNERS(...) ((const enum kit_key[]){__VA_ARGS__, KIT_KEYS})

static struct {
    unsigned attacks, attempts, accepted, silent;
    uint64_t flips;
} tally = {.flips = 150};

static int set_up(void **state)
{
    struct stall *stall = stall_new();
    stall_publish(stall, 5);
    KASSA_ASSERT(stall_version(stall) == 5 && stall->told_count == 0);
    *state = stall;
    return 0;
}

static int tear_down(void **state)
{
    stall_delete(*state);
    return 0;
}

/* What came was refused: nothing moved, nothing is on its way, and it was told why (the first time within the hour,
 * and counted at any). */
struct before {
    uint64_t version, refusals, root_version;
    unsigned uses;
    int64_t timestamp_unix_ms;
};

static struct before look(struct stall *stall)
{
    struct books_status status;
    books_get_status(stall->books, &status);
    stall_forget(stall);
    stall->mono_ms += 3700 * 1000; /* so that each alarm is told again */
    stall->wall_unix_ms += 3700 * 1000;
    return (struct before){stall_version(stall), status.refusals, status.root_version, stall->uses,
                           status.timestamp_unix_ms};
}

static bool is_refused(struct stall *stall, const struct before *before)
{
    struct books_status status;
    books_get_status(stall->books, &status);
    bool has_moved = stall_version(stall) != before->version || stall->uses != before->uses ||
                     status.incoming_version != 0 || status.root_version != before->root_version;
    tally.attempts++;
    tally.accepted += has_moved ? 1 : 0;
    tally.silent += status.refusals == before->refusals ? 1 : 0;
    return !has_moved && status.refusals > before->refusals;
}

static void expect_refused(struct stall *stall, const struct before *before, enum trust_reason reason)
{
    assert_true(is_refused(stall, before));
    if (!stall_heard(stall, reason))
        fail_msg("told %s, not %s", stall->told_count > 0 ? trust_reason_code(stall->told[0]) : "nothing",
                 trust_reason_code(reason));
}

static void expect_offer_refused(struct stall *stall, const struct stall_offer *offer,
                                 enum trust_reason reason)
{
    struct before before = look(stall);
    stall_tell(stall, NULL, &offer->stamp, &offer->book);
    stall_send_chunks(stall, offer->manifest.version);
    expect_refused(stall, &before, reason);
}

/* The till goes on: what is as it should be is taken. */
static void expect_alive(struct stall *stall, uint64_t version)
{
    stall->wall_unix_ms += 1000;
    stall_publish(stall, version);
    assert_int_equal(stall_version(stall), version);
    assert_int_equal(stall->in_force, version);
}

/* ---- 1: arbitrary bundle */

static void attack_arbitrary_bundle__is_unsigned(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    const enum kit_key *const sets[] = {SIGNERS(KIT_KEYS),
                                        SIGNERS(KIT_RULES_ANA),
                                        SIGNERS(KIT_STRANGER),
                                        SIGNERS(KIT_RULES_ANA, KIT_STRANGER),
                                        SIGNERS(KIT_RULES_ANA, KIT_RULES_ANA_2),
                                        SIGNERS(KIT_ROOT_ANA, KIT_ROOT_BO),
                                        SIGNERS(KIT_TIME, KIT_COUPONS),
                                        SIGNERS(KIT_RULES_ANA, KIT_TIME)};
    tally.attacks++;
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        stall_make_offer(stall, 6, &offer);
        stall_sign_and_name(stall, &offer, sets[i]);
        expect_offer_refused(stall, &offer, TRUST_UNSIGNED);
    }
    stall_make_offer(stall, 6, &offer); /* one key, sixteen times */
    for (size_t i = 1; i < SIGNATURES_MAX; i++)
        offer.book.signatures[i] = offer.book.signatures[0];
    offer.book.signatures_count = SIGNATURES_MAX;
    expect_offer_refused(stall, &offer, TRUST_UNSIGNED);
    stall_make_offer(stall, 6, &offer); /* the signatures of another book */
    struct stall_offer other;
    stall_make_offer(stall, 7, &other);
    memcpy(offer.book.signatures, other.book.signatures, sizeof offer.book.signatures);
    expect_offer_refused(stall, &offer, TRUST_UNSIGNED);
    expect_alive(stall, 8);
}

static size_t encode_news(const struct stall_offer *offer, const kassa_Signed *root, uint8_t *out,
                          size_t capacity)
{
    static uint8_t parts[3][SIGNED_SIZE_MAX];
    struct wire_book_news news = {.root_count = 1};
    size_t sizes[3], size = 0;
    const kassa_Signed *const all[] = {root, &offer->stamp, &offer->book};
    for (size_t i = 0; i < 3; i++)
        ok(wire_encode(kassa_Signed_fields, all[i], parts[i], SIGNED_SIZE_MAX, &sizes[i]));
    news.roots[0] = span_of(parts[0], sizes[0]);
    news.timestamp = span_of(parts[1], sizes[1]);
    news.manifest = span_of(parts[2], sizes[2]);
    ok(wire_book_news_encode(&news, out, capacity, &size));
    return size;
}

/* Each flip is of one bit of a root, a timestamp and a manifest that would be taken as they are. A till that took any
 * of it goes back to its disk of before. */
static void attack_arbitrary_bundle__with_a_bit_flipped_is_not_taken(void **state)
{
    struct stall *stall = *state;
    static uint8_t bytes[4 * SIGNED_SIZE_MAX];
    static struct memory_storage disk;
    struct stall_offer offer;
    kassa_Signed root;
    kassa_TrustRoot next = stall->root;
    next.version = 2;
    next.created_unix_ms += 1;
    trust_kit_sign_root(&stall->kit, &next, &root);
    stall_make_offer(stall, 6, &offer);
    size_t size = encode_news(&offer, &root, bytes, sizeof bytes);
    struct seed seed = seed_of_environment();
    memory_storage_copy(&disk, &stall->disk);
    for (uint64_t i = 0; i < tally.flips; i++) {
        uint64_t bit = tally.flips < 8 * size ? seed_below(&seed, 8 * size) : i % (8 * size);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        books_take_news(stall->books, span_of(bytes, size));
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct books_status status;
        books_get_status(stall->books, &status);
        tally.attempts++;
        /* A part that is whole is taken, whatever became of the others: nothing else ever is. */
        bool is_whole =
            status.root_version <= 2 && (status.incoming_version == 0 || status.incoming_version == 6);
        tally.accepted += is_whole ? 0 : 1;
        assert_true(is_whole);
        assert_int_equal(stall_version(stall), 5);
        if (status.root_version == 1 && status.incoming_version == 0 &&
            status.timestamp_unix_ms < stall->wall_unix_ms)
            continue;
        memory_storage_copy(&stall->disk, &disk);
        stall_restart(stall);
        stall_forget(stall);
    }
    /* and of the content of each alone, where no flip at all may pass */
    const kassa_Signed *const all[] = {&root, &offer.stamp, &offer.book};
    for (size_t part = 0; part < 3; part++) {
        for (unsigned i = 0; i < 60; i++) {
            kassa_Signed flipped = *all[part];
            uint64_t bit = seed_below(&seed, 8 * (uint64_t)flipped.content.size);
            flipped.content.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            struct before before = look(stall);
            stall_tell(stall, part == 0 ? &flipped : NULL, part == 1 ? &flipped : NULL,
                       part == 2 ? &flipped : NULL);
            expect_refused(stall, &before, TRUST_UNSIGNED);
        }
    }
    stall_forget(stall);
    expect_alive(stall, 9);
}

/* ---- 2: rollback */

static void attack_rollback__is_refused_also_after_a_restart_and_a_lost_cache(void **state)
{
    struct stall *stall = *state;
    struct stall_offer old[3], stands;
    tally.attacks++;
    for (size_t i = 0; i < 3; i++)
        stall_make_offer(stall, 6 + i, &old[i]);
    expect_alive(stall, 6);
    expect_alive(stall, 7);
    expect_alive(stall, 8);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < 2; i++) { /* v-2, v-1, with their timestamps, and with the newest */
            stall->wall_unix_ms += 1000;
            expect_offer_refused(stall, &old[i], TRUST_ROLLBACK);
            stall_make_offer(stall, 9, &stands);
            old[i].stamp = stands.stamp;
            expect_offer_refused(stall, &old[i], TRUST_ROLLBACK);
        }
        kassa_BookManifest other = stall_manifest(8); /* equal version, other hash */
        struct stall_offer same = {.manifest = other};
        same.manifest.hash.bytes[0] ^= 1;
        stall_sign_and_name(stall, &same, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
        expect_offer_refused(stall, &same, TRUST_CONFLICT);
        if (round == 0)
            stall_restart(stall);
        if (round != 1)
            continue;
        /* The cache is lost; the journal knows what was in force: nothing below it, and nothing else as it. */
        kassa_BookManifest eight = stall_manifest(8);
        stall->witness =
            (struct books_witness){.version = 8, .root_version = 1, .signed_unix_ms = stall->wall_unix_ms};
        memcpy(stall->witness.hash, eight.hash.bytes, HASH_SIZE);
        stall_lose_cache(stall);
        for (size_t i = 0; i < 2; i++) {
            kassa_BookManifest earlier = stall_manifest(6 + i);
            struct stall_offer replay = {.manifest = earlier};
            stall_sign_and_name(stall, &replay, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
            struct stall_offer empty = replay;
            empty.timestamp = stall_timestamp(stall, NULL, 0);
            stall_sign_timestamp(stall, &empty.timestamp, &empty.stamp);
            expect_offer_refused(stall, &empty, TRUST_ROLLBACK);
        }
        expect_offer_refused(stall, &same, TRUST_CONFLICT);
        stall_publish(stall, 8); /* the very one comes again */
        assert_int_equal(stall_version(stall), 8);
    }
    expect_alive(stall, 10);
}

static void attack_rollback__of_a_timestamp_or_a_root_is_refused(void **state)
{
    struct stall *stall = *state;
    struct stall_offer first, second;
    stall_make_offer(stall, 6, &first);
    stall_make_offer(stall, 7, &second);
    stall_tell(stall, NULL, &second.stamp, NULL);
    struct before before = look(stall);
    stall_tell(stall, NULL, &first.stamp, NULL);
    expect_refused(stall, &before, TRUST_ROLLBACK);
    kassa_Timestamp same_time = second.timestamp; /* the same number, other content */
    same_time.rollout = 99;
    stall_sign_timestamp(stall, &same_time, &first.stamp);
    before = look(stall);
    stall_tell(stall, NULL, &first.stamp, NULL);
    expect_refused(stall, &before, TRUST_CONFLICT);
    kassa_TrustRoot next = stall->root;
    kassa_Signed two, three;
    next.version = 2;
    trust_kit_sign_root(&stall->kit, &next, &two);
    next.version = 3;
    trust_kit_sign_root(&stall->kit, &next, &three);
    stall_tell(stall, &two, NULL, NULL);
    stall_tell(stall, &three, NULL, NULL);
    for (unsigned i = 0; i < 2; i++) {
        before = look(stall);
        assert_int_equal(before.root_version, 3);
        stall_tell(stall, i == 0 ? &two : &stall->first_root, NULL, NULL);
        expect_refused(stall, &before, TRUST_ROLLBACK);
        stall_restart(stall);
    }
}

/* ---- 3: fast-forward */

static void attack_fast_forward__is_bounded_and_undone_by_a_new_root(void **state)
{
    struct stall *stall = *state;
    const uint64_t versions[] = {5 + BOOK_VERSION_STEP_MAX + 1, UINT64_C(1) << 63, UINT64_MAX, UINT32_MAX};
    struct stall_offer offer;
    tally.attacks++;
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        stall_make_offer(stall, versions[i], &offer);
        expect_offer_refused(stall, &offer, TRUST_FAST_FORWARD);
    }
    expect_alive(stall, 5 + BOOK_VERSION_STEP_MAX); /* a thief of two rules keys may go so far */
    stall_make_offer(stall, 6, &offer);
    offer.stamp = (kassa_Signed)kassa_Signed_init_zero;
    struct before before = look(stall);
    stall_tell(stall, NULL, NULL, &offer.book);
    expect_refused(stall, &before, TRUST_ROLLBACK);
    kassa_Signed root; /* the root puts another key in the thief's place: books are counted from its base */
    stall->root.version = 2;
    stall->root.book_version_base = 5;
    trust_kit_replace(&stall->kit, &stall->root, kassa_TrustRole_TRUST_RULES, KIT_RULES_ANA, KIT_RULES_ANA_2);
    trust_kit_sign_root(&stall->kit, &stall->root, &root);
    stall->root_sealed = root;
    stall_tell(stall, &root, NULL, NULL);
    offer.manifest = stall_manifest(6);
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA_2, KIT_RULES_BO));
    stall_tell(stall, NULL, &offer.stamp, &offer.book);
    stall_send_chunks(stall, 6);
    assert_int_equal(stall_version(stall), 6);
    stall_make_offer(stall, 7, &offer); /* and the old key signs no more */
    expect_offer_refused(stall, &offer, TRUST_UNSIGNED);
}

/* ---- 4: freeze */

static void attack_freeze__warns_and_sells_on_whatever_the_clock_says(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer, later;
    const int64_t clocks[] = {STALL_NOW + 30 * KIT_DAY_MS, STALL_NOW + 10 * KIT_YEAR_MS,
                              STALL_NOW - 10 * KIT_YEAR_MS, 0};
    tally.attacks++;
    stall_make_offer(stall, 6, &offer);
    int64_t issued = stall->wall_unix_ms;
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        /* 30 days without news: by the clock, and where that is dead by the time that has passed since */
        stall->wall_unix_ms = clocks[i];
        stall->mono_ms += clocks[i] > STALL_NOW ? 0 : (uint64_t)(30 * KIT_DAY_MS);
        struct before before = look(stall);
        (void)books_run(stall->books);
        struct books_status status;
        books_get_status(stall->books, &status);
        assert_int_equal(status.alarm, TRUST_FROZEN);
        stall_tell(stall, NULL, &offer.stamp, &offer.book); /* the timestamp of 30 days ago */
        stall_send_chunks(stall, 6);
        expect_refused(stall, &before, TRUST_EXPIRED);
        assert_int_equal(stall_version(stall), 5); /* and it sells with it */
        if (i >= 2) { /* the time that has passed is remembered over a restart with a dead clock */
            (void)books_run(stall->books);
            stall_restart(stall);
            books_get_status(stall->books, &status);
            assert_true(status.signed_unix_ms >= issued - 1000 + 29 * KIT_DAY_MS);
            expect_offer_refused(stall, &offer, TRUST_EXPIRED);
        }
    }
    /* A timestamp of now ends it, whatever the dead clock says. */
    stall->wall_unix_ms = STALL_NOW + 200 * KIT_DAY_MS;
    stall_make_offer(stall, 7, &later);
    stall->wall_unix_ms = 0;
    stall_tell(stall, NULL, &later.stamp, &later.book);
    stall_send_chunks(stall, 7);
    assert_int_equal(stall_version(stall), 7);
}

static void attack_freeze__of_a_book_that_has_expired_keeps_it_and_tells(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer = {.manifest = stall_manifest(6)};
    offer.manifest.expires_unix_ms = stall->wall_unix_ms; /* over already */
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
    expect_offer_refused(stall, &offer, TRUST_EXPIRED);
    stall_forget(stall);
    stall->wall_unix_ms = STALL_NOW + KIT_YEAR_MS + KIT_DAY_MS;
    kassa_Timestamp fresh = stall_timestamp(stall, NULL, 0);
    kassa_Signed stamp;
    stall_sign_timestamp(stall, &fresh, &stamp);
    stall_tell(stall, NULL, &stamp, NULL);
    (void)books_run(stall->books);
    assert_true(stall_heard(stall, TRUST_OUTLIVED));
    assert_int_equal(stall_version(stall), 5);
    stall->wall_unix_ms = KIT_CREATED_MS + 5 * KIT_YEAR_MS + 1; /* the root's own end */
    fresh = stall_timestamp(stall, NULL, 0);
    fresh.issued_unix_ms -= KIT_DAY_MS;
    fresh.expires_unix_ms -= KIT_DAY_MS;
    stall_sign_timestamp(stall, &fresh, &stamp);
    struct before before = look(stall);
    stall_tell(stall, NULL, &stamp, NULL);
    expect_refused(stall, &before, TRUST_EXPIRED);
    assert_int_equal(stall_version(stall), 5);
}

/* A thief of the timestamp key drives the time ahead: at most to its root's end, until a new root forgets it. */
static void attack_freeze__by_a_time_far_ahead_is_undone_by_a_new_root(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    int64_t now = stall->wall_unix_ms;
    stall->wall_unix_ms = KIT_CREATED_MS + 6 * KIT_YEAR_MS;
    stall_make_offer(stall, 6, &offer);
    stall->wall_unix_ms = now;
    expect_offer_refused(stall, &offer, TRUST_EARLY);
    stall->wall_unix_ms = KIT_CREATED_MS + 4 * KIT_YEAR_MS;
    stall_make_offer(stall, 6, &offer);
    stall->wall_unix_ms = now;
    stall_tell(stall, NULL, &offer.stamp, NULL);
    stall_make_offer(stall, 7, &offer);
    expect_offer_refused(stall, &offer, TRUST_ROLLBACK);
    kassa_Signed root;
    stall->root.version = 2;
    stall->root.created_unix_ms = now;
    trust_kit_replace(&stall->kit, &stall->root, kassa_TrustRole_TRUST_TIMESTAMP, KIT_TIME, KIT_STRANGER);
    trust_kit_sign_root(&stall->kit, &stall->root, &root);
    stall->root_sealed = root;
    stall_tell(stall, &root, NULL, NULL);
    stall_make_offer(stall, 7, &offer);
    trust_kit_sign(&stall->kit, WIRE_SIGNED_TIMESTAMP, &offer.timestamp, SIGNERS(KIT_STRANGER), &offer.stamp);
    stall_tell(stall, NULL, &offer.stamp, &offer.book);
    stall_send_chunks(stall, 7);
    assert_int_equal(stall_version(stall), 7);
}

/* ---- 5: mix and match */

static void attack_mix_and_match__leaves_the_whole_unproved(void **state)
{
    struct stall *stall = *state;
    struct stall_offer six, seven;
    uint8_t book[STALL_SIZE], other[STALL_SIZE];
    tally.attacks++;
    stall_make_offer(stall, 6, &six);
    stall_make_offer(stall, 7, &seven);
    stall_fill_book(7, book);
    stall_fill_book(6, other);
    /* a manifest that the timestamp does not name, and one that it names with another's bytes */
    struct stall_offer mixed = seven;
    mixed.book = six.book;
    mixed.manifest = six.manifest;
    expect_offer_refused(stall, &mixed, TRUST_UNLISTED);
    for (uint32_t swapped = 0; swapped < 3; swapped++) { /* one part of another book */
        stall->wall_unix_ms += 1000;
        stall_name_it(stall, &seven);
        struct before before = look(stall);
        stall_tell(stall, NULL, &seven.stamp, &seven.book);
        for (uint32_t i = 0; i < 3; i++) {
            size_t at = (size_t)i * BOOK_CHUNK_SIZE;
            size_t size = STALL_SIZE - at < BOOK_CHUNK_SIZE ? STALL_SIZE - at : BOOK_CHUNK_SIZE;
            stall_send_chunk(stall, 7, i, span_of((i == swapped ? other : book) + at, size));
        }
        tally.attempts++;
        assert_true(stall_heard(stall, TRUST_MIXED));
        assert_int_equal(stall_version(stall), 5);
        assert_int_equal(stall->uses, before.uses);
    }
    kassa_BookPull pull;
    stall->mono_ms += 3600 * 1000;
    assert_true(books_next_pull(stall->books, &pull)); /* all of it is asked for again */
    assert_int_equal(pull.chunks_count, 3);
    stall_send_chunks(stall, 7);
    assert_int_equal(stall_version(stall), 7);
}

/* ---- 6: endless and slow data */

static void attack_endless_data__is_not_kept(void **state)
{
    struct stall *stall = *state;
    static uint8_t junk[BOOK_CHUNK_SIZE + 1];
    struct stall_offer offer;
    tally.attacks++;
    offer.manifest = stall_manifest(6);
    offer.manifest.size = BOOK_SIZE_MAX + 1;
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
    expect_offer_refused(stall, &offer, TRUST_TOO_LARGE);
    offer.manifest.size = 0;
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
    expect_offer_refused(stall, &offer, TRUST_MALFORMED);
    stall_make_offer(stall, 6, &offer);
    stall_tell(stall, NULL, &offer.stamp, &offer.book);
    uint64_t commits = stall->disk.commits;
    uint8_t first[STALL_SIZE];
    stall_fill_book(6, first);
    stall_send_chunk(stall, 6, 0, span_of(first, BOOK_CHUNK_SIZE)); /* one that is wanted */
    assert_int_equal(stall->disk.commits, commits + 1);
    for (uint32_t i = 0; i < 327680; i++) /* 10 GB: indexes beyond it, others' versions, the same again */
        stall_send_chunk(stall, i % 3 == 0 ? 6 : 7, i % 5 == 0 ? 0 : 3 + i, span_of(junk, BOOK_CHUNK_SIZE));
    for (size_t size = 0; size < BOOK_CHUNK_SIZE; size += 97)
        stall_send_chunk(stall, 6, 1, span_of(junk, size)); /* and of other sizes */
    tally.attempts += 327680;
    assert_int_equal(stall->disk.commits, commits + 1);
    assert_int_equal(stall_version(stall), 5);
    static uint8_t news[2 * BATCH_SIZE_MAX]; /* news without an end */
    memset(news, 0x0a, sizeof news);
    struct before before = look(stall);
    books_take_news(stall->books, span_of(news, sizeof news));
    struct books_status status;
    books_get_status(stall->books, &status);
    assert_true(status.refusals > before.refusals);
    tally.attempts++;
    stall_send_chunks(stall, 6);
    assert_int_equal(stall_version(stall), 6);
}

/* A byte a second never makes a chunk: what is missing is asked for, and a newer book is not kept waiting. */
static void attack_slow_data__keeps_nothing_waiting(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    kassa_BookPull pull;
    uint8_t byte = 1;
    unsigned pulls = 0;
    stall_make_offer(stall, 6, &offer);
    stall_tell(stall, NULL, &offer.stamp, &offer.book);
    for (unsigned second = 0; second < 86400; second++) {
        stall->mono_ms += 1000;
        stall_send_chunk(stall, 6, second % 3, span_of(&byte, 1));
        pulls += books_next_pull(stall->books, &pull) ? 1 : 0;
    }
    tally.attempts += 86400;
    assert_true(pulls > 1000);
    assert_int_equal(stall_version(stall), 5);
    stall->wall_unix_ms += KIT_DAY_MS;
    stall_publish(stall, 7);
    assert_int_equal(stall_version(stall), 7);
}

/* ---- 7: wrong target */

static void attack_wrong_target__is_out_of_scope(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    tally.attacks++;
    offer.manifest = stall_manifest(6);
    memcpy(offer.manifest.stores[0], "store-2", 8);
    offer.manifest.stores_count = 1;
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
    expect_offer_refused(stall, &offer, TRUST_SCOPE);
    offer.manifest = stall_manifest(6);
    memcpy(offer.manifest.tills[0], "till-2", 7);
    memcpy(offer.manifest.tills[1], "till-11", 8);
    offer.manifest.tills_count = 2;
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
    expect_offer_refused(stall, &offer, TRUST_SCOPE);
    offer.manifest = stall_manifest(6);
    memcpy(offer.manifest.tenant, "another", 8);
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
    expect_offer_refused(stall, &offer, TRUST_TENANT);
    offer.manifest.tenant[0] = '\0';
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
    expect_offer_refused(stall, &offer, TRUST_TENANT);
    kassa_Timestamp foreign = stall_timestamp(stall, NULL, 0);
    memcpy(foreign.tenant, "another", 8);
    foreign.issued_unix_ms += 10;
    stall_sign_timestamp(stall, &foreign, &offer.stamp);
    struct before before = look(stall);
    stall_tell(stall, NULL, &offer.stamp, NULL);
    expect_refused(stall, &before, TRUST_TENANT);
    offer.manifest = stall_manifest(6); /* in scope, by store and till */
    memcpy(offer.manifest.stores[0], STALL_STORE, sizeof STALL_STORE);
    memcpy(offer.manifest.tills[0], STALL_TILL, sizeof STALL_TILL);
    offer.manifest.stores_count = offer.manifest.tills_count = 1;
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA, KIT_RULES_BO));
    stall_tell(stall, NULL, &offer.stamp, &offer.book);
    stall_send_chunks(stall, 6);
    assert_int_equal(stall_version(stall), 6);
}

/* ---- 8: key compromise */

static void attack_key_compromise__ends_with_the_rotation(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    kassa_Signed root;
    tally.attacks++;
    /* a thief of one root key and of all others but the roots makes no root */
    kassa_TrustRoot forged = stall->root;
    forged.version = 2;
    trust_kit_replace(&stall->kit, &forged, kassa_TrustRole_TRUST_ROOT, KIT_ROOT_BO, KIT_STRANGER);
    const enum kit_key *const sets[] = {SIGNERS(KIT_ROOT_ANA), SIGNERS(KIT_ROOT_ANA, KIT_STRANGER),
                                        SIGNERS(KIT_STRANGER, KIT_RULES_ANA, KIT_RULES_BO, KIT_TIME),
                                        SIGNERS(KIT_KEYS)};
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        trust_kit_sign(&stall->kit, WIRE_SIGNED_ROOT, &forged, sets[i], &root);
        struct before before = look(stall);
        stall_tell(stall, &root, NULL, NULL);
        expect_refused(stall, &before, TRUST_UNSIGNED);
    }
    /* one of three root keys is lost, one rules key stolen: Bo and Cy sign a root without both */
    stall->root.version = 2;
    trust_kit_replace(&stall->kit, &stall->root, kassa_TrustRole_TRUST_ROOT, KIT_ROOT_ANA, KIT_STRANGER);
    trust_kit_replace(&stall->kit, &stall->root, kassa_TrustRole_TRUST_RULES, KIT_RULES_ANA, KIT_RULES_ANA_2);
    stall->root.book_version_base = 5;
    trust_kit_sign(&stall->kit, WIRE_SIGNED_ROOT, &stall->root, SIGNERS(KIT_ROOT_BO, KIT_ROOT_CY), &root);
    stall->root_sealed = root;
    stall_tell(stall, &root, NULL, NULL);
    struct books_status status;
    books_get_status(stall->books, &status);
    assert_int_equal(status.root_version, 2);
    for (unsigned round = 0; round < 2; round++) {
        stall_make_offer(stall, 6, &offer); /* the stolen key signs on */
        expect_offer_refused(stall, &offer, TRUST_UNSIGNED);
        stall_restart(stall);
    }
    stall->witness =
        (struct books_witness){.version = 5, .root_version = 2, .signed_unix_ms = stall->wall_unix_ms};
    kassa_BookManifest five = stall_manifest(5);
    memcpy(stall->witness.hash, five.hash.bytes, HASH_SIZE);
    stall_lose_cache(stall); /* with the first root again, but the journal knows that there was a second */
    stall_make_offer(stall, 6, &offer);
    offer.timestamp.root_version = 1;
    ok(vault_sha256(span_of(stall->first_root.content.bytes, stall->first_root.content.size),
                    offer.timestamp.root_hash.bytes));
    stall_sign_timestamp(stall, &offer.timestamp, &offer.stamp);
    expect_offer_refused(stall, &offer, TRUST_ROOT_GAP);
    stall_tell(stall, &root, NULL, NULL);
    offer.manifest = stall_manifest(6);
    stall_sign_and_name(stall, &offer, SIGNERS(KIT_RULES_ANA_2, KIT_RULES_BO));
    stall_tell(stall, NULL, &offer.stamp, &offer.book);
    stall_send_chunks(stall, 6);
    assert_int_equal(stall_version(stall), 6);
}

/* ---- 9: extraneous dependencies */

/* A book is one run of bytes under one hash: whatever else is sent beside it is not looked at. */
static void attack_extraneous_dependency__there_is_none(void **state)
{
    struct stall *stall = *state;
    struct stall_offer offer;
    tally.attacks++;
    stall_make_offer(stall, 6, &offer);
    /* fields that nobody knows, inside what two people signed: carried, and without effect */
    static const char more[] = "\xfa\x3e\x15http://example.invalid";
    memcpy(offer.book.content.bytes + offer.book.content.size, more, 3 + 0x15);
    offer.book.content.size += 3 + 0x15;
    expect_offer_refused(stall, &offer, TRUST_UNSIGNED); /* added afterwards */
    struct before before = look(stall);
    stall_send_chunk(stall, 99, 0, span_of(more, sizeof more)); /* a book that nobody announced */
    tally.attempts++;
    assert_int_equal(stall_version(stall), 5);
    assert_int_equal(stall->uses, before.uses);
    expect_alive(stall, 7);
}

/* ---- 10: power cut at activation */

static void attack_power_cut_at_activation__leaves_the_old_book_or_the_new_one(void **state)
{
    struct stall *stall = *state;
    static struct memory_storage disk;
    const enum memory_fault faults[] = {MEMORY_POWER_CUT, MEMORY_POWER_CUT_LATE, MEMORY_IO,
                                        MEMORY_IO_COMMITTED, MEMORY_FULL};
    struct stall_offer offer;
    tally.attacks++;
    stall_make_offer(stall, 6, &offer);
    memory_storage_copy(&disk, &stall->disk);
    unsigned olds = 0, news = 0;
    for (size_t kind = 0; kind < COUNT_OF(faults); kind++) {
        for (uint64_t at = 1; at < 50; at += kind < 2 ? 1 : 3) {
            memory_storage_copy(&stall->disk, &disk);
            stall_restart(stall);
            stall->disk.fault = faults[kind];
            stall->disk.fail_in = at;
            stall_tell(stall, NULL, &offer.stamp, &offer.book);
            stall_send_chunks(stall, 6);
            stall->disk.fail_in = 0;
            stall_restart(stall);
            stall_forget(stall);
            uint64_t version = stall_version(stall);
            struct books_status status;
            books_get_status(stall->books, &status);
            uint8_t book[STALL_SIZE], wanted[STALL_SIZE];
            ok(bookcase_read(stall->bookcase, BOOKCASE_ACTIVE, book, sizeof book));
            stall_fill_book(version, wanted);
            assert_memory_equal(book, wanted, sizeof book);
            assert_true(version == 5 || version == 6);
            assert_int_equal(bookcase_version_max(stall->bookcase), version);
            if (version == 6) /* what is remembered came with it */
                assert_true(status.timestamp_unix_ms == offer.timestamp.issued_unix_ms);
            tally.attempts++;
            olds += version == 5;
            news += version == 6;
            stall_tell(stall, NULL, &offer.stamp, &offer.book); /* and it is mended by what comes again */
            stall_send_chunks(stall, 6);
            assert_int_equal(stall_version(stall), 6);
            assert_int_equal(bookcase_get(stall->bookcase, BOOKCASE_BEFORE).version, 5);
        }
    }
    assert_true(olds > 30 && news > 30);
}

/* ---- 11: bad but valid rules */

static void attack_bad_rules__are_refused_by_their_trial_and_given_back(void **state)
{
    struct stall *stall = *state;
    const enum trust_reason verdicts[] = {TRUST_FAULTY, TRUST_LIMIT, TRUST_UNREADABLE};
    tally.attacks++;
    for (size_t i = 0; i < COUNT_OF(verdicts); i++) {
        stall->verdict = verdicts[i];
        struct before before = look(stall);
        stall_publish(stall, 6 + i);
        before.uses = stall->uses; /* it was tried */
        expect_refused(stall, &before, verdicts[i]);
        unsigned uses = stall->uses;
        stall_publish(stall, 6 + i); /* and is not tried again, however often it comes */
        stall_restart(stall);
        stall_publish(stall, 6 + i);
        assert_int_equal(stall->uses, uses);
    }
    stall->verdict = TRUST_GOOD;
    stall_publish(stall, 10);
    assert_int_equal(stall_version(stall), 10);
    stall_forget(stall);
    ok(books_give_back(stall->books, TRUST_FAULTY, "the engine met three faults"));
    assert_true(stall_heard(stall, TRUST_FAULTY));
    assert_int_equal(stall->in_force, 5);
    tally.attempts++;
    stall_restart(stall);
    assert_int_equal(stall_version(stall), 5);
    struct books_status status;
    books_get_status(stall->books, &status);
    assert_int_equal(status.refused_version, 10);
    assert_int_equal(status.refused_reason, TRUST_FAULTY);
    assert_int_equal(books_give_back(stall->books, TRUST_FAULTY, "again"), ERR_NOT_FOUND);
    assert_true(stall_heard(stall, TRUST_NO_EARLIER));
    assert_int_equal(stall_version(stall), 5);
    stall_publish(stall, 10);
    assert_int_equal(stall_version(stall), 5); /* the bad one is below the highest version */
    stall_publish(stall, 11);
    assert_int_equal(stall_version(stall), 11);
}

/* A book on which the till dies: its trial never came to an end, three times. */
static void attack_bad_rules__that_kill_the_till_are_given_up(void **state)
{
    struct stall *stall = *state;
    static struct memory_storage disk;
    struct stall_offer offer;
    stall_make_offer(stall, 6, &offer);
    for (unsigned life = 0; life < TRUST_TRIES_MAX; life++) {
        stall->dies_in_use = true; /* what is written after it began to be used never was */
        stall->disk_at_use = &disk;
        stall_tell(stall, NULL, &offer.stamp, &offer.book);
        stall_send_chunks(stall, 6);
        memory_storage_copy(&stall->disk, &disk);
        stall->dies_in_use = false;
        stall_restart(stall);
        assert_int_equal(stall_version(stall), 5);
        tally.attempts++;
    }
    unsigned uses = stall->uses;
    assert_int_equal(uses, 1 + TRUST_TRIES_MAX);
    stall_forget(stall);
    stall_tell(stall, NULL, &offer.stamp, &offer.book);
    stall_send_chunks(stall, 6);
    assert_int_equal(stall->uses, uses);
    assert_int_equal(stall_version(stall), 5);
    assert_true(stall_heard(stall, TRUST_FAULTY));
    expect_alive(stall, 7);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--flips") == 0)
        tally.flips = strtoull(argv[2], NULL, 10);
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(attack_arbitrary_bundle__is_unsigned),
        CASE(attack_arbitrary_bundle__with_a_bit_flipped_is_not_taken),
        CASE(attack_rollback__is_refused_also_after_a_restart_and_a_lost_cache),
        CASE(attack_rollback__of_a_timestamp_or_a_root_is_refused),
        CASE(attack_fast_forward__is_bounded_and_undone_by_a_new_root),
        CASE(attack_freeze__warns_and_sells_on_whatever_the_clock_says),
        CASE(attack_freeze__of_a_book_that_has_expired_keeps_it_and_tells),
        CASE(attack_freeze__by_a_time_far_ahead_is_undone_by_a_new_root),
        CASE(attack_mix_and_match__leaves_the_whole_unproved),
        CASE(attack_endless_data__is_not_kept),
        CASE(attack_slow_data__keeps_nothing_waiting),
        CASE(attack_wrong_target__is_out_of_scope),
        CASE(attack_key_compromise__ends_with_the_rotation),
        CASE(attack_extraneous_dependency__there_is_none),
        CASE(attack_power_cut_at_activation__leaves_the_old_book_or_the_new_one),
        CASE(attack_bad_rules__that_kill_the_till_are_given_up),
        CASE(attack_bad_rules__are_refused_by_their_trial_and_given_back),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    printf("P15: %u attacks, %u attempts, %u accepted, %u without an alarm\n", tally.attacks, tally.attempts,
           tally.accepted, tally.silent);
    return failures + (tally.attacks == 11 && tally.accepted + tally.silent == 0 ? 0 : 1);
}
