/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "pn532-sim/cards/ndef.h"
#include "pn532-sim/cards/techs.h"
#include "pn532-sim/values.h"

/* NXP data sheets NTAG213_215_216 8.5, table 5 and following, and MF0ULX1 8.5. The last pages are, in this order: dynamic
 * lock bytes (not on the small MF0UL11), CFG0, CFG1, PWD, PACK. The first MIFARE Ultralight (MF0ICU1) has none of them. */
const struct pn532_ntag_model pn532_ntag213 = {.version = {0x04, 0x02, 0x0F},
                                               .page_count = 45,
                                               .user_page_last = 0x27,
                                               .cc = {0xE1, 0x10, 0x12},
                                               .lock_pages = 2,
                                               .has_config = true,
                                               .factory = {0x01, 0x03, 0xA0, 0x0C, 0x34, 0x03, 0x00, 0xFE}};
const struct pn532_ntag_model pn532_ntag215 = {.version = {0x04, 0x02, 0x11},
                                               .page_count = 135,
                                               .user_page_last = 0x81,
                                               .cc = {0xE1, 0x10, 0x3E},
                                               .lock_pages = 16,
                                               .has_config = true,
                                               .factory = {0x03, 0x00, 0xFE}};
const struct pn532_ntag_model pn532_ntag216 = {.version = {0x04, 0x02, 0x13},
                                               .page_count = 231,
                                               .user_page_last = 0xE1,
                                               .cc = {0xE1, 0x10, 0x6D},
                                               .lock_pages = 16,
                                               .has_config = true,
                                               .factory = {0x03, 0x00, 0xFE}};
const struct pn532_ntag_model pn532_ultralight = {.page_count = 16, .user_page_last = 0x0F};
const struct pn532_ntag_model pn532_ultralight_ev1_11 = {
    .version = {0x03, 0x01, 0x0B}, .page_count = 20, .user_page_last = 0x0F, .has_config = true};
const struct pn532_ntag_model pn532_ultralight_ev1_21 = {.version = {0x03, 0x01, 0x0E},
                                                         .page_count = 41,
                                                         .user_page_last = 0x23,
                                                         .lock_pages = 2,
                                                         .has_config = true};

enum {
    PAGE_SIZE = 4,
    PAGE_LOCKS = 2,
    PAGE_CC = 3,
    PAGE_USER = 4,
    PAGE_DYNAMIC = 16, /* first page that the dynamic lock bits cover */
    NAK_ARGUMENT = 0x0,
    NAK_AUTH_LIMIT = 0x4,
    ACCESS_PROT = 0x80,
    ACCESS_CFGLCK = 0x40,
    ACCESS_CNT_EN = 0x10,
    ACCESS_CNT_PROT = 0x08,
    ACCESS_AUTHLIM = 0x07,
    COUNTER_MAX = 0xFFFFFF,
    SIGNATURE_SIZE = 32
};

static const struct pn532_ntag_model *model_of(const struct pn532_card *card)
{
    return card->tech->model;
}

static uint8_t *page_at(struct pn532_card *card, size_t page)
{
    return card->memory + page * PAGE_SIZE;
}

static uint8_t *config_at(struct pn532_card *card, size_t from_end)
{
    return page_at(card, (size_t)model_of(card)->page_count - from_end);
}

static uint8_t *dynamic_locks(struct pn532_card *card)
{
    return config_at(card, 5);
}

static uint8_t *auth0(struct pn532_card *card)
{
    return config_at(card, 4) + 3;
}

static uint8_t *access_byte(struct pn532_card *card)
{
    return config_at(card, 3);
}

bool pn532_ntag_make(struct pn532_card *card)
{
    const struct pn532_ntag_model *model = model_of(card);
    const uint8_t *uid = card->uid;
    if (card->uid_size != 7)
        return false;
    card->memory_size = (size_t)model->page_count * PAGE_SIZE;
    const uint8_t head[] = {
        uid[0], uid[1], uid[2], (uint8_t)(0x88 ^ uid[0] ^ uid[1] ^ uid[2]),   uid[3],
        uid[4], uid[5], uid[6], (uint8_t)(uid[3] ^ uid[4] ^ uid[5] ^ uid[6]), 0x48, /* internal */
        0x00,                                                                       /* static lock bytes */
        0x00,
    };
    memcpy(card->memory, head, sizeof(head));
    memcpy(page_at(card, PAGE_CC), model->cc,
           sizeof(model->cc)); /* NDEF, version 1.0, size; anyone reads and writes */
    memcpy(page_at(card, PAGE_USER), model->factory, sizeof(model->factory));
    if (model->lock_pages > 0)
        dynamic_locks(card)[3] = 0xBD;
    if (!model->has_config)
        return true;
    *config_at(card, 4) = 0x04; /* strong modulation */
    *auth0(card) = 0xFF;        /* no page is protected */
    memset(config_at(card, 2), 0xFF, PAGE_SIZE);
    return true;
}

