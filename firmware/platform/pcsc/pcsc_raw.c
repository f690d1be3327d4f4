/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a Type 2 tag that PC/SC has no word for (GET_VERSION, PWD_AUTH, READ_SIG), on readers that pass them through. There are
 * two ways, and no reader tells which it knows: a tag that answers READ of page 0 with its own UID shows it. */
#include "platform/pcsc/pcsc_internal.h"

#define PROBES_MAX 2 /* of one tag each: a frame may be lost for many reasons */
#define TYPE2_READ 0x30
#define READ_SIZE  16
#define STATUS_OK  0x9000
#define LONG_SIZE  0x80 /* of a data object, from this on: 81 and a byte */

static enum err ask(struct pcsc_reader *reader, struct span tx, uint8_t rx[TAG_ANSWER_SIZE_MAX],
                    size_t *out_size)
{
    size_t size = 0;
    enum err error = pcsc_transceive(reader, tx, rx, TAG_ANSWER_SIZE_MAX, &size);
    if (error == ERR_TOO_LONG)
        return ERR_IO;
    TRY(error);
    if (size < 2 || (rx[size - 2] << 8 | rx[size - 1]) != STATUS_OK)
        return ERR_IO;
    *out_size = size - 2;
    return ERR_OK;
}

static enum err copy_answer(struct span answer, uint8_t *rx, size_t capacity, size_t *out_size)
{
    if (answer.size > capacity)
        return ERR_TOO_LONG;
    memcpy(rx, answer.bytes, answer.size);
    *out_size = answer.size;
    return ERR_OK;
}

/* --- PC/SC part 3, 2.02, 3.2.2.1: a transparent session. FF C2, and data objects both ways. --- */

enum {
    OBJECT_BITS = 0x92,   /* how many bits of the last byte are valid; 0: all */
    OBJECT_STATUS = 0x96, /* what was wrong with the answer: CRC, collision, parity, framing */
    OBJECT_ANSWER = 0x97,
    OBJECT_ERROR = 0xC0, /* which object failed, and a status word */
};

static const uint8_t SESSION_BEGIN[] = {0xFF, 0xC2, 0x00, 0x00, 0x02, 0x81, 0x00, 0x00};
static const uint8_t SESSION_END[] = {0xFF, 0xC2, 0x00, 0x00, 0x02, 0x82, 0x00, 0x00};
static const uint8_t LAYER_3_OF_TYPE_A[] = {0xFF, 0xC2, 0x00, 0x02, 0x04, 0x8F, 0x02, 0x00, 0x03, 0x00};

/* The object at the text's begin; false: it is none, or not whole. */
static bool take_object(struct span *text, uint8_t *out_tag, struct span *out_value)
{
    if (text->size < 2)
        return false;
    size_t head = text->bytes[1] == LONG_SIZE + 1 ? 3 : 2;
    if (text->size < head || (head == 2 && text->bytes[1] >= LONG_SIZE))
        return false;
    size_t size = text->bytes[head - 1];
    if (size > text->size - head)
        return false;
    *out_tag = text->bytes[0];
    *out_value = span_of(text->bytes + head, size);
    *text = span_of(text->bytes + head + size, text->size - head - size);
    return true;
}

/* ERR_IO: the reader says that something went wrong, or the tag gave four bits (a NAK). */
static enum err check_object(uint8_t tag, struct span value)
{
    if (tag == OBJECT_ERROR)
        return value.size == 3 && value.bytes[1] == STATUS_OK >> 8 && value.bytes[2] == 0 ? ERR_OK : ERR_IO;
    if (tag == OBJECT_STATUS)
        return value.size > 0 && value.bytes[0] == 0 ? ERR_OK : ERR_IO;
    if (tag == OBJECT_BITS)
        return value.size == 1 && value.bytes[0] % 8 == 0 ? ERR_OK : ERR_IO;
    return ERR_OK;
}

static enum err find_answer(struct span text, struct span *out)
{
    bool is_found = false;
    uint8_t tag = 0;
    struct span value;
    while (take_object(&text, &tag, &value)) {
        TRY(check_object(tag, value));
        is_found = is_found || tag == OBJECT_ANSWER;
        if (tag == OBJECT_ANSWER)
            *out = value;
    }
    return is_found && text.size == 0 ? ERR_OK : ERR_IO;
}

static enum err begin_session(struct pcsc_reader *reader)
{
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    if (reader->is_in_session)
        return ERR_OK;
    TRY(ask(reader, span_of(SESSION_BEGIN, sizeof SESSION_BEGIN), rx, &size));
    reader->is_in_session = true;
    /* Some are there already and refuse: then frames go through, or they do not, which the probe shows. */
    enum err error = ask(reader, span_of(LAYER_3_OF_TYPE_A, sizeof LAYER_3_OF_TYPE_A), rx, &size);
    return error == ERR_IO ? ERR_OK : error;
}

