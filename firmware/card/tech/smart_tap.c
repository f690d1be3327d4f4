/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/smart_tap.h"

#include <stdio.h>

#include "base/bytes.h"
#include "card/ber.h"
#include "card/record.h"

#define VERSION            1 /* of the protocol, and of the requests' records */
#define APDU_HEAD_SIZE     5
#define NONCE_PAYLOAD_SIZE (1 + CARD_SMART_TAP_NONCE_SIZE)
#define PARTS_MAX          256 /* of one answer: what a phone may make a till wait for */

enum { INS_GET_DATA = 0x50, INS_NEGOTIATE = 0x53, PRIMITIVE_BINARY = 0x04 };
enum {
    ONE = CARD_RECORD_FIRST | CARD_RECORD_LAST,
    FIRST = CARD_RECORD_FIRST,
    LAST = CARD_RECORD_LAST,
    MIDDLE = 0
};

#define STATUS_MORE 0x9100

/* Google: what matters is the first byte; the second may be one that nobody knows yet. Rows with both come first. */
static const struct status_row {
    uint16_t status;
    uint16_t mask;
    enum err error;
    const char *what; /* for people */
} STATUSES[] = {
    {0x9001, 0xFFFF, ERR_NOT_FOUND, "the phone has no pass for smart_tap.collector"},
    {CARD_STATUS_NOT_FOUND, 0xFFFF, ERR_NOT_FOUND, "the phone does not speak Smart Tap now"},
    {0x9502, 0xFFFF, ERR_VERSION, "the phone speaks another version"},
    {0x9403, 0xFFFF, ERR_STATE, "the phone can make nothing of the signature: smart_tap.key"},
    {0x9407, 0xFFFF, ERR_STATE, "the phone knows no merchant of smart_tap.collector"},
    {0x9000, 0xFF00, ERR_OK, ""},
    {0x9200, 0xFF00, ERR_IO, "a passing fault of the phone's"},
    {0x9300, 0xFF00, ERR_PENDING, "the phone waits for its holder"},
    {0x9400, 0xFF00, ERR_STATE, "the phone refuses this terminal: smart_tap.collector"},
    {0x9500, 0xFF00, ERR_STATE, "the phone refuses the signature: smart_tap.key or smart_tap.key_version"},
    {0x0000, 0x0000, ERR_UNSUPPORTED, "no answer that is known"},
};

static enum err judge_status(const struct card_trace *trace, uint16_t status)
{
    const struct status_row *row = STATUSES;
    char text[120];
    while ((status & row->mask) != row->status)
        row++;
    (void)snprintf(text, sizeof text, "smart_tap: status %04X: %s", status, row->what);
    if (row->error != ERR_OK)
        card_trace_say(trace, text);
    return row->error;
}

/* A command that is being written: head, records, and the byte that asks for an answer of any length. */
struct command {
    uint8_t bytes[TAG_APDU_SIZE_MAX];
    struct card_writer writer;
};

static void begin_command(struct command *command, uint8_t instruction)
{
    command->writer = (struct card_writer){.bytes = command->bytes, .capacity = sizeof command->bytes};
    const uint8_t head[APDU_HEAD_SIZE] = {0x90, instruction, 0x00, 0x00, 0x00};
    card_writer_put(&command->writer, span_of(head, sizeof head));
}

static enum err end_command(struct command *command, struct span *out)
{
    struct card_writer *writer = &command->writer;
    size_t data_size = writer->size - APDU_HEAD_SIZE;
    command->bytes[APDU_HEAD_SIZE - 1] = (uint8_t)data_size;
    card_writer_put_byte(writer, 0x00);
    if (writer->has_failed || data_size > UINT8_MAX)
        return ERR_TOO_LONG;
    *out = span_of(command->bytes, writer->size);
    return ERR_OK;
}

struct dialogue {
    const struct tag *tag;
    const struct card_trace *trace;
    const struct card_smart_tap_settings *settings;
    struct card_smart_tap_session session;
    size_t answer_size;
    uint8_t answer[CARD_SMART_TAP_ANSWER_MAX];
    uint8_t unpacked[CARD_SMART_TAP_CONTENT_MAX];
};

