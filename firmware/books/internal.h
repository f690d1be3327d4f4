/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of books/ share. */
#ifndef KASSA_BOOKS_INTERNAL_H
#define KASSA_BOOKS_INTERNAL_H

#include "books/books.h"

#define NEWS_ARENA_SIZE (128u << 10) /* eight roots, a timestamp and a manifest at their longest */
#define CHUNKS_A_PULL   64           /* asked for at once: 2 MiB, well below a broker's queue */
#define TELL_AGAIN_MS   3600000      /* the same reason of the same book */
#define KEEP_TIME_MS    3600000      /* what was counted on is written down that often */
#define LOOK_MS         10000        /* a book that waits for its hour is looked at that often */
#define PULL_SLOW_MS    3600000      /* a book that never fits its hash is asked for that seldom in the end */
#define AGAIN_MS        3600000      /* a disk that damages each copy is not fed all day */
#define TOLD_MAX        32           /* alarms that are remembered: the oldest gives way */

/* A book on its way. */
struct incoming {
    bool is_open;
    bool is_whole;  /* and is tried, or waits for its hour */
    uint8_t *bytes; /* of the whole, while it is tried */
    struct trust_manifest manifest;
    uint64_t have[BOOKCASE_CHUNKS_MAX / 64]; /* a bit a chunk */
    unsigned mixed_count;                    /* how often it was whole and not what was signed */
    uint64_t pull_due_mono_ms;
};

struct told {
    enum trust_reason reason;
    uint64_t version;
    uint64_t mono_ms;
};

struct books {
    struct books_settings settings;
    struct books_parts parts;
    struct books_handler handler;
    struct trust_state state;
    struct incoming incoming;
    bool lacks_news; /* roots or a manifest: to be asked for */
    uint64_t news_due_mono_ms;
    uint64_t time_due_mono_ms;  /* the time is written down */
    uint64_t again_due_mono_ms; /* a damaged copy is not had again before */
    bool is_bare;               /* the active book is withdrawn, and there is none to go back to */
    struct told told[TOLD_MAX];
    size_t told_next;
    uint64_t refusals;
    enum trust_reason alarm;
    uint8_t scratch[BOOKCASE_TRUST_MAX];
    _Alignas(max_align_t) uint8_t arena_block[NEWS_ARENA_SIZE];
};

struct trust_reading books_read_clock(const struct books *books);
uint64_t books_draw(const struct books *books, uint64_t below);
/* The state as bytes; empty where it has no room, which its own bounds rule out. */
struct span books_encode_state(struct books *books);

/* ---- alarms.c */
/* Counts a refusal, and tells it unless it was told within the hour. */
void books_refuse(struct books *books, enum trust_reason reason, uint64_t version, const char *text);
/* Looks at what time does: frozen, outlived. */
void books_watch_time(struct books *books);

/* ---- incoming.c */
void books_begin_incoming(struct books *books, const struct trust_manifest *manifest);
/* Gives up a book that does not stand any more, puts one in force whose hour has come. */
void books_run_incoming(struct books *books);
void books_close_incoming(struct books *books);
void books_fill_pull(const struct books *books, kassa_BookPull *out);
void books_time_pull(struct books *books);

#endif
