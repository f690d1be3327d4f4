/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor.h"
#include "cli/screen.h"
#include "cli/verbs.h"

struct sheet {
    FILE *out;
    json_t *rows; /* NULL: as text */
};

static void tell_text(FILE *out, const struct doctor_finding *finding)
{
    (void)fputs(finding->is_trouble ? "trouble  " : "fine     ", out);
    screen_text(out, finding->what);
    if (finding->advice[0] != '\0') {
        (void)fputs("\n         ", out);
        screen_text(out, finding->advice);
    }
    (void)fputc('\n', out);
}

static void tell(void *self, const struct doctor_finding *finding)
{
    struct sheet *sheet = self;
    if (sheet->rows == NULL) {
        tell_text(sheet->out, finding);
        return;
    }
    json_t *row = json_object();
    (void)json_object_set_new(row, "trouble", json_boolean(finding->is_trouble));
    (void)json_object_set_new(row, "what", json_string(finding->what));
    (void)json_object_set_new(row, "advice", json_string(finding->advice));
    (void)json_array_append_new(sheet->rows, row);
}

static enum exit_code run(const struct call *call)
{
    const struct doctor_case sick = {.device = call_value(call, "reader"),
                                     .user = call_value(call, "user"),
                                     .root = call_has(call, "root") ? call_value(call, "root") : ""};
    struct sheet sheet = {call->out, call_has(call, "json") ? json_array() : NULL};
    unsigned count = doctor_look(&sick, tell, &sheet);
    if (sheet.rows != NULL && screen_json_indented(call->out, sheet.rows) != ERR_OK)
        return call_fail(call, ERR_MEMORY, "kassa card doctor", "");
    if (sheet.rows == NULL && count == 0)
        (void)fputs(sick.device != NULL ? "nothing is in the way\n" : "nothing else is in the way\n",
                    call->out);
    return count == 0 ? EXIT_DONE : EXIT_FINDING;
}

static const struct call_option options[] = {
    {.name = "reader",
     .letter = 'r',
     .value = "DEVICE",
     .help = "the reader's device, as [reader] device has it"},
    {.name = "user", .value = "NAME", .help = "who is to open it, such as kassa-reader (you)"},
    {.name = "root", .value = "FOLDER", .help = "look for /proc, /sys and /run in a folder"},
    {.name = "json", .help = "print JSON"},
};
const struct verb verb_card_doctor = {.noun = "card",
                                      .name = "doctor",
                                      .operands = "",
                                      .summary = "Find what is in a card reader's way, and say what to do",
                                      .details =
                                          "Nothing is sent to the reader and nothing is changed. It ends "
                                          "with 1 if there is trouble. Run it as root, or what other\n"
                                          "users' programs hold stays unseen.",
                                      .options = options,
                                      .option_count = COUNT_OF(options),
                                      .run = run};