static void wipe_dialogue(struct dialogue *dialogue)
{
    vault_wipe(dialogue, sizeof *dialogue);
}

static enum err keep_part(struct dialogue *dialogue, const struct card_answer *part)
{
    if (part->size > sizeof dialogue->answer - dialogue->answer_size)
        return ERR_TOO_LONG;
    memcpy(dialogue->answer + dialogue->answer_size, part->bytes, part->size);
    dialogue->answer_size += part->size;
    return ERR_OK;
}

/* Sends a command and fetches all parts of its answer. */
static enum err exchange(struct dialogue *dialogue, struct span command)
{
    static const uint8_t more[] = {0x90, 0xC0, 0x00, 0x00, 0x00};
    struct card_answer part;
    dialogue->answer_size = 0;
    for (int count = 0; count < PARTS_MAX; count++) {
        TRY(card_apdu_transmit(dialogue->tag, command, &part));
        TRY(keep_part(dialogue, &part));
        if (part.status != STATUS_MORE)
            return judge_status(dialogue->trace, part.status);
        command = span_of(more, sizeof more);
    }
    return ERR_TOO_LONG;
}

static struct span answer_of(const struct dialogue *dialogue)
{
    return span_of(dialogue->answer, dialogue->answer_size);
}

/* ---- versions, and the phone's nonce */

static enum err check_version(struct span minimum, struct span maximum)
{
    if (minimum.size != 2 || maximum.size != 2)
        return ERR_SYNTAX;
    bool is_known = bytes_get_be(minimum.bytes, 2) <= VERSION && bytes_get_be(maximum.bytes, 2) >= VERSION;
    return is_known ? ERR_OK : ERR_VERSION;
}

/* The wallet's own answer may hold all that the second select would tell. *out_is_enough: it does. */
static enum err read_wallet(struct dialogue *dialogue, struct span wallet, bool *out_is_enough)
{
    static const uint32_t to_application[] = {0xA5, 0xBF0C, 0x61, 0x73};
    static const uint32_t min = 0xDF6D, max = 0xDF4D, capabilities = 0xDF62, nonce = 0xC2;
    struct span application, minimum, maximum, bits, bytes;
    *out_is_enough = false;
    if (card_ber_find(wallet, to_application, COUNT_OF(to_application), &application) != ERR_OK ||
        card_ber_find(application, &capabilities, 1, &bits) != ERR_OK || bits.size == 0 ||
        (bits.bytes[bits.size - 1] & 0x01) == 0 || card_ber_find(wallet, &nonce, 1, &bytes) != ERR_OK ||
        bytes.size != CARD_SMART_TAP_NONCE_SIZE || card_ber_find(application, &min, 1, &minimum) != ERR_OK ||
        card_ber_find(application, &max, 1, &maximum) != ERR_OK)
        return ERR_OK;
    TRY(check_version(minimum, maximum));
    memcpy(dialogue->session.phone_nonce, bytes.bytes, CARD_SMART_TAP_NONCE_SIZE);
    *out_is_enough = true;
    return ERR_OK;
}

static enum err select_application(struct dialogue *dialogue)
{
    static const uint8_t select[] = {0x00, 0xA4, 0x04, 0x00, 0x09, 0xA0, 0x00, 0x00,
                                     0x04, 0x76, 0xD0, 0x00, 0x01, 0x11, 0x00};
    struct span nonce;
    TRY(exchange(dialogue, span_of(select, sizeof select)));
    struct span answer = answer_of(dialogue);
    if (answer.size < 4)
        return ERR_TRUNCATED;
    TRY(check_version(span_of(answer.bytes, 2), span_of(answer.bytes + 2, 2)));
    enum err error = card_record_find(span_of(answer.bytes + 4, answer.size - 4), "mdn", &nonce);
    if (error != ERR_OK || nonce.size != NONCE_PAYLOAD_SIZE)
        return ERR_SYNTAX;
    memcpy(dialogue->session.phone_nonce, nonce.bytes + 1, CARD_SMART_TAP_NONCE_SIZE);
    return ERR_OK;
}

/* ---- the session */

