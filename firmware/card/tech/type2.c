/* SPDX-License-Identifier: Apache-2.0 */
/* NFC Forum Type 2 tags (NTAG213/215/216, MIFARE Ultralight): the member number in their NDEF message.
 *
 * The air is slow, so only what is needed is read: pages 3 to 6 first (capability container and the first
 * twelve data bytes, one READ), then, from the NDEF block's length, exactly the rest by FAST_READ. A tag that
 * refuses FAST_READ (Ultralight, NTAG203) goes idle over it: it is selected again and read by READ, four
 * pages at a time. */
#include "card/tech/type2.h"

#include "card/ndef.h"
#include "card/tech/technology.h"
#include "vault/aes.h"
#include "vault/vault.h"

enum { TYPE2_READ = 0x30, TYPE2_FAST_READ = 0x3A, TYPE2_PWD_AUTH = 0x1B };

#define PAGE_SIZE           4
#define FIRST_DATA_PAGE     4
#define READ_SIZE           16  /* READ answers four pages */
#define AREA_SIZE_MAX       888 /* NTAG216, the largest: pages 04 to E1 */
#define TRIES               2
#define MUTE_TRIES          5 /* as long as a tag needs to come near, once it is near enough to be selected */
#define FAST_READ_PAGES_MAX 60 /* keeps the answer in one normal PN532 frame */

struct type2 {
    struct tag *tag;
    size_t area_size;
    size_t known_size; /* always whole pages */
    bool is_slow;      /* no FAST_READ */
    uint8_t area[AREA_SIZE_MAX + READ_SIZE];
};

bool card_type2_fits(const struct tag_target *target)
{
    return target->sak == 0x00 && target->atqa == 0x0044; /* NXP AN10833 */
}

static enum err exchange_exactly(struct tag *tag, struct span tx, uint8_t *rx, size_t rx_size)
{
    size_t size = 0;
    TRY(tag->ops->exchange(tag->self, tx, rx, rx_size, &size));
    return size == rx_size ? ERR_OK : ERR_IO;
}

static enum err read_pages(struct tag *tag, size_t page, uint8_t rx[READ_SIZE])
{
    const uint8_t command[] = {TYPE2_READ, (uint8_t)page};
    return exchange_exactly(tag, span_of(command, sizeof command), rx, READ_SIZE);
}

static enum err fast_read_pages(struct tag *tag, size_t first, size_t count, uint8_t *rx)
{
    const uint8_t command[] = {TYPE2_FAST_READ, (uint8_t)first, (uint8_t)(first + count - 1)};
    return exchange_exactly(tag, span_of(command, sizeof command), rx, count * PAGE_SIZE);
}

static enum err fetch_step(struct type2 *type2, size_t page_count)
{
    size_t page = FIRST_DATA_PAGE + type2->known_size / PAGE_SIZE;
    uint8_t *rx = type2->area + type2->known_size;
    if (!type2->is_slow) {
        enum err error = fast_read_pages(type2->tag, page, page_count, rx);
        if (error != ERR_IO) {
            type2->known_size += error == ERR_OK ? page_count * PAGE_SIZE : 0;
            return error;
        }
        TRY(card_select_again(type2->tag));
        type2->is_slow = true;
    }
    TRY(read_pages(type2->tag, page, rx));
    type2->known_size += READ_SIZE;
    return ERR_OK;
}

/* Reads on until at least `size` bytes of the area are known. */
static enum err fetch(struct type2 *type2, size_t size)
{
    while (type2->known_size < size) {
        size_t page_count = (size - type2->known_size + PAGE_SIZE - 1) / PAGE_SIZE;
        TRY(fetch_step(type2, page_count < FAST_READ_PAGES_MAX ? page_count : FAST_READ_PAGES_MAX));
    }
    return ERR_OK;
}

/* Pages 3 to 6. A card that is selected each time and never answers a READ has the looks of a Type 2 tag alone: the others
 * may know it, by its UID. One that took its password is ours and was lost. */
