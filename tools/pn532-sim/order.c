/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/order.h"
#include "pn532-sim/fault_order.h"
#include "pn532-sim/field.h"
#include "pn532-sim/values.h"
#include "pn532-sim/words.h"

static enum err fail(enum err error, const char *why, const char **out_why)
{
    *out_why = why;
    return error;
}

static enum err read_slot(const char *word, uint32_t *out_slot, const char **out_why)
{
    if (pn532_number_read(word, PN532_SLOT_COUNT - 1, out_slot) != ERR_OK)
        return fail(ERR_RANGE, "a slot is a number from 0 to 3", out_why);
    return ERR_OK;
}

static enum err read_timeout(const char *word, uint32_t *out_ms, const char **out_why)
{
    if (pn532_number_read(word, PN532_WAIT_MS_MAX, out_ms) != ERR_OK)
        return fail(ERR_RANGE, "a timeout is a number of milliseconds up to 600000", out_why);
    return ERR_OK;
}

/* "uid" is a technology and the name of its first option: present 0 uid 04A1B2C3D4E5F6 reads well. */
static enum err parse_card(const struct pn532_words *words, struct pn532_order *order, const char **out_why)
{
    struct pn532_option options[PN532_WORD_COUNT_MAX / 2];
    const struct pn532_tech *tech = pn532_tech_find(words->word[2]);
    size_t at = strcmp(words->word[2], "uid") == 0 ? 2 : 3;
    size_t count = 0;
    TRY(read_slot(words->word[1], &order->slot, out_why));
    if (tech == NULL)
        return fail(ERR_NOT_FOUND,
                    "no such card: uid, ntag213, ntag215, ntag216, ultralight, mf0ul11, mf0ul21, classic1k, "
                    "classic4k, "
                    "type4, ntag424, desfire, iphone, android",
                    out_why);
    if ((words->count - at) % 2 != 0)
        return fail(ERR_SYNTAX, "an option of a card is a name and a value", out_why);
    for (; at < words->count; at += 2)
        options[count++] = (struct pn532_option){words->word[at], words->word[at + 1]};
    return pn532_card_make(tech, options, count, &order->card, out_why);
}

static enum err parse_plain(const struct pn532_words *words, struct pn532_order *order, const char **out_why)
{
    (void)words;
    (void)order;
    (void)out_why;
    return ERR_OK;
}

static enum err parse_slot(const struct pn532_words *words, struct pn532_order *order, const char **out_why)
{
    return read_slot(words->word[1], &order->slot, out_why);
}

static enum err parse_remove(const struct pn532_words *words, struct pn532_order *order, const char **out_why)
{
    if (words->count == 1) {
        order->verb = PN532_VERB_REMOVE_ALL;
        return ERR_OK;
    }
    return parse_slot(words, order, out_why);
}

static enum err parse_stats(const struct pn532_words *words, struct pn532_order *order, const char **out_why)
{
    if (words->count == 1)
        return ERR_OK;
    if (strcmp(words->word[1], "reset") != 0)
        return fail(ERR_SYNTAX, "usage: stats [reset]", out_why);
    order->verb = PN532_VERB_STATS_RESET;
    return ERR_OK;
}

static enum err parse_mute(const struct pn532_words *words, struct pn532_order *order, const char **out_why)
{
    order->mute = PN532_MUTE_ALL;
    if (words->count == 1)
        return ERR_OK;
    if (strcmp(words->word[1], "after-ack") != 0)
        return fail(ERR_SYNTAX, "usage: mute [after-ack]", out_why);
    order->mute = PN532_MUTE_AFTER_ACK;
    return ERR_OK;
}

/* garbage <n> | garbage <kind> [<value>] [<n>] */
static enum err parse_garbage(const struct pn532_words *words, struct pn532_order *order,
                              const char **out_why)
{
    if (words->count == 2 && strcmp(words->word[1], "off") == 0) {
        order->verb = PN532_VERB_FAULTS_OFF;
        return ERR_OK;
    }
    return pn532_garbage_parse(words, &order->fault, out_why);
}

static enum err parse_fault(const struct pn532_words *words, struct pn532_order *order, const char **out_why)
{
    if (words->count == 2 && strcmp(words->word[1], "off") == 0) {
        order->verb = PN532_VERB_FAULTS_OFF;
        return ERR_OK;
    }
    return pn532_fault_parse(words, &order->fault, out_why);
}