static enum err store_ndef(struct pn532_card *card, struct span message)
{
    static const uint8_t magic[] = {0xE1, 0x10};
    uint8_t *cc = page_at(card, PAGE_CC);
    size_t capacity = (size_t)(model_of(card)->user_page_last + 1 - PAGE_USER) * PAGE_SIZE;
    if (memcmp(cc, magic, sizeof(magic)) !=
        0) { /* an Ultralight comes without: whoever writes NDEF makes it */
        memcpy(cc, magic, sizeof(magic));
        cc[2] = (uint8_t)(capacity / 8);
    }
    capacity = (size_t)cc[2] * 8;
    memset(page_at(card, PAGE_USER), 0, sizeof(model_of(card)->factory));
    return pn532_ndef_wrap(message, page_at(card, PAGE_USER), capacity);
}

static enum err set_uri(struct pn532_card *card, const char *value)
{
    struct pn532_ndef message;
    TRY(pn532_ndef_uri(value, &message));
    return store_ndef(card, span_of(message.bytes, message.size));
}

static enum err set_text(struct pn532_card *card, const char *value)
{
    struct pn532_ndef message;
    TRY(pn532_ndef_text(value, &message));
    return store_ndef(card, span_of(message.bytes, message.size));
}

static enum err set_ndef(struct pn532_card *card, const char *value)
{
    struct pn532_ndef message;
    TRY(pn532_hex_read(value, message.bytes, sizeof(message.bytes), &message.size));
    return store_ndef(card, span_of(message.bytes, message.size));
}

static enum err set_signature(struct pn532_card *card, const char *value)
{
    return hex_read(span_of_text(value), card->signature, SIGNATURE_SIZE);
}

static enum err set_counter(struct pn532_card *card, const char *value)
{
    if (!model_of(card)->has_config)
        return ERR_NOT_FOUND;
    TRY(pn532_number_read(value, COUNTER_MAX, &card->counter));
    *access_byte(card) |= ACCESS_CNT_EN;
    return ERR_OK;
}

static const struct {
    const char *name;
    enum err (*set)(struct pn532_card *card, const char *value);
} options[] = {
    {"uri", set_uri},       {"text", set_text},       {"ndef", set_ndef},
    {"sig", set_signature}, {"counter", set_counter},
};

enum err pn532_ntag_set(struct pn532_card *card, const struct pn532_option *option)
{
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (strcmp(options[i].name, option->name) == 0)
            return options[i].set(card, option->value);
    return ERR_NOT_FOUND;
}

void pn532_ntag_power_off(struct pn532_card *card)
{
    card->opened = false;
    card->counted = false;
}

static enum pn532_air nak(struct pn532_answer *answer, uint8_t code)
{
    answer->bytes[0] = code;
    answer->size = 1;
    return PN532_AIR_NAK;
}

static enum pn532_air ack(struct pn532_answer *answer)
{
    answer->bytes[0] = 0x0A;
    answer->size = 1;
    return PN532_AIR_ACK;
}

static void put(struct pn532_answer *answer, const void *bytes, size_t size)
{
    memcpy(answer->bytes + answer->size, bytes, size);
    answer->size += size;
}

/* PWD and PACK read as zero (8.8.1). */
static void put_page(struct pn532_card *card, size_t page, struct pn532_answer *answer)
{
    static const uint8_t secret[PAGE_SIZE];
    const struct pn532_ntag_model *model = model_of(card);
    bool is_secret = model->has_config && page + 2 >= model->page_count;
    put(answer, is_secret ? secret : page_at(card, page), PAGE_SIZE);
}

/* The first page that may not be read now; reading wraps there. */
static size_t readable_page_count(struct pn532_card *card)
{
    size_t count = model_of(card)->page_count;
    if (!model_of(card)->has_config)
        return count;
    bool is_guarded = (*access_byte(card) & ACCESS_PROT) != 0 && !card->opened;
    return is_guarded && *auth0(card) < count ? *auth0(card) : count;
}

/* The first READ or FAST_READ after power-up counts (8.7). */
static void count_read(struct pn532_card *card)
{
    if (!model_of(card)->has_config || card->counted || (*access_byte(card) & ACCESS_CNT_EN) == 0)
        return;
    card->counted = true;
    if (card->counter < COUNTER_MAX)
        card->counter++;
}

static enum pn532_air get_version(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    (void)frame;
    const uint8_t *own = model_of(card)->version;
    const uint8_t version[] = {0x00, 0x04, own[0], own[1], 0x01, 0x00, own[2], 0x03};
    put(answer, version, sizeof(version));
    return PN532_AIR_DATA;
}

static enum pn532_air read_pages(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    size_t count = readable_page_count(card);
    size_t page = frame.bytes[1];
    if (page >= count)
        return nak(answer, NAK_ARGUMENT);
    for (size_t i = 0; i < 4; i++)
        put_page(card, (page + i) % count, answer);
    count_read(card);
    return PN532_AIR_DATA;
}

static enum pn532_air read_fast(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    size_t first = frame.bytes[1];
    size_t last = frame.bytes[2];
    if (first > last || last >= readable_page_count(card))
        return nak(answer, NAK_ARGUMENT);
    for (size_t page = first; page <= last; page++)
        put_page(card, page, answer);
    count_read(card);
    return PN532_AIR_DATA;
}

