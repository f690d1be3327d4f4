/* SPDX-License-Identifier: Apache-2.0 */
/* A card before the reader: what iface/tag.h asks for, said in APDUs to the reader itself (PC/SC part 3, 3.2.2: class FF). */
#include "platform/pcsc/pcsc_internal.h"

enum { TYPE2_READ = 0x30, TYPE2_FAST_READ = 0x3A, READ_SIZE = 16, PAGE_SIZE = 4, PAGES_PER_READ = 4 };

#define STATUS_SIZE        2
#define STATUS_OK          0x9000
#define STATUS_NO_INS      0x6D00 /* ISO/IEC 7816-4 5.1.3 */
#define STATUS_NO_FUNCTION 0x6A81

/* The status word of an answer; the answer's size without it. ERR_IO: there is none. */
static enum err split_status(const uint8_t *rx, size_t size, size_t *out_size, unsigned *out_status)
{
    if (size < STATUS_SIZE)
        return ERR_IO;
    *out_size = size - STATUS_SIZE;
    *out_status = (unsigned)(rx[size - 2] << 8 | rx[size - 1]);
    return ERR_OK;
}

/* A command to the reader; rx holds what it gives back before its status. ERR_IO: more than any such command has. */
static enum err ask_reader(struct pcsc_reader *reader, struct span tx, uint8_t rx[TAG_ANSWER_SIZE_MAX],
                           size_t *out_size, unsigned *out_status)
{
    size_t size = 0;
    enum err error = pcsc_transceive(reader, tx, rx, TAG_ANSWER_SIZE_MAX, &size);
    if (error == ERR_TOO_LONG)
        return ERR_IO;
    TRY(error);
    return split_status(rx, size, out_size, out_status);
}

enum err pcsc_read_uid(struct pcsc_reader *reader, struct tag_target *target)
{
    static const uint8_t get_data[] = {0xFF, 0xCA, 0x00, 0x00, 0x00};
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    unsigned status = 0;
    TRY(ask_reader(reader, span_of(get_data, sizeof get_data), rx, &size, &status));
    if (status != STATUS_OK || (size != 4 && size != 7 && size != TAG_UID_SIZE_MAX))
        return ERR_UNSUPPORTED;
    memcpy(target->uid, rx, size);
    target->uid_size = (uint8_t)size;
    return ERR_OK;
}

/* Sixteen bytes from a page, or of a block. */
static enum err read_binary(struct pcsc_reader *reader, uint8_t from, uint8_t out[READ_SIZE])
{
    const uint8_t command[] = {0xFF, 0xB0, 0x00, from, READ_SIZE};
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    unsigned status = 0;
    TRY(ask_reader(reader, span_of(command, sizeof command), rx, &size, &status));
    if (status != STATUS_OK || size != READ_SIZE)
        return ERR_IO;
    memcpy(out, rx, READ_SIZE);
    return ERR_OK;
}

static enum err read_pages(struct pcsc_reader *reader, size_t first, size_t last, uint8_t *rx,
                           size_t capacity, size_t *out_rx_size)
{
    if (last < first)
        return ERR_ARGUMENT;
    size_t size = (last - first + 1) * PAGE_SIZE;
    if (size > capacity)
        return ERR_TOO_LONG;
    for (size_t at = 0; at < size; at += READ_SIZE) {
        uint8_t bytes[READ_SIZE];
        TRY(read_binary(reader, (uint8_t)(first + at / PAGE_SIZE), bytes));
        memcpy(rx + at, bytes, size - at < READ_SIZE ? size - at : READ_SIZE);
    }
    *out_rx_size = size;
    return ERR_OK;
}

