/* SPDX-License-Identifier: Apache-2.0 */
/* NFC Forum Type 4 Tag 1.0 to 3.0. Nearly every tag has its NDEF file at E104, so that is tried first: its length, and exactly
 * that much, since a file is mostly emptiness and the air is slow. A tag that refuses, or has nothing there, is asked for its
 * capability container, and read as that says. */
#include "card/tech/type4.h"

#include "base/bytes.h"
#include "card/ndef.h"
#include "card/tech/technology.h"

#define READ_SIZE_MAX  0xFB /* and a status word: safe within one answer of any reader */
#define USUAL_FILE     0xE104
#define CC_FILE        0xE103
#define CC_SIZE        15 /* with one block; more may follow */
#define CC_AT_READ_MAX 3
#define CC_AT_BLOCKS   7

enum { STATUS_END_OF_FILE = 0x6282, STATUS_WRONG_P2 = 0x6A86 };
enum { P2_NO_ANSWER = 0x0C, P2_ANY_ANSWER = 0x00 }; /* of SELECT; tags of version 1.0 know the latter alone */

/* A tag being read. */
struct type4_reading {
    const struct tag *tag;
    struct card_type4 *type4;
    uint8_t p2;
};

/* Where the message stands. */
struct type4_place {
    uint16_t file;
    uint8_t length_size; /* of the message's length in front of it: 2, or 4 in an extended file */
    size_t read_max;
};

static bool holds(const struct card_answer *answer)
{
    return answer->status == CARD_STATUS_OK || answer->status == STATUS_END_OF_FILE;
}

static enum err select_name(const struct tag *tag, uint8_t version)
{
    const uint8_t command[] = {0x00, 0xA4, 0x04, 0x00, 0x07,    0xD2, 0x76,
                               0x00, 0x00, 0x85, 0x01, version, 0x00};
    struct card_answer answer;
    TRY(card_apdu_transmit(tag, span_of(command, sizeof command), &answer));
    return card_apdu_is_selected(&answer) ? ERR_OK : card_apdu_refusal(answer.status);
}

/* From version 2.0 on the name ends with 01. */
static enum err select_application(const struct tag *tag)
{
    enum err error = select_name(tag, 0x01);
    return error == ERR_NOT_FOUND ? select_name(tag, 0x00) : error;
}

static enum err select_by(const struct type4_reading *reading, uint16_t file, uint16_t *out_status)
{
    const uint8_t command[] = {0x00, 0xA4, 0x00, reading->p2, 0x02, (uint8_t)(file >> 8), (uint8_t)file};
    struct card_answer answer;
    TRY(card_apdu_transmit(reading->tag, span_of(command, sizeof command), &answer));
    *out_status = answer.status;
    return card_apdu_is_selected(&answer) ? ERR_OK : card_apdu_refusal(answer.status);
}

static enum err select_file(struct type4_reading *reading, uint16_t file)
{
    uint16_t status = 0;
    enum err error = select_by(reading, file, &status);
    if (status != STATUS_WRONG_P2 || reading->p2 == P2_ANY_ANSWER)
        return error;
    reading->p2 = P2_ANY_ANSWER;
    return select_by(reading, file, &status);
}

static enum err read_binary(const struct tag *tag, size_t offset, size_t size, struct card_answer *out)
{
    const uint8_t command[] = {0x00, 0xB0, (uint8_t)(offset >> 8), (uint8_t)offset, (uint8_t)size};
    TRY(card_apdu_transmit(tag, span_of(command, sizeof command), out));
    if (!holds(out))
        return card_apdu_refusal(out->status);
    return out->size <= size ? ERR_OK : ERR_NOT_FOUND;
}

static enum err add(struct card_type4 *type4, const struct card_answer *answer)
{
    if (answer->size == 0 || answer->size > sizeof type4->file - type4->size)
        return ERR_NOT_FOUND;
    memcpy(type4->file + type4->size, answer->bytes, answer->size);
    type4->size += answer->size;
    return ERR_OK;
}

/* The length of the message, and the message, by as many reads as that takes. ERR_NOT_FOUND: none, or none that fits. */
static enum err read_message(const struct tag *tag, const struct type4_place *place, struct card_type4 *type4)
{
    struct card_answer answer;
    type4->size = 0;
    TRY(read_binary(tag, 0, place->length_size, &answer));
    if (answer.size != place->length_size)
        return ERR_NOT_FOUND;
    TRY(add(type4, &answer));
    uint64_t size = bytes_get_be(type4->file, place->length_size);
    if (size == 0 || size > CARD_TYPE4_MESSAGE_MAX)
        return ERR_NOT_FOUND;
    size_t whole = place->length_size + (size_t)size;
    while (type4->size < whole) {
        size_t left = whole - type4->size;
        TRY(read_binary(tag, type4->size, left < place->read_max ? left : place->read_max, &answer));
        TRY(add(type4, &answer));
    }
    type4->message_at = place->length_size;
    return ERR_OK;
}

static enum err read_at(struct type4_reading *reading, const struct type4_place *place)
{
    TRY(select_file(reading, place->file));
    return read_message(reading->tag, place, reading->type4);
}

/* One block of the container: kind, size, then of a file's: its name (2), its size (2 or, where it is extended, 4), who may read,
 * who may write. Others are left out. */