/* Static lock bits: byte 2 of page 2 has L3..L7 in bits 3..7, byte 3 has L8..L15 (8.5.2). */
static bool is_locked_static(struct pn532_card *card, size_t page)
{
    const uint8_t *locks = page_at(card, PAGE_LOCKS) + 2;
    return page < 8 ? (locks[0] >> page & 1) != 0 : (locks[1] >> (page - 8) & 1) != 0;
}

static bool is_locked(struct pn532_card *card, size_t page)
{
    const struct pn532_ntag_model *model = model_of(card);
    if (page < PAGE_CC)
        return false;
    if (page < PAGE_DYNAMIC)
        return is_locked_static(card, page);
    if (page <= model->user_page_last && model->lock_pages == 0)
        return false;
    if (page <= model->user_page_last) {
        size_t bit = (page - PAGE_DYNAMIC) / model->lock_pages;
        return (dynamic_locks(card)[bit / 8] >> (bit % 8) & 1) != 0;
    }
    bool is_config = model->has_config && page + 4 >= model->page_count && page + 2 < model->page_count;
    return is_config && (*access_byte(card) & ACCESS_CFGLCK) != 0;
}

static void set_bits(uint8_t *bytes, const uint8_t *data, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        bytes[i] |= data[i];
}

/* Lock bytes and the capability container are one-time programmable: bits can only be set (8.5.2
 * to 8.5.4). */
static enum pn532_air write_page(struct pn532_card *card, size_t page, const uint8_t *data,
                                 struct pn532_answer *answer)
{
    const struct pn532_ntag_model *model = model_of(card);
    bool is_guarded = model->has_config && page >= *auth0(card) && !card->opened;
    if (page < PAGE_LOCKS || page >= model->page_count || is_guarded || is_locked(card, page))
        return nak(answer, NAK_ARGUMENT);
    if (page == PAGE_LOCKS)
        set_bits(page_at(card, page), data, 2, PAGE_SIZE);
    else if (page == PAGE_CC)
        set_bits(page_at(card, page), data, 0, PAGE_SIZE);
    else if (model->lock_pages > 0 && page_at(card, page) == dynamic_locks(card))
        set_bits(page_at(card, page), data, 0, 3);
    else
        memcpy(page_at(card, page), data, PAGE_SIZE);
    return ack(answer);
}

static enum pn532_air write(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    return write_page(card, frame.bytes[1], frame.bytes + 2, answer);
}

static enum pn532_air read_counter(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    uint8_t access = *access_byte(card);
    bool is_guarded = (access & ACCESS_CNT_PROT) != 0 && !card->opened;
    if (frame.bytes[1] != 0x02 || (access & ACCESS_CNT_EN) == 0 || is_guarded)
        return nak(answer, NAK_ARGUMENT);
    const uint8_t counter[] = {(uint8_t)card->counter, (uint8_t)(card->counter >> 8),
                               (uint8_t)(card->counter >> 16)};
    put(answer, counter, sizeof(counter));
    return PN532_AIR_DATA;
}

static enum pn532_air give_password(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    uint8_t limit = *access_byte(card) & ACCESS_AUTHLIM;
    if (limit != 0 && card->failures >= limit)
        return nak(answer, NAK_AUTH_LIMIT);
    if (memcmp(frame.bytes + 1, config_at(card, 2), PAGE_SIZE) != 0) {
        card->failures = (uint8_t)(card->failures + (limit != 0));
        return nak(answer, NAK_ARGUMENT);
    }
    card->failures = 0;
    card->opened = true;
    put(answer, config_at(card, 1), 2);
    return PN532_AIR_DATA;
}

static enum pn532_air read_signature(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    if (frame.bytes[1] != 0x00)
        return nak(answer, NAK_ARGUMENT);
    put(answer, card->signature, SIGNATURE_SIZE);
    return PN532_AIR_DATA;
}

/* Data sheet table 22: command set. COMPATIBILITY_WRITE comes with its 16 bytes at once, as the PN532 takes
 * it. */
static const struct {
    uint8_t code;
    uint8_t size;
    bool is_of_all; /* else the first Ultralight does not know it */
    enum pn532_air (*run)(struct pn532_card *card, struct span frame, struct pn532_answer *answer);
} commands[] = {
    {0x30, 2, true, read_pages},     {0xA2, 6, true, write},           {0xA0, 18, true, write},
    {0x60, 1, false, get_version},   {0x3A, 3, false, read_fast},      {0x39, 2, false, read_counter},
    {0x1B, 5, false, give_password}, {0x3C, 2, false, read_signature},
};

enum pn532_air pn532_ntag_exchange(struct pn532_card *card, struct span frame, struct pn532_answer *answer)
{
    answer->size = 0;
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (frame.size == commands[i].size && frame.bytes[0] == commands[i].code &&
            (commands[i].is_of_all || model_of(card)->has_config))
            return commands[i].run(card, frame, answer);
    return nak(answer, NAK_ARGUMENT);
}