static void put_session(struct card_writer *writer, uint8_t place,
                        const struct card_smart_tap_session *session, uint8_t sequence)
{
    static const uint8_t status_ok = 0x01;
    size_t mark = card_writer_open(writer, place, "ses");
    card_writer_put(writer, span_of(session->id, sizeof session->id));
    card_writer_put_byte(writer, sequence);
    card_writer_put_byte(writer, status_ok);
    card_writer_close(writer, mark);
}

static void put_binary(struct card_writer *writer, uint8_t place, const char *type, struct span bytes)
{
    size_t mark = card_writer_open(writer, place, type);
    card_writer_put_byte(writer, PRIMITIVE_BINARY);
    card_writer_put(writer, bytes);
    card_writer_close(writer, mark);
}

static void put_version(struct card_writer *writer)
{
    static const uint8_t version[] = {0x00, VERSION};
    card_writer_put(writer, span_of(version, sizeof version));
}

/* The terminal's nonce, collector and point stand in what it signed. */
static struct span part_of_signed(const struct card_smart_tap_session *session, size_t at, size_t size)
{
    return span_of(session->signed_text + at, size);
}

static struct span collector_of(const struct card_smart_tap_session *session)
{
    return part_of_signed(session, 2 * CARD_SMART_TAP_NONCE_SIZE, CARD_SMART_TAP_COLLECTOR_SIZE);
}

static void put_cryptography(struct card_writer *writer, const struct dialogue *dialogue)
{
    const struct card_smart_tap_session *session = &dialogue->session;
    uint8_t key_version[4];
    bytes_put_be32(key_version, dialogue->settings->key_version);
    size_t mark = card_writer_open(writer, LAST, "cpr");
    card_writer_put(writer, part_of_signed(session, 0, CARD_SMART_TAP_NONCE_SIZE));
    card_writer_put_byte(writer, dialogue->settings->is_presigned ? 0x00 : 0x01);
    card_writer_put(writer,
                    part_of_signed(session, 2 * CARD_SMART_TAP_NONCE_SIZE + CARD_SMART_TAP_COLLECTOR_SIZE,
                                   VAULT_POINT_SIZE));
    card_writer_put(writer, span_of(key_version, sizeof key_version));
    put_binary(writer, FIRST, "sig", span_of(session->signature, session->signature_size));
    put_binary(writer, LAST, "cld", collector_of(session));
    card_writer_close(writer, mark);
}

/* The session's record of an answer: ours, and one further. */
static enum err read_session(struct dialogue *dialogue, struct span message)
{
    struct span payload;
    if (card_record_find(message, "ses", &payload) != ERR_OK ||
        payload.size < CARD_SMART_TAP_SESSION_SIZE + 1 ||
        memcmp(payload.bytes, dialogue->session.id, CARD_SMART_TAP_SESSION_SIZE) != 0)
        return ERR_SYNTAX;
    dialogue->session.sequence = payload.bytes[CARD_SMART_TAP_SESSION_SIZE];
    return ERR_OK;
}

static enum err negotiate(struct dialogue *dialogue)
{
    struct command command;
    struct span apdu, message, peer;
    begin_command(&command, INS_NEGOTIATE);
    size_t mark = card_writer_open(&command.writer, ONE, "ngr");
    put_version(&command.writer);
    put_session(&command.writer, FIRST, &dialogue->session, 1);
    put_cryptography(&command.writer, dialogue);
    card_writer_close(&command.writer, mark);
    TRY(end_command(&command, &apdu));
    TRY(exchange(dialogue, apdu));
    if (card_record_find(answer_of(dialogue), "nrs", &message) != ERR_OK ||
        card_record_find(message, "dpk", &peer) != ERR_OK || peer.size != VAULT_POINT_SIZE)
        return ERR_SYNTAX;
    memcpy(dialogue->session.peer, peer.bytes, VAULT_POINT_SIZE);
    return read_session(dialogue, message);
}

/* ---- the data */

