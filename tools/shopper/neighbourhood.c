/* SPDX-License-Identifier: Apache-2.0 */
/* A neighbourhood of shoppers with habits: each has a card (or none), a language, a few favourite categories
 * and a size of basket of their own, and comes back. */
#include <stdio.h>
#include <stdlib.h>

#include "shopper/goods.h"
#include "shopper/seeded.h"
#include "shopper/visit.h"

#define VISITS_PER_SHOPPER 3
#define LINES_MAX_A_VISIT  24
#define FAVOURITES         12

struct habit {
    uint32_t favourites[FAVOURITES]; /* indexes of goods */
    uint32_t basket_size;            /* lines, on the average */
    uint32_t card_percent;           /* how often the card is not forgotten */
};

struct person {
    const char *first_name;
    const char *language;
};

static const struct person people[] = {
    {"Ana", "en"},      {"Grace", "en"},      {"Oliver", "en"},  {"Zofia", "pl"},
    {"Łukasz", "pl"},   {"Agnieszka", "pl"},  {"Rūta", "lt"},    {"Jonas", "lt"},
    {"Eglė", "lt"},     {"Žygimantas", "lt"}, {"Tereza", "cs"},  {"Jiří", "cs"},
    {"Kateřina", "cs"}, {"Анна", "ru"},       {"Дмитрий", "ru"}, {"Ольга", "ru"},
};
static const char *const tiers[] = {"", "", "", "silver", "silver", "gold"};
static const char *const segments[] = {"", "", "families", "coffee-lovers", "pet-owners"};
static const struct card_kind cards[] = {
    {"ndef", CARD_BY_NUMBER, 2, 0, NULL, "ntag213 uid {uid} uri https://loyalty.example/c/{number}", NULL},
    {"ndef", CARD_BY_NUMBER, 1, 0, NULL, "ntag215 uid {uid} text {number}", NULL},
    {"uid", CARD_BY_UID, 1, 60, NULL, "uid {uid} atqa 0344 sak 20 ats 067577810280", NULL},
    {"classic", CARD_BY_UID4, 1, 0, NULL, "classic1k uid {uid}", NULL},
    {"barcode", CARD_BY_NUMBER, 1, 0, NULL, NULL, "]E0{number}"},
    {NULL, CARD_BY_NUMBER, 1, 0, NULL, NULL, NULL}, /* nobody */
};
const struct card_kinds plan_card_kinds = {cards, COUNT_OF(cards), false};

/* The digit that makes the sum of all, weighed 3, 1, 3, 1 from behind it, a multiple of ten. */
static void add_gs1_check(char *digits)
{
    size_t size = strlen(digits);
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += (unsigned)(digits[i] - '0') * ((size - i) % 2 == 1 ? 3 : 1);
    digits[size] = (char)('0' + (10 - sum % 10) % 10);
    digits[size + 1] = '\0';
}

/* ISO/IEC 7812-1 annex B. */
static void add_luhn_check(char *digits)
{
    size_t size = strlen(digits);
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned value = (unsigned)(digits[i] - '0') * ((size - i) % 2 == 1 ? 2 : 1);
        sum += value / 10 + value % 10;
    }
    digits[size] = (char)('0' + (10 - sum % 10) % 10);
    digits[size + 1] = '\0';
}

void plan_number(enum card_by by, uint64_t digits, char out[SHOPPER_NUMBER_SIZE])
{
    static const struct {
        const char *head;
        int digit_count;
        void (*add_check)(char *digits);
    } rows[] = {
        [CARD_BY_NUMBER] = {"29", 10, add_gs1_check},    [CARD_BY_LUHN] = {"7", 8, add_luhn_check},
        [CARD_BY_GSRN] = {"4771234", 10, add_gs1_check}, [CARD_BY_UID] = {"29", 10, add_gs1_check},
        [CARD_BY_UID4] = {"29", 10, add_gs1_check},
    };
    KASSA_ASSERT((size_t)by < COUNT_OF(rows));
    uint64_t bound = rows[by].digit_count == 8 ? 100000000 : 10000000000;
    (void)snprintf(out, SHOPPER_NUMBER_SIZE, "%s%0*llu", rows[by].head, rows[by].digit_count,
                   (unsigned long long)(digits % bound));
    rows[by].add_check(out);
}

