/* SPDX-License-Identifier: Apache-2.0 */
/* P25: consent gates every use. Members enrol, say yes and no at either till, buy, while lines and tills come and go; the model says
 * what each till has to think of each of them, and nothing that they did not agree to may be given, shown or sent.
 *
 *   test_consent_gate [--seed N] [--histories N] [--jobs N] */
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "place.h"
#include "unit/offers/shelf.h"
#include "wire/topic.h"

#define HISTORIES_IN_CTEST 2000
#define PEOPLE             20 /* whose histories run side by side in one store */
#define STEPS_EACH         14
#define WORDS_MAX          40 /* at a till before it syncs: it keeps as many as CONSENTS_KEPT_MAX for head office */
#define PRICE_MINOR        100000
#define OFF_MEMBER         100 /* what each offer takes off tells which were given */
#define OFF_SEGMENT        1000
#define OFF_CONSENT        10000
#define CANARY             "Canarina"

enum word { WORD_NONE, WORD_YES, WORD_NO };
static const char *const word_names[] = {"nothing", "yes", "no"};

struct view { /* of a person, at a till or at head office */
    bool is_known;
    bool has_segment;
    enum word word;
    uint64_t said_ms;
};

struct person {
    char card[32];
    uint8_t id[MEMBER_SIZE];
    bool is_enrolled;
    struct view tills[TILLS];
    struct view hub;
};

struct world {
    struct place place;
    struct person people[PEOPLE];
    unsigned words[TILLS]; /* that head office has not heard */
    uint64_t seed;
    uint64_t next_key;
    uint64_t looked; /* messages */
    uint64_t uses;   /* times somebody's consent was looked at */
    char violation[240];
};

__attribute__((format(printf, 2, 3))) static void violate(struct world *world, const char *format, ...)
{
    va_list list;
    if (world->violation[0] != '\0')
        return;
    va_start(list, format);
    (void)vsnprintf(world->violation, sizeof world->violation, format, list);
    va_end(list);
}

#define MUST(expression) KASSA_ASSERT((expression) == ERR_OK)

static uint64_t draw(struct world *world, uint64_t bound)
{
    return seed_below(&world->place.seed, bound);
}

/* ---- what the broker carries */

static struct person *find_person(struct world *world, const uint8_t *id)
{
    for (unsigned i = 0; i < PEOPLE; i++)
        if (world->people[i].is_enrolled && memcmp(world->people[i].id, id, MEMBER_SIZE) == 0)
            return &world->people[i];
    return NULL;
}

static void look_at_member(struct world *world, const kassa_Member *member)
{
    const struct person *person = find_person(world, member->id.bytes);
    bool is_refused = false;
    for (pb_size_t i = 0; i < member->consents_count; i++)
        is_refused = is_refused || (strcmp(member->consents[i].purpose, CONSENT_PERSONAL_OFFERS) == 0 &&
                                    !member->consents[i].given);
    if (is_refused && (member->personal_count > 0 || member->key.size > 0))
        violate(world, "the hub tells tills the personal fields of %s, who refused",
                person != NULL ? person->card : "somebody");
}

static void look(void *context, const char *topic, struct span payload)
{
    static uint8_t memory[1 << 20];
    struct world *world = context;
    struct arena arena = arena_of(memory, sizeof memory);
    struct wire_member_updates updates;
    world->looked++;
    if (memmem(payload.bytes, payload.size, CANARY, strlen(CANARY)) != NULL)
        violate(world, "a name in clear on %s", topic);
    enum topic kind;
    struct topic_parts parts;
    if (topic_read(span_of_text(topic), &kind, &parts) != ERR_OK || kind != TOPIC_MEMBERS)
        return;
    if (wire_member_updates_decode(payload, &arena, &updates) != ERR_OK)
        return;
    for (size_t i = 0; i < updates.member_count; i++)
        look_at_member(world, &updates.members[i]);
}

/* ---- steps at a till */

static struct till_request request_of(struct world *world, char key[32])
{
    (void)snprintf(key, 32, "k%" PRIu64, ++world->next_key);
    return (struct till_request){span_of_text(key), span_of_text("content")};
}

/* Answers whether the till knows him. */
static bool tap(struct world *world, unsigned at, const struct person *person)
{
    struct till *till = world->place.counters[at].till;
    struct till_card card = {
        .text = person->card, .technology = kassa_CardTechnology_CARD_NDEF, .read = kassa_CardRead_READ_NFC};
    if (till_get_member(till) != NULL)
        MUST(till_leave_member(till));
    MUST(till_see_card(till, &card));
    const struct till_member *member = till_get_member(till);
    return member != NULL && member->is_known;
}

