/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/faults.h"

/* Marsaglia's xorshift32: any sequence will do, as long as a seed repeats it. */
static uint32_t next_random(struct pn532_faults *faults)
{
    uint32_t x = faults->seed != 0 ? faults->seed : 2463534242u;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    faults->seed = x;
    return x;
}

/* --- before it is framed: TFI, code, parameters --- */

static void replace_parameters(struct pn532_sent *data, struct span parameters)
{
    memcpy(data->bytes + 2, parameters.bytes, parameters.size);
    data->size = 2 + parameters.size;
}

static void shape_random(struct pn532_faults *faults, const struct pn532_fault *fault,
                         struct pn532_sent *data)
{
    (void)fault;
    uint8_t bytes[64];
    size_t size = next_random(faults) % sizeof(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(next_random(faults) >> 16);
    replace_parameters(data, span_of(bytes, size));
}

static void shape_reply(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *data)
{
    (void)faults;
    replace_parameters(data, span_of(fault->bytes, fault->size));
}

static void shape_code(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *data)
{
    (void)faults;
    data->bytes[1] = fault->bytes[0];
}

/* InDataExchange, InCommunicateThru: what a card answered, behind a status. */
static bool is_from_card(const struct pn532_sent *data)
{
    enum { REPLY_DATA_EXCHANGE = 0x41, REPLY_COMMUNICATE_THRU = 0x43 };
    return data->size > 2 &&
           (data->bytes[1] == REPLY_DATA_EXCHANGE || data->bytes[1] == REPLY_COMMUNICATE_THRU);
}

static void shape_status(struct pn532_faults *faults, const struct pn532_fault *fault,
                         struct pn532_sent *data)
{
    (void)faults;
    if (is_from_card(data))
        replace_parameters(data, span_of(fault->bytes, 1));
}

/* UM0701-02 7.3.8: bit 6 of the status says that the chip holds more of the card's answer. */
static void shape_more(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *data)
{
    enum { STATUS_MORE = 0x40 };
    (void)faults;
    (void)fault;
    if (is_from_card(data))
        data->bytes[2] |= STATUS_MORE;
}

static void shape_data(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *data)
{
    (void)faults;
    if (!is_from_card(data))
        return;
    data->bytes[2] = 0x00;
    memcpy(data->bytes + 3, fault->bytes, fault->size);
    data->size = 3 + fault->size;
}

/* 4B NbTg Tg SENS_RES(2) SEL_RES IDlen ID [ATS]: one target becomes one with that ATS. */
static void put_ats(struct pn532_sent *data, struct span ats)
{
    enum { REPLY_LIST = 0x4B, AT_COUNT = 2, AT_SAK = 6, AT_ID_SIZE = 7 };
    if (data->bytes[1] != REPLY_LIST || data->size <= AT_ID_SIZE || data->bytes[AT_COUNT] != 1)
        return;
    size_t end = (size_t)AT_ID_SIZE + 1 + data->bytes[AT_ID_SIZE];
    if (end + ats.size > PN532_DATA_SIZE_MAX)
        return;
    data->bytes[AT_SAK] |= 0x20;
    memcpy(data->bytes + end, ats.bytes, ats.size);
    data->size = end + ats.size;
}

static void shape_ats(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *data)
{
    (void)faults;
    put_ats(data, span_of(fault->bytes, fault->size));
}

static void shape_ats0(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *data)
{
    (void)faults;
    (void)fault;
    put_ats(data, span_of("\x00", 1));
}

static void shape_lose(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *data)
{
    static const uint8_t nobody[] = {0x01}; /* 7.1: time-out, the target has not answered */
    (void)faults;
    (void)fault;
    if (is_from_card(data))
        replace_parameters(data, span_of(nobody, 1));
    data->loses_card = true;
}

static void shape_late(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *data)
{
    (void)faults;
    data->late_ms = fault->number;
}

/* --- the frame --- */

static void spoil_checksum(struct pn532_faults *faults, const struct pn532_fault *fault,
                           struct pn532_sent *sent)
{
    (void)faults;
    (void)fault;
    sent->bytes[sent->size - 2] ^= 0x55;
}

static bool is_extended(const struct pn532_sent *sent)
{
    return sent->bytes[3] == 0xFF && sent->bytes[4] == 0xFF;
}

static void spoil_lcs(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent)
{
    (void)faults;
    (void)fault;
    sent->bytes[is_extended(sent) ? 7 : 4] ^= 0x55;
}

static void spoil_length(struct pn532_faults *faults, const struct pn532_fault *fault,
                         struct pn532_sent *sent)
{
    (void)faults;
    if (is_extended(sent))
        return;
    sent->bytes[3] = (uint8_t)fault->number;
    sent->bytes[4] = (uint8_t)(0 - fault->number);
}

/* The same data behind a header of three bytes more. */
static void spoil_extended(struct pn532_faults *faults, const struct pn532_fault *fault,
                           struct pn532_sent *sent)
{
    enum { NORMAL = 5, EXTENDED = 8 };
    (void)faults;
    (void)fault;
    if (is_extended(sent))
        return;
    uint8_t size = sent->bytes[3];
    memmove(sent->bytes + EXTENDED, sent->bytes + NORMAL, sent->size - NORMAL);
    sent->bytes[3] = 0xFF;
    sent->bytes[4] = 0xFF;
    sent->bytes[5] = 0;
    sent->bytes[6] = size;
    sent->bytes[7] = (uint8_t)(0 - size);
    sent->size += EXTENDED - NORMAL;
}

static void spoil_flip(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent)
{
    (void)fault;
    size_t bit = next_random(faults) % (sent->size * 8);
    sent->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void send_bytes(struct pn532_sent *sent, struct span bytes)
{
    memcpy(sent->bytes, bytes.bytes, bytes.size);
    sent->size = bytes.size;
}

static void spoil_raw(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent)
{
    (void)faults;
    send_bytes(sent, span_of(fault->bytes, fault->size));
}

static void spoil_error(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent)
{
    (void)faults;
    (void)fault;
    send_bytes(sent, pn532_frame_error());
}

static void spoil_acks(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent)
{
    (void)faults;
    struct span ack = pn532_frame_ack();
    size_t more = fault->number * ack.size;
    memmove(sent->bytes + more, sent->bytes, sent->size);
    for (size_t i = 0; i < fault->number; i++)
        memcpy(sent->bytes + i * ack.size, ack.bytes, ack.size);
    sent->size += more;
}

static void spoil_tail(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent)
{
    (void)faults;
    memcpy(sent->bytes + sent->size, fault->bytes, fault->size);
    sent->size += fault->size;
}

static void spoil_twice(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent)
{
    (void)faults;
    (void)fault;
    memcpy(sent->bytes + sent->size, sent->bytes, sent->size);
    sent->size *= 2;
}

static void spoil_cut(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent)
{
    (void)faults;
    if (fault->number < sent->size)
        sent->size = fault->number;
}

static void spoil_pull(struct pn532_faults *faults, const struct pn532_fault *fault, struct pn532_sent *sent)
{
    spoil_cut(faults, fault, sent);
    sent->unplugs = true;
}

/* --- which --- */

#define NOTHING            PN532_FAULT_TAKES_NOTHING, 0, 0
#define BYTES(least, most) PN532_FAULT_TAKES_BYTES, least, most
#define NUMBER(most)       PN532_FAULT_TAKES_NUMBER, 0, most

static const struct pn532_fault_kind kinds[] = {
    {"random", NOTHING, "random parameters", shape_random, NULL},
    {"reply", BYTES(1, PN532_FAULT_BYTES_MAX), "these parameters", shape_reply, NULL},
    {"status", BYTES(1, 1), "of an exchange with a card this status alone", shape_status, NULL},
    {"more", NOTHING, "of an exchange with a card that more is to come", shape_more, NULL},
    {"data", BYTES(1, PN532_FAULT_BYTES_MAX - 1), "these bytes for the card's answer", shape_data, NULL},
    {"ats", BYTES(1, 250), "of a found card this ATS", shape_ats, NULL},
    {"ats0", NOTHING, "of a found card an ATS of length 0", shape_ats0, NULL},
    {"code", BYTES(1, 1), "the reply to another command", shape_code, NULL},
    {"lose", NOTHING, "that the card is silent, and it is gone", shape_lose, NULL},
    {"late", NUMBER(60000), "all, so many ms late", shape_late, NULL},
    {"checksum", NOTHING, "a wrong data checksum", NULL, spoil_checksum},
    {"lcs", NOTHING, "a wrong length checksum", NULL, spoil_lcs},
    {"length", NUMBER(255), "another length", NULL, spoil_length},
    {"extended", NOTHING, "an extended frame", NULL, spoil_extended},
    {"flip", NOTHING, "one bit flipped", NULL, spoil_flip},
    {"raw", BYTES(1, PN532_FAULT_BYTES_MAX), "these bytes for the frame", NULL, spoil_raw},
    {"error", NOTHING, "the error frame", NULL, spoil_error},
    {"acks", NUMBER(PN532_FAULT_ACKS_MAX), "so many ACKs, then the frame", NULL, spoil_acks},
    {"tail", BYTES(1, PN532_FAULT_BYTES_MAX), "the frame, then these bytes", NULL, spoil_tail},
    {"twice", NOTHING, "the frame twice", NULL, spoil_twice},
    {"cut", NUMBER(PN532_FRAME_SIZE_MAX), "so many of its bytes", NULL, spoil_cut},
    {"pull", NUMBER(PN532_FRAME_SIZE_MAX), "so many of its bytes, and the reader is unplugged", NULL,
     spoil_pull},
    {.name = NULL},
};

const struct pn532_fault_kind *pn532_fault_kinds(void)
{
    return kinds;
}

const struct pn532_fault_kind *pn532_fault_kind_find(const char *name)
{
    for (const struct pn532_fault_kind *kind = kinds; kind->name != NULL; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}

static void forget_spent(struct pn532_faults *faults)
{
    size_t kept = 0;
    for (size_t i = 0; i < faults->count; i++)
        if (faults->script[i].remaining > 0)
            faults->script[kept++] = faults->script[i];
    faults->count = kept;
}

enum err pn532_faults_add(struct pn532_faults *faults, const struct pn532_fault *fault)
{
    forget_spent(faults);
    if (faults->count == PN532_FAULT_COUNT_MAX)
        return ERR_FULL;
    faults->script[faults->count++] = *fault;
    return ERR_OK;
}

/* All that are for this reply count it; the first that spoils is it. */
static const struct pn532_fault *next_fault(struct pn532_faults *faults, uint8_t reply_code)
{
    struct pn532_fault *found = NULL;
    for (size_t i = 0; i < faults->count; i++) {
        struct pn532_fault *fault = &faults->script[i];
        if (fault->of != PN532_ANY_COMMAND && fault->of + 1 != reply_code)
            continue;
        if (fault->after > 0)
            fault->after--;
        else if (found == NULL && fault->remaining > 0)
            found = fault;
    }
    if (found != NULL && found->remaining != PN532_FOREVER)
        found->remaining--;
    return found;
}

void pn532_faults_frame(struct pn532_faults *faults, struct span reply, struct pn532_sent *out)
{
    const struct pn532_fault *fault = next_fault(faults, reply.bytes[1]);
    struct pn532_sent data = {.size = reply.size, .is_spoilt = fault != NULL};
    memcpy(data.bytes, reply.bytes, reply.size);
    if (fault != NULL && fault->kind->shape != NULL)
        fault->kind->shape(faults, fault, &data);
    *out = data;
    out->size = pn532_frame_build(span_of(data.bytes, data.size), out->bytes);
    if (fault != NULL && fault->kind->spoil != NULL)
        fault->kind->spoil(faults, fault, out);
}
