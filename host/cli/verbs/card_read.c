/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "card/device_text.h"
#include "card/message.h"
#include "cli/card_child.h"
#include "cli/programme.h"
#include "cli/screen.h"
#include "cli/verbs.h"

#define WAIT_S_USUAL 10
#define WAIT_S_MAX   3600
#define PATH_SIZE    4096

static enum exit_code read_programme(const struct call *call, struct card_programme *out)
{
    const char *path = call_value(call, "programme");
    if (path != NULL)
        return programme_load(call, path, out);
    *out = card_programme_default();
    return EXIT_DONE;
}

/* One reading: what is told of it while it goes on, and what is kept for JSON. */
struct reading {
    const struct call *call;
    const struct card_programme *programme;
    json_t *steps, *frames; /* NULL: as text */
    bool has_waited;        /* a phone for its holder */
};

static void note(void *self, const char *text)
{
    struct reading *reading = self;
    const struct call *call = reading->call;
    reading->has_waited = reading->has_waited || strcmp(text, card_tag_refusal(ERR_PENDING)) == 0;
    if (call_has(call, "json"))
        return;
    (void)fputs("... ", call->err);
    screen_text(call->err, text);
    (void)fputc('\n', call->err);
}

static void keep_frame(json_t *frames, const struct card_child_line *line)
{
    json_t *json = json_object();
    (void)json_object_set_new(json, "us", json_integer((json_int_t)line->at_us));
    (void)json_object_set_new(json, "kind", json_string(line->kind));
    (void)json_object_set_new(json, "text", json_string(line->text));
    (void)json_array_append_new(frames, json);
}

static void print_line(const struct call *call, const struct card_child_line *line, bool is_step)
{
    static const struct {
        const char *kind, *sign;
    } signs[] = {{"send", ">"}, {"got", "<"}, {"fail", "!"}, {"step", "="}};
    const char *sign = line->kind;
    for (size_t i = 0; i < COUNT_OF(signs); i++)
        if (strcmp(line->kind, signs[i].kind) == 0)
            sign = signs[i].sign;
    if (call_has(call, "trace"))
        (void)fprintf(call->out, "%8" PRIu64 ".%" PRIu64 " ms  %-7s ", line->at_us / 1000,
                      line->at_us % 1000 / 100, sign);
    else if (is_step)
        (void)fputs("step        ", call->out);
    screen_text(call->out, line->text);
    (void)fputc('\n', call->out);
}

static void hear_line(void *self, const struct card_child_line *line)
{
    const struct reading *reading = self;
    bool is_step = strcmp(line->kind, "step") == 0;
    if (reading->steps == NULL && (is_step || call_has(reading->call, "trace")))
        print_line(reading->call, line, is_step);
    else if (reading->steps != NULL && is_step)
        (void)json_array_append_new(reading->steps, json_string(line->text));
    if (reading->frames != NULL)
        keep_frame(reading->frames, line);
}

/* What the programme lets this tap pay with. */
static bool may_redeem(const struct card_programme *programme, const struct reader_message *message)
{
    return programme_redeems(programme, (enum card_trust)message->trust);
}

static void add_identity(json_t *json, const struct card_programme *programme,
                         const struct reader_message *message)
{
    static const char *const kinds[] = {"none", "counter", "time"};
    const char *name = card_technology_name((enum reader_technology)message->technology);
    (void)json_object_set_new(json, "card", json_string(message->text));
    (void)json_object_set_new(json, "technology", json_string(name));
    (void)json_object_set_new(json, "trust", json_string(card_trust_name((enum card_trust)message->trust)));
    (void)json_object_set_new(json, "may_redeem", json_boolean(may_redeem(programme, message)));
    (void)json_object_set_new(json, "read_us", json_integer((json_int_t)message->read_us));
    json_t *freshness = json_object();
    (void)json_object_set_new(freshness, "kind", json_string(kinds[message->freshness.kind]));
    (void)json_object_set_new(freshness, "value", json_integer((json_int_t)message->freshness.value));
    (void)json_object_set_new(json, "freshness", freshness);
}

