/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/vas.h"

#include <stdio.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "card/ber.h"

#define NONCE_SIZE   4
#define COMMAND_SIZE (5 + 5 + 3 + NONCE_SIZE + 3 + 4 + 3 + HASH_SIZE + 3 + CARD_VAS_URL_MAX + 1)
_Static_assert(COMMAND_SIZE <= 5 + 255 + 1, "a short APDU");

enum { MORE_FOLLOW = 0x80, P2_URL_ONLY = 0x00, P2_FULL = 0x01 };

void card_vas_ecp_frame(enum card_vas_mode mode, uint8_t out[CARD_VAS_ECP_SIZE])
{
    const uint8_t frame[CARD_VAS_ECP_SIZE] = {0x6A, 0x01, 0x00, 0x00, (uint8_t)mode};
    memcpy(out, frame, sizeof(frame));
}

struct command {
    uint8_t bytes[COMMAND_SIZE];
    size_t size;
};

static void put(struct command *command, struct span bytes)
{
    memcpy(command->bytes + command->size, bytes.bytes, bytes.size);
    command->size += bytes.size;
}

/* Every tag of GET VAS DATA has two bytes, every length one. */
static void put_value(struct command *command, uint16_t tag, struct span value)
{
    const uint8_t head[] = {(uint8_t)(tag >> 8), (uint8_t)tag, (uint8_t)value.size};
    put(command, span_of(head, sizeof head));
    put(command, value);
}

static enum err put_pass(struct command *command, const struct card_vas_want *want)
{
    uint8_t hash[HASH_SIZE];
    if (!want->is_url_only) {
        TRY(vault_sha256(span_of_text(want->pass_type_id), hash));
        put_value(command, 0x9F25, span_of(hash, sizeof hash));
    }
    if (want->url[0] != '\0')
        put_value(command, 0x9F29, span_of_text(want->url));
    return ERR_OK;
}

static enum err make_command(const struct card_vas_settings *settings, size_t index,
                             const struct card_vas_now *now, struct command *out)
{
    const struct card_vas_want *want = &settings->wants[index];
    static const uint8_t version[] = {0x01, 0x00};
    bool has_more = index + 1 < settings->want_count;
    const uint8_t capabilities[] = {0x00, 0x80, 0x00,
                                    (uint8_t)((has_more ? MORE_FOLLOW : 0) | settings->mode)};
    const uint8_t head[] = {0x80, 0xCA, 0x01, want->is_url_only ? P2_URL_ONLY : P2_FULL, 0x00};
    static const uint8_t any_length = 0x00;
    uint8_t nonce[NONCE_SIZE];
    TRY(now->random.fill(now->random.self, nonce, sizeof nonce));
    out->size = 0;
    put(out, span_of(head, sizeof head));
    put_value(out, 0x9F22, span_of(version, sizeof version));
    put_value(out, 0x9F28, span_of(nonce, sizeof nonce));
    put_value(out, 0x9F26, span_of(capabilities, sizeof capabilities));
    TRY(put_pass(out, want));
    out->bytes[4] = (uint8_t)(out->size - sizeof head);
    put(out, span_of(&any_length, 1));
    return ERR_OK;
}

static const struct status_row {
    uint16_t status;
    enum err error;
} STATUSES[] = {
    {CARD_STATUS_OK, ERR_OK},
    {0x6A83, ERR_NOT_FOUND}, /* no such pass */
    {CARD_STATUS_NOT_FOUND, ERR_NOT_FOUND},
    {0x6287, ERR_PENDING}, /* locked, or the pass is not shown yet */
    {0x6984, ERR_PENDING}, /* its holder has to choose */
    {0x6982, ERR_PENDING}, /* its holder has to show who he is */
};

static enum err err_of_status(uint16_t status)
{
    for (size_t i = 0; i < COUNT_OF(STATUSES); i++)
        if (STATUSES[i].status == status)
            return STATUSES[i].error;
    return ERR_UNSUPPORTED;
}

/* 70 { 9F2A token, 9F27 cryptogram } */
static bool find_cryptogram(const struct card_answer *answer, struct span *out)
{
    static const uint32_t path[] = {0x70, 0x9F27};
    return card_ber_find(card_answer_body(answer), path, COUNT_OF(path), out) == ERR_OK;
}

static enum err read_answer(const struct card_vas_want *want, const struct card_answer *answer,
                            int64_t now_unix_s, struct card_vas_pass *out)
{
    struct span cryptogram;
    TRY(err_of_status(answer->status));
    if (want->is_url_only)
        return ERR_NOT_FOUND; /* it was offered the URL: nobody was asked for */
    if (!find_cryptogram(answer, &cryptogram))
        return ERR_SYNTAX;
    return card_vas_open(want, cryptogram, now_unix_s, out);
}

