/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a tag answers to APDUs, and whatever link it holds: an error, or an identity in canonical form; no endless
 * dialogue. The bytes are the answers, each behind its length; what is left is a link once more. */
#include <stdlib.h>

#include "card/ndef.h"
#include "card/run.h"
#include "vault/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TRANSMITS_MAX 4000 /* one byte a read of the longest message, twice over */

struct answers {
    struct span rest;
    unsigned count;
};

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static enum err transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity, size_t *out_rx_size)
{
    struct answers *answers = self;
    expect(tx.size > 0 && tx.size <= TAG_APDU_SIZE_MAX && ++answers->count < TRANSMITS_MAX);
    if (answers->rest.size == 0)
        return ERR_IO;
    size_t size = answers->rest.bytes[0];
    if (size > answers->rest.size - 1)
        size = answers->rest.size - 1;
    if (size > rx_capacity)
        return ERR_TOO_LONG;
    memcpy(rx, answers->rest.bytes + 1, size);
    *out_rx_size = size;
    answers->rest = span_of(answers->rest.bytes + 1 + size, answers->rest.size - 1 - size);
    return ERR_OK;
}

static enum err select_again(void *self)
{
    (void)self;
    return ERR_OK;
}

static const struct tag_ops OPS = {.transmit = transmit, .select_again = select_again};

static struct card_programme make_programme(void)
{
    struct card_programme programme = card_programme_default();
    programme.order_count = 3;
    memcpy(programme.order, ((const uint8_t[]){READER_SUN, READER_TYPE4, READER_UID}), 3);
    expect(card_links_add(&programme.links, span_of_text("s/")) == ERR_OK);
    expect(card_links_add(&programme.sun.links, span_of_text("t/")) == ERR_OK);
    programme.sun.has_meta_key = true;
    return programme;
}

static void try_dialogue(const struct card_programme *programme, struct span data)
{
    struct answers answers = {.rest = data};
    struct tag tag = {
        .ops = &OPS, .self = &answers, .target = {.uid = {4, 1, 2, 3, 4, 5, 6}, .uid_size = 7, .sak = 0x20}};
    const struct card_request request = {.programme = programme};
    struct card_identity identity = {.text = "untouched"};
    if (card_identify(&tag, &request, &identity) == ERR_OK)
        expect(card_text_is_valid(span_of_text(identity.text)));
    else
        expect(strcmp(identity.text, "untouched") == 0);
}

static void try_link(const struct card_programme *programme, struct span data)
{
    struct card_link link;
    struct card_identity identity = {.technology = READER_SUN};
    if (!card_link_of_text(data, &link) && !card_link_of_uri(data, &link))
        return;
    expect(link.size <= sizeof link.bytes);
    if (card_sun_identify(&programme->sun, &link, &identity) == ERR_OK)
        expect(card_text_is_valid(span_of_text(identity.text)) &&
               identity.freshness.kind == READER_FRESH_COUNTER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool is_open;
    if (!is_open)
        expect(vault_open() == ERR_OK);
    is_open = true;
    struct card_programme programme = make_programme();
    for (uint8_t mode = 0; mode < CARD_SUN_MODE_COUNT; mode++) {
        programme.sun.mode = mode;
        try_dialogue(&programme, span_of(data, size));
        try_link(&programme, span_of(data, size));
    }
    return 0;
}