void plan_member_number(uint64_t digits, char out[SHOPPER_NUMBER_SIZE])
{
    plan_number(CARD_BY_NUMBER, digits, out);
}

bool plan_is_by_uid(const struct card_kind *kind)
{
    return kind->by == CARD_BY_UID || kind->by == CARD_BY_UID4;
}

static const struct card_kind *kind_at(const struct card_kinds *kinds, uint32_t place)
{
    const struct card_kind *row = kinds->rows;
    for (; place >= row->share; row++)
        place -= row->share;
    return row;
}

static uint32_t all_shares(const struct card_kinds *kinds)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < kinds->count; i++)
        sum += kinds->rows[i].share;
    return sum;
}

/* People come again; but there are enough of them for each kind, if the visits are. */
static size_t count_shoppers(const struct card_kinds *kinds, size_t visit_count)
{
    size_t few = visit_count / VISITS_PER_SHOPPER + 1, all = kinds->is_each_shown ? all_shares(kinds) : 0;
    return few < all && all <= visit_count ? all : few;
}

/* By chance, or one after the other. Of a card that is the only one of its kind only the first round has it. */
static const struct card_kind *choose_kind(struct seeded *seeded, const struct card_kinds *kinds,
                                           size_t index)
{
    uint32_t sum = all_shares(kinds);
    const struct card_kind *kind =
        kind_at(kinds, kinds->is_each_shown ? (uint32_t)(index % sum) : seeded_below(seeded, sum));
    if (kind->uid != NULL && index >= sum)
        kind = kinds->rows;
    return kind->technology == NULL ? NULL : kind;
}

static void set_uid(const struct card_kind *kind, size_t index, struct shopper *shopper)
{
    bool is_short = kind != NULL && kind->by == CARD_BY_UID4; /* 08 would be a random one */
    if (kind != NULL && kind->uid != NULL)
        (void)snprintf(shopper->uid, sizeof(shopper->uid), "%s", kind->uid);
    else
        (void)snprintf(shopper->uid, sizeof(shopper->uid), is_short ? "5a%06zx" : "04%012zx", index + 1);
}

static void draw_shopper(struct seeded *seeded, const struct card_kinds *kinds, size_t index,
                         struct shopper *shopper, struct habit *habit)
{
    const struct person *person = &people[seeded_below(seeded, COUNT_OF(people))];
    const struct card_kind *kind = choose_kind(seeded, kinds, index);
    shopper->kind = kind;
    shopper->first_name = person->first_name;
    shopper->language = person->language;
    shopper->tier = tiers[seeded_below(seeded, COUNT_OF(tiers))];
    shopper->segment = segments[seeded_below(seeded, COUNT_OF(segments))];
    shopper->is_new = kind != NULL && kind->new_percent > 0 && seeded_chance(seeded, kind->new_percent);
    plan_number(kind == NULL ? CARD_BY_NUMBER : kind->by, 1000 + index, shopper->number);
    set_uid(kind, index, shopper);
    for (size_t i = 0; i < FAVOURITES; i++)
        habit->favourites[i] = seeded_below(seeded, (uint32_t)plan_goods_count);
    habit->basket_size = 2 + seeded_below(seeded, 14);
    habit->card_percent = 75 + seeded_below(seeded, 26);
}

static void draw_line(struct seeded *seeded, const struct habit *habit, struct visit_line *line)
{
    uint32_t any = seeded_below(seeded, (uint32_t)plan_goods_count);
    const struct good *good =
        &plan_goods[seeded_chance(seeded, 70) ? habit->favourites[seeded_below(seeded, FAVOURITES)] : any];
    int64_t quantity_milli = good->is_weighed            ? 150 + (int64_t)seeded_below(seeded, 1850)
                             : seeded_chance(seeded, 70) ? 1000
                                                         : 1000 * (2 + (int64_t)seeded_below(seeded, 4));
    *line = (struct visit_line){.sku = good->sku,
                                .description = good->description,
                                .category = good->category,
                                .department = good->department,
                                .unit = good->is_weighed ? "kg" : "pcs",
                                .quantity_milli = quantity_milli,
                                .price_e5 = good->price_e5,
                                .tax_rate_bp = good->tax_rate_bp};
}