static enum err check_time(const struct card_vas_settings *settings, const struct card_vas_now *now,
                           const struct card_vas_pass *pass)
{
    if (!pass->is_encrypted || settings->window_s == 0)
        return ERR_OK;
    int64_t age_s = now->unix_s - pass->at_unix_s;
    return age_s <= settings->window_s && -age_s <= settings->window_s ? ERR_OK : ERR_RANGE;
}

static bool has_key_of(const struct card_vas_want *want, struct span cryptogram)
{
    for (size_t i = 0; i < want->key_count && cryptogram.size >= CARD_VAS_KEY_ID_SIZE; i++)
        if (memcmp(want->keys[i].id, cryptogram.bytes, CARD_VAS_KEY_ID_SIZE) == 0)
            return true;
    return false;
}

/* Why what came for a pass names nobody. */
static const char *fault_of_pass(const struct card_vas_want *want, const struct card_answer *answer,
                                 enum err error)
{
    struct span cryptogram;
    if (!find_cryptogram(answer, &cryptogram))
        return "came without anything in it";
    if (error == ERR_RANGE)
        return "was shown at a time that is not within vas.window_s of now";
    if (want->key_count == 0)
        return "is no text: encrypted, and the programme has no vas.key for it";
    if (cryptogram.size <= CARD_VAS_MESSAGE_MAX && utf8_is_printable(cryptogram))
        return "came in clear, and its vas.key wants it encrypted";
    return has_key_of(want, cryptogram) ? "does not open: it was changed, or is cut"
                                        : "is encrypted for another key than its vas.key";
}

static void explain(const struct card_trace *trace, const struct card_vas_want *want,
                    const struct card_answer *answer, enum err error)
{
    char text[CARD_VAS_PASS_ID_MAX + 100];
    if (trace == NULL || error == ERR_OK || want->is_url_only)
        return;
    if (answer->status == CARD_STATUS_OK)
        (void)snprintf(text, sizeof text, "vas: the pass of %s %s", want->pass_type_id,
                       fault_of_pass(want, answer, error));
    else
        (void)snprintf(text, sizeof text, "vas: the phone %s of %s (%04X)",
                       error == ERR_NOT_FOUND ? "has no pass"
                       : error == ERR_PENDING ? "waits for its holder with the pass"
                                              : "does not give the pass",
                       want->pass_type_id, answer->status);
    card_trace_say(trace, text);
}

/* One pass. *out_error is what the phone made of it; the return, whether the dialogue can go on. */
static enum err ask_one(const struct tag *tag, const struct card_trace *trace,
                        const struct card_vas_settings *settings, size_t index,
                        const struct card_vas_now *now, struct card_vas_pass *out, enum err *out_error)
{
    struct command command;
    struct card_answer answer;
    TRY(make_command(settings, index, now, &command));
    TRY(card_apdu_transmit(tag, span_of(command.bytes, command.size), &answer));
    *out_error = read_answer(&settings->wants[index], &answer, now->unix_s, out);
    if (*out_error == ERR_OK)
        *out_error = check_time(settings, now, out);
    explain(trace, &settings->wants[index], &answer, *out_error);
    return ERR_OK;
}

enum err card_vas_ask(const struct tag *tag, struct card_ose *ose, const struct card_vas_settings *settings,
                      const struct card_vas_now *now, struct card_vas_pass *out)
{
    struct span wallet;
    enum err outcome = ERR_NOT_FOUND;
    if (!settings->is_on)
        return ERR_NOT_FOUND;
    enum err selected = card_ose_select(tag, ose, CARD_OSE_APPLE, &wallet);
    if (selected == ERR_NOT_FOUND || selected == ERR_SYNTAX)
        card_trace_say(ose->trace, "vas: no Apple Wallet answers");
    TRY(selected);
    ose->is_spoken_to = true;
    /* "More follow" is a promise: the rest is asked for, too, when somebody has been found. */
    for (size_t i = 0; i < settings->want_count && outcome != ERR_PENDING; i++) {
        struct card_vas_pass pass;
        enum err error = ERR_OK;
        TRY(ask_one(tag, ose->trace, settings, i, now, &pass, &error));
        if (outcome == ERR_OK)
            continue;
        if (error == ERR_OK)
            *out = pass;
        if (error != ERR_NOT_FOUND)
            outcome = error;
    }
    return outcome;
}
