/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "cli/card_rules.h"
#include "cli/programme.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"

#define GROUP_SEPARATOR 0x1D
#define WHY_SIZE        160

/* As a scanner sends it: a terminal cannot type GS1's separator, so <GS> stands for it. ERR_TOO_LONG. */
static enum err read_typed(const char *typed, uint8_t out[CARD_CODE_SIZE_MAX], size_t *out_size)
{
    size_t size = 0;
    for (const char *at = typed; *at != '\0'; size++) {
        bool is_separator = strncmp(at, "<GS>", 4) == 0;
        if (size == CARD_CODE_SIZE_MAX)
            return ERR_TOO_LONG;
        out[size] = is_separator ? GROUP_SEPARATOR : (uint8_t)*at;
        at += is_separator ? 4 : 1;
    }
    *out_size = size;
    return ERR_OK;
}

/* As an agent does: a link that a tag signed is the tag's. */
static enum err identify(const struct card_programme *programme, const struct card_number_rules *numbers,
                         struct span code, uint64_t at_unix_s, struct card_identity *out)
{
    const struct card_code_rules rules = {.numbers = numbers,
                                          .settings = &programme->codes,
                                          .links = &programme->links,
                                          .now_unix_s = at_unix_s};
    struct card_identity identity = {.technology = READER_SUN, .trust = card_trust_of(READER_SUN)};
    struct card_link link;
    bool is_link = card_programme_takes(programme, READER_SUN) && card_link_of_text(code, &link);
    enum err error = is_link ? card_sun_identify(&programme->sun, &link, &identity) : ERR_NOT_FOUND;
    if (error == ERR_NOT_FOUND)
        return card_read_code(code, &rules, out);
    if (error == ERR_OK)
        *out = identity;
    return error == ERR_OK ? ERR_OK : ERR_SIGNATURE;
}

/* What it would be if the programme took all that scanners read; NULL: nothing either. */
static const char *refused_technology(const struct card_programme *programme,
                                      const struct card_number_rules *numbers, struct span code,
                                      uint64_t at_unix_s)
{
    struct card_programme liberal CLEANUP(card_programme_wipe) = *programme;
    struct card_identity identity;
    for (int technology = READER_UID; technology < READER_TECHNOLOGY_COUNT; technology++)
        if (card_technology_is_scanned((enum reader_technology)technology))
            liberal.codes.taken |= 1U << technology;
    bool is_one = identify(&liberal, numbers, code, at_unix_s, &identity) == ERR_OK;
    return is_one ? card_technology_name(identity.technology) : NULL;
}

static void print_text(const struct call *call, const struct card_programme *programme,
                       const struct card_identity *identity)
{
    static const char *const names[] = {[READER_FRESH_COUNTER] = "counter", [READER_FRESH_TIME] = "its time"};
    (void)fprintf(call->out, "card        %s\ntechnology  %s\ntrust       %s\nredeems     %s\n",
                  identity->text, card_technology_name(identity->technology),
                  card_trust_name(identity->trust),
                  programme_redeems(programme, identity->trust) ? "yes" : "no: it may earn alone");
    if (identity->freshness.kind != READER_FRESH_NONE)
        (void)fprintf(call->out, "%-11s %" PRIu64 ": a till takes it once\n", names[identity->freshness.kind],
                      identity->freshness.value);
}

static json_t *json_of(const struct card_programme *programme, const struct card_identity *identity,
                       const char *why)
{
    json_t *json = json_object();
    (void)json_object_set_new(json, "found", json_boolean(why[0] == '\0'));
    if (why[0] != '\0') {
        (void)json_object_set_new(json, "why", json_string(why));
        return json;
    }
    (void)json_object_set_new(json, "card", json_string(identity->text));
    (void)json_object_set_new(json, "technology", json_string(card_technology_name(identity->technology)));
    (void)json_object_set_new(json, "trust", json_string(card_trust_name(identity->trust)));
    (void)json_object_set_new(json, "may_redeem",
                              json_boolean(programme_redeems(programme, identity->trust)));
    return json;
}

static void say_why(const struct card_programme *programme, const struct card_number_rules *numbers,
                    struct span code, uint64_t at_unix_s, enum err error, char out[WHY_SIZE])
{
    const char *technology = error == ERR_OK ? NULL : refused_technology(programme, numbers, code, at_unix_s);
    if (technology != NULL)
        (void)snprintf(out, WHY_SIZE, "%s is not in codes.take", technology);
    else
        (void)snprintf(out, WHY_SIZE, "%s", error == ERR_OK ? "" : card_refusal(error));
}

static enum exit_code run(const struct call *call)
{
    struct card_programme programme CLEANUP(card_programme_wipe) = card_programme_default();
    const struct clock clock = linux_clock();
    uint64_t at_unix_s = (uint64_t)(clock.ops->wall_unix_ms(clock.self) / 1000);
    struct card_rules rules;
    struct card_identity identity = {.trust = CARD_TRUST_NONE};
    uint8_t bytes[CARD_CODE_SIZE_MAX];
    size_t size = 0;
    char why[WHY_SIZE];
    enum exit_code code = call_number(call, "at", &at_unix_s);
    if (code == EXIT_DONE)
        code = card_rules_read(call, &rules);
    if (code == EXIT_DONE && call_has(call, "programme"))
        code = programme_load(call, call_value(call, "programme"), &programme);
    if (code != EXIT_DONE)
        return code;
    enum err error = read_typed(call->operands[0], bytes, &size);
    if (error == ERR_OK)
        error = identify(&programme, &rules.numbers, span_of(bytes, size), at_unix_s, &identity);
    say_why(&programme, &rules.numbers, span_of(bytes, size), at_unix_s, error, why);
    if (call_has(call, "json") &&
        screen_json_indented(call->out, json_of(&programme, &identity, why)) != ERR_OK)
        return call_fail(call, ERR_MEMORY, "kassa card code", "");
    if (!call_has(call, "json") && error == ERR_OK)
        print_text(call, &programme, &identity);
    else if (!call_has(call, "json"))
        (void)fprintf(call->out, "nobody      %s\n", why);
    return error == ERR_OK ? EXIT_DONE : EXIT_FINDING;
}

static const struct call_option options[] = {
    {.name = "programme",
     .letter = 'p',
     .value = "FILE",
     .help = "what is taken (without it: barcode, gs1, link)"},
    {.name = "at", .value = "SECONDS", .help = "of a code with a time: the till's Unix time (now)"},
    CARD_RULES_OPTIONS,
    {.name = "json", .help = "print JSON"},
};
const struct verb verb_card_code = {.noun = "card",
                                    .name = "code",
                                    .operands = "TEXT",
                                    .operand_min = 1,
                                    .operand_max = 1,
                                    .summary = "Say whom a till takes a scanned code for",
                                    .details =
                                        "TEXT is what a scanner sends, with its AIM identifier (]C1...) or "
                                        "without; <GS> stands for GS1's separator. Whether\n"
                                        "a till took the same before, this does not know. It ends with 1 if "
                                        "the code names nobody, and says why.",
                                    .options = options,
                                    .option_count = COUNT_OF(options),
                                    .run = run};