static json_t *json_of(const struct reading *reading, const struct reader_message *message)
{
    json_t *json = json_object();
    bool is_known = message->event == READER_CARD;
    (void)json_object_set_new(json, "found", json_boolean(is_known));
    if (is_known)
        add_identity(json, reading->programme, message);
    else
        (void)json_object_set_new(json, "why", json_string(message->text));
    (void)json_object_set(json, "steps", reading->steps);
    if (reading->frames != NULL)
        (void)json_object_set(json, "trace", reading->frames);
    return json;
}

static void print_text(const struct call *call, const struct card_programme *programme,
                       const struct reader_message *message)
{
    if (message->event != READER_CARD) {
        (void)fprintf(call->out, "nobody      %s\n", message->text);
        return;
    }
    const char *name = card_technology_name((enum reader_technology)message->technology);
    (void)fprintf(call->out, "card        %s\ntechnology  %s\ntrust       %s\n", message->text, name,
                  card_trust_name((enum card_trust)message->trust));
    (void)fprintf(call->out, "redeems     %s\n",
                  may_redeem(programme, message) ? "yes" : "no: it may earn alone");
    if (message->freshness.kind == READER_FRESH_COUNTER)
        (void)fprintf(call->out, "counter     %" PRIu64 "\n", message->freshness.value);
    if (message->freshness.kind == READER_FRESH_TIME)
        (void)fprintf(call->out, "its time    %" PRIu64 " (Unix seconds)\n", message->freshness.value);
    (void)fprintf(call->out, "read in     %" PRIu32 " us\n", message->read_us);
}

static enum exit_code tell(const struct reading *reading, const struct reader_message *message)
{
    const struct call *call = reading->call;
    if (!call_has(call, "json"))
        print_text(call, reading->programme, message);
    else if (screen_json_indented(call->out, json_of(reading, message)) != ERR_OK)
        return call_fail(call, ERR_MEMORY, "kassa card read", "");
    return message->event == READER_CARD ? EXIT_DONE : EXIT_FINDING;
}

/* Nobody was named in that time: none came, or a phone whose holder neither unlocked it nor chose the pass. */
static enum exit_code tell_of_nobody(const struct reading *reading, const char *device)
{
    const struct call *call = reading->call;
    const char *why = reading->has_waited ? card_tag_refusal(ERR_PENDING) : "no card came in that time";
    struct reader_message nobody = card_message_of(READER_UNKNOWN, why);
    if (reading->has_waited)
        return tell(reading, &nobody);
    if (call_has(call, "json") && tell(reading, &nobody) != EXIT_FINDING)
        return exit_code_of(ERR_MEMORY);
    (void)fprintf(call->err, "kassa: %s: %s\n", device, why);
    return EXIT_NOT_FOUND;
}

static void end_reading(struct reading *reading)
{
    json_decref(reading->steps);
    json_decref(reading->frames);
}

static struct reading reading_of(const struct call *call, const struct card_programme *programme)
{
    bool is_json = call_has(call, "json");
    return (struct reading){.call = call,
                            .programme = programme,
                            .steps = is_json ? json_array() : NULL,
                            .frames = is_json && call_has(call, "trace") ? json_array() : NULL};
}

