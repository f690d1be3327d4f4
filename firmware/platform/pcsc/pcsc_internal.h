/* SPDX-License-Identifier: Apache-2.0 */
/* pcsc_internal.h - what pcsc_reader.c and pcsc_tag.c share. */
#ifndef KASSA_PCSC_INTERNAL_H
#define KASSA_PCSC_INTERNAL_H

#include <winscard.h>

#include "platform/pcsc/pcsc_reader.h"

#define KEY_PLACES     2  /* where readers keep a key: pcsc_tag.c */
#define PCSC_FRAME_MAX 16 /* a tag's own command: PWD_AUTH has five bytes */

struct pcsc_reader {
    SCARDCONTEXT context;
    bool has_context;
    SCARDHANDLE card;
    bool has_card; /* the handle is open */
    DWORD protocol;
    char name[MAX_READERNAME];
    struct tag_target target;
    DWORD target_event;   /* how often cards had come and gone when this one was selected */
    DWORD refusing_event; /* and when one came that has no UID, plus 1; 0: none */
    unsigned refusals;    /* how often that one was asked */
    unsigned check_count; /* how often it was asked whether a card is still there */
    bool is_in_session;   /* frames go through as they are: pcsc_raw.c */
    unsigned raw_way;     /* by which, from 1; 0: none is known */
    unsigned raw_probes;  /* tags that none was found with */
    unsigned key_place;
    bool is_key_loaded;
    uint8_t key[TAG_KEY_SIZE]; /* that the reader holds: some keep it in flash, which wears out */
};

enum err pcsc_error_of(LONG code);

/* One command and its answer with the status word. ERR_TOO_LONG: longer than capacity. */
NODISCARD
enum err pcsc_transceive(struct pcsc_reader *reader, struct span tx, uint8_t *rx, size_t capacity,
                         size_t *out_size);

/* ISO/IEC 14443-3's UID, as the reader knows it. ERR_UNSUPPORTED: it knows none. */
NODISCARD
enum err pcsc_read_uid(struct pcsc_reader *reader, struct tag_target *target);

/* One frame of a Type 2 tag, as it is. ERR_UNSUPPORTED: no tag of that kind, or the reader passes none through. Others as
 * tag_ops.exchange. */
NODISCARD
enum err pcsc_exchange_raw(struct pcsc_reader *reader, struct span tx, uint8_t *rx, size_t capacity,
                           size_t *out_size);
/* Before the card is let go, or selected anew. */
void pcsc_end_session(struct pcsc_reader *reader);

/* Of struct tag_ops. */
enum err pcsc_exchange(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size);
enum err pcsc_transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size);
enum err pcsc_authenticate(void *self, const struct tag_key *key);
enum err pcsc_select_again(void *self);

#endif
