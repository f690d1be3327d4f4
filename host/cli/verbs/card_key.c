/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "base/hex.h"
#include "card/dynamic.h"
#include "card/text.h"
#include "cli/card_rules.h"
#include "cli/programme.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "platform/linux/linux_clock.h"
#include "vault/vault.h"

#define BASE32_SIZE (HASH_SIZE * 8 / 5 + 2) /* with a NUL, without filling */
#define URI_SIZE    512
#define CODE_SIZE   (CARD_NUMBER_SIZE_MAX + CARD_DYNAMIC_DIGITS + 2)

/* What a member's phone gets, and what it shows at that moment. */
struct handing {
    const struct card_programme *programme;
    const char *number; /* in capitals */
    uint8_t key[HASH_SIZE];
    char uri[URI_SIZE];
    char code[CODE_SIZE]; /* NUMBER.TIMECODE */
    uint64_t at_unix_s;
};

static void wipe_handing(struct handing *handing)
{
    vault_wipe(handing, sizeof *handing);
}

/* RFC 4648 6, without the filling at the end: apps for one-time passwords take it so. */
static void write_base32(const uint8_t bytes[HASH_SIZE], char out[BASE32_SIZE])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    size_t size = 0;
    unsigned held = 0, bit_count = 0;
    for (size_t i = 0; i < HASH_SIZE; i++) {
        held = (held << 8 | bytes[i]) & 0xFFFF;
        for (bit_count += 8; bit_count >= 5; bit_count -= 5)
            out[size++] = digits[held >> (bit_count - 5) & 0x1F];
    }
    if (bit_count > 0)
        out[size++] = digits[held << (5 - bit_count) & 0x1F];
    out[size] = '\0';
}

/* RFC 3986 2.1: what is neither letter, digit nor one of -._~ goes as %XX. */
static void write_escaped(const char *text, char *out, size_t capacity)
{
    size_t size = 0;
    for (const char *c = text; *c != '\0' && size + 4 <= capacity; c++) {
        bool is_plain = (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') ||
                        strchr("-._~", *c) != NULL;
        size += (size_t)snprintf(out + size, capacity - size, is_plain ? "%c" : "%%%02X", (uint8_t)*c);
    }
    out[size] = '\0';
}

static void write_uri(struct handing *handing)
{
    char base32[BASE32_SIZE];
    char issuer[3 * sizeof handing->programme->name + 1];
    const char *name = handing->programme->name;
    write_base32(handing->key, base32);
    write_escaped(name[0] != '\0' ? name : "Kassa", issuer, sizeof issuer);
    (void)snprintf(handing->uri, sizeof handing->uri,
                   "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA256&digits=%d&period=%d", issuer,
                   handing->number, base32, issuer, CARD_DYNAMIC_DIGITS, CARD_DYNAMIC_STEP_S);
    vault_wipe(base32, sizeof base32);
}

static enum err fill(struct handing *handing)
{
    struct card_dynamic_code code;
    TRY(card_dynamic_key(handing->programme->codes.dynamic.key, span_of_text(handing->number), handing->key));
    TRY(card_dynamic_make(handing->key, handing->at_unix_s / CARD_DYNAMIC_STEP_S, &code));
    write_uri(handing);
    (void)snprintf(handing->code, sizeof handing->code, "%s.%s", handing->number, code.digits);
    return ERR_OK;
}

static void print_text(FILE *out, const struct handing *handing)
{
    char hex[2 * HASH_SIZE + 1];
    hex_write(span_of(handing->key, HASH_SIZE), hex);
    (void)fprintf(out, "number   %s\nkey      %s\napp      %s\n", handing->number, hex, handing->uri);
    (void)fprintf(out, "shows    " CARD_DYNAMIC_HEAD "%s for %" PRIu64 " s\n", handing->code,
                  CARD_DYNAMIC_STEP_S - handing->at_unix_s % CARD_DYNAMIC_STEP_S);
    if (handing->programme->links.count > 0)
        (void)fprintf(out, "or       https://%s%s\n", handing->programme->links.heads[0], handing->code);
    vault_wipe(hex, sizeof hex);
}

static enum err print_json(FILE *out, const struct handing *handing)
{
    char text[2 * HASH_SIZE + CARD_LINK_SIZE_MAX + CODE_SIZE];
    json_t *json = json_object();
    (void)json_object_set_new(json, "number", json_string(handing->number));
    hex_write(span_of(handing->key, HASH_SIZE), text);
    (void)json_object_set_new(json, "key", json_string(text));
    (void)json_object_set_new(json, "app", json_string(handing->uri));
    (void)snprintf(text, sizeof text, CARD_DYNAMIC_HEAD "%s", handing->code);
    (void)json_object_set_new(json, "shows", json_string(text));
    (void)json_object_set_new(
        json, "until_unix_s",
        json_integer((json_int_t)((handing->at_unix_s / CARD_DYNAMIC_STEP_S + 1) * CARD_DYNAMIC_STEP_S)));
    return screen_json(out, json);
}

/* A phone with such a number can be given a key, and to nobody. */
static void judge_number(const struct call *call, const struct card_rules *rules, const char *number)
{
    char text[CARD_TEXT_MAX];
    if (card_read_number(span_of_text(number), &rules->numbers, text) != ERR_OK)
        (void)fprintf(call->err,
                      "warning: kassa member add takes %s for no number of a member: --number-prefixes, "
                      "--number-check\n",
                      number);
}

static enum exit_code hand(const struct call *call, const struct card_programme *programme, const char *typed,
                           uint64_t at_unix_s)
{
    char text[CARD_TEXT_MAX];
    struct handing handing CLEANUP(wipe_handing) = {.programme = programme, .at_unix_s = at_unix_s};
    enum err error = card_text_of_number(span_of_text(typed), text);
    if (error == ERR_EXISTS)
        return call_refuse(call, "", "%s", card_refusal(error));
    if (error != ERR_OK)
        return call_refuse(call, "4 to 32 digits and letters, a digit among them", "%s is no member number",
                           typed);
    handing.number = text + strlen("num:");
    error = fill(&handing);
    if (error == ERR_OK && call_has(call, "json"))
        error = print_json(call->out, &handing);
    else if (error == ERR_OK)
        print_text(call->out, &handing);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, typed, "");
}

