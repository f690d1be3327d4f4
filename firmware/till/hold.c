/* SPDX-License-Identifier: Apache-2.0 */
#include "till/hold.h"

#define KEEPS(next)                                                                                          \
    {                                                                                                        \
        true, next, false                                                                                    \
    }
#define RELEASES(next)                                                                                       \
    {                                                                                                        \
        true, next, true                                                                                     \
    }

/* A row that is missing is not allowed: an answer that comes too late, as a rule. */
static const struct hold_step steps[HOLD_STATE_COUNT][HOLD_EVENT_COUNT] = {
    [HOLD_NONE][HOLD_ASK] = KEEPS(HOLD_ASKED),          [HOLD_NONE][HOLD_CHANGE] = KEEPS(HOLD_NONE),
    [HOLD_NONE][HOLD_DROP] = KEEPS(HOLD_NONE),          [HOLD_NONE][HOLD_COMMIT] = KEEPS(HOLD_NONE),

    [HOLD_ASKED][HOLD_GRANT] = KEEPS(HOLD_GRANTED),     [HOLD_ASKED][HOLD_REFUSE] = KEEPS(HOLD_REFUSED),
    [HOLD_ASKED][HOLD_SILENCE] = RELEASES(HOLD_SILENT), /* it may have been granted, and the answer lost */
    [HOLD_ASKED][HOLD_CHANGE] = RELEASES(HOLD_NONE),    [HOLD_ASKED][HOLD_DROP] = RELEASES(HOLD_NONE),

    [HOLD_GRANTED][HOLD_LAPSE] = RELEASES(HOLD_NONE),   [HOLD_GRANTED][HOLD_CHANGE] = RELEASES(HOLD_NONE),
    [HOLD_GRANTED][HOLD_DROP] = RELEASES(HOLD_NONE),    [HOLD_GRANTED][HOLD_COMMIT] = KEEPS(HOLD_NONE),

    [HOLD_REFUSED][HOLD_ASK] = KEEPS(HOLD_ASKED), /* a new key: somebody may have given it back */
    [HOLD_REFUSED][HOLD_CHANGE] = KEEPS(HOLD_NONE),     [HOLD_REFUSED][HOLD_DROP] = KEEPS(HOLD_NONE),

    [HOLD_SILENT][HOLD_ASK] = KEEPS(HOLD_ASKED),        [HOLD_SILENT][HOLD_CHANGE] = KEEPS(HOLD_NONE),
    [HOLD_SILENT][HOLD_DROP] = KEEPS(HOLD_NONE),        [HOLD_SILENT][HOLD_COMMIT] = KEEPS(HOLD_NONE),
};

static const char *const names[HOLD_STATE_COUNT] = {
    [HOLD_NONE] = "none",       [HOLD_ASKED] = "asked",   [HOLD_GRANTED] = "granted",
    [HOLD_REFUSED] = "refused", [HOLD_SILENT] = "silent",
};

struct hold_step hold_step_of(enum hold_state state, enum hold_event event)
{
    bool is_known = (unsigned)state < HOLD_STATE_COUNT && (unsigned)event < HOLD_EVENT_COUNT;
    if (!is_known || !steps[state][event].is_allowed)
        return (struct hold_step){false, state, false};
    return steps[state][event];
}

const char *hold_state_name(enum hold_state state)
{
    return (unsigned)state < HOLD_STATE_COUNT ? names[state] : "?";
}
