/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a tag holds: an error, or an identity in canonical form; nothing read beyond what was given. The
 * first byte says how the tag behaves, the rest is its memory from page 3 on, and once more a bare NDEF
 * message. */
#include <stdlib.h>

#include "card/ndef.h"
#include "card/run.h"
#include "unit/card/fake_tag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct card_links LINKS = {.count = 2, .heads = {"loyalty.example/c/", "s/"}};

static const struct card_programme PROGRAMME = {
    .order_count = 3,
    .order = {READER_NDEF, READER_CLASSIC, READER_UID},
    .links = {.count = 2, .heads = {"loyalty.example/c/", "s/"}},
};
static const struct card_request REQUEST = {.programme = &PROGRAMME};

#define MEMORY_START 12 /* page 3 */

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void try_tag(uint8_t behaviour, struct span memory)
{
    struct fake_tag fake;
    size_t room = sizeof fake.memory - MEMORY_START;
    fake_tag_init(&fake, FAKE_TAG_PAGES, 0, span_of(NULL, 0));
    memcpy(fake.memory + MEMORY_START, memory.bytes, memory.size < room ? memory.size : room);
    fake.refuses_fast_read = (behaviour & 1) != 0;
    fake.fails_after = (behaviour & 2) != 0 ? behaviour >> 4 : -1;
    fake.failure = (behaviour & 4) != 0 ? ERR_CLOSED : ERR_IO;
    struct tag tag = fake_tag_as_tag(&fake);
    struct card_identity identity = {.text = "untouched"};
    if (card_identify(&tag, &REQUEST, &identity) == ERR_OK)
        expect(card_text_is_valid(span_of_text(identity.text)));
    else
        expect(strcmp(identity.text, "untouched") == 0);
    expect(fake.exchange_count < 100);
}

static void try_message(struct span message)
{
    char text[CARD_TEXT_MAX];
    struct card_tlv ndef;
    if (card_ndef_find_number(message, &LINKS, text) == ERR_OK)
        expect(card_text_is_valid(span_of_text(text)));
    if (card_tlv_find_ndef(message, message.size, &ndef) == ERR_OK)
        expect(ndef.size > 0 && ndef.offset + ndef.size <= message.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct span rest = span_of(data + 1, size - 1);
    try_tag(data[0], rest);
    try_message(rest);
    return 0;
}
