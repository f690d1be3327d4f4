/* SPDX-License-Identifier: Apache-2.0 */
/* message: the offer's texts are shown, and nothing else; question: they are asked, and its answers are texts, too. */
#include "offers/kinds/amounts.h"

static struct offers_fault check(const struct book_give *give, enum book_scope scope)
{
    (void)give;
    (void)scope;
    return (struct offers_fault){NULL, NULL};
}

static enum offers_reason award(struct engine *e, const struct book_offer *offer,
                                const struct line_set *matched)
{
    (void)offer;
    (void)matched;
    e->award.count = 1;
    return OFFERS_GIVEN;
}

const struct offers_kind offers_message = {
    .kind = BOOK_MESSAGE_SHOWN,
    .name = "message",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_AWARD},
    .check = check,
    .award = award,
};

const struct offers_kind offers_question = {
    .kind = BOOK_QUESTION,
    .name = "question",
    .step = {[BOOK_TOGETHER] = BOOK_STEP_AWARD},
    .check = check,
    .award = award,
};
