/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/civil.h"
#include "cli/keys.h"
#include "cli/load.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"

#define DAY_MS    INT64_C(86400000)
#define TILLS_MAX 64

struct signing {
    const struct call *call;
    struct load_book book;
    struct signed_book parts;
    struct trust_root root;
    bool has_root; /* or a book that is signed gets a signature more, whoever's it is */
    const char *tills[TILLS_MAX];
};

static void signing_done(struct signing *signing)
{
    load_book_done(&signing->book);
}

/* Days begin and end at midnight, UTC. */
static enum exit_code read_day(const struct call *call, const char *option, int days_more,
                               int64_t *out_unix_ms)
{
    const char *text = call_value(call, option);
    int32_t day = 0;
    if (text == NULL)
        return EXIT_DONE;
    if (civil_parse_day(span_of_text(text), &day) != ERR_OK)
        return call_refuse(call, "for example 2027-12-31", "--%s wants a day, not \"%s\"", option, text);
    *out_unix_ms = ((int64_t)day + days_more) * DAY_MS;
    return EXIT_DONE;
}

/* A book that is over before any till could take it: told here, not first when it is published. */
static enum exit_code check_days(const struct call *call, const struct signed_book_terms *terms)
{
    int64_t end = terms->expires_unix_ms;
    if (end != 0 && end <= terms->not_before_unix_ms)
        return call_refuse(call, "swap the two", "--until %s is before --from %s", call_value(call, "until"),
                           call_value(call, "from"));
    if (end != 0 && end <= terms->created_unix_ms)
        fprintf(call->err, "kassa: --until %s is over: no till will take this book\n",
                call_value(call, "until"));
    return EXIT_DONE;
}

static enum exit_code read_tills(struct signing *signing, struct signed_book_terms *terms)
{
    const char *till;
    while ((till = call_value_at(signing->call, "till", terms->till_count)) != NULL) {
        if (terms->till_count == TILLS_MAX)
            return call_refuse(signing->call, "", "--till is given too often");
        signing->tills[terms->till_count++] = till;
    }
    terms->tills = signing->tills;
    return EXIT_DONE;
}

static enum exit_code read_limits(const struct call *call, kassa_BookLimits *out)
{
    uint64_t percent = 0, points = 0;
    enum exit_code code = call_number(call, "discount-max", &percent);
    if (code == EXIT_DONE)
        code = call_number(call, "points-max", &points);
    bool has_percent = call_has(call, "discount-max");
    if (code == EXIT_DONE && (percent > 100 || (has_percent && percent == 0)))
        return call_refuse(call, "1 to 100 per cent of a basket", "--discount-max is out of range");
    out->discount_bp_max = (uint32_t)percent * 100;
    out->points_per_unit_max = points;
    return code;
}

static enum exit_code draft(struct signing *signing)
{
    const struct call *call = signing->call;
    const struct clock clock = linux_clock();
    const char *tenant = call_value(call, "tenant");
    struct signed_book_terms terms = {.tenant = tenant != NULL ? tenant : signing->root.body.tenant,
                                      .created_unix_ms = clock.ops->wall_unix_ms(clock.self)};
    enum exit_code code = read_day(call, "from", 0, &terms.not_before_unix_ms);
    if (code == EXIT_DONE)
        code = read_day(call, "until", 1, &terms.expires_unix_ms);
    if (code == EXIT_DONE)
        code = check_days(call, &terms);
    if (code == EXIT_DONE)
        code = read_tills(signing, &terms);
    if (code == EXIT_DONE)
        code = read_limits(call, &terms.limits);
    if (code != EXIT_DONE)
        return code;
    enum err error = signed_book_draft(signing->book.bytes, &terms, &signing->parts);
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(
                     call, error, call->operands[0],
                     "a tenant and a till have at most 32 characters, a signed book 64 stores and 64 tills");
}

/* A second person signs what the first one signed, to the byte. */
static enum exit_code take_signed(struct signing *signing)
{
    static const char *const terms[] = {"tenant", "from", "until", "till", "discount-max", "points-max"};
    const struct call *call = signing->call;
    for (size_t i = 0; i < COUNT_OF(terms); i++)
        if (call_has(call, terms[i]))
            return call_refuse(call, "sign the book itself anew to change its terms",
                               "%s is signed already: --%s cannot change", call->operands[0], terms[i]);
    signing->parts = signing->book.parts;
    enum err error = signed_book_check(&signing->parts);
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(call, error, call->operands[0], "the book was changed after it was signed");
}