void pcsc_end_session(struct pcsc_reader *reader)
{
    uint8_t rx[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    if (reader->is_in_session && reader->has_card)
        (void)ask(reader, span_of(SESSION_END, sizeof SESSION_END), rx,
                  &size); /* a reader that is gone ended it */
    reader->is_in_session = false;
}

static enum err exchange_transparently(struct pcsc_reader *reader, struct span tx, uint8_t *rx,
                                       size_t capacity, size_t *out_size)
{
    uint8_t command[5 + 2 + PCSC_FRAME_MAX + 1] = {
        0xFF, 0xC2, 0x00, 0x01, (uint8_t)(2 + tx.size), 0x95, (uint8_t)tx.size};
    uint8_t answer[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    struct span found = {0};
    TRY(begin_session(reader));
    memcpy(command + 7, tx.bytes, tx.size);
    enum err error = ask(reader, span_of(command, 5 + 2 + tx.size + 1), answer, &size);
    explicit_bzero(command, sizeof command);
    TRY(error);
    TRY(find_answer(span_of(answer, size), &found));
    return copy_answer(found, rx, capacity, out_size);
}

/* --- readers with a PN53x behind them (ACR122U and its kin): InCommunicateThru, handed through by FF 00 00 00 --- */

static enum err exchange_directly(struct pcsc_reader *reader, struct span tx, uint8_t *rx, size_t capacity,
                                  size_t *out_size)
{
    uint8_t command[5 + 2 + PCSC_FRAME_MAX] = {0xFF, 0x00, 0x00, 0x00, (uint8_t)(2 + tx.size), 0xD4, 0x42};
    uint8_t answer[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    memcpy(command + 7, tx.bytes, tx.size);
    enum err error = ask(reader, span_of(command, 5 + 2 + tx.size), answer, &size);
    explicit_bzero(command, sizeof command);
    TRY(error);
    if (size < 3 || answer[0] != 0xD5 || answer[1] != 0x43 || answer[2] != 0x00)
        return ERR_IO;
    return copy_answer(span_of(answer + 3, size - 3), rx, capacity, out_size);
}

/* --- which --- */

static const struct way {
    enum err (*exchange)(struct pcsc_reader *reader, struct span tx, uint8_t *rx, size_t capacity,
                         size_t *out_size);
} WAYS[] = {{exchange_transparently}, {exchange_directly}};

/* Pages 0 and 1: three bytes of the UID, their check byte, the other four. */
static bool is_page_0(const struct tag_target *target, const uint8_t *bytes, size_t size)
{
    return size == READ_SIZE && memcmp(bytes, target->uid, 3) == 0 &&
           memcmp(bytes + 4, target->uid + 3, 4) == 0;
}

/* ERR_NOT_FOUND: not this way. Then the tag was selected anew, since a frame that it did not understand may have reached it. */
static enum err probe(struct pcsc_reader *reader, const struct way *way)
{
    static const uint8_t read_page_0[] = {TYPE2_READ, 0};
    uint8_t bytes[TAG_ANSWER_SIZE_MAX];
    size_t size = 0;
    enum err error =
        way->exchange(reader, span_of(read_page_0, sizeof read_page_0), bytes, sizeof bytes, &size);
    if (error == ERR_OK && is_page_0(&reader->target, bytes, size))
        return ERR_OK;
    if (error != ERR_OK && error != ERR_IO)
        return error;
    error = pcsc_select_again(reader);
    return error == ERR_OK ? ERR_NOT_FOUND : error == ERR_NOT_FOUND ? ERR_IO : error;
}

static enum err find_way(struct pcsc_reader *reader)
{
    for (unsigned i = 0; i < COUNT_OF(WAYS); i++) {
        enum err error = probe(reader, &WAYS[i]);
        if (error == ERR_OK)
            reader->raw_way = i + 1;
        if (error != ERR_NOT_FOUND)
            return error;
    }
    return ++reader->raw_probes < PROBES_MAX ? ERR_IO : ERR_UNSUPPORTED;
}

enum err pcsc_exchange_raw(struct pcsc_reader *reader, struct span tx, uint8_t *rx, size_t capacity,
                           size_t *out_size)
{
    if (tx.size > PCSC_FRAME_MAX)
        return ERR_ARGUMENT;
    bool is_type2 = reader->target.sak == 0x00 && reader->target.uid_size == 7;
    if (!is_type2 || (reader->raw_way == 0 && reader->raw_probes >= PROBES_MAX))
        return ERR_UNSUPPORTED;
    if (reader->raw_way == 0)
        TRY(find_way(reader));
    return WAYS[reader->raw_way - 1].exchange(reader, tx, rx, capacity, out_size);
}