/* What a reader's failure comes to, by the sentence at the end of what kassa-reader tells (reader/main.c). */
static const struct failure_row {
    enum err error;
    unsigned ways; /* of the device, for which it means that; 0: all */
    const char *means;
} FAILURES[] = {
    {ERR_NOT_FOUND, CARD_DEVICE_PCSC, "pcscd knows no such reader"},
    {ERR_CLOSED, CARD_DEVICE_PCSC, "no pcscd answers, or the reader was pulled out"},
    {ERR_NOT_FOUND, 0, "there is no such device"},
    {ERR_CLOSED, 0, "the reader is gone"},
    {ERR_BUSY, 0, "another program has the reader (the agent?)"},
    {ERR_ARGUMENT, 0, "several readers' names begin so"},
};

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static enum exit_code fail_of_reader(const struct call *call, const char *device,
                                     const struct reader_message *message)
{
    const char *means = "the reader cannot be opened, or does not answer";
    unsigned way = card_device_way(device);
    for (size_t i = COUNT_OF(FAILURES); i-- > 0;)
        if ((FAILURES[i].ways == 0 || (FAILURES[i].ways & way) != 0) &&
            ends_with(message->text, err_sentence(FAILURES[i].error)))
            means = FAILURES[i].means;
    (void)fputs("kassa: ", call->err);
    screen_text(call->err, device);
    (void)fprintf(call->err, ": %s\n  kassa card doctor --reader '", means);
    screen_text(call->err, device);
    (void)fputs("' says why\n", call->err);
    return exit_code_of(ERR_IO);
}

static enum exit_code read_card(const struct call *call, const struct card_programme *programme)
{
    struct reading reading CLEANUP(end_reading) = reading_of(call, programme);
    const struct card_child_ear ear = {note, hear_line, &reading};
    char beside[PATH_SIZE] = "";
    uint64_t wait_s = WAIT_S_USUAL;
    enum exit_code code = call_number(call, "wait", &wait_s);
    if (code != EXIT_DONE)
        return code;
    if (!card_device_is_text(call_value(call, "reader")))
        return call_refuse(call, CARD_DEVICE_EXAMPLES, "--reader %s is no card reader's device",
                           call_value(call, "reader"));
    struct card_child_order order = {
        .program = call_value(call, "reader-program"),
        .device = call_value(call, "reader"),
        .programme = programme,
        .wait_ms = (uint32_t)(wait_s < WAIT_S_MAX ? wait_s : WAIT_S_MAX) * 1000,
    };
    if (order.program == NULL && card_child_beside(beside, sizeof beside) == ERR_OK)
        order.program = beside;
    struct reader_message message;
    enum err error = card_child_read(&order, &ear, &message);
    if (error == ERR_OK)
        return tell(&reading, &message);
    if (error == ERR_NOT_FOUND)
        return call_fail(call, error, order.program, "there is no such program: --reader-program names it");
    if (error == ERR_TIMEOUT)
        return tell_of_nobody(&reading, order.device);
    return fail_of_reader(call, order.device, &message);
}

static enum exit_code run(const struct call *call)
{
    struct card_programme programme CLEANUP(card_programme_wipe) = {.order_count = 0};
    if (vault_open() != ERR_OK)
        return call_fail(call, ERR_IO, "kassa card read", "");
    enum exit_code code = read_programme(call, &programme);
    return code == EXIT_DONE ? read_card(call, &programme) : code;
}

static const struct call_option options[] = {
    {.name = "reader",
     .letter = 'r',
     .value = "DEVICE",
     .help = "the reader's device, as [reader] device has it",
     .is_required = true},
    {.name = "programme",
     .letter = 'p',
     .value = "FILE",
     .help = "what is taken for a card (without it: ndef, type4, classic, uid)"},
    {.name = "wait", .value = "SECONDS", .help = "for a card (10)"},
    {.name = "reader-program", .value = "PATH", .help = "kassa-reader (the one beside kassa)"},
    {.name = "trace", .help = "show each frame as well, without passwords and keys"},
    {.name = "json", .help = "print JSON"},
};
const struct verb verb_card_read = {
    .noun = "card",
    .name = "read",
    .operands = "",
    .summary = "Read one card, and say who it is and how sure that is",
    .details = "The reader must be free: end the agent, or its reader, before. Each technology of the "
               "programme says in a step why it\n"
               "took the card, or not. --trace adds each frame with its time: > sent, < answered, ! failed, "
               "= a step. No key is in\n"
               "it, but the number that stands on the card, and a link or a pass that no till has taken yet: "
               "whoever gets the trace\n"
               "could use that once. It ends with 1 if the card names nobody, with 3 if none came.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
