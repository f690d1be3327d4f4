/* SPDX-License-Identifier: Apache-2.0 */
/* enrolment.h - who is certified on an invitation, as the hub decides it: a request of a till that has no
 * certificate against what head office has invited.
 *
 * Once     an invitation belongs to the first key that proves its token. The same key gets the same certificate
 *          again (its answer may have been lost) until the invitation ends; another key gets none.
 * Guesses  wrong proofs are counted with the invitation; after ENROLMENT_WRONG_MAX it is of no use to anybody. */
#ifndef KASSA_OFFICE_ENROLMENT_H
#define KASSA_OFFICE_ENROLMENT_H

#include "office/authority.h"
#include "office/invitation.h"

#define ENROLMENT_WRONG_MAX 5

struct enrolment {
    const struct authority *authority;
    struct random random;
    unsigned days; /* that a certificate lasts */
    int64_t now_unix_ms;
};

/* What came of a request, for the log. */
enum enrolment_verdict {
    ENROLMENT_CERTIFIED,
    ENROLMENT_TOLD_AGAIN,
    ENROLMENT_UNKNOWN, /* no such invitation */
    ENROLMENT_WRONG,   /* the token is not its: counted */
    ENROLMENT_BLOCKED, /* too many of those */
    ENROLMENT_OTHERS,  /* the token is its, but the request names another till: counted */
    ENROLMENT_OVER,
    ENROLMENT_USED,
    ENROLMENT_VERDICT_COUNT
};
const char *enrolment_verdict_name(enum enrolment_verdict verdict);

struct enrolment_result {
    enum enrolment_verdict verdict;
    char till[TILL_ID_MAX + 1]; /* whom the invitation is for; "": there is none */
};

/* Who asks, as far as a look tells that changes nothing: so that a stranger costs no more. */
enum enrolment_asker {
    ENROLMENT_BY_STRANGER, /* no such invitation, or one that is blocked: enrolment_take would refuse and count nothing */
    ENROLMENT_BY_GUESSER, /* the proof is wrong: that is to be counted */
    ENROLMENT_BY_HOLDER   /* who has the invitation's token */
};
NODISCARD
enum err enrolment_look(const struct store_txn *txn, const kassa_EnrolRequest *request,
                        enum enrolment_asker *out);

/* Judges a request, certifies, and brings the invitation up to date. The caller commits, and sends the answer only
 * then. Errors are the store's and the vault's: nothing was decided. */
NODISCARD
enum err enrolment_take(const struct enrolment *enrolment, const struct store_txn *txn,
                        const kassa_EnrolRequest *request, kassa_EnrolAnswer *out_answer,
                        struct enrolment_result *out_result);

/* How an invitation stands, in a word: "open", "used", "over", "blocked". */
const char *enrolment_state_of(const crm_Invitation *row, int64_t now_unix_ms);

#endif
