/* SPDX-License-Identifier: Apache-2.0 */
/* ose.h - the wallet in a phone, selected by the one name that Apple's and Google's both answer to: OSE.VAS.01. Two
 * technologies ask for it and the air is slow, so it is asked for once a card. Inside card/. */
#ifndef KASSA_CARD_OSE_H
#define KASSA_CARD_OSE_H

#include "card/apdu.h"
#include "card/trace.h"

#define CARD_OSE_APPLE  "ApplePay"
#define CARD_OSE_GOOGLE "AndroidPay"

/* What is known of one card's wallet; zeroed for each card but for who listens. */
struct card_ose {
    const struct card_trace *trace; /* NULL: nobody */
    bool is_asked;
    bool is_spoken_to; /* it was asked for a pass */
    enum err outcome;
    struct card_answer answer;
};

/* Selects the wallet unless that was done, and tells whether it is the one of that name. *out_template: what stands in
 * its FCI template (tag 6F), a span of *ose. ERR_NOT_FOUND: no wallet, or another one. ERR_SYNTAX: not an FCI. Others as
 * card_apdu_transmit. */
NODISCARD
enum err card_ose_select(const struct tag *tag, struct card_ose *ose, const char *name,
                         struct span *out_template);

/* At the end of all that is asked of one card, with what came out of it: a phone that was asked for a pass is let go, so
 * that it shows its tick. Not when an answer was lost: in the middle of a payment that would be taken for its end. */
void card_ose_end(const struct tag *tag, const struct card_ose *ose, enum err outcome);

#endif
