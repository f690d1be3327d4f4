/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "card/tech/technology.h"

void card_say(const struct card_run *run, const char *text)
{
    card_trace_say(run->trace, text);
}

/* Nothing of ours in it, or nothing that makes sense: the technology has no say, the next one may try. */
static bool leaves_it_to_others(enum err error)
{
    return error == ERR_NOT_FOUND || error == ERR_SYNTAX || error == ERR_TRUNCATED ||
           error == ERR_UNSUPPORTED;
}

static const struct card_technology *find_row(uint8_t technology)
{
    for (size_t i = 0; i < card_technology_count; i++)
        if (card_technologies[i].technology == technology)
            return &card_technologies[i];
    return NULL;
}

static void say_outcome(const struct card_run *run, enum reader_technology technology, enum err error)
{
    char text[120];
    (void)snprintf(text, sizeof text, "%s: %s", card_technology_name(technology),
                   error == ERR_OK ? "this is who it is" : card_tag_refusal(error));
    card_say(run, text);
}

static enum err try_row(struct card_run *run, const struct card_technology *row, struct card_identity *out)
{
    struct card_identity identity = {.technology = row->technology, .trust = card_trust_of(row->technology)};
    enum err error = row->read(run, &identity);
    say_outcome(run, row->technology, error);
    if (error == ERR_OK)
        *out = identity;
    return error;
}

static bool fits(const struct card_run *run, const struct card_technology *row)
{
    if (row->fits(&run->tag->target))
        return true;
    char text[120];
    (void)snprintf(text, sizeof text, "%s: this is no such card", card_technology_name(row->technology));
    card_say(run, text);
    return false;
}

static enum err try_all(struct card_run *run, struct card_identity *out)
{
    enum err error = ERR_UNSUPPORTED; /* a kind that the programme does not take */
    for (size_t i = 0; i < run->programme->order_count; i++) {
        const struct card_technology *row = find_row(run->programme->order[i]);
        if (row == NULL || !fits(run, row))
            continue;
        error = try_row(run, row, out);
        if (!leaves_it_to_others(error))
            return error;
    }
    return error;
}

enum err card_identify(struct tag *tag, const struct card_request *request, struct card_identity *out)
{
    struct card_run run = {.tag = tag,
                           .programme = request->programme,
                           .context = request->context,
                           .trace = request->trace,
                           .ose = {.trace = request->trace}};
    enum err error = try_all(&run, out);
    card_ose_end(tag, &run.ose, error);
    return error;
}