static enum exit_code check_programme(const struct call *call, const struct card_programme *programme)
{
    if (!programme->codes.dynamic.has_key) {
        (void)call_fail(call, ERR_SYNTAX, call_value(call, "programme"),
                        "its codes.key is empty: it has no codes with a time");
        return EXIT_DATA;
    }
    if ((programme->codes.taken & 1U << READER_DYNAMIC) == 0)
        (void)fputs("warning: dynamic is not in codes.take: no till takes such a code\n", call->err);
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct card_programme programme CLEANUP(card_programme_wipe) = {.order_count = 0};
    const struct clock clock = linux_clock();
    uint64_t at_unix_s = (uint64_t)(clock.ops->wall_unix_ms(clock.self) / 1000);
    struct card_rules rules;
    enum exit_code code = call_number(call, "at", &at_unix_s);
    if (code == EXIT_DONE)
        code = card_rules_read(call, &rules);
    if (code == EXIT_DONE)
        code = programme_load(call, call_value(call, "programme"), &programme);
    if (code == EXIT_DONE)
        code = check_programme(call, &programme);
    for (size_t i = 0; i < call->operand_count && code == EXIT_DONE; i++) {
        code = hand(call, &programme, call->operands[i], at_unix_s);
        if (code == EXIT_DONE)
            judge_number(call, &rules, call->operands[i]);
    }
    return code;
}

static const struct call_option options[] = {
    {.name = "programme", .letter = 'p', .value = "FILE", .help = "with codes.key", .is_required = true},
    {.name = "at", .value = "SECONDS", .help = "what it shows at that Unix time (now)"},
    CARD_RULES_OPTIONS,
    {.name = "json", .help = "a line of JSON for each member"},
};
const struct verb verb_card_key = {
    .noun = "card",
    .name = "key",
    .operands = "NUMBER...",
    .operand_min = 1,
    .operand_max = SIZE_MAX,
    .summary = "Make a member's own key for codes with a time, which his phone shows",
    .details = "`key` goes to the chain's own app over a line that nobody else reads; `app` is the same as a "
               "link for apps of\n"
               "one-time passwords (as a QR code: qrencode -t utf8 'otpauth://...'). The phone shows a QR "
               "code of what stands behind\n"
               "`shows`, or of the link behind `or`. Who has the key can be taken for that member, and for "
               "nobody else.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