static bool read_block(struct span block, struct type4_place *out)
{
    static const struct {
        uint8_t kind, size, length_size;
    } files[] = {{0x04, 6, 2}, {0x06, 8, 4}};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        if (block.bytes[0] != files[i].kind || block.bytes[1] < files[i].size ||
            block.size < 2U + files[i].size || block.bytes[files[i].size] != 0x00)
            continue;
        out->file = (uint16_t)bytes_get_be(block.bytes + 2, 2);
        out->length_size = files[i].length_size;
        return true;
    }
    return false;
}

/* CCLEN (2), version, the most that a read may ask for (2), the most of a write (2), then blocks. */
static enum err read_container(struct span cc, struct type4_place *out)
{
    size_t read_max = (size_t)bytes_get_be(cc.bytes + CC_AT_READ_MAX, 2);
    out->read_max = read_max < READ_SIZE_MAX ? read_max : READ_SIZE_MAX;
    for (size_t at = CC_AT_BLOCKS; at + 2 <= cc.size; at += 2U + cc.bytes[at + 1])
        if (read_block(span_of(cc.bytes + at, cc.size - at), out))
            return out->read_max >= out->length_size ? ERR_OK : ERR_NOT_FOUND;
    return ERR_NOT_FOUND;
}

/* Any tag answers CC_SIZE at once. What stands behind it is asked for where no file's block was in that. */
static enum err fetch_container(struct type4_reading *reading, struct type4_place *out)
{
    uint8_t bytes[2 * CC_SIZE];
    struct card_answer cc;
    TRY(select_file(reading, CC_FILE));
    TRY(read_binary(reading->tag, 0, CC_SIZE, &cc));
    if (cc.size < CC_SIZE)
        return ERR_NOT_FOUND;
    memcpy(bytes, cc.bytes, CC_SIZE);
    size_t whole = (size_t)bytes_get_be(bytes, 2);
    enum err error = read_container(span_of(bytes, CC_SIZE), out);
    if (error == ERR_OK || whole <= CC_SIZE)
        return error;
    size_t more = whole - CC_SIZE < CC_SIZE ? whole - CC_SIZE : CC_SIZE;
    TRY(read_binary(reading->tag, CC_SIZE, more, &cc));
    memcpy(bytes + CC_SIZE, cc.bytes, cc.size);
    return read_container(span_of(bytes, CC_SIZE + cc.size), out);
}

static enum err read_by_container(struct type4_reading *reading, bool usual_is_empty)
{
    struct type4_place place = {0};
    TRY(fetch_container(reading, &place));
    if (usual_is_empty && place.file == USUAL_FILE && place.length_size == 2)
        return ERR_NOT_FOUND;
    return read_at(reading, &place);
}

static enum err read_file(const struct tag *tag, struct card_type4 *type4)
{
    static const struct type4_place usual = {USUAL_FILE, 2, READ_SIZE_MAX};
    struct type4_reading reading = {tag, type4, P2_NO_ANSWER};
    TRY(select_application(tag));
    type4->size = 0;
    enum err error = read_at(&reading, &usual);
    if (error != ERR_NOT_FOUND)
        return error;
    bool is_empty = type4->size == usual.length_size && bytes_get_be(type4->file, usual.length_size) == 0;
    return read_by_container(&reading, is_empty);
}

enum err card_type4_message(const struct tag *tag, struct card_type4 *type4, struct span *out_message)
{
    if (!type4->is_read) {
        enum err error = read_file(tag, type4);
        type4->outcome = error == ERR_TOO_LONG ? ERR_NOT_FOUND : error;
        type4->is_read = true;
    }
    TRY(type4->outcome);
    *out_message = span_of(type4->file + type4->message_at, type4->size - type4->message_at);
    return ERR_OK;
}

bool card_layer_4_fits(const struct tag_target *target)
{
    return (target->sak & TAG_SAK_ISO14443_4) != 0;
}

enum err card_type4_read(struct card_run *run, struct card_identity *out)
{
    struct span message;
    TRY(card_type4_message(run->tag, &run->type4, &message));
    enum err error = card_ndef_find_number(message, &run->programme->links, out->text);
    if (error == ERR_NOT_FOUND)
        card_explain_message(run, "type4", message);
    return error;
}

/* Where a link of the programme's failed that its tag should have signed. */
static void say_failure(const struct card_run *run, const struct card_link *link)
{
    static const char *const words[] = {
        [CARD_SUN_STEP_HEAD] = "sun: the link is not the programme's",
        [CARD_SUN_STEP_TAG] =
            "sun: UID and counter of the link cannot be read: another key, mode, or other names",
        [CARD_SUN_STEP_MAC] = "sun: the link's MAC does not fit: another key, or it covers something else",
        [CARD_SUN_STEP_FILE] = "sun: the link's encrypted data is not of its form",
        [CARD_SUN_STEP_DONE] =
            "sun: the tag signed the link, but the number that identity asks for is not in it",
    };
    struct card_sun_exam exam;
    if (run->trace == NULL)
        return;
    card_sun_examine(&run->programme->sun, link, &exam);
    card_say(run, words[exam.step]);
}

enum err card_sun_read(struct card_run *run, struct card_identity *out)
{
    struct span message;
    struct card_link link;
    TRY(card_type4_message(run->tag, &run->type4, &message));
    enum err error = card_ndef_find_link(message, &run->programme->sun.links, &link);
    if (error == ERR_NOT_FOUND)
        card_explain_message(run, "sun", message);
    TRY(error);
    error = card_sun_identify(&run->programme->sun, &link, out);
    if (error != ERR_OK && error != ERR_EXISTS) /* which says for itself what is wrong */
        say_failure(run, &link);
    return error;
}
