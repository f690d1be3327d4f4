/* SPDX-License-Identifier: Apache-2.0 */
/* agent.h - kassa-agent: everything that runs in a till's process, built once and run on one libuv loop.
 *
 * Turn       before each wait of the loop agent_turn does what is due, in the order in which people wait for
 *            it: answers and events of the API first, then the disk (what a tap left to be recorded), then
 *            the line to the hub.
 * Memory     taken while the agent starts; later only a new book and a new connection take some.
 * Threads    one, the loop's. */
#ifndef KASSA_AGENT_H
#define KASSA_AGENT_H

#include <uv.h>

#include "agent/identity.h"
#include "agent/minder.h"
#include "agent/read_times.h"
#include "agent/settings.h"
#include "bookcase/bookcase.h"
#include "books/books.h"
#include "card/fresh.h"
#include "journal/journal.h"
#include "lan/lan.h"
#include "members/members.h"
#include "offers/book.h"
#include "platform/lmdb/lmdb_storage.h"
#include "platform/mosquitto/mosquitto_transport.h"
#include "platform/scanner/scanner.h"
#include "platform/service/service.h"
#include "platform/tpm/bounded.h"
#include "platform/tpm/tpm.h"
#include "snapshot/snapshot.h"
#include "till/till.h"

#define AGENT_PATH_MAX 4096

/* Why the agent cannot start, for a person: what it concerns, and a sentence. */
struct agent_fault {
    char what[AGENT_PATH_MAX];
    char sentence[256];
};

/* What keeps the journal: its health, its space, its snapshots. */
struct agent_keeper {
    struct snapshot_guard guard;
    char snapshot_path[AGENT_PATH_MAX];
    uint64_t fault_count;      /* of the storage, as far as it was told */
    uint64_t fault_mono_ms[3]; /* when the last ones came, the newest first */
    bool is_full;              /* and the log has it */
    bool has_given_up;         /* the device cannot be trusted: read-only until the end */
    uint64_t end_mono_ms;      /* then: when the agent ends, to be started anew */
    uv_process_t snapshot;     /* the process that makes one */
    bool is_snapshot_running;
    uint64_t snapshot_due_mono_ms;
};

/* What goes from the cache's file with members who were erased: see remains.c. */
struct agent_remains {
    uv_process_t process; /* that copies the cache aside */
    bool is_running;
    bool is_copied;      /* a copy of `commits` waits to be taken */
    bool is_clean;       /* the file holds nothing of those who are still to be told of */
    unsigned late_count; /* copies in a row that had become old while they were made */
    uint64_t commits;    /* of the cache when the copy began */
    uint64_t due_mono_ms;
    unsigned journal_count; /* journals that are set aside, as the log has it */
};

struct agent_stores {
    struct lmdb_storage *journal_storage;
    struct lmdb_storage *cache_storage;
    struct journal *journal;
    struct members *members;
    struct bookcase *bookcase;
};

/* A book in memory: its bytes are on the heap from activation to the next one. */
struct agent_book {
    uint8_t *bytes;
    struct book book;
};

/* Of a line's descriptor. */
struct agent_polling {
    uv_poll_t *poll; /* NULL: none */
    int fd;
};

/* The store's own broker; transport NULL: it has none. */
struct agent_store_line {
    struct mosquitto_transport *transport;
    struct lan *lan;
    struct lmdb_storage *storage; /* of the arbiter, where this agent is it */
    struct court *court;
    struct agent_polling polling;
    uv_timer_t tick;
    uint64_t known_seq, known_incarnation; /* what lan knows of the journal */
    uint64_t settled_seq;                  /* and of what head office acknowledged */
};

/* Which book is taken, where the till has a root of trust. */
struct agent_shelf {
    struct books *books; /* NULL: no book.root_file, so no book is taken */
    struct book tried;   /* the one that is being tried */
    uint8_t coupon_keys[SIGNATURES_MAX][VAULT_PUBLIC_SIZE];
    uint64_t stuck_version; /* a book that fails and has none before it: that was told */
};

struct agent_line {
    struct mosquitto_transport *transport;
    struct sync *sync;
    struct agent_polling polling;
    uv_timer_t tick;
    uint64_t known_seq; /* what sync knows of the journal's length */
    enum sync_state logged_state;
};

struct agent_renewal {
    bool is_on; /* the line shows a certificate */
    struct identity identity;
    struct identity_shown shown[IDENTITY_PAIR_COUNT]; /* the keys that the lines show, if they are sealed */
    enum err shown_error;                             /* of the last attempt, so that the log has it once */
    uint64_t ask_due_mono_ms;                         /* not before */
    uint64_t change_due_mono_ms;                      /* the same, of a line with the next pair */
};

struct agent_faces {
    struct api *api;
    int tcp_fd;      /* listen; the api's once it is open */
    int unix_fd;     /* -1: none */
    bool has_socket; /* the file of api.socket is ours to remove */
    uv_poll_t polls[API_FDS];
    bool is_polled[API_FDS];
    uint16_t port;
};

