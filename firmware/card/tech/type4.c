/* SPDX-License-Identifier: Apache-2.0 */
/* NFC Forum Type 4 Tag 2.0. Nearly every tag has its NDEF file at E104, so that is tried first: its length, and exactly
 * that much, since a file is mostly emptiness and the air is slow. A tag that refuses is asked for its capability
 * container, and read as that says. */
#include "card/tech/type4.h"

#include "card/ndef.h"
#include "card/tech/technology.h"

#define READ_SIZE_MAX  0xFB /* and a status word: safe within one answer of any reader */
#define USUAL_FILE     0xE104
#define CC_FILE        0xE103
#define CC_SIZE        15
#define CC_AT_READ_MAX 3
#define LENGTH_SIZE    2
#define CC_AT_TLV      7

enum { STATUS_END_OF_FILE = 0x6282 };

/* ISO/IEC 7816-4 5.6: what a tag says of a command that it will never take. Any other status may be passing (6F00 of a chip
 * that lost its power for a moment): by it nobody is named, and one card would become two members. */
static const struct refusal_row {
    uint16_t status;
    uint16_t mask;
} REFUSALS[] = {
    {0x6A81, 0xFFFF},                /* no such function */
    {CARD_STATUS_NOT_FOUND, 0xFFFF}, /* no such application or file */
    {0x6A86, 0xFFFF},                /* P1, P2 */
    {0x6982, 0xFFFF},                /* for those alone who prove who they are */
    {0x6985, 0xFFFF},                /* not as it stands now */
    {0x6986, 0xFFFF},                /* no file is selected */
    {0x6999, 0xFFFF},                /* Java Card: the application does not want to be selected */
    {0x6700, 0xFFFF},                /* wrong length */
    {0x6B00, 0xFFFF},                /* beyond the file */
    {0x6C00, 0xFF00},                /* another length */
    {0x6D00, 0xFF00},                /* no such instruction */
    {0x6E00, 0xFF00},                /* no such class */
};

static enum err err_of_refusal(uint16_t status)
{
    for (size_t i = 0; i < COUNT_OF(REFUSALS); i++)
        if ((status & REFUSALS[i].mask) == REFUSALS[i].status)
            return ERR_NOT_FOUND;
    return ERR_IO;
}

static bool holds(const struct card_answer *answer)
{
    return answer->status == CARD_STATUS_OK || answer->status == STATUS_END_OF_FILE;
}

static enum err select_application(const struct tag *tag)
{
    static const uint8_t command[] = {0x00, 0xA4, 0x04, 0x00, 0x07, 0xD2, 0x76,
                                      0x00, 0x00, 0x85, 0x01, 0x01, 0x00};
    struct card_answer answer;
    TRY(card_apdu_transmit(tag, span_of(command, sizeof command), &answer));
    return answer.status == CARD_STATUS_OK ? ERR_OK : err_of_refusal(answer.status);
}

static enum err select_file(const struct tag *tag, uint16_t file)
{
    const uint8_t command[] = {0x00, 0xA4, 0x00, 0x0C, 0x02, (uint8_t)(file >> 8), (uint8_t)file};
    struct card_answer answer;
    TRY(card_apdu_transmit(tag, span_of(command, sizeof command), &answer));
    return answer.status == CARD_STATUS_OK ? ERR_OK : err_of_refusal(answer.status);
}

static enum err read_binary(const struct tag *tag, size_t offset, size_t size, struct card_answer *out)
{
    const uint8_t command[] = {0x00, 0xB0, (uint8_t)(offset >> 8), (uint8_t)offset, (uint8_t)size};
    TRY(card_apdu_transmit(tag, span_of(command, sizeof command), out));
    if (!holds(out))
        return err_of_refusal(out->status);
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

static size_t whole_size(const struct card_type4 *type4)
{
    return LENGTH_SIZE + ((size_t)type4->file[0] << 8 | type4->file[1]);
}

/* The length of the message, and the message, by as many reads as that takes. */
static enum err read_message(const struct tag *tag, size_t read_max, struct card_type4 *type4)
{
    struct card_answer answer;
    TRY(read_binary(tag, 0, LENGTH_SIZE, &answer));
    if (answer.size != LENGTH_SIZE)
        return ERR_NOT_FOUND;
    TRY(add(type4, &answer));
    if (whole_size(type4) > sizeof type4->file)
        return ERR_NOT_FOUND;
    while (type4->size < whole_size(type4)) {
        size_t left = whole_size(type4) - type4->size;
        TRY(read_binary(tag, type4->size, left < read_max ? left : read_max, &answer));
        TRY(add(type4, &answer));
    }
    return ERR_OK;
}

static enum err read_usual(const struct tag *tag, struct card_type4 *type4)
{
    TRY(select_file(tag, USUAL_FILE));
    return read_message(tag, READ_SIZE_MAX, type4);
}

/* CCLEN (2), version, the most that a read may ask for (2), the most of a write (2), then 04 06: file (2), its size (2),
 * who may read, who may write. */
static enum err read_container(const struct tag *tag, uint16_t *out_file, size_t *out_read_max)
{
    struct card_answer cc;
    TRY(select_file(tag, CC_FILE));
    TRY(read_binary(tag, 0, CC_SIZE, &cc));
    if (cc.size < CC_SIZE || cc.bytes[CC_AT_TLV] != 0x04 || cc.bytes[CC_AT_TLV + 1] < 6 ||
        cc.bytes[CC_AT_TLV + 6] != 0x00)
        return ERR_NOT_FOUND;
    size_t read_max = (size_t)cc.bytes[CC_AT_READ_MAX] << 8 | cc.bytes[CC_AT_READ_MAX + 1];
    if (read_max < LENGTH_SIZE)
        return ERR_NOT_FOUND;
    *out_file = (uint16_t)(cc.bytes[CC_AT_TLV + 2] << 8 | cc.bytes[CC_AT_TLV + 3]);
    *out_read_max = read_max < READ_SIZE_MAX ? read_max : READ_SIZE_MAX;
    return ERR_OK;
}

static enum err read_by_container(const struct tag *tag, struct card_type4 *type4)
{
    uint16_t file = 0;
    size_t read_max = 0;
    TRY(read_container(tag, &file, &read_max));
    TRY(select_file(tag, file));
    return read_message(tag, read_max, type4);
}

static enum err read_file(const struct tag *tag, struct card_type4 *type4)
{
    type4->size = 0;
    TRY(select_application(tag));
    enum err error = read_usual(tag, type4);
    if (error != ERR_NOT_FOUND)
        return error;
    type4->size = 0;
    return read_by_container(tag, type4);
}

enum err card_type4_message(const struct tag *tag, struct card_type4 *type4, struct span *out_message)
{
    if (!type4->is_read) {
        enum err error = read_file(tag, type4);
        type4->outcome = error == ERR_TOO_LONG ? ERR_NOT_FOUND : error;
        type4->is_read = true;
    }
    TRY(type4->outcome);
    *out_message = span_of(type4->file + LENGTH_SIZE, whole_size(type4) - LENGTH_SIZE);
    return out_message->size > 0 ? ERR_OK : ERR_NOT_FOUND;
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
