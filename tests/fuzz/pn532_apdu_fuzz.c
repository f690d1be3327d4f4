/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a host says to a simulated card in APDUs, it answers with a status word or is silent. The first byte chooses
 * the card; then come commands, each behind its length. */
#include <stdlib.h>

#include "pn532-sim/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ZERO_KEY "00000000000000000000000000000000"

static const struct apdu_card {
    const char *tech;
    struct pn532_option options[6];
    size_t option_count;
    uint8_t scheme; /* of DESFire's session that is under way; 0: none */
} CARDS[] = {
    {"type4", {{"text", "12345678"}}, 1, 0},
    {"ntag424", {{"uri", "https://a.example/s?picc_data=" ZERO_KEY "&cmac=0000000000000000"}}, 1, 0},
    {"desfire", {{"key0", ZERO_KEY}, {"file0", "plain:free:1234"}, {"file1", "maced:0:1234"}}, 3, 0},
    {"desfire", {{"key0", ZERO_KEY}, {"file0", "enciphered:0:1234"}, {"part", "7"}}, 3, 1},
    {"desfire",
     {{"generation", "2"}, {"key0", ZERO_KEY}, {"file0", "enciphered:0:1234"}, {"file1", "plain:0:1"}},
     4,
     2},
    {"desfire", {{"generation", "light"}, {"name", "a000000001"}, {"key3", ZERO_KEY}}, 3, 0},
    {"iphone", {{"pass", "pass.example"}, {"message", "1234"}}, 2, 0},
    {"android",
     {{"collector", "1"},
      {"public", "0288f063ef866d2853c0a31154ba06e37cd3c7a81dc1755ece1584cd463ebab1e3"},
      {"value", "1"}},
     3,
     0},
};

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void make(const struct apdu_card *row, struct pn532_card *out)
{
    const char *why = "";
    expect(pn532_card_make(pn532_tech_find(row->tech), row->options, row->option_count, out, &why) == ERR_OK);
    out->desfire.session.scheme = row->scheme;
    out->desfire.is_selected = row->scheme != 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pn532_card card;
    static struct pn532_answer answer;
    if (size == 0)
        return 0;
    make(&CARDS[data[0] % COUNT_OF(CARDS)], &card);
    struct span rest = span_of(data + 1, size - 1);
    while (rest.size > 1) {
        size_t take = rest.bytes[0] < rest.size - 1 ? rest.bytes[0] : rest.size - 1;
        answer.size = 0;
        if (take > 0 && card.tech->transmit(&card, span_of(rest.bytes + 1, take), &answer) == PN532_AIR_DATA)
            expect(answer.size >= 2 && answer.size <= sizeof(answer.bytes));
        rest = span_of(rest.bytes + 1 + take, rest.size - 1 - take);
    }
    return 0;
}