/* Of the cache: what was tapped here. */
#define AGENT_TAPS_TABLE (MEMBERS_TABLE_COUNT + BOOKCASE_TABLE_COUNT)

/* One reader and the child that minds it; minder NULL: it is not set. */
struct agent_reader {
    struct agent *agent;
    struct minder *minder;
    const char *arguments[16];
    char what[160]; /* its last sentence */
};

#define AGENT_REFUSED_MS 6000 /* as long as pages show it (pages/trouble.js) */

/* A card that named nobody, for as long as pages may have to tell it. */
struct agent_refused {
    enum err why;      /* ERR_OK: none, or one was recognised since */
    uint8_t reader;    /* from 1; 0: none of them */
    uint64_t since_us; /* by mono_us of the API */
};

struct agent_readers {
    struct agent_refused refused;
    struct agent_reader all[AGENT_READERS_MAX];
    struct card_programme programme; /* what cards are taken for */
    struct card_fresh fresh;         /* what was tapped before */
    bool is_unproven;                /* and the last one could not be judged: that was told */
    struct read_times times[READER_TECHNOLOGY_COUNT];
    uint64_t refusals[ERR_COUNT]; /* cards that named nobody, by why */
    char texts[2][16];
    char program[AGENT_PATH_MAX];
    struct scanner *scanner;
    uv_poll_t *scanner_poll;
    uv_timer_t
        scanner_timer;      /* looks for a scanner that is gone, or waits for the silence that ends a code */
    enum err scanner_error; /* of the last look, so that the log has it once */
};

/* The TPM of [identity] tpm: nobody waits for it for long. */
struct agent_chip {
    struct tpm tpm;
    struct bounded bounded;
};

/* What the service manager is told. */
struct agent_watch {
    struct service *service;
    uint64_t status_due_mono_ms;
};

struct agent {
    uv_loop_t loop;
    struct agent_settings settings;
    struct agent_list prefixes, origins;
    struct agent_stores stores;
    struct agent_keeper keeper;
    struct agent_remains remains;
    char **argv; /* of this process: a snapshot is made by another one with the same settings */
    int exit_code;
    struct agent_book book;
    struct agent_shelf shelf;
    struct agent_line line;
    struct agent_store_line store_line;
    struct agent_chip chip;
    struct agent_renewal renewal;
    struct agent_faces faces;
    struct agent_readers readers;
    struct agent_watch watch;
    struct till *till;
    struct clock clock;
    struct random random;
    struct vault_peppers peppers;
    uv_prepare_t turn;
    uv_timer_t due;
    uv_timer_t upkeep;
    uv_signal_t signals[2];
    bool has_news;         /* an event is waiting to be sent */
    bool is_ending;        /* the till may be gone: nothing is told to it any more */
    bool is_flush_failing; /* and the log has it */
    bool has_erased;       /* members may have been erased: their remains are still to go */
    bool repairs;          /* --repair: set a damaged journal aside */
    uint64_t start_mono_ms;
};

/* The stages of starting, in their order; each says in *fault what it could not do. */
NODISCARD
enum err agent_open_watch(struct agent *agent, struct agent_fault *fault);
/* The chain's peppers, from pepper_file, which is taken in sealed, or from what is kept sealed. is_check: nothing is
 * written. */
NODISCARD
enum err agent_read_peppers(struct agent *agent, bool is_check, struct agent_fault *fault);
/* The chain's programme likewise, from programme_file, which must be named. */
NODISCARD
enum err agent_read_programme(struct agent *agent, bool is_check, struct agent_fault *fault);
/* What is taken for a card: that programme, or what the settings say without one. */
NODISCARD
enum err agent_open_programme(struct agent *agent, bool is_check, struct agent_fault *fault);
/* Reads each file that the settings name and tells every fault. The first one's error. */
NODISCARD
enum err agent_check_files(struct agent *agent, void (*tell)(const struct agent_fault *fault));
NODISCARD
enum err agent_open_stores(struct agent *agent, struct agent_fault *fault);
NODISCARD
enum err agent_listen(struct agent *agent, struct agent_fault *fault);
NODISCARD
enum err agent_open_till(struct agent *agent, struct agent_fault *fault);
NODISCARD
enum err agent_open_line(struct agent *agent, struct agent_fault *fault);
NODISCARD
enum err agent_open_store_line(struct agent *agent, struct agent_fault *fault);
NODISCARD
enum err agent_open_faces(struct agent *agent, struct agent_fault *fault);
NODISCARD
enum err agent_open_readers(struct agent *agent, struct agent_fault *fault);

/* And of ending; each also closes what was opened of a part that could not be opened whole. */
void agent_close_readers(struct agent *agent);
void agent_close_faces(struct agent *agent);
void agent_close_line(struct agent *agent);
void agent_close_store_line(struct agent *agent);
void agent_close_stores(struct agent *agent);
/* Amid the till's turn: what members who were erased left behind goes, and that is recorded. When it is due again, in
 * ms. */
