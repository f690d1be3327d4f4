/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>

#include "base/hex.h"
#include "cli/programme.h"
#include "cli/screen.h"
#include "cli/verbs.h"

/* One look at a link: each step as it is told. */
struct look {
    const struct call *call;
    const struct card_programme *programme;
    struct card_link link;
    struct card_sun_exam exam;
    struct card_identity identity;
    bool has_member;
    bool has_trouble;
    json_t *steps; /* NULL: as text */
};

static void tell(struct look *look, bool is_fine, const char *step, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void tell(struct look *look, bool is_fine, const char *step, const char *format, ...)
{
    char text[2 * CARD_LINK_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    look->has_trouble = look->has_trouble || !is_fine;
    if (look->steps == NULL) {
        (void)fprintf(look->call->out, "%-8s %-8s ", is_fine ? "fine" : "trouble", step);
        screen_text(look->call->out, text);
        (void)fputc('\n', look->call->out);
        return;
    }
    json_t *json = json_object();
    (void)json_object_set_new(json, "step", json_string(step));
    (void)json_object_set_new(json, "fine", json_boolean(is_fine));
    (void)json_object_set_new(json, "what", json_string(text));
    (void)json_array_append_new(look->steps, json);
}

static bool has_value(const struct look *look, const char *name)
{
    struct span value;
    return card_link_find_value(&look->link, name, &value);
}

static size_t size_of_value(const struct look *look, const char *name)
{
    struct span value = span_of("", 0);
    (void)card_link_find_value(&look->link, name, &value);
    return value.size;
}

/* ---- the steps, one function each */

static void tell_head(struct look *look)
{
    const struct card_sun_settings *sun = &look->programme->sun;
    if (look->exam.head >= 0)
        tell(look, true, "link", "it begins with %s", sun->links.heads[look->exam.head]);
    else
        tell(look, false, "link", "it begins with none of sun.links (%s%s)", sun->links.heads[0],
             sun->links.count > 1 ? ", ..." : "");
}

static void tell_tag_trouble(struct look *look)
{
    const struct card_sun_settings *sun = &look->programme->sun;
    if (look->exam.error == ERR_SIGNATURE)
        tell(look, false, "tag",
             "%s decrypts to nothing that a tag writes: it has another key than sun.meta_key, or was changed",
             sun->picc_name);
    else if (look->exam.is_encrypted && !sun->has_meta_key)
        tell(look, false, "tag", "UID and counter are encrypted (%s), and the programme has no sun.meta_key",
             sun->picc_name);
    else if (look->exam.is_encrypted)
        tell(look, false, "tag", "%s must be %zu hexadecimal digits in sun.mode %s, and has %zu characters",
             sun->picc_name, 2 * card_sun_picc_size((enum card_sun_mode)sun->mode),
             sun->mode == CARD_SUN_LRP ? "lrp" : "aes", size_of_value(look, sun->picc_name));
    else if (!has_value(look, sun->uid_name) || !has_value(look, sun->counter_name))
        tell(look, false, "tag",
             "it has neither %s nor both of %s and %s (sun.picc_name, uid_name, counter_name)",
             sun->picc_name, sun->uid_name, sun->counter_name);
    else
        tell(look, false, "tag", "%s must be 14 hexadecimal digits, and %s 6", sun->uid_name,
             sun->counter_name);
}

static void tell_tag(struct look *look)
{
    static const char *const keys[CARD_DIVERSIFY_COUNT] = {"sun.file_key itself",
                                                           "made of sun.file_key and the UID by AN10922",
                                                           "made of sun.file_key and the UID by CMAC"};
    const struct card_sun_settings *sun = &look->programme->sun;
    const struct card_sun_exam *exam = &look->exam;
    char uid[2 * CARD_SUN_UID_SIZE + 1];
    if (exam->step == CARD_SUN_STEP_TAG) {
        tell_tag_trouble(look);
        return;
    }
    hex_write(span_of(exam->tap.uid, sizeof exam->tap.uid), uid);
    tell(look, true, "tag", "UID %s, counter %" PRIu32 " (%s)", uid, exam->tap.counter,
         exam->is_encrypted ? "decrypted by sun.meta_key" : "in clear");
    tell(look, true, "key", "%s", keys[sun->file_key.diversify]);
}

#define MAC_FROMS 6
#define WAYS      ((size_t)CARD_DIVERSIFY_COUNT * MAC_FROMS * CARD_SUN_MODE_COUNT)

/* One of the ways in which a programme may be set up for the same keys. */
static void set_up(const struct card_sun_settings *sun, size_t way, struct card_sun_settings *other)
{
    const char *const froms[MAC_FROMS] = {
        "", "*", sun->enc_name, sun->picc_name, sun->uid_name, sun->counter_name};
    const char *from = froms[way / CARD_DIVERSIFY_COUNT % MAC_FROMS];
    *other = *sun;
    other->file_key.diversify = (uint8_t)(way % CARD_DIVERSIFY_COUNT);
    memcpy(other->mac_from, from, strlen(from) + 1);
    other->mode = (uint8_t)(way / CARD_DIVERSIFY_COUNT / MAC_FROMS);
}

/* What would have to be set for the MAC to fit. False: nothing of what can be set. */
static bool find_setting(const struct look *look, char *out, size_t size)
{
    static const char *const diversifies[CARD_DIVERSIFY_COUNT] = {"none", "an10922", "cmac"};
    struct card_sun_settings other;
    bool is_found = false;
    for (size_t way = 0; way < WAYS && !is_found; way++) {
        struct card_sun_tap tap;
        set_up(&look->programme->sun, way, &other);
        is_found = card_sun_verify(&other, &look->link, &tap) == ERR_OK;
    }
    if (is_found)
        (void)snprintf(out, size, "mac_from = %s, diversify = %s and mode = %s",
                       other.mac_from[0] != '\0' ? other.mac_from : "(nothing)",
                       diversifies[other.file_key.diversify], other.mode == CARD_SUN_LRP ? "lrp" : "aes");
    vault_wipe(&other, sizeof other);
    return is_found;
}

static void tell_mac_trouble(struct look *look)
{
    const struct card_sun_settings *sun = &look->programme->sun;
    char setting[120];
    if (look->exam.error == ERR_SIGNATURE && find_setting(look, setting, sizeof setting))
        tell(look, false, "mac", "%s does not fit, but would with %s", sun->mac_name, setting);
    else if (look->exam.error == ERR_SIGNATURE)
        tell(look, false, "mac",
             "%s does not fit: the tag has another key than that, the link was changed, or the MAC covers "
             "something else (sun.mac_from)",
             sun->mac_name);
    else if (!has_value(look, sun->mac_name))
        tell(look, false, "mac", "it has no %s (sun.mac_name)", sun->mac_name);
    else if (size_of_value(look, sun->mac_name) != 16)
        tell(look, false, "mac", "%s must be 16 hexadecimal digits, and has %zu characters", sun->mac_name,
             size_of_value(look, sun->mac_name));
    else
        tell(look, false, "mac",
             "%s is no hexadecimal number, or what it covers (from %s on) does not stand before it",
             sun->mac_name, sun->mac_from);
}

static void tell_mac(struct look *look)
{
    const struct span input = look->exam.mac_input;
    if (look->exam.step == CARD_SUN_STEP_MAC)
        tell_mac_trouble(look);
    else if (input.size == 0)
        tell(look, true, "mac", "%s fits; it covers UID and counter", look->programme->sun.mac_name);
    else
        tell(look, true, "mac", "%s fits; it covers UID, counter, and %.*s", look->programme->sun.mac_name,
             (int)input.size, (const char *)input.bytes);
}

static bool is_printable(const struct card_sun_tap *tap)
{
    for (size_t i = 0; i < tap->file_size; i++)
        if (tap->file[i] < 0x20 || tap->file[i] > 0x7E)
            return false;
    return true;
}

static void tell_file(struct look *look)
{
    const struct card_sun_settings *sun = &look->programme->sun;
    const struct card_sun_tap *tap = &look->exam.tap;
    char hex[2 * CARD_SUN_FILE_MAX + 1];
    if (look->exam.step == CARD_SUN_STEP_FILE) {
        tell(look, false, "file", "%s must be whole blocks of 32 hexadecimal digits, at most 8",
             sun->enc_name);
        return;
    }
    hex_write(span_of(tap->file, tap->file_size), hex);
    if (tap->file_size == 0)
        tell(look, true, "file", "it has no encrypted data (%s)", sun->enc_name);
    else if (is_printable(tap))
        tell(look, true, "file", "%zu bytes: \"%.*s\"", tap->file_size, (int)tap->file_size,
             (const char *)tap->file);
    else
        tell(look, true, "file", "%zu bytes: %s", tap->file_size, hex);
}

static void tell_member(struct look *look)
{
    static const char *const troubles[CARD_SUN_BY_COUNT] = {
        "the UID names nobody",
        "the encrypted data is no member number, or the MAC does not cover it (sun.identity = file)",
        "behind the head stands no number that the MAC covers (sun.identity = link, mac_from = *)",
    };
    enum err error = card_sun_identify(&look->programme->sun, &look->link, &look->identity);
    look->has_member = error == ERR_OK;
    if (look->has_member)
        tell(look, true, "member", "%s", look->identity.text);
    else
        tell(look, false, "member", "%s", troubles[look->programme->sun.identity]);
}

static void tell_counter(struct look *look, uint64_t after)
{
    if (!call_has(look->call, "after"))
        tell(look, true, "counter",
             "a till takes it if it has seen none from %" PRIu32 " on (--after N tries that)",
             look->exam.tap.counter);
    else if (look->exam.tap.counter > after)
        tell(look, true, "counter", "%" PRIu32 " is above %" PRIu64, look->exam.tap.counter, after);
    else
        tell(look, false, "counter", "%" PRIu32 " is not above %" PRIu64 ": the link was used before",
             look->exam.tap.counter, after);
}

static void examine(struct look *look, uint64_t after)
{
    card_sun_examine(&look->programme->sun, &look->link, &look->exam);
    enum card_sun_step step = look->exam.step;
    tell_head(look);
    if (step >= CARD_SUN_STEP_TAG)
        tell_tag(look);
    if (step >= CARD_SUN_STEP_MAC)
        tell_mac(look);
    if (step >= CARD_SUN_STEP_FILE)
        tell_file(look);
    if (step < CARD_SUN_STEP_DONE)
        return;
    tell_member(look);
    if (look->has_member)
        tell_counter(look, after);
}

/* ---- what comes of it */

static void add_tap(const struct look *look, json_t *json)
{
    const struct card_sun_tap *tap = &look->exam.tap;
    char uid[2 * CARD_SUN_UID_SIZE + 1];
    char file[2 * CARD_SUN_FILE_MAX + 1];
    hex_write(span_of(tap->uid, sizeof tap->uid), uid);
    hex_write(span_of(tap->file, tap->file_size), file);
    (void)json_object_set_new(json, "uid", json_string(uid));
    (void)json_object_set_new(json, "counter", json_integer(tap->counter));
    if (tap->file_size > 0)
        (void)json_object_set_new(json, "file_hex", json_string(file));
    if (tap->file_size > 0 && is_printable(tap))
        (void)json_object_set_new(json, "file", json_stringn((const char *)tap->file, tap->file_size));
}

static enum err print_json(const struct look *look)
{
    bool is_genuine = look->exam.step == CARD_SUN_STEP_DONE;
    json_t *json = json_object();
    (void)json_object_set_new(json, "verified", json_boolean(!look->has_trouble));
    if (is_genuine)
        add_tap(look, json);
    if (look->has_member)
        (void)json_object_set_new(json, "card", json_string(look->identity.text));
    (void)json_object_set_new(
        json, "trust",
        json_string(card_trust_name(!look->has_trouble ? card_trust_of(READER_SUN) : CARD_TRUST_NONE)));
    (void)json_object_set(json, "steps", look->steps);
    return screen_json_indented(look->call->out, json);
}

/* Phones leave the scheme out when they show a link. */
static bool read_link(const char *text, struct card_link *out)
{
    char whole[CARD_LINK_TEXT_MAX + 9];
    if (strstr(text, "://") != NULL)
        return card_link_of_text(span_of_text(text), out);
    (void)snprintf(whole, sizeof whole, "https://%s", text);
    return card_link_of_text(span_of_text(whole), out);
}

static enum exit_code check_programme(const struct call *call, const struct card_programme *programme)
{
    static const uint8_t no_key[VAULT_AES_SIZE];
    const char *path = call_value(call, "programme");
    if (programme->sun.links.count == 0) {
        (void)call_fail(call, ERR_SYNTAX, path, "its sun.links is empty: it takes no links that a tag signs");
        return EXIT_DATA;
    }
    if (!card_programme_takes(programme, READER_SUN))
        (void)fputs("warning: sun is not in programme.order: no till takes such a link\n", call->err);
    if (memcmp(programme->sun.file_key.bytes, no_key, sizeof no_key) == 0)
        (void)fputs("warning: sun.file_key is all zeros, as in tags from the factory: anybody can sign so\n",
                    call->err);
    return EXIT_DONE;
}

static void end_look(struct look *look)
{
    json_decref(look->steps);
}

static enum exit_code run(const struct call *call)
{
    struct card_programme programme CLEANUP(card_programme_wipe) = {.order_count = 0};
    struct look look CLEANUP(end_look) = {.call = call, .programme = &programme};
    uint64_t after = 0;
    if (!read_link(call->operands[0], &look.link))
        return call_refuse(call, "https://tap.example/s?picc_data=...&cmac=...",
                           "that is no link of the web");
    enum exit_code code = call_number(call, "after", &after);
    if (code == EXIT_DONE)
        code = programme_load(call, call_value(call, "programme"), &programme);
    if (code == EXIT_DONE)
        code = check_programme(call, &programme);
    if (code != EXIT_DONE)
        return code;
    look.steps = call_has(call, "json") ? json_array() : NULL;
    examine(&look, after);
    if (look.steps != NULL && print_json(&look) != ERR_OK)
        return call_fail(call, ERR_MEMORY, "kassa card verify-sun", "");
    if (look.steps == NULL)
        (void)fprintf(call->out, "%s\n",
                      look.has_trouble ? "it is not to be believed"
                                       : "the tag holds the key: the link is what it wrote at this tap");
    return look.has_trouble ? EXIT_FINDING : EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "programme",
     .letter = 'p',
     .value = "FILE",
     .help = "with the keys, in [sun]",
     .is_required = true},
    {.name = "after",
     .value = "COUNTER",
     .help = "the last counter that was seen of this tag: it must be above"},
    {.name = "json", .help = "print JSON"},
};
const struct verb verb_card_verify_sun = {
    .noun = "card",
    .name = "verify-sun",
    .operands = "LINK",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Check a link that a tag signed (NTAG 424 DNA), step by step",
    .details =
        "It ends with 1 if the link is not to be believed, and says at which step: whose link it is, UID "
        "and\n"
        "counter, the MAC and what it covers, encrypted data, whom it means, the counter. No key is shown;\n"
        "but a link that no till has taken yet is good for one tap, so hand it to nobody.\n"
        "Put the link between quotes: the shell takes & for itself.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
