/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/trust.h"

struct row {
    const char *code;
    const char *sentence;
};

static const struct row rows[TRUST_REASON_COUNT] = {
    [TRUST_GOOD] = {"good", "nothing is wrong with it"},
    [TRUST_MALFORMED] = {"malformed", "it is not of the format, or a number is outside its bounds"},
    [TRUST_UNSIGNED] = {"unsigned", "too few good signatures of different keys and persons of the role"},
    [TRUST_TENANT] = {"tenant", "it is another chain's"},
    [TRUST_SCOPE] = {"scope", "it is for other stores or tills"},
    [TRUST_ROLLBACK] = {"rollback", "its version or time is not above the one that stands"},
    [TRUST_CONFLICT] = {"conflict", "the same version or time has other content here"},
    [TRUST_FAST_FORWARD] = {"fast_forward", "its version is too far above the last one"},
    [TRUST_EXPIRED] = {"expired", "its time is over, or its root's"},
    [TRUST_EARLY] = {"early", "it was issued outside its root's life"},
    [TRUST_UNLISTED] = {"unlisted", "the newest timestamp does not name it for this till"},
    [TRUST_ROOT_GAP] = {"root_gap", "roots are missing before it"},
    [TRUST_TOO_LARGE] = {"too_large", "it is longer than may be"},
    [TRUST_MIXED] = {"mixed", "it is whole, but not the bytes that were signed"},
    [TRUST_UNREADABLE] = {"unreadable", "it is signed, but no book that this till can read"},
    [TRUST_FAULTY] = {"faulty", "the engine met a fault in it"},
    [TRUST_LIMIT] = {"limit", "it breaks a limit on a receipt of before"},
    [TRUST_WITHDRAWN] = {"withdrawn", "head office has withdrawn it"},
    [TRUST_NO_EARLIER] = {"no_earlier", "there is no earlier book to go back to"},
    [TRUST_NOT_KEPT] = {"not_kept", "it could not be written"},
    [TRUST_FROZEN] = {"frozen", "no timestamp that has not expired: nothing new is taken"},
    [TRUST_OUTLIVED] = {"outlived", "the book in force has expired, and stays in force"},
};

const char *trust_reason_code(enum trust_reason reason)
{
    return rows[reason].code;
}

const char *trust_reason_sentence(enum trust_reason reason)
{
    return rows[reason].sentence;
}
