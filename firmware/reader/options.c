/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/options.h"

#include <stdio.h>

#include "card/device_text.h"

#define WALLET_MS_MAX 200
#define REST_MS_MAX   300 /* a parent hears of its child more often than that */

enum option_kind { OPTION_DEVICE, OPTION_TEXT, OPTION_MS, OPTION_LINK, OPTION_SWITCH };

/* Where the value goes: an offset into struct reader_options. */
static const struct option_row {
    const char *name;
    enum option_kind kind;
    size_t offset;
    uint32_t least;
    uint32_t most;
    uint32_t usual;
    const char *help;
} OPTIONS[] = {
    {"--device", OPTION_DEVICE, offsetof(struct reader_options, device), 0, 0, 0,
     "the card reader: " CARD_DEVICE_EXAMPLES " (needed)"},
    {"--user", OPTION_TEXT, offsetof(struct reader_options, user), 0, 0, 0,
     "who to become when started as root (nobody)"},
    {"--poll-ms", OPTION_MS, offsetof(struct reader_options, poll_ms), 1, 200, 50,
     "from one look to the next while a card is expected"},
    {"--wallet-ms", OPTION_MS, offsetof(struct reader_options, wallet_ms), 1, WALLET_MS_MAX, 0,
     "while none is, and the programme takes phones' wallets (without it: two and a half times --poll-ms)"},
    {"--rest-ms", OPTION_MS, offsetof(struct reader_options, rest_ms), 1, REST_MS_MAX, 0,
     "while none is, and no wallet either: the field is off between two looks (without it: five times "
     "--poll-ms)"},
    {"--away-ms", OPTION_MS, offsetof(struct reader_options, away_ms), 0, 60000, 1000,
     "how long a card must stay away before it is told of again"},
    {"--refresh-ms", OPTION_MS, offsetof(struct reader_options, refresh_ms), 0, 86400000, 600000,
     "an idle reader's radio is set up anew this often (0: never)"},
    {"--link", OPTION_LINK, 0, 0, 0, 0,
     "head of a link on a tag that a member number follows, such as loyalty.example/c/ (may be repeated)"},
    {"--refuse-uid", OPTION_SWITCH, offsetof(struct reader_options, refuses_uid), 0, 0, 0,
     "a card that has but a UID names nobody"},
    {"--await-programme", OPTION_SWITCH, offsetof(struct reader_options, awaits_programme), 0, 0, 0,
     "what cards are taken for comes over the socket, with its keys"},
    {"--trace", OPTION_SWITCH, offsetof(struct reader_options, traces), 0, 0, 0,
     "every frame and step as a line on standard output, without passwords and keys: to look for a fault"},
    {"--help", OPTION_SWITCH, offsetof(struct reader_options, is_help), 0, 0, 0, "this text"},
};

static void *place_of(struct reader_options *options, const struct option_row *row)
{
    return (char *)options + row->offset;
}

static void set_usual_values(struct reader_options *options)
{
    for (size_t i = 0; i < COUNT_OF(OPTIONS); i++)
        if (OPTIONS[i].kind == OPTION_MS)
            memcpy(place_of(options, &OPTIONS[i]), &OPTIONS[i].usual, sizeof OPTIONS[i].usual);
}

static const struct option_row *find_option(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(OPTIONS); i++)
        if (strcmp(OPTIONS[i].name, name) == 0)
            return &OPTIONS[i];
    return NULL;
}

static enum err read_ms(const struct option_row *row, const char *text, uint32_t *out)
{
    uint32_t value = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || value > UINT32_MAX / 10 - 1)
            return ERR_SYNTAX;
        value = value * 10 + (uint32_t)(*c - '0');
    }
    if (text[0] == '\0' || value < row->least || value > row->most)
        return ERR_RANGE;
    *out = value;
    return ERR_OK;
}

static enum err take_value(struct reader_options *options, const struct option_row *row, const char *value)
{
    switch (row->kind) {
    case OPTION_DEVICE:
        memcpy(place_of(options, row), &value, sizeof value);
        return card_device_is_text(value) ? ERR_OK : ERR_SYNTAX;
    case OPTION_TEXT:
        memcpy(place_of(options, row), &value, sizeof value);
        return value[0] != '\0' ? ERR_OK : ERR_SYNTAX;
    case OPTION_MS: {
        uint32_t ms = 0;
        TRY(read_ms(row, value, &ms));
        memcpy(place_of(options, row), &ms, sizeof ms);
        return ERR_OK;
    }
    case OPTION_LINK:
        return card_links_add(&options->programme.links, span_of_text(value));
    case OPTION_SWITCH:
        *(bool *)place_of(options, row) = true;
        return ERR_OK;
    }
    return ERR_ARGUMENT;
}

static enum err complain(char complaint[160], const char *name, const char *what)
{
    (void)snprintf(complaint, 160, "%.60s: %s", name, what);
    return ERR_ARGUMENT;
}

/* Who sets a pace for the one sets it for all. */
static void set_paces(struct reader_options *options)
{
    uint32_t wallet_ms = (options->poll_ms * 5 + 1) / 2;
    uint32_t rest_ms = options->poll_ms * 5;
    if (options->wallet_ms == 0)
        options->wallet_ms = wallet_ms < WALLET_MS_MAX ? wallet_ms : WALLET_MS_MAX;
    if (options->rest_ms == 0)
        options->rest_ms = rest_ms < REST_MS_MAX ? rest_ms : REST_MS_MAX;
}

enum err reader_options_read(int argc, char **argv, struct reader_options *out, char complaint[160])
{
    struct reader_options options = {.device = NULL, .programme = card_programme_default()};
    set_usual_values(&options);
    for (int i = 1; i < argc; i++) {
        const struct option_row *row = find_option(argv[i]);
        if (row == NULL)
            return complain(complaint, argv[i], "no such option; see --help");
        bool has_value = row->kind != OPTION_SWITCH;
        if (has_value && i + 1 == argc)
            return complain(complaint, row->name, "its value is missing");
        const char *value = has_value ? argv[++i] : "";
        if (take_value(&options, row, value) != ERR_OK)
            return complain(complaint, row->name, row->help);
    }
    if (options.device == NULL && !options.is_help)
        return complain(complaint, "--device", "is needed: which reader?");
    set_paces(&options);
    if (options.refuses_uid)
        card_programme_refuse_uid(&options.programme);
    *out = options;
    return ERR_OK;
}

size_t reader_options_help(char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < COUNT_OF(OPTIONS) && used < size; i++) {
        const struct option_row *row = &OPTIONS[i];
        int more = row->kind == OPTION_MS && row->usual != 0
                       ? snprintf(out + used, size - used, "  %-14s %s (%u to %u; %u)\n", row->name,
                                  row->help, row->least, row->most, row->usual)
                       : snprintf(out + used, size - used, "  %-14s %s\n", row->name, row->help);
        used += more > 0 ? (size_t)more : 0;
    }
    return used < size ? used : size - 1;
}