static void leave(struct world *world, unsigned at)
{
    struct till *till = world->place.counters[at].till;
    if (till_get_member(till) != NULL)
        MUST(till_leave_member(till));
}

static void expect_use(struct world *world, unsigned at, const struct person *person, const char *what,
                       bool is_used, bool may)
{
    const struct view *view = &person->tills[at];
    world->uses++;
    if (is_used != may)
        violate(world, "%s: %s %s at %s, where he said %s last (at %" PRIu64 " ms; now %" PRIu64 ")",
                person->card, what, is_used ? "is used" : "is not used", world->place.counters[at].name,
                word_names[view->word], view->said_ms, world->place.now_ms);
}

static int64_t off_the_basket(struct world *world, unsigned at)
{
    struct till *till = world->place.counters[at].till;
    struct till_refusal refusal;
    struct till_priced priced;
    struct till_basket *basket = till_stage_basket(till);
    (void)snprintf(basket->id, sizeof basket->id, "b%" PRIu64, ++world->next_key);
    kassa_Line *line = &basket->lines[basket->line_count++];
    *line = (kassa_Line){.quantity_milli = 1000,
                         .unit_price_e5 = PRICE_MINOR * INT64_C(1000),
                         .list_price_e5 = PRICE_MINOR * INT64_C(1000)};
    (void)snprintf(line->sku, sizeof line->sku, "article");
    (void)snprintf(line->unit, sizeof line->unit, "pcs");
    MUST(till_put_basket(till, &refusal));
    KASSA_ASSERT(till_get_basket(till, &priced));
    return PRICE_MINOR - priced.total_minor;
}

static void end_basket(struct world *world, unsigned at)
{
    struct till *till = world->place.counters[at].till;
    struct till_priced priced;
    struct till_outcome outcome;
    struct till_refusal refusal;
    struct till_tenders tenders = {.count = 1, .rest = 1};
    char key[32];
    KASSA_ASSERT(till_get_basket(till, &priced));
    if (draw(world, 4) == 0) {
        MUST(till_drop_basket(till));
        return;
    }
    tenders.rows[0] =
        (kassa_Tender){.kind = kassa_TenderKind_TENDER_CARD, .amount_minor = priced.total_minor};
    struct till_request request = request_of(world, key);
    MUST(till_commit(till, &request, priced.basket->id, &tenders, &outcome, &refusal));
}

/* His next transaction here: what is he given, and is he called by his name? */
static void visit(struct world *world, unsigned at, struct person *person)
{
    struct till *till = world->place.counters[at].till;
    const struct view *view = &person->tills[at];
    bool is_known = tap(world, at, person);
    if (is_known != view->is_known)
        violate(world, "%s is %sknown at %s", person->card, is_known ? "" : "not ",
                world->place.counters[at].name);
    if (is_known && view->word == WORD_NO)
        expect_use(world, at, person, "his name", till_get_member(till)->first_name[0] != '\0', false);
    int64_t off = off_the_basket(world, at);
    expect_use(world, at, person, "what is any member's", off / OFF_MEMBER % 10 == 1, is_known);
    expect_use(world, at, person, "his segment", off / OFF_SEGMENT % 10 == 1,
               is_known && view->has_segment && view->word != WORD_NO);
    expect_use(world, at, person, "an offer that asks for consent", off / OFF_CONSENT % 10 == 1,
               is_known && view->word == WORD_YES);
    end_basket(world, at);
    leave(world, at);
}

static void take_word(struct world *world, unsigned at, struct person *person, enum word word)
{
    person->tills[at].word = word;
    person->tills[at].said_ms = world->place.now_ms;
    world->words[at]++;
}

static void enrol(struct world *world, unsigned at, struct person *person)
{
    struct till_enrolment enrolment = {.record = kassa_MemberEnrolled_init_zero, .birth_month_day = 704};
    struct till_outcome outcome;
    enum word word = (enum word)draw(world, 3);
    char key[32];
    (void)snprintf(enrolment.first_name, sizeof enrolment.first_name, "%s", CANARY);
    if (word != WORD_NONE) {
        enrolment.record.consents_count = 1;
        enrolment.record.consents[0] = (kassa_Consent){.given = word == WORD_YES, .version = 1};
        (void)snprintf(enrolment.record.consents[0].purpose, sizeof enrolment.record.consents[0].purpose,
                       "%s", CONSENT_PERSONAL_OFFERS);
    }
    (void)tap(world, at, person);
    struct till_request request = request_of(world, key);
    MUST(till_enrol(world->place.counters[at].till, &request, "", &enrolment, &outcome));
    memcpy(person->id, outcome.member, MEMBER_SIZE);
    person->is_enrolled = true;
    person->tills[at].is_known = true;
    take_word(world, at, person, word);
    leave(world, at);
}

