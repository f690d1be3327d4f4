/* SPDX-License-Identifier: Apache-2.0 */
#include "base/civil.h"
#include "cli/load.h"
#include "cli/verbs.h"
#include "office/coupon_token.h"
#include "platform/linux/linux_clock.h"

#define COUNT_MAX 1000000

static enum exit_code read_day(const struct call *call, const char *option, int32_t *out_day)
{
    const char *text = call_value(call, option);
    if (text == NULL || civil_parse_day(span_of_text(text), out_day) == ERR_OK)
        return EXIT_DONE;
    return call_refuse(call, "\"2027-12-31\"", "--%s %s is no day", option, text);
}

static enum exit_code read_terms(const struct call *call, struct coupon_token_terms *out, uint64_t *out_count)
{
    const struct clock clock = linux_clock();
    *out = (struct coupon_token_terms){.series = call_value(call, "series"),
                                       .serial = call_value(call, "serial"),
                                       .store = call_value(call, "store"),
                                       .valid_from_day =
                                           civil_moment_of(clock.ops->wall_unix_ms(clock.self), 0).day - 1};
    *out_count = 1;
    enum exit_code code = read_day(call, "from", &out->valid_from_day);
    if (code == EXIT_DONE)
        code = read_day(call, "until", &out->valid_until_day);
    if (code == EXIT_DONE && call_value(call, "count") != NULL)
        code = call_number(call, "count", out_count);
    if (code != EXIT_DONE)
        return code;
    if (*out_count < 1 || *out_count > COUNT_MAX)
        return call_refuse(call, "1 to 1000000", "--count is out of range");
    if (out->serial != NULL && *out_count > 1)
        return call_refuse(call, "leave --serial out: each then has one of its own",
                           "one serial is of one coupon");
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct coupon_token_terms terms;
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    char token[COUPON_CODE_MAX + 1];
    uint64_t count = 0;
    enum exit_code code = read_terms(call, &terms, &count);
    if (code == EXIT_DONE)
        code = load_private_key(call, call_value(call, "key"), private_key);
    for (uint64_t i = 0; code == EXIT_DONE && i < count; i++) {
        enum err error = coupon_token_sign(&terms, private_key, linux_random(), token);
        if (error != ERR_OK)
            return call_fail(call, error, terms.series,
                             "a series and a store have at most 32 characters, a serial 40, and no coupon "
                             "ends before it begins");
        fprintf(call->out, "%s\n", token);
    }
    return code;
}

static const struct call_option options[] = {
    {.name = "key",
     .letter = 'k',
     .value = "FILE",
     .help = "a private key of the coupons role",
     .is_required = true},
    {.name = "series",
     .value = "NAME",
     .help = "the series, as an offer's \"coupon\" names it",
     .is_required = true},
    {.name = "count", .letter = 'n', .value = "N", .help = "how many, each with a serial of its own (1)"},
    {.name = "serial", .value = "TEXT", .help = "the serial of the one coupon (left out: a random one)"},
    {.name = "store", .value = "NAME", .help = "the only store that takes it (left out: all)"},
    {.name = "from", .value = "DAY", .help = "the first day on which it can be used (left out: at once)"},
    {.name = "until", .value = "DAY", .help = "the last one (left out: no end)"},
};
const struct verb verb_coupon_issue = {
    .noun = "coupon",
    .name = "issue",
    .operands = "",
    .summary = "Sign coupons that work once, without a line too: a line of text each",
    .details = "The text is what a QR code on paper or in a mail holds; it is nobody's: who shows it has the "
               "coupon. The key's\n"
               "public part stands in the root (kassa key draft --coupons; kassa key init gives it to all "
               "signers).",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