static enum err read_first_pages(struct card_run *run, uint8_t rx[READ_SIZE])
{
    enum err error = read_pages(run->tag, FIRST_DATA_PAGE - 1, rx);
    for (unsigned i = 1; error == ERR_IO && i < MUTE_TRIES; i++) {
        TRY(card_select_again(run->tag));
        error = read_pages(run->tag, FIRST_DATA_PAGE - 1, rx);
    }
    if (error != ERR_IO || run->programme->type2.has_password)
        return error;
    TRY(card_select_again(run->tag));
    card_say(run, "ndef: the card answers no READ: it is no Type 2 tag, whatever it says");
    return ERR_NOT_FOUND;
}

/* NFC Forum Type 2 Tag 6.1: E1, version (major in the high half), size / 8, access (high half 0: anyone may
 * read). */
static enum err read_container(struct card_run *run, struct type2 *type2)
{
    uint8_t head[READ_SIZE];
    TRY(read_first_pages(run, head));
    if (head[0] != 0xE1 || head[1] >> 4 != 1 || head[3] >> 4 != 0)
        return ERR_NOT_FOUND;
    size_t area_size = (size_t)head[2] * 8;
    type2->area_size = area_size < AREA_SIZE_MAX ? area_size : AREA_SIZE_MAX;
    type2->known_size = READ_SIZE - PAGE_SIZE;
    memcpy(type2->area, head + PAGE_SIZE, type2->known_size);
    return ERR_OK;
}

static struct span known_of(const struct type2 *type2)
{
    size_t size = type2->known_size < type2->area_size ? type2->known_size : type2->area_size;
    return span_of(type2->area, size);
}

enum err card_type2_ask(struct tag *tag, struct span command, uint8_t *rx, size_t rx_size)
{
    for (unsigned i = 0; i < TRIES; i++) {
        enum err error = exchange_exactly(tag, command, rx, rx_size);
        if (error != ERR_IO)
            return error;
        TRY(card_select_again(tag));
    }
    return ERR_NOT_FOUND;
}

/* NTAG21x 10.7. A tag that refuses is none of the programme's, and goes idle over it. Where the reader cannot send the
 * command the tag is nobody's: its UID would be a second member beside its number. */
static enum err give_password(const struct card_run *run)
{
    const struct card_type2_settings *settings = &run->programme->type2;
    uint8_t command[1 + sizeof settings->password] = {TYPE2_PWD_AUTH};
    uint8_t pack[sizeof settings->pack];
    memcpy(command + 1, settings->password, sizeof settings->password);
    enum err error = card_type2_ask(run->tag, span_of(command, sizeof command), pack, sizeof pack);
    vault_wipe(command, sizeof command);
    if (error == ERR_UNSUPPORTED)
        card_say(run, "ndef: this reader cannot give a tag its password");
    if (error == ERR_NOT_FOUND)
        card_say(run, "ndef: the tag does not take type2.password: it has another one, or none");
    TRY(error == ERR_UNSUPPORTED ? ERR_STATE : error);
    bool is_ours = !settings->has_pack || vault_is_equal(pack, settings->pack, sizeof pack);
    if (!is_ours)
        card_say(run, "ndef: the tag takes type2.password, and answers another one than type2.pack");
    return is_ours ? ERR_OK : ERR_NOT_FOUND;
}

enum err card_type2_read(struct card_run *run, struct card_identity *out)
{
    struct type2 type2 = {.tag = run->tag};
    if (run->programme->type2.has_password)
        TRY(give_password(run));
    TRY(read_container(run, &type2));
    struct card_tlv ndef = {0};
    enum err error = card_tlv_find_ndef(known_of(&type2), type2.area_size, &ndef);
    while (error == ERR_TRUNCATED) {
        size_t more = type2.known_size + READ_SIZE;
        TRY(fetch(&type2, more < type2.area_size ? more : type2.area_size));
        error = card_tlv_find_ndef(known_of(&type2), type2.area_size, &ndef);
    }
    TRY(error);
    TRY(fetch(&type2, ndef.offset + ndef.size));
    const struct span message = span_of(type2.area + ndef.offset, ndef.size);
    error = card_ndef_find_number(message, &run->programme->links, out->text);
    if (error == ERR_NOT_FOUND)
        card_explain_message(run, "ndef", message);
    return error;
}