static void say(struct world *world, unsigned at, struct person *person, enum word word)
{
    kassa_ConsentChanged changed = {
        .has_consent = true, .consent = {.given = word == WORD_YES, .version = 1 + (uint32_t)draw(world, 3)}};
    struct till_outcome outcome;
    char key[32];
    (void)snprintf(changed.consent.purpose, sizeof changed.consent.purpose, "%s", CONSENT_PERSONAL_OFFERS);
    if (!tap(world, at, person)) {
        leave(world, at);
        return;
    }
    struct till_request request = request_of(world, key);
    MUST(till_set_consent(world->place.counters[at].till, &request, &changed, &outcome));
    take_word(world, at, person, word);
    leave(world, at);
}

/* ---- head office */

/* The segment is head office's to give. */
static void give_segment(struct world *world, struct person *person)
{
    struct store_txn txn CLEANUP(store_abort) = {0};
    crm_Member member;
    MUST(store_begin(place_store(&world->place), STORE_WRITE, &txn));
    if (crm_member_get(&txn, person->id, &member) != ERR_OK)
        return;
    member.member.segments_count = 1;
    (void)snprintf(member.member.segments[0], sizeof member.member.segments[0], "coffee");
    MUST(crm_member_put(&txn, &member));
    MUST(store_commit(&txn));
    person->hub.has_segment = true;
}

static void hear(struct view *hub, const struct view *till)
{
    if (!till->is_known || (hub->is_known && till->said_ms <= hub->said_ms))
        return;
    hub->is_known = true;
    hub->word = till->word;
    hub->said_ms = till->said_ms;
}

/* What was said last is what holds, wherever it was said and whenever head office heard it. */
static void meet(struct world *world, bool first, bool second)
{
    const bool are_online[TILLS] = {first, second};
    if (!place_sync(&world->place, first, second))
        violate(world, "tills and hub do not come to an end");
    for (unsigned i = 0; i < PEOPLE; i++) {
        struct person *person = &world->people[i];
        for (unsigned at = 0; at < TILLS; at++)
            if (are_online[at])
                hear(&person->hub, &person->tills[at]);
        for (unsigned at = 0; at < TILLS; at++)
            if (are_online[at])
                person->tills[at] = person->hub;
    }
    for (unsigned at = 0; at < TILLS; at++)
        world->words[at] = are_online[at] ? 0 : world->words[at];
}

/* ---- histories */

static void step(struct world *world)
{
    struct person *person = &world->people[draw(world, PEOPLE)];
    unsigned at = (unsigned)draw(world, TILLS);
    uint64_t lot = draw(world, 100);
    world->place.now_ms += 1 + draw(world, 3000);
    if (world->words[at] >= WORDS_MAX || lot < 4)
        meet(world, at == 0 || lot < 2, at == 1 || lot < 2);
    else if (lot < 6)
        place_restart(&world->place, at);
    else if (!person->is_enrolled)
        enrol(world, at, person);
    else if (lot < 12 && person->hub.is_known)
        give_segment(world, person);
    else if (lot < 35)
        say(world, at, person, lot & 1 ? WORD_YES : WORD_NO);
    else
        visit(world, at, person);
}

static void card_of(unsigned number, char out[32])
{
    char digits[16];
    unsigned sum = 0;
    (void)snprintf(digits, sizeof digits, "29%010u", number + 100);
    for (unsigned i = 0; i < 12; i++)
        sum += (unsigned)(digits[i] - '0') * (i % 2 == 0 ? 1 : 3);
    (void)snprintf(out, 32, "num:%s%u", digits, (10 - sum % 10) % 10);
}

/* One store's people; false: something was not as it must be. */
static bool live(struct world *world, uint64_t seed, const struct book *book)
{
    memset(world->people, 0, sizeof world->people);
    memset(world->words, 0, sizeof world->words);
    world->seed = seed;
    world->violation[0] = '\0';
    world->place.look = look;
    world->place.context = world;
    place_open(&world->place, seed, book);
    for (unsigned i = 0; i < PEOPLE; i++)
        card_of(i, world->people[i].card);
    for (unsigned i = 0; i < PEOPLE * STEPS_EACH && world->violation[0] == '\0'; i++)
        step(world);
    if (world->violation[0] == '\0')
        meet(world, true, true);
    for (unsigned i = 0; i < PEOPLE * TILLS && world->violation[0] == '\0'; i++)
        if (world->people[i / TILLS].is_enrolled)
            visit(world, i % TILLS, &world->people[i / TILLS]);
    place_close(&world->place);
    return world->violation[0] == '\0';
}

