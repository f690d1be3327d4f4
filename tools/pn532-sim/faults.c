/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/faults.h"

struct data {
    uint8_t bytes[PN532_DATA_SIZE_MAX];
    size_t size;
};

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

static void replace_parameters(struct data *data, struct span parameters)
{
    memcpy(data->bytes + 2, parameters.bytes, parameters.size);
    data->size = 2 + parameters.size;
}

static void spoil_random(struct pn532_faults *faults, struct data *data)
{
    uint8_t bytes[64];
    size_t size = next_random(faults) % sizeof(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(next_random(faults) >> 16);
    replace_parameters(data, span_of(bytes, size));
}

static void spoil_status(struct pn532_faults *faults, struct data *data)
{
    enum { REPLY_DATA_EXCHANGE = 0x41, REPLY_COMMUNICATE_THRU = 0x43 };
    if (data->bytes[1] == REPLY_DATA_EXCHANGE || data->bytes[1] == REPLY_COMMUNICATE_THRU)
        replace_parameters(data, span_of(faults->bytes, 1));
}

/* 4B NbTg Tg SENS_RES(2) SEL_RES IDlen ID [ATS]: one target without ATS becomes one with ATS of length 0. */
static void spoil_ats(struct data *data)
{
    enum { REPLY_LIST = 0x4B, AT_COUNT = 2, AT_SAK = 6, AT_ID_SIZE = 7 };
    if (data->bytes[1] != REPLY_LIST || data->size <= AT_ID_SIZE || data->bytes[AT_COUNT] != 1)
        return;
    size_t end = (size_t)AT_ID_SIZE + 1 + data->bytes[AT_ID_SIZE];
    if (end >= sizeof(data->bytes))
        return;
    data->bytes[AT_SAK] |= 0x20;
    data->bytes[end] = 0x00;
    data->size = end + 1;
}

static enum pn532_garbage next_garbage(struct pn532_faults *faults)
{
    if (faults->garbage == PN532_GARBAGE_OFF || faults->remaining == 0)
        return PN532_GARBAGE_OFF;
    if (faults->remaining != PN532_FOREVER)
        faults->remaining--;
    return faults->garbage;
}

size_t pn532_faults_frame(struct pn532_faults *faults, struct span reply, uint8_t *out_frame)
{
    struct data data = {.size = reply.size};
    enum pn532_garbage garbage = next_garbage(faults);
    memcpy(data.bytes, reply.bytes, reply.size);
    switch (garbage) {
    case PN532_GARBAGE_OFF:
    case PN532_GARBAGE_CHECKSUM:
        break;
    case PN532_GARBAGE_RANDOM:
        spoil_random(faults, &data);
        break;
    case PN532_GARBAGE_REPLY:
        replace_parameters(&data, span_of(faults->bytes, faults->size));
        break;
    case PN532_GARBAGE_STATUS:
        spoil_status(faults, &data);
        break;
    case PN532_GARBAGE_ATS0:
        spoil_ats(&data);
        break;
    case PN532_GARBAGE_RAW:
        memcpy(out_frame, faults->bytes, faults->size);
        return faults->size;
    }
    size_t size = pn532_frame_build(span_of(data.bytes, data.size), out_frame);
    if (garbage == PN532_GARBAGE_CHECKSUM)
        out_frame[size - 2] ^= 0x55;
    return size;
}
