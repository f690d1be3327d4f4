/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "spend_step": a reward for each full step that is spent, at most so often a transaction. The reward is
 * points of an offer "points for each full step", whose number of steps the offer bounds. */
#include "office/cases_book.h"

struct step_words {
    int64_t basket_amount, step, reward_per_step, max_per_transaction;
    const json_t *expected;
};

static const struct case_word step_words[] = {
    CASE_MUST("basket_amount|amount", CASE_NUMBER, offsetof(struct step_words, basket_amount)),
    CASE_MUST("step|per", CASE_NUMBER, offsetof(struct step_words, step)),
    CASE_MUST("reward_per_step|reward", CASE_NUMBER, offsetof(struct step_words, reward_per_step)),
    CASE_MAY("max_per_transaction|max_steps", CASE_NUMBER, offsetof(struct step_words, max_per_transaction)),
    CASE_MUST("expected", CASE_OBJECT, offsetof(struct step_words, expected)),
};

struct reward_words {
    int64_t reward, steps;
};

static const struct case_word reward_words[] = {
    CASE_MUST("reward", CASE_NUMBER, offsetof(struct reward_words, reward)),
};

static void add_step_rule(struct case_book *book, const struct step_words *words)
{
    struct book_source_offer *offer =
        case_add_offer(book, NULL, BOOK_POINTS_PER_SPEND, BOOK_TOGETHER, CASE_LANE_POINTS);
    if (offer == NULL)
        return;
    if (words->reward_per_step < 0 || words->reward_per_step > BOOK_POINTS_MAX ||
        words->max_per_transaction > UINT32_MAX)
        case_fault(book->run, "a step's reward is negative or too large");
    offer->give.points = (uint32_t)words->reward_per_step;
    offer->give.per_minor = words->step;
    offer->give.repeats_max = (uint32_t)case_or(words->max_per_transaction, 0);
}

void case_run_spend_step(struct case_run *run)
{
    struct step_words words;
    struct reward_words expected;
    struct case_head head;
    case_read_head(run, &head);
    case_read_body(run, step_words, COUNT_OF(step_words), &words);
    if (case_is_sound(run))
        case_read(run, "expected", words.expected, reward_words, COUNT_OF(reward_words), &expected, NULL);
    struct case_book *book = case_is_sound(run) ? case_book_new(run, head.minor_digits) : NULL;
    struct offers_line *line = book != NULL ? case_take(run, 1, sizeof(*line)) : NULL;
    if (line == NULL)
        return;
    *line = (struct offers_line){.sku = span_of_text("basket"),
                                 .quantity_milli = 1000,
                                 .unit_price_e5 = case_price_e5(book, words.basket_amount)};
    book->basket.lines = line;
    book->basket.line_count = 1;
    add_step_rule(book, &words);
    if (case_price(book))
        case_compare_number(run, "reward", expected.reward, book->result.points);
}
