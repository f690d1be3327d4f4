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
static const enum card_kind cards[] = {CARD_LINK,    CARD_LINK,    CARD_TEXT, CARD_CHIP,
                                       CARD_CLASSIC, CARD_SCANNED, CARD_NONE};

void plan_member_number(uint64_t digits, char out[16])
{
    (void)snprintf(out, 16, "29%010llu", (unsigned long long)(digits % 10000000000u));
    unsigned sum = 0;
    for (unsigned i = 0; i < 12; i++)
        sum += (unsigned)(out[i] - '0') * (i % 2 == 0 ? 1 : 3);
    out[12] = (char)('0' + (10 - sum % 10) % 10);
    out[13] = '\0';
}

static void draw_shopper(struct seeded *seeded, size_t index, struct shopper *shopper, struct habit *habit)
{
    const struct person *person = &people[seeded_below(seeded, COUNT_OF(people))];
    shopper->card = cards[seeded_below(seeded, COUNT_OF(cards))];
    shopper->first_name = person->first_name;
    shopper->language = person->language;
    shopper->tier = tiers[seeded_below(seeded, COUNT_OF(tiers))];
    shopper->segment = segments[seeded_below(seeded, COUNT_OF(segments))];
    shopper->is_new = shopper->card == CARD_CHIP && seeded_chance(seeded, 60);
    plan_member_number(1000 + index, shopper->number);
    bool is_classic = shopper->card == CARD_CLASSIC; /* a 4-byte UID; 08 would be a random one */
    (void)snprintf(shopper->uid, sizeof(shopper->uid), is_classic ? "5a%06zx" : "04%012zx", index + 1);
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

static void draw_visit(struct seeded *seeded, struct plan *plan, const struct habit *habits, size_t index)
{
    static const struct shopper nobody = {.card = CARD_NONE};
    uint32_t who = seeded_below(seeded, (uint32_t)plan->shopper_count);
    const struct habit *habit = &habits[who];
    struct visit *visit = &plan->visits[index];
    bool forgot = !seeded_chance(seeded, habit->card_percent);
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

enum err plan_neighbourhood(uint64_t seed, size_t visit_count, struct plan *out)
{
    struct seeded seeded = {seed};
    struct plan plan = {.visit_count = visit_count, .shopper_count = visit_count / VISITS_PER_SHOPPER + 1};
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
        draw_shopper(&seeded, i, &plan.shoppers[i], &habits[i]);
    for (size_t i = 0; i < visit_count; i++)
        draw_visit(&seeded, &plan, habits, i);
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

static bool write_member(FILE *file, const struct shopper *shopper)
{
    bool by_uid = shopper->card == CARD_CHIP || shopper->card == CARD_CLASSIC;
    return fprintf(file, "%s%s,%s,%s,%s,%s,personal_offers\n",
                   by_uid ? "uid:" : "num:", by_uid ? shopper->uid : shopper->number, shopper->first_name,
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
        if (shopper->card != CARD_NONE && !shopper->is_new)
            written = write_member(file, shopper) && written;
    }
    return fclose(file) == 0 && written ? ERR_OK : ERR_IO;
}
