/* SPDX-License-Identifier: Apache-2.0 */
/* sync.h - the till's line to the hub: records up (the journal is the outbox), members and books down.
 *
 * What it decides is a pure step function (sync/step.h) that the simulator runs too; this is the driver that
 * binds it to a journal, the members, a bookcase and a transport.
 *
 * Up         birth first, batches only after the hub's permit, the journal's mark moves only on the hub's own
 *            acknowledgement whose hash is the journal's. SYNC.md 2.
 * Down       members are applied; what comes of books is handed to books/, which decides.
 * Owner      everything in sync_parts outlives the sync; strings in the settings are copied.
 * Memory     taken in sync_open (1.1 MiB).
 * Threads    one, the event loop. Acknowledgements, member updates and chunks wait for the disk.
 */
#ifndef KASSA_SYNC_H
#define KASSA_SYNC_H

#include "bookcase/bookcase.h"
#include "books/books.h"
#include "iface/clock.h"
#include "iface/random.h"
#include "iface/transport.h"
#include "journal/journal.h"
#include "members/members.h"
#include "vault/pepper.h"
#include "wire/message.h"

struct sync; /* opaque */

#define SYNC_QUESTIONS_MAX 8 /* unanswered questions for a member at once; older ones are forgotten */

struct sync_settings {
    const char *till; /* [a-z0-9-]{3,32} */
    const char *store;
    const char *tenant;
    const char *software;
    uint32_t backoff_ms_max; /* full jitter over 0 to this before each attempt: 30000 */
    uint32_t ack_timeout_ms; /* a batch or birth without an answer is sent again: 5000 */
};

struct sync_parts {
    struct transport transport;
    struct clock clock;
    struct random random;
    struct journal *journal;
    struct members *members;
    struct bookcase *bookcase;
    struct books *books; /* is handed all that comes of books; NULL: this till takes none */
};

/* What went wrong in a way that somebody should know: the agent writes it as a TillFault. */
enum sync_fault {
    SYNC_FAULT_FORK,        /* this journal and the hub disagree: a new incarnation was taken */
    SYNC_FAULT_FENCED,      /* another till uses this identity: nothing is sent while it does */
    SYNC_FAULT_RESTORED,    /* the hub has more than this journal: a new incarnation was taken */
    SYNC_FAULT_REFUSED,     /* the hub cannot read what we send */
    SYNC_FAULT_QUARANTINED, /* the hub cannot read a record; it was kept there as it is */
    SYNC_FAULT_GAP,         /* the hub lost records that are trimmed here: a new incarnation was taken */
    SYNC_FAULT_JOURNAL,     /* the journal could not be read */
    SYNC_FAULT_DENIED,      /* the broker's access list drops what we publish */
    SYNC_FAULT_COUNT
};
const char *sync_fault_code(enum sync_fault fault); /* "sync.fork" */

enum sync_state {
    SYNC_OFFLINE,    /* no connection; the next attempt is timed */
    SYNC_CONNECTING, /* an attempt is under way */
    SYNC_BORN,       /* connected, the birth is sent, the hub has not answered */
    SYNC_LIVE,       /* the hub permits */
    SYNC_WAITING,    /* the hub asked for patience */
    SYNC_FENCED,     /* another till has this identity; tried again after a minute */
    SYNC_STATE_COUNT
};
const char *sync_state_name(enum sync_state state);

struct sync_status {
    enum sync_state state;
    uint64_t backlog; /* records that the hub has not acknowledged */
    uint64_t acknowledged_seq;
    int64_t acknowledged_unix_ms; /* by the hub's clock: when it said so; 0: not in this life */
    int64_t hub_offset_ms;        /* the hub's wall clock less ours, at the last acknowledgement */
    uint64_t batches_sent;
    uint64_t resends;
};

/* All may be NULL. None may call sync_run or sync_close. They may append to the journal, and then call
 * sync_appended. */
struct sync_handler {
    void (*on_state)(void *context,
                     const struct sync_status *status); /* the state or the backlog's zero changed */
    void (*on_members)(void *context);                  /* an update was applied */
    /* The hub's answer to sync_ask_member; member NULL: it knows none. Without an answer nothing
     * is called. */
    void (*on_member)(void *context, const uint8_t token[TOKEN_SIZE], const kassa_Member *member);
    /* The hub's answers to sync_reserve (and sync_release), sync_ask_receipt and sync_ask_gift, as they come.
     * What the receipt points at lives until the return. */
    void (*on_reservation)(void *context, const kassa_Reservation *reservation);
    void (*on_receipt)(void *context, const struct wire_receipt_found *found);
    void (*on_gift)(void *context, const kassa_GiftFound *found);
    void (*on_renewed)(void *context, const kassa_Renewed *renewed); /* to sync_ask_renewal */
    void (*on_fault)(void *context, enum sync_fault fault, const char *text);
    void *context;
};

/* ERR_ARGUMENT: a setting outside its bounds. ERR_MEMORY, ERR_IO, ERR_CORRUPT. Nothing is sent before the
 * first sync_run. Binds the transport. */
NODISCARD
enum err sync_open(const struct sync_settings *settings, const struct sync_parts *parts,
                   const struct sync_handler *handler, struct sync **out_sync);
/* NULL is allowed. The hub is told that the till is off-line, if it was told that it is there; the transport is disconnected in order. */
void sync_close(struct sync *sync);

/* Does what is due. Call it once to begin, after each step of the transport, after sync_appended, and when
 * the time that it answered has come (CLOCK mono_ms; UINT64_MAX: not by itself). */
uint64_t sync_run(struct sync *sync);

/* The journal has grown. */
void sync_appended(struct sync *sync);

/* Asks the hub for the member of a card that the cache does not know. The caller has its own deadline (300
 * ms) and goes on without. ERR_CLOSED: there is no line. */
NODISCARD
enum err sync_ask_member(struct sync *sync, const struct vault_tokens *tokens);

/* Asks the hub to set aside what a sale needs; tells it that a key is not needed; asks for a receipt of any
 * till, or what is on a gift card. The caller has its own deadline. ERR_CLOSED: there is no line. */
NODISCARD
enum err sync_reserve(struct sync *sync, const kassa_Reserve *reserve);
NODISCARD
enum err sync_release(struct sync *sync, const char *key);
NODISCARD
enum err sync_ask_receipt(struct sync *sync, const kassa_ReceiptId *id);
NODISCARD
enum err sync_ask_gift(struct sync *sync, const uint8_t account[TOKEN_SIZE]);

/* Asks the hub to certify a new key of this till: a request (PKCS #10), DER. ERR_CLOSED: there is no line.
 * ERR_TOO_LONG: no request of ours. */
NODISCARD
enum err sync_ask_renewal(struct sync *sync, struct span request_der);

void sync_get_status(const struct sync *sync, struct sync_status *out);

#endif