uint64_t agent_erase_members(struct agent *agent);
/* The cache has changed: others may have been erased. */
void agent_note_members(struct agent *agent);
/* The line is left alone for a moment: what it brings would make the copy of the cache old once more. */
bool agent_holds_line(const struct agent *agent);
void agent_close_remains(struct agent *agent);
/* Counts journals that were set aside, and removes those that nobody needs; caches are never kept aside. */
void agent_look_aside(struct agent *agent);
/* --compact-cache: puts a compacted copy of the cache aside, whose agent takes it. */
NODISCARD
enum err agent_copy_cache(struct agent *agent, struct agent_fault *fault);
/* This program once more, with the same settings and `option`, its log in ours. */
NODISCARD
bool agent_start_helper(struct agent *agent, uv_process_t *process, char *option, uv_exit_cb on_exit);
void agent_close_keeper(struct agent *agent);
void agent_close_watch(struct agent *agent);

/* The API's tokens: reads those that there are, makes those that are missing. */
NODISCARD
enum err agent_read_tokens(struct agent *agent, struct api_settings *api, struct agent_fault *fault);

void agent_pause_polling(struct agent_polling *polling);
void agent_resume_polling(struct agent *agent, struct agent_polling *polling,
                          struct mosquitto_transport *transport);
void agent_close_polling(struct agent_polling *polling);

/* What the till asks of the store's tills: the last four of struct till_hub. */
bool agent_is_store_there(void *self);
enum err agent_claim(void *self, const struct till_claim *claim);
void agent_unclaim(void *self, const char *key);
void agent_commit_claim(void *self, const char *key);
/* "off": the store has no broker of its own; "arbiter", "joined", "away" and others */
const char *agent_store_state(const struct agent *agent);
enum err agent_free_claims(void *self, const char *till, uint64_t *out_freed);

/* A card was recognised: that another one was not is past. */
void agent_forget_refused(struct agent *agent);

/* Codes that a POS hands on: read_code and take_proof of struct api_world. */
enum err agent_read_code(void *self, struct span line, struct card_identity *out);
enum err agent_take_proof(void *self, struct card_identity *identity);

/* The reader that is best off; NULL: none is set. */
const struct agent_reader *agent_best_reader(const struct agent *agent);

/* Closes a handle of the loop, if it was ever opened. */
void agent_close_handle(uv_handle_t *handle);

/* The sealer of [identity] tpm; none if the setting is empty. It may be slow until the loop turns, and no more then. */
struct sealer agent_sealer(struct agent *agent);

/* The till's certificate. Before the line is opened: the broker's settings are told whom to ask for it. */
NODISCARD
enum err agent_open_renewal(struct agent *agent, struct mosquitto_settings *broker);
/* Once no line is left. */
void agent_close_renewal(struct agent *agent);
/* The same for the store's own broker, which is opened after the line. */
void agent_identify_at_the_store(struct agent *agent, struct mosquitto_settings *broker);
/* Amid the line's turn: asks, or gives up a line so that the next one shows the new certificate. */
void agent_run_renewal(struct agent *agent);
void agent_renewal_hear_state(struct agent *agent, enum sync_state state);
void agent_renewal_hear_answer(struct agent *agent, const kassa_Renewed *renewed);

/* Reads the root of trust, if the settings name one. After the till is open: its journal knows what was in force. */
NODISCARD
enum err agent_open_books(struct agent *agent, struct agent_fault *fault);
void agent_close_books(struct agent *agent);
/* The root's file, for --check. */
NODISCARD
enum err agent_check_root(struct agent *agent, struct agent_fault *fault);
/* Gives a book back with which the engine failed three times. */
void agent_watch_book(struct agent *agent);
/* Puts a book in force whose bytes are sound and ours; takes them over when that worked. */
NODISCARD
enum err agent_use_book(struct agent *agent, uint8_t **bytes, size_t size, const uint8_t hash[HASH_SIZE]);
/* Under what the next book is taken; manifest NULL: one that was taken before. */
void agent_set_terms(struct agent *agent, const kassa_BookManifest *manifest);
/* Puts the book of the bookcase in force, if there is a sound one. */
void agent_load_book(struct agent *agent);

/* Does what is due and sets the loop's next waking. */
void agent_turn(struct agent *agent);

/* Once a minute: trims, looks after readers and space, sees to snapshots. */
void agent_keep_journal(struct agent *agent);
/* Tells the hub and the log of a journal that was rebuilt when it was opened. */
void agent_tell_rebuilt(struct agent *agent);
/* --snapshot: makes one of the journal of an agent that may be running. */
NODISCARD
enum err agent_take_snapshot(struct agent *agent, struct agent_fault *fault);

/* Parts of a turn. Each answers when it is due again, in ms (UINT64_MAX: not by itself). */
uint64_t agent_turn_faces(struct agent *agent);
uint64_t agent_turn_till(struct agent *agent);
uint64_t agent_turn_line(struct agent *agent);
uint64_t agent_turn_store_line(struct agent *agent);
uint64_t agent_turn_keeper(struct agent *agent);
uint64_t agent_turn_watch(struct agent *agent);

/* Fills *fault and hands the error on. */
NODISCARD
enum err agent_fail(struct agent_fault *fault, enum err error, const char *what, const char *sentence);

#endif