static enum err parse_seed(const struct pn532_words *words, struct pn532_order *order, const char **out_why)
{
    if (pn532_number_read(words->word[1], UINT32_MAX, &order->count) != ERR_OK || order->count == 0)
        return fail(ERR_RANGE, "a seed is a number from 1 to 4294967295", out_why);
    return ERR_OK;
}

static enum err parse_wait_seen(const struct pn532_words *words, struct pn532_order *order,
                                const char **out_why)
{
    TRY(read_slot(words->word[1], &order->slot, out_why));
    return read_timeout(words->word[2], &order->timeout_ms, out_why);
}

static enum err parse_wait_poll(const struct pn532_words *words, struct pn532_order *order,
                                const char **out_why)
{
    if (pn532_number_read(words->word[1], UINT32_MAX, &order->count) != ERR_OK)
        return fail(ERR_SYNTAX, "wait-poll wants a count of polls", out_why);
    return read_timeout(words->word[2], &order->timeout_ms, out_why);
}

static const struct verb {
    const char *name;
    enum pn532_verb verb;
    size_t word_min; /* with the verb */
    size_t word_max;
    enum err (*parse)(const struct pn532_words *words, struct pn532_order *order, const char **out_why);
    const char *usage;
} verbs[] = {
    {"present", PN532_VERB_PRESENT, 3, PN532_WORD_COUNT_MAX, parse_card,
     "present <slot> <card> [<option> <value>]..."},
    {"swap", PN532_VERB_SWAP, 3, PN532_WORD_COUNT_MAX, parse_card,
     "swap <slot> <card> [<option> <value>]..."},
    {"remove", PN532_VERB_REMOVE, 1, 2, parse_remove, "remove [<slot>]"},
    {"list", PN532_VERB_LIST, 1, 1, parse_plain, "list"},
    {"dump", PN532_VERB_DUMP, 2, 2, parse_slot, "dump <slot>"},
    {"stats", PN532_VERB_STATS, 1, 2, parse_stats, "stats [reset]"},
    {"mute", PN532_VERB_MUTE, 1, 2, parse_mute, "mute [after-ack]"},
    {"unmute", PN532_VERB_MUTE, 1, 1, parse_plain, "unmute"},
    {"garbage", PN532_VERB_GARBAGE, 2, 4, parse_garbage,
     "garbage <n> | off | <kind> [<hex> | <number>] [<n>]"},
    {"fault", PN532_VERB_FAULT, 2, 9, parse_fault,
     "fault off | <kind> [<hex> | <number>] [of <command>] [after <n>] [times <n>]"},
    {"seed", PN532_VERB_SEED, 2, 2, parse_seed, "seed <n>"},
    {"unplug", PN532_VERB_UNPLUG, 1, 1, parse_plain, "unplug"},
    {"plug", PN532_VERB_PLUG, 1, 1, parse_plain, "plug"},
    {"wait-seen", PN532_VERB_WAIT_SEEN, 3, 3, parse_wait_seen, "wait-seen <slot> <timeout ms>"},
    {"wait-poll", PN532_VERB_WAIT_POLL, 3, 3, parse_wait_poll, "wait-poll <count> <timeout ms>"},
    {"help", PN532_VERB_HELP, 1, 1, parse_plain, "help"},
};

static const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

enum err pn532_order_parse(struct span line, struct pn532_order *out_order, const char **out_why)
{
    struct pn532_words words;
    enum err error = pn532_words_split(line, &words);
    if (error != ERR_OK)
        return fail(error, "the line is too long, or a quote in it does not end", out_why);
    const struct verb *verb = words.count > 0 ? verb_find(words.word[0]) : NULL;
    if (verb == NULL)
        return fail(ERR_NOT_FOUND, "no such command; help lists them", out_why);
    if (words.count < verb->word_min || words.count > verb->word_max)
        return fail(ERR_SYNTAX, verb->usage, out_why);
    struct pn532_order order = {.verb = verb->verb};
    TRY(verb->parse(&words, &order, out_why));
    *out_order = order;
    return ERR_OK;
}

const char *pn532_order_usage(size_t index)
{
    return index < COUNT_OF(verbs) ? verbs[index].usage : NULL;
}