/* ---- the program */

static struct shelf *stock_shelf(void)
{
    static const struct span coffee[] = {{(const uint8_t *)"coffee", 6}};
    struct shelf *shelf = shelf_new();
    struct book_source_offer *any = shelf_offer(shelf, "any-member", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    any->audience = BOOK_ANY_MEMBER;
    any->give.amount_minor = OFF_MEMBER;
    struct book_source_offer *segment = shelf_offer(shelf, "segment", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    segment->audience = BOOK_SEGMENT;
    segment->who = coffee;
    segment->who_count = 1;
    segment->give.amount_minor = OFF_SEGMENT;
    struct book_source_offer *consent = shelf_offer(shelf, "consent", BOOK_AMOUNT_OFF, BOOK_TOGETHER);
    consent->audience = BOOK_ANY_MEMBER;
    consent->consent = BOOK_CONSENT_PERSONAL_OFFERS;
    consent->give.amount_minor = OFF_CONSENT;
    shelf_build(shelf);
    return shelf;
}

struct totals {
    uint64_t histories, broken, uses, looked;
};

static struct totals live_some(uint64_t first, uint64_t stores, uint64_t job, uint64_t jobs)
{
    static struct world world;
    struct totals totals = {0};
    struct shelf *shelf = stock_shelf();
    for (uint64_t i = job; i < stores && totals.broken == 0; i += jobs) {
        totals.histories += PEOPLE;
        if (live(&world, first + i, &shelf->book))
            continue;
        totals.broken++;
        printf("BROKEN at --seed %" PRIu64 " --histories 1: %s\n", world.seed, world.violation);
    }
    totals.uses = world.uses;
    totals.looked = world.looked;
    shelf_delete(shelf);
    return totals;
}

static uint64_t number_after(int argc, char **argv, const char *name, uint64_t otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return strtoull(argv[i + 1], NULL, 0);
    return otherwise;
}

/* Each job in a process of its own, which tells by a pipe. */
static bool run_jobs(uint64_t first, uint64_t stores, uint64_t jobs, struct totals *out)
{
    int ends[2];
    bool is_whole = pipe(ends) == 0;
    (void)fflush(NULL);
    for (uint64_t job = 0; is_whole && job < jobs; job++) {
        if (fork() != 0)
            continue;
        struct totals totals = live_some(first, stores, job, jobs);
        (void)fflush(stdout);
        _exit(write(ends[1], &totals, sizeof totals) == (ssize_t)sizeof totals ? 0 : 1);
    }
    for (uint64_t job = 0; job < jobs; job++) {
        int status = 0;
        struct totals totals = {0};
        is_whole = wait(&status) > 0 && status == 0 &&
                   read(ends[0], &totals, sizeof totals) == (ssize_t)sizeof totals && is_whole;
        out->histories += totals.histories;
        out->broken += totals.broken;
        out->uses += totals.uses;
        out->looked += totals.looked;
    }
    return is_whole;
}

int main(int argc, char **argv)
{
    struct totals totals = {0};
    uint64_t histories = number_after(argc, argv, "--histories", HISTORIES_IN_CTEST);
    uint64_t seed = number_after(argc, argv, "--seed", UINT64_MAX);
    if (seed == UINT64_MAX)
        seed = seed_of_environment().state % 1000000000;
    printf("--seed %" PRIu64 "\n", seed);
    (void)mallopt(M_MMAP_THRESHOLD,
                  256 * 1024); /* fixed: a till's memory is had as zeros, not filled with them */
    if (vault_open() != ERR_OK)
        return 1;
    bool is_whole =
        run_jobs(seed, (histories + PEOPLE - 1) / PEOPLE, number_after(argc, argv, "--jobs", 1), &totals);
    printf("P25: %" PRIu64 " random histories at two tills, %" PRIu64 " uses of consent looked at, %" PRIu64
           " messages searched for names, %" PRIu64 " broken\n",
           totals.histories, totals.uses, totals.looked, totals.broken);
    return is_whole && totals.broken == 0 ? 0 : 1;
}