static void put_types(struct card_writer *writer, const struct card_smart_tap_settings *settings)
{
    static const uint8_t loyalty = CARD_SMART_TAP_LOYALTY;
    const uint8_t *types = settings->type_count > 0 ? settings->types : &loyalty;
    size_t count = settings->type_count > 0 ? settings->type_count : 1;
    size_t mark = card_writer_open(writer, MIDDLE, "slr");
    for (size_t i = 0; i < count; i++) {
        uint8_t place = (uint8_t)((i == 0 ? FIRST : MIDDLE) | (i + 1 == count ? LAST : MIDDLE));
        card_writer_record(writer, place, "str", span_of(&types[i], 1));
    }
    card_writer_close(writer, mark);
}

static enum err get_data(struct dialogue *dialogue)
{
    /* What the terminal can do: it unpacks zlib, and it stands alone; and what it wants: passes, no payment. */
    static const uint8_t capabilities[] = {0x41, 0x00, 0x00, 0x00, 0x01};
    struct command command;
    struct span apdu;
    begin_command(&command, INS_GET_DATA);
    struct card_writer *writer = &command.writer;
    size_t mark = card_writer_open(writer, ONE, "srq");
    put_version(writer);
    put_session(writer, FIRST, &dialogue->session, (uint8_t)(dialogue->session.sequence + 1));
    size_t merchant = card_writer_open(writer, MIDDLE, "mer");
    put_binary(writer, ONE, "cld", collector_of(&dialogue->session));
    card_writer_close(writer, merchant);
    put_types(writer, dialogue->settings);
    card_writer_record(writer, LAST, "pcr", span_of(capabilities, sizeof capabilities));
    card_writer_close(writer, mark);
    TRY(end_command(&command, &apdu));
    return exchange(dialogue, apdu);
}

static enum err read_data(struct dialogue *dialogue, struct card_smart_tap_pass *out)
{
    struct span message, bundle, content;
    if (card_record_find(answer_of(dialogue), "srs", &message) != ERR_OK ||
        card_record_find(message, "reb", &bundle) != ERR_OK)
        return ERR_SYNTAX;
    TRY(read_session(dialogue, message));
    size_t at = (size_t)(bundle.bytes - dialogue->answer);
    enum err error = card_smart_tap_open(&dialogue->session, dialogue->answer + at, bundle.size,
                                         dialogue->unpacked, &content);
    if (error != ERR_OK)
        card_trace_say(dialogue->trace, "smart_tap: what the phone gave does not open: in clear, or changed");
    TRY(error);
    error = card_smart_tap_find(dialogue->settings, content, out);
    if (error != ERR_OK)
        card_trace_say(
            dialogue->trace,
            "smart_tap: no pass of smart_tap.types with a member's number is in what the phone gave");
    return error;
}

/* With a phone that has the wallet. All that it said is wiped, the opened pass as well. */
static enum err speak(const struct tag *tag, struct card_ose *ose,
                      const struct card_smart_tap_settings *settings, struct random random,
                      struct span wallet, struct card_smart_tap_pass *out)
{
    struct dialogue dialogue CLEANUP(wipe_dialogue);
    bool is_enough = false;
    dialogue.tag = tag;
    dialogue.trace = ose->trace;
    dialogue.settings = settings;
    dialogue.session = (struct card_smart_tap_session){.sequence = 0};
    TRY(read_wallet(&dialogue, wallet, &is_enough));
    if (!is_enough)
        TRY(select_application(&dialogue));
    ose->is_spoken_to = true;
    TRY(card_smart_tap_begin(settings, random, &dialogue.session));
    TRY(negotiate(&dialogue));
    TRY(get_data(&dialogue));
    return read_data(&dialogue, out);
}

enum err card_smart_tap_ask(const struct tag *tag, struct card_ose *ose,
                            const struct card_smart_tap_settings *settings, struct random random,
                            struct card_smart_tap_pass *out)
{
    struct span wallet;
    if (!settings->is_on)
        return ERR_NOT_FOUND;
    enum err selected = card_ose_select(tag, ose, CARD_OSE_GOOGLE, &wallet);
    if (selected == ERR_NOT_FOUND || selected == ERR_SYNTAX)
        card_trace_say(ose->trace, "smart_tap: no Google Wallet answers");
    TRY(selected);
    return speak(tag, ose, settings, random, wallet, out);
}