enum err pcsc_exchange(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size)
{
    struct pcsc_reader *reader = self;
    if (tx.size == 0)
        return ERR_ARGUMENT;
    if (reader->is_in_session) /* the reader's own commands would lose what the tag was told */
        return pcsc_exchange_raw(reader, tx, rx, rx_capacity, out_rx_size);
    if (tx.size == 2 && tx.bytes[0] == TYPE2_READ)
        return read_pages(reader, tx.bytes[1], (size_t)tx.bytes[1] + PAGES_PER_READ - 1, rx, rx_capacity,
                          out_rx_size);
    if (tx.size == 3 && tx.bytes[0] == TYPE2_FAST_READ)
        return read_pages(reader, tx.bytes[1], tx.bytes[2], rx, rx_capacity, out_rx_size);
    return pcsc_exchange_raw(reader, tx, rx, rx_capacity, out_rx_size);
}

enum err pcsc_transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size)
{
    struct pcsc_reader *reader = self;
    if (tx.size == 0 || tx.size > TAG_APDU_SIZE_MAX)
        return ERR_ARGUMENT;
    if ((reader->target.sak & TAG_SAK_ISO14443_4) == 0)
        return ERR_UNSUPPORTED;
    uint8_t answer[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    enum err error = pcsc_transceive(reader, tx, answer, sizeof answer, &size);
    if (error == ERR_OK && size > rx_capacity)
        error = ERR_TOO_LONG;
    if (error == ERR_TOO_LONG) {
        enum err again = pcsc_select_again(reader);
        if (again == ERR_OK)
            return ERR_TOO_LONG;
        return again == ERR_NOT_FOUND ? ERR_IO : again; /* pulled away meanwhile */
    }
    TRY(error);
    memcpy(rx, answer, size);
    *out_rx_size = size;
    return ERR_OK;
}

/* --- MIFARE Classic --- */

/* Where a reader takes a key: in memory that forgets, or, where it has none, in its first place that does not. */
static const uint8_t KEY_STRUCTURES[KEY_PLACES] = {0x00, 0x20};

static enum err load_key_at(struct pcsc_reader *reader, const uint8_t *key, unsigned place,
                            bool *out_is_taken)
{
    uint8_t command[5 + TAG_KEY_SIZE] = {0xFF, 0x82, KEY_STRUCTURES[place], 0x00, TAG_KEY_SIZE};
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    unsigned status = 0;
    memcpy(command + 5, key, TAG_KEY_SIZE);
    enum err error = ask_reader(reader, span_of(command, sizeof command), rx, &size, &status);
    explicit_bzero(command, sizeof command);
    *out_is_taken = status == STATUS_OK;
    return error;
}

static enum err load_key(struct pcsc_reader *reader, const uint8_t *key)
{
    if (reader->is_key_loaded && memcmp(reader->key, key, TAG_KEY_SIZE) == 0)
        return ERR_OK;
    reader->is_key_loaded = false;
    for (unsigned place = reader->key_place; place < KEY_PLACES; place++) {
        bool is_taken = false;
        TRY(load_key_at(reader, key, place, &is_taken));
        if (!is_taken)
            continue;
        reader->key_place = place;
        reader->is_key_loaded = true;
        memcpy(reader->key, key, TAG_KEY_SIZE);
        return ERR_OK;
    }
    return ERR_UNSUPPORTED;
}

enum err pcsc_authenticate(void *self, const struct tag_key *key)
{
    struct pcsc_reader *reader = self;
    if ((reader->target.sak & TAG_SAK_CLASSIC) == 0)
        return ERR_UNSUPPORTED;
    TRY(load_key(reader, key->bytes));
    const uint8_t kind = key->kind == TAG_KEY_A ? 0x60 : 0x61;
    const uint8_t command[] = {0xFF, 0x86, 0x00, 0x00, 0x05, 0x01, 0x00, key->block, kind, 0x00};
    const uint8_t older[] = {0xFF, 0x88, 0x00, key->block, kind, 0x00};
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    unsigned status = 0;
    TRY(ask_reader(reader, span_of(command, sizeof command), rx, &size, &status));
    if (status == STATUS_NO_INS || status == STATUS_NO_FUNCTION)
        TRY(ask_reader(reader, span_of(older, sizeof older), rx, &size, &status));
    if (status == STATUS_NO_INS || status == STATUS_NO_FUNCTION)
        return ERR_UNSUPPORTED;
    return status == STATUS_OK ? ERR_OK : ERR_SIGNATURE;
}