/* With the root at hand, a signature that would not count is refused here. */
static enum exit_code check_signer(struct signing *signing, const uint8_t private_key[VAULT_PRIVATE_SIZE])
{
    const struct call *call = signing->call;
    uint8_t public_key[VAULT_PUBLIC_SIZE], keys[SIGNATURES_MAX][VAULT_PUBLIC_SIZE];
    if (vault_public_key_of(private_key, public_key) != ERR_OK)
        return call_fail(call, ERR_ARGUMENT, call_value(call, "key"),
                         "it is no private key of the curve P-256");
    if (!signing->has_root)
        return EXIT_DONE;
    size_t count = trust_keys_of(&signing->root.body, kassa_TrustRole_TRUST_RULES, keys);
    for (size_t i = 0; i < count; i++)
        if (memcmp(keys[i], public_key, VAULT_PUBLIC_SIZE) == 0)
            return EXIT_DONE;
    return call_refuse(call, "kassa key show names those that may", "%s may not sign books under %s",
                       call_value(call, "key"), call_value(call, "root"));
}

static enum exit_code sign(struct signing *signing)
{
    const struct call *call = signing->call;
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    enum exit_code code = load_private_key(call, call_value(call, "key"), private_key);
    if (code == EXIT_DONE)
        code = check_signer(signing, private_key);
    if (code == EXIT_DONE) {
        enum err error = signed_book_sign(&signing->parts, private_key);
        if (error != ERR_OK)
            code = call_fail(call, error, call_value(call, "key"), "a book takes 16 signatures");
    }
    vault_wipe(private_key, sizeof(private_key));
    return code;
}

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

static enum exit_code write_out(const struct signing *signing, size_t *out_size)
{
    const struct call *call = signing->call;
    const char *target = call_value(call, "output");
    if (target == NULL)
        target = call->operands[0];
    uint8_t *bytes CLEANUP(free_bytes) = malloc(signing->parts.book.size + SIGNED_BOOK_OVERHEAD_MAX);
    if (bytes == NULL)
        return call_fail(call, ERR_MEMORY, target, "");
    enum err error = signed_book_write(&signing->parts, bytes, out_size);
    if (error == ERR_OK)
        error = linux_file_replace(target, span_of(bytes, *out_size), 0644);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, target, "");
}

static enum exit_code prepare(struct signing *signing)
{
    const struct call *call = signing->call;
    enum exit_code code = EXIT_DONE;
    signing->has_root = call_has(call, "root");
    if (signing->has_root)
        code = keys_load_good_root(call, call_value(call, "root"), &signing->root);
    if (code == EXIT_DONE)
        code = load_book(call, call->operands[0], &signing->book);
    if (code != EXIT_DONE)
        return code;
    if (signing->book.form == LOAD_SIGNED)
        return take_signed(signing);
    if (!signing->has_root)
        return call_refuse(call, "whose tenant it is, and who may sign", "--root ROOT is missing");
    if (!call_has(call, "output"))
        return call_refuse(call, "where the signed book goes", "--output FILE is missing");
    return draft(signing);
}

static enum exit_code run(const struct call *call)
{
    struct signing signing CLEANUP(signing_done) = {.call = call};
    size_t size = 0;
    enum exit_code code = prepare(&signing);
    if (code == EXIT_DONE)
        code = sign(&signing);
    if (code == EXIT_DONE)
        code = write_out(&signing, &size);
    if (code != EXIT_DONE)
        return code;
    fprintf(call->out, "book version %llu signed, %zu bytes\n",
            (unsigned long long)signing.parts.manifest.version, size);
    if (signing.has_root)
        keys_print_signers(call->out, &signing.root.body, kassa_TrustRole_TRUST_RULES, WIRE_SIGNED_BOOK,
                           &signing.parts.sealed);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "key", .letter = 'k', .value = "FILE", .help = "your private key", .is_required = true},
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "where the signed book goes (left out for one that is signed: into the same file)"},
    {.name = "root",
     .value = "ROOT",
     .help = "the root: whose tenant it is, and who may sign; wanted for the first signature"},
    {.name = "tenant", .value = "NAME", .help = "another tenant than the root's"},
    {.name = "from", .value = "DAY", .help = "put in force on that day, not at once (UTC)"},
    {.name = "until", .value = "DAY", .help = "not taken any more after that day (UTC)"},
    {.name = "till", .value = "NAME", .help = "only for this till (again for more)", .is_repeatable = true},
    {.name = "discount-max", .value = "PERCENT", .help = "promise: no basket gets more off than that"},
    {.name = "points-max",
     .value = "N",
     .help = "promise: no more points than that for a whole unit of money"},
};
const struct verb verb_book_sign = {
    .noun = "book",
    .name = "sign",
    .operands = "BOOK",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Sign a book (binary, or JSON that is compiled first), or add a signature",
    .details = "Under four eyes the first person signs my.json to my.signed, and the second signs my.signed, "
               "each with\n"
               "his own key on his own machine. Look at what you sign: kassa book diff, kassa book show.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
