/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/pan.h"
#include "card/ndef.h"
#include "card/tech/technology.h"

#define SHOWN_MAX 100 /* characters of a link */

static void say_link(const struct card_run *run, const char *whose, const struct card_link *link)
{
    char shown[SHOWN_MAX + 1] = "";
    size_t size = link->size < SHOWN_MAX ? link->size : SHOWN_MAX;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = link->bytes[i];
        shown[i] = (char)(c >= 0x20 && c <= 0x7E ? c : '?');
    }
    (void)pan_mask(shown, strlen(shown));
    char text[SHOWN_MAX + 80];
    (void)snprintf(text, sizeof text, "%s: it holds the link %s%s", whose, shown,
                   link->size > size ? "..." : "");
    card_say(run, text);
}

static void say_record(const struct card_run *run, const char *whose, const struct card_record *record)
{
    struct card_link link;
    char text[80];
    if (card_ndef_link_of_record(record, &link)) {
        say_link(run, whose, &link);
        return;
    }
    bool is_text = (record->flags & CARD_RECORD_FORMAT) == CARD_RECORD_WELL_KNOWN &&
                   span_is_equal(record->type, span_of_text("T"));
    (void)snprintf(text, sizeof text, "%s: it holds %s of %zu bytes", whose,
                   is_text ? "a text" : "something else", record->payload.size);
    card_say(run, text);
}

void card_explain_message(const struct card_run *run, const char *whose, struct span message)
{
    struct card_record record = {.flags = 0};
    struct card_chunks chunks;
    if (run->trace == NULL)
        return;
    while (message.size > 0 && (record.flags & CARD_RECORD_LAST) == 0) {
        if (card_record_take_whole(&message, &chunks, &record) != ERR_OK)
            return;
        say_record(run, whose, &record);
    }
}
