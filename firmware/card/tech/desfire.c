/* SPDX-License-Identifier: Apache-2.0 */
#include "card/tech/desfire.h"

#include <stdio.h>

#include "base/bytes.h"
#include "card/tech/desfire_session.h"
#include "card/tech/technology.h"
#include "card/text.h"
#include "vault/vault.h"

enum {
    CLASS_WRAPPED = 0x90,
    STATUS_WRAPPED = 0x91,
    STATUS_SELECTED = 0x9100,
    STATUS_NO_COMMAND = 0x911C,
    STATUS_NOT_PERMITTED = 0x919D,
    STATUS_NO_APPLICATION = 0x91A0,
    SELECT_APPLICATION = 0x5A,
    GET_FILE_SETTINGS = 0xF5,
    GET_CARD_UID = 0x51,
    READ_DATA = 0xBD,
    READ_DATA_CHAINED = 0xAD, /* by ISO/IEC 14443-4 alone: DESFire EV2 and later, Light, NTAG 424 DNA */

    FILE_STANDARD = 0x00,
    FILE_BACKUP = 0x01,
    FILE_MODE_BITS = 0x03, /* 00 and 02 plain, 01 MACed, 03 enciphered */
    SETTINGS_SIZE_MIN = 7, /* kind, mode, rights (2), size (3) */
    RIGHT_FREE = 0x0E,
    UID_RANDOM = 0x08 /* ISO/IEC 14443-3 6.5.4: of 4 bytes, drawn anew each time */
};

/* One card being asked. */
struct desfire_dialogue {
    struct card_run *run;
    const struct card_desfire_settings *settings;
    struct card_desfire_session session;
    struct span uid; /* of the target, or of hidden_uid; size 0: the card hides it */
    uint8_t hidden_uid[CARD_DESFIRE_UID_SIZE];
};

static void end_dialogue(struct desfire_dialogue *dialogue)
{
    card_desfire_forget(&dialogue->session);
}

/* ---- the application */

static bool is_drawn(const struct tag_target *target)
{
    return target->uid_size == 4 && target->uid[0] == UID_RANDOM;
}

/* A phone answers as it likes, and its UID names nobody anyway. */
static bool is_of_phone(const struct card_run *run)
{
    return is_drawn(&run->tag->target) || (run->ose.is_asked && run->ose.outcome == ERR_OK);
}

/* What says for good that the application is not there: a DESFire that has none of the name, that knows no AIDs or does not let
 * everybody select; or a card of another kind, which does not know the class, the command or the name. */