static void draw_visit(struct seeded *seeded, struct plan *plan, const struct habit *habits, size_t index,
                       bool is_first_round)
{
    static const struct shopper nobody = {.kind = NULL};
    size_t who = is_first_round ? index : seeded_below(seeded, (uint32_t)plan->shopper_count);
    const struct habit *habit = &habits[who];
    struct visit *visit = &plan->visits[index];
    bool forgot = !is_first_round && !seeded_chance(seeded, habit->card_percent);
    visit->shopper = forgot ? &nobody : &plan->shoppers[who];
    visit->lines = plan->lines + plan->line_count;
    visit->line_count = 1 + seeded_below(seeded, 2 * habit->basket_size);
    if (visit->line_count > LINES_MAX_A_VISIT)
        visit->line_count = LINES_MAX_A_VISIT;
    for (size_t i = 0; i < visit->line_count; i++)
        draw_line(seeded, habit, &visit->lines[i]);
    plan->line_count += visit->line_count;
    (void)snprintf(visit->name, sizeof(visit->name), "v%06zu", index + 1);
}

enum err plan_neighbourhood(uint64_t seed, size_t visit_count, const struct card_kinds *kinds,
                            struct plan *out)
{
    struct seeded seeded = {seed};
    struct plan plan = {.visit_count = visit_count, .shopper_count = count_shoppers(kinds, visit_count)};
    plan.visits = calloc(visit_count + 1, sizeof(struct visit));
    plan.shoppers = calloc(plan.shopper_count, sizeof(struct shopper));
    plan.lines = calloc(visit_count * LINES_MAX_A_VISIT + 1, sizeof(struct visit_line));
    struct habit *habits = calloc(plan.shopper_count, sizeof(struct habit));
    if (plan.visits == NULL || plan.shoppers == NULL || plan.lines == NULL || habits == NULL) {
        plan_done(&plan);
        free(habits);
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < plan.shopper_count; i++)
        draw_shopper(&seeded, kinds, i, &plan.shoppers[i], &habits[i]);
    for (size_t i = 0; i < visit_count; i++)
        draw_visit(&seeded, &plan, habits, i, kinds->is_each_shown && i < plan.shopper_count);
    free(habits);
    *out = plan;
    return ERR_OK;
}

void plan_done(struct plan *plan)
{
    free(plan->visits);
    free(plan->shoppers);
    free(plan->lines);
    free(plan->texts);
    *plan = (struct plan){0};
}

void plan_spoken_number(const struct shopper *shopper, char out[SHOPPER_SPOKEN_SIZE])
{
    bool is_gsrn = shopper->kind != NULL && shopper->kind->by == CARD_BY_GSRN;
    (void)snprintf(out, SHOPPER_SPOKEN_SIZE, "%s%s", is_gsrn ? "8018" : "", shopper->number);
}

static bool write_member(FILE *file, const struct shopper *shopper)
{
    char number[SHOPPER_SPOKEN_SIZE];
    bool by_uid = plan_is_by_uid(shopper->kind);
    plan_spoken_number(shopper, number);
    return fprintf(file, "%s%s,%s,%s,%s,%s,personal_offers\n",
                   by_uid ? "uid:" : "num:", by_uid ? shopper->uid : number, shopper->first_name,
                   shopper->language, shopper->tier, shopper->segment) > 0;
}

enum err plan_write_members(const struct plan *plan, const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return ERR_IO;
    bool written = fprintf(file, "card,first_name,language,tier,segments,consents\n") > 0;
    for (size_t i = 0; i < plan->shopper_count; i++) {
        const struct shopper *shopper = &plan->shoppers[i];
        if (shopper->kind != NULL && !shopper->is_new)
            written = write_member(file, shopper) && written;
    }
    return fclose(file) == 0 && written ? ERR_OK : ERR_IO;
}
