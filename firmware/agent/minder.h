/* SPDX-License-Identifier: Apache-2.0 */
/* minder.h - minds kassa-reader: starts it, listens to it, kills it when it falls silent, starts it again.
 *
 * Where a service manager starts it, in a sandbox of its own that the agent could not give it, connecting to the
 * manager's socket is what starts it, and closing the connection is what ends it: to a child that hangs the manager's
 * watchdog is what SIGKILL is here.
 *
 * The child runs a library that blocks, aborts and crashes on bad bytes; nothing it does may be felt by the till.
 *
 * Order      minder_open, then callbacks from the loop, minder_close, on_closed, and only then may the loop
 *            end.
 * Memory     taken in minder_open(); the caller's callbacks get views that last for the call.
 * Threads    one, the loop's. No call and no callback of ours blocks. */
#ifndef KASSA_MINDER_H
#define KASSA_MINDER_H

#include <uv.h>

#include "card/programme.h"
#include "iface/random.h"

struct minder; /* opaque */

enum minder_state {
    MINDER_STARTING, /* the child runs, its device is not open yet */
    MINDER_READY,    /* it said hello: cards are read */
    MINDER_LOST,     /* the device or the child failed; it is being brought back */
    MINDER_UNSTABLE, /* MINDER_DEATHS_UNSTABLE deaths within a minute */
    MINDER_OUT,      /* MINDER_DEATHS_OUT deaths in a row: numbers are to be typed; still tried every few
                      * seconds */
    MINDER_STATE_COUNT
};

#define MINDER_DEATHS_UNSTABLE 3
#define MINDER_DEATHS_OUT      10

struct minder_listener {
    void *self;
    /* A card came. identity holds for the call. read_us: see iface/reader.h. */
    void (*on_card)(void *self, const struct card_identity *identity, uint32_t read_us);
    /* The card that came last went, or its reader did. text is its canonical id. */
    void (*on_gone)(void *self, const char *text);
    /* A card is there that names nobody; why is a sentence. */
    void (*on_unknown)(void *self, const char *why);
    /* The reader's state changed; what is a sentence: the device's name, what failed, how the child died. */
    void (*on_state)(void *self, enum minder_state state, const char *what);
};

struct minder_options {
    uv_loop_t *loop;
    const char *socket_path;      /* of the manager, SOCK_SEQPACKET; NULL: the program is started here */
    const char *program;          /* path of kassa-reader */
    const char *const *arguments; /* after the program's name, NULL-terminated; kept until on_closed */
    const struct card_programme *programme; /* sent to each child before all else; kept. NULL: none is sent */
    struct minder_listener listener;
    struct random random;    /* jitter of the back-off */
    uint32_t open_ms_max;    /* silence allowed before hello; 0: 3,000 (libnfc's open takes up to 1.41 s) */
    uint32_t silence_ms_max; /* silence allowed after it; 0: 1,500 */
    uint32_t retry_ms_min;   /* first wait before a restart; 0: 200 */
    /* Longest wait; 0: 1,000, a quarter more by jitter. Who hung when its fault ended is killed, started and open within 3 s. */
    uint32_t retry_ms_max;
    uint32_t stop_ms_max; /* from TERM to KILL at close; 0: 1,000 */
};

/* Starts the child. Its failure to start is no error here: on_state tells, and it is tried again.
 * ERR_MEMORY, ERR_IO (the loop has no room): then nothing runs. */
NODISCARD
enum err minder_open(const struct minder_options *options, struct minder **out);

/* Poll at full pace (true, as it starts), or at the resting pace: no card is expected. */
void minder_expect_card(struct minder *minder, bool is_expected);

enum minder_state minder_state_of(const struct minder *minder);
const char *minder_state_name(enum minder_state state);

/* How long the child has said nothing. */
uint64_t minder_silence_ms(const struct minder *minder);

/* How long it was from one look for a card to the next, at the longest since the tick before the last; 0: not told yet. */
uint32_t minder_pace_us(const struct minder *minder);

/* A card that was told of lies there. */
bool minder_has_card(const struct minder *minder);

/* How many children died (not of minder_close) since minder_open. */
uint64_t minder_deaths(const struct minder *minder);

/* Ends the child (TERM, later KILL; or the connection's end), waits for it on the loop, frees the minder and calls on_closed (may be
 * NULL). No other callback comes after this call. */
void minder_close(struct minder *minder, void (*on_closed)(void *self), void *self);

#endif
