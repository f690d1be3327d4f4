/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a taken-over kassa-reader sends its parent, or the other way round: an error, or a message that
 * keeps every promise of iface/reader.h. */
#include <stdlib.h>

#include "card/message.h"
#include "card/programme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void try_side(struct span datagram, enum card_message_source source)
{
    struct reader_message message;
    if (card_message_read(datagram, source, &message) != ERR_OK)
        return;
    expect(memchr(message.text, '\0', sizeof message.text) != NULL);
    expect((message.event == READER_HASTEN || message.event == READER_REST) ==
           (source == CARD_MESSAGE_OF_AGENT));
    bool has_card = message.event == READER_CARD || message.event == READER_GONE;
    expect(!has_card || card_text_is_valid(span_of_text(message.text)));
    expect(message.event != READER_CARD ||
           card_trust_of((enum reader_technology)message.technology) != CARD_TRUST_NONE);
}

static void try_programme(struct span datagram)
{
    struct card_programme programme;
    if (card_programme_unpack(datagram, &programme) != ERR_OK)
        return;
    expect(programme.order_count <= COUNT_OF(programme.order) && programme.redeem_from <= CARD_TRUST_PROVEN);
    expect(memchr(programme.name, '\0', sizeof programme.name) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_programme(span_of(data, size));
    try_side(span_of(data, size), CARD_MESSAGE_OF_READER);
    try_side(span_of(data, size), CARD_MESSAGE_OF_AGENT);
    return 0;
}