static bool says_no(uint16_t status)
{
    static const struct {
        uint16_t mask, status;
    } rows[] = {
        {0xFFFF, STATUS_NO_APPLICATION},
        {0xFFFF, STATUS_NO_COMMAND},
        {0xFFFF, STATUS_NOT_PERMITTED},
        {0xFF00, 0x6800},
        {0xFF00, 0x6A00},
        {0xFF00, 0x6D00},
        {0xFF00, 0x6E00},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if ((status & rows[i].mask) == rows[i].status)
            return true;
    return false;
}

/* Any other word may come from one of the programme's that lost power for a moment: it is asked again, and known by nothing
 * else meanwhile. */
static enum err err_of_selection(const struct card_run *run, uint16_t status)
{
    char text[96];
    bool is_wrapped = status >> 8 == STATUS_WRAPPED;
    if (status == STATUS_NO_COMMAND)
        card_say(run, "desfire: the card knows no AIDs (911C): the ISO name of its application belongs into "
                      "desfire.aid");
    if (says_no(status) || (!is_wrapped && is_of_phone(run))) {
        card_say(run, "desfire: the card has no application of the name in desfire.aid");
        return ERR_NOT_FOUND;
    }
    (void)snprintf(text, sizeof text, "desfire: the card answers the selection with %04X, and is asked again",
                   status);
    card_say(run, text);
    return ERR_IO;
}

static enum err select_by_name(const struct card_run *run, struct span name)
{
    uint8_t command[6 + CARD_DESFIRE_NAME_MAX] = {0x00, 0xA4, 0x04, 0x00, (uint8_t)name.size};
    struct card_answer answer;
    memcpy(command + 5, name.bytes, name.size);
    TRY(card_apdu_transmit(run->tag, span_of(command, 6 + name.size), &answer));
    return answer.status == CARD_STATUS_OK ? ERR_OK : err_of_selection(run, answer.status);
}

static enum err select_by_identifier(const struct card_run *run, const uint8_t aid[CARD_DESFIRE_AID_SIZE])
{
    const uint8_t command[] = {
        CLASS_WRAPPED, SELECT_APPLICATION, 0x00, 0x00, CARD_DESFIRE_AID_SIZE, aid[2], aid[1], aid[0],
        0x00}; /* low first */
    struct card_answer answer;
    TRY(card_apdu_transmit(run->tag, span_of(command, sizeof command), &answer));
    return answer.status == STATUS_SELECTED ? ERR_OK : err_of_selection(run, answer.status);
}

static enum err select_application(const struct desfire_dialogue *dialogue)
{
    const struct card_desfire_settings *settings = dialogue->settings;
    return settings->name_size == CARD_DESFIRE_AID_SIZE
               ? select_by_identifier(dialogue->run, settings->name)
               : select_by_name(dialogue->run, span_of(settings->name, settings->name_size));
}

/* ---- the proof of a key */

static void say_proof(const struct card_run *run, const struct card_desfire_proof *proof, enum err error)
{
    char text[96];
    const char *how = proof->scheme == CARD_DESFIRE_EV2 ? "EV2" : "EV1";
    const char *what = error == ERR_OK            ? "proven by card and reader"
                       : error == ERR_UNSUPPORTED ? "not known to the card in this way"
                       : error == ERR_IO          ? "not proven: the card was lost"
                                                  : "not proven";
    (void)snprintf(text, sizeof text, "desfire: key %u %s (%s)", proof->key_number, what, how);
    card_say(run, text);
}

static enum err prove_by(struct desfire_dialogue *dialogue, const struct card_desfire_proof *proof)
{
    card_desfire_forget(&dialogue->session);
    enum err error = card_desfire_prove(dialogue->run->tag, proof, &dialogue->session);
    say_proof(dialogue->run, proof, error);
    return error;
}

/* A card whose application is there and that knows no AES key cannot prove that it is ours. */
static enum err prove(struct desfire_dialogue *dialogue, uint8_t key_number,
                      const uint8_t key[VAULT_AES_SIZE])
{
    uint8_t wanted = dialogue->settings->scheme;
    struct card_desfire_proof proof = {
        .scheme = wanted == CARD_DESFIRE_ANY ? CARD_DESFIRE_EV1 : wanted,
        .key_number = key_number,
        .key = key,
        .random = dialogue->run->context->random,
    };
    enum err error = prove_by(dialogue, &proof);
    if (error == ERR_UNSUPPORTED && wanted == CARD_DESFIRE_ANY) {
        proof.scheme = CARD_DESFIRE_EV2;
        error = prove_by(dialogue, &proof);
    }
    return error == ERR_UNSUPPORTED ? ERR_SIGNATURE : error;
}

static bool is_diversified(const struct card_desfire_settings *settings)
{
    return settings->key_count > 0 && settings->keys[0].diversify != CARD_DIVERSIFY_NONE;
}

static enum err prove_key(struct desfire_dialogue *dialogue)
{
    const struct card_desfire_settings *settings = dialogue->settings;
    enum err error = ERR_SIGNATURE;
    for (size_t i = 0; i < settings->key_count && error == ERR_SIGNATURE; i++) {
        uint8_t key[VAULT_AES_SIZE];
        TRY(card_key_of(&settings->keys[i], dialogue->uid, key));
        error = prove(dialogue, settings->key_number, key);
        vault_wipe(key, sizeof key);
    }
    return error;
}

/* ---- commands */

static const char *word_of(uint8_t status)
{
    static const struct {
        uint8_t status;
        const char *word;
    } words[] = {
        {CARD_DESFIRE_UNKNOWN, "it does not know it"},
        {CARD_DESFIRE_REFUSED, "this key has no right to it"},
        {CARD_DESFIRE_NOT_PROVEN, "it wants another key"},
        {CARD_DESFIRE_NO_FILE, "it has no such file"},
        {CARD_DESFIRE_NO_PLACE, "the file ends before"},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (words[i].status == status)
            return words[i].word;
    return "no reason that is known here";
}

static enum err ask(struct desfire_dialogue *dialogue, const struct card_desfire_command *command,
                    struct card_desfire_answer *out)
{
    char text[96];
    enum err error = card_desfire_ask(dialogue->run->tag, &dialogue->session, command, out);
    if (error != ERR_STATE)
        return error;
    (void)snprintf(text, sizeof text, "desfire: the card refuses command %02X with 91%02X: %s", command->code,
                   out->status, word_of(out->status));
    card_say(dialogue->run, text);
    return error;
}

/* ---- the UID */

static enum err get_card_uid(struct desfire_dialogue *dialogue)
{
    const struct card_desfire_command command = {
        .code = GET_CARD_UID,
        .mode = CARD_DESFIRE_ENCIPHERED,
        .header = span_of("", 0),
        .answer_size = sizeof dialogue->hidden_uid,
    };
    struct card_desfire_answer answer;
    TRY(ask(dialogue, &command, &answer));
    memcpy(dialogue->hidden_uid, answer.bytes, sizeof dialogue->hidden_uid);
    dialogue->uid = span_of(dialogue->hidden_uid, sizeof dialogue->hidden_uid);
    card_say(dialogue->run, "desfire: the card told its UID within the session");
    return ERR_OK;
}

/* What the target shows, unless it is drawn anew each time. Then, where the card's key is made of its UID, another key
 * of the programme's gets it. */
static enum err learn_uid(struct desfire_dialogue *dialogue)
{
    const struct card_desfire_settings *settings = dialogue->settings;
    const struct tag_target *target = &dialogue->run->tag->target;
    bool is_hidden = is_drawn(target);
    if (!is_hidden)
        dialogue->uid = span_of(target->uid, target->uid_size);
    if (!is_hidden || !is_diversified(settings))
        return ERR_OK;
    if (!settings->has_uid_key) {
        card_say(dialogue->run,
                 "desfire: the card hides its UID, and there is no desfire.uid_key that gets it");
        return ERR_STATE;
    }
    TRY(prove(dialogue, settings->uid_key_number, settings->uid_key));
    return get_card_uid(dialogue);
}

/* A key made of the UID vouches for it; else the card tells it within the session. */
static enum err identify_by_uid(struct desfire_dialogue *dialogue, struct card_identity *out)
{
    if (!is_diversified(dialogue->settings))
        TRY(get_card_uid(dialogue));
    return card_text_of_uid(dialogue->uid, out->text);
}

/* ---- the number in a file */

static uint8_t mode_of_bits(uint8_t bits)
{
    static const uint8_t modes[] = {CARD_DESFIRE_PLAIN, CARD_DESFIRE_MACED, CARD_DESFIRE_PLAIN,
                                    CARD_DESFIRE_ENCIPHERED};
    return modes[bits & FILE_MODE_BITS];
}

/* Rights: read and write | both and change, four bits each: a key's number, or 14 for everybody. What everybody may read
 * comes in plain to those who hold none of its keys. */
static uint8_t mode_of_settings(const uint8_t *file, uint8_t key_number)
{
    uint8_t both = file[2] >> 4;
    uint8_t read = file[3] >> 4;
    bool is_holder = read == key_number || both == key_number;
    bool is_free = read == RIGHT_FREE || both == RIGHT_FREE;
    return is_free && !is_holder ? CARD_DESFIRE_PLAIN : mode_of_bits(file[1]);
}

static enum err ask_for_mode(struct desfire_dialogue *dialogue, uint8_t *out_mode)
{
    const struct card_desfire_command command = {
        .code = GET_FILE_SETTINGS,
        .mode = CARD_DESFIRE_MACED,
        .header = span_of(&dialogue->settings->file, 1),
    };
    struct card_desfire_answer answer;
    enum err error = ask(dialogue, &command, &answer);
    if (error == ERR_STATE && answer.status != CARD_DESFIRE_NO_FILE)
        card_say(dialogue->run, "desfire: it does not say how the file is set: name it by desfire.mode");
    TRY(error);
    if (answer.size < SETTINGS_SIZE_MIN ||
        (answer.bytes[0] != FILE_STANDARD && answer.bytes[0] != FILE_BACKUP)) {
        card_say(dialogue->run, "desfire: the file holds no data, but a value or records");
        return ERR_STATE;
    }
    *out_mode = mode_of_settings(answer.bytes, dialogue->session.key_number);
    return ERR_OK;
}

static enum err choose_mode(struct desfire_dialogue *dialogue, uint8_t *out_mode)
{
    *out_mode = dialogue->settings->mode;
    if (dialogue->session.scheme == CARD_DESFIRE_ANY)
        *out_mode = CARD_DESFIRE_PLAIN; /* there is nothing else without a session */
    return *out_mode == CARD_DESFIRE_AS_SET ? ask_for_mode(dialogue, out_mode) : ERR_OK;
}

static void say_mode(const struct card_run *run, uint8_t mode)
{
    static const char *const texts[CARD_DESFIRE_MODE_COUNT] = {
        [CARD_DESFIRE_PLAIN] = "desfire: the file is read in plain",
        [CARD_DESFIRE_MACED] = "desfire: the file is read with a MAC",
        [CARD_DESFIRE_ENCIPHERED] = "desfire: the file is read enciphered",
    };
    card_say(run, texts[mode]);
}

/* Cards that are found by a name and speak EV2 include some that know the newer command alone. */
static uint8_t read_command(const struct desfire_dialogue *dialogue)
{
    bool is_named = dialogue->settings->name_size != CARD_DESFIRE_AID_SIZE;
    return is_named && dialogue->session.scheme == CARD_DESFIRE_EV2 ? READ_DATA_CHAINED : READ_DATA;
}

static enum err read_place(struct desfire_dialogue *dialogue, uint8_t mode, struct card_desfire_answer *out)
{
    const struct card_place *place = &dialogue->settings->place;
    uint8_t header[7] = {dialogue->settings->file};
    bytes_put_le(header + 1, place->offset, 3);
    bytes_put_le(header + 4, place->size, 3);
    const struct card_desfire_command command = {
        .code = read_command(dialogue),
        .mode = mode,
        .header = span_of(header, sizeof header),
        .answer_size = place->size,
    };
    return ask(dialogue, &command, out);
}

/* EV2's plain answers have no MAC, and without a session none has. */
static bool is_vouched_for(const struct desfire_dialogue *dialogue, uint8_t mode)
{
    uint8_t scheme = dialogue->session.scheme;
    return scheme == CARD_DESFIRE_EV1 || (scheme == CARD_DESFIRE_EV2 && mode != CARD_DESFIRE_PLAIN);
}

static enum err identify_by_number(struct desfire_dialogue *dialogue, struct card_identity *out)
{
    uint8_t mode = CARD_DESFIRE_PLAIN;
    struct card_desfire_answer answer;
    TRY(choose_mode(dialogue, &mode));
    say_mode(dialogue->run, mode);
    enum err error = read_place(dialogue, mode, &answer);
    if (error == ERR_SIGNATURE)
        card_say(dialogue->run, "desfire: the answer is not bound as desfire.mode says; auto asks the card");
    TRY(error);
    if (!is_vouched_for(dialogue, mode))
        out->trust = CARD_TRUST_STATIC;
    error = card_place_read(&dialogue->settings->place, span_of(answer.bytes, answer.size), out->text);
    if (error != ERR_OK)
        card_say(dialogue->run, "desfire: what stands at desfire.offset is no member number");
    return error;
}

/* ---- the whole dialogue */

/* Of a card that has the application: what is no sound answer or no number there cannot be believed, and its UID is not
 * taken instead. */
static enum err err_of_ours(enum err error)
{
    bool is_unsound =
        error == ERR_UNSUPPORTED || error == ERR_SYNTAX || error == ERR_TOO_LONG || error == ERR_TRUNCATED;
    return is_unsound ? ERR_SIGNATURE : error;
}

static enum err ask_for_identity(struct desfire_dialogue *dialogue, struct card_identity *out)
{
    TRY(learn_uid(dialogue));
    if (dialogue->settings->key_count > 0)
        TRY(prove_key(dialogue));
    return dialogue->settings->identity == CARD_DESFIRE_BY_UID ? identify_by_uid(dialogue, out)
                                                               : identify_by_number(dialogue, out);
}

static bool is_off(const struct card_desfire_settings *settings)
{
    bool has_place = settings->identity == CARD_DESFIRE_BY_UID || settings->place.size > 0;
    return settings->name_size == 0 || !has_place;
}

enum err card_desfire_read(struct card_run *run, struct card_identity *out)
{
    struct desfire_dialogue dialogue CLEANUP(end_dialogue) = {
        .run = run, .settings = &run->programme->desfire, .uid = span_of("", 0)};
    if (is_off(dialogue.settings))
        return ERR_NOT_FOUND;
    TRY(select_application(&dialogue));
    card_say(run, "desfire: the application is there");
    return err_of_ours(ask_for_identity(&dialogue, out));
}
