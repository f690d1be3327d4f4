/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/programme.h"
#include "cli/programme_doubts.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "platform/programme/programme_file.h"

static void print_piece(void *context, const char *text)
{
    (void)fputs(text, context);
}

static bool redeems(const struct card_programme *programme, enum reader_technology technology)
{
    return programme_redeems(programme, programme_trust_of(programme, technology));
}

static void print_technology(FILE *out, const struct card_programme *programme,
                             enum reader_technology technology)
{
    (void)fprintf(out, "  %-12s %-9s %s\n", card_technology_name(technology),
                  card_trust_name(programme_trust_of(programme, technology)),
                  redeems(programme, technology) ? "earns and redeems" : "earns alone");
}

static bool is_scanned(const struct card_programme *programme, int technology)
{
    return (programme->codes.taken & 1U << technology) != 0;
}

/* Is there anything that a reader or a scanner takes by which somebody may pay? */
static bool anybody_redeems(const struct card_programme *programme)
{
    for (size_t i = 0; i < programme->order_count; i++)
        if (redeems(programme, (enum reader_technology)programme->order[i]))
            return true;
    for (int technology = READER_UID; technology < READER_TECHNOLOGY_COUNT; technology++)
        if (is_scanned(programme, technology) && redeems(programme, (enum reader_technology)technology))
            return true;
    return false;
}

static void print_programme(FILE *out, const struct card_programme *programme)
{
    (void)fputs("programme    ", out);
    screen_text(out, programme->name[0] != '\0' ? programme->name : "(without a name)");
    (void)fprintf(out, "\nredeem from  %s\nreaders take, in this order\n",
                  card_trust_name((enum card_trust)programme->redeem_from));
    for (size_t i = 0; i < programme->order_count; i++)
        print_technology(out, programme, (enum reader_technology)programme->order[i]);
    (void)fputs("scanners take\n", out);
    for (int technology = READER_UID; technology < READER_TECHNOLOGY_COUNT; technology++)
        if (is_scanned(programme, technology))
            print_technology(out, programme, (enum reader_technology)technology);
    if (!anybody_redeems(programme))
        (void)fprintf(out,
                      "nobody can pay with points: nothing that is taken is %s, which redeem_from asks for\n",
                      card_trust_name((enum card_trust)programme->redeem_from));
    for (size_t i = 0; i < programme->links.count; i++)
        (void)fprintf(out, "%s%s\n", i == 0 ? "links        https://" : "             https://",
                      programme->links.heads[i]);
    for (size_t i = 0; i < programme->sun.links.count; i++)
        (void)fprintf(out, "%s%s\n", i == 0 ? "signed links https://" : "             https://",
                      programme->sun.links.heads[i]);
}

static void print_doubt(void *self, const char *text)
{
    FILE *out = self;
    (void)fprintf(out, "warning      %s\n", text);
}

static void add_doubt(void *self, const char *text)
{
    json_t *array = self;
    (void)json_array_append_new(array, json_string(text));
}

static void add_technology(json_t *array, const struct card_programme *programme,
                           enum reader_technology technology)
{
    json_t *json = json_object();
    (void)json_object_set_new(json, "technology", json_string(card_technology_name(technology)));
    (void)json_object_set_new(json, "trust",
                              json_string(card_trust_name(programme_trust_of(programme, technology))));
    (void)json_object_set_new(json, "redeems", json_boolean(redeems(programme, technology)));
    (void)json_array_append_new(array, json);
}

static json_t *json_of_links(const struct card_links *links)
{
    json_t *array = json_array();
    for (size_t i = 0; i < links->count; i++)
        (void)json_array_append_new(array, json_string(links->heads[i]));
    return array;
}

static void describe(json_t *json, const struct card_programme *programme)
{
    json_t *readers = json_array(), *scanners = json_array(), *warnings = json_array();
    for (size_t i = 0; i < programme->order_count; i++)
        add_technology(readers, programme, (enum reader_technology)programme->order[i]);
    for (int technology = READER_UID; technology < READER_TECHNOLOGY_COUNT; technology++)
        if (is_scanned(programme, technology))
            add_technology(scanners, programme, (enum reader_technology)technology);
    (void)json_object_set_new(json, "name", json_string(programme->name));
    (void)json_object_set_new(json, "redeem_from",
                              json_string(card_trust_name((enum card_trust)programme->redeem_from)));
    (void)json_object_set_new(json, "anybody_redeems", json_boolean(anybody_redeems(programme)));
    (void)json_object_set_new(json, "readers", readers);
    (void)json_object_set_new(json, "scanners", scanners);
    (void)json_object_set_new(json, "links", json_of_links(&programme->links));
    (void)json_object_set_new(json, "signed_links", json_of_links(&programme->sun.links));
    programme_doubts_tell(programme, add_doubt, warnings);
    (void)json_object_set_new(json, "warnings", warnings);
}

static json_t *json_of_faults(const struct settings_faults *faults)
{
    json_t *array = json_array();
    for (size_t i = 0; i < faults->count; i++) {
        json_t *json = json_object();
        if (faults->rows[i].line > 0)
            (void)json_object_set_new(json, "line", json_integer(faults->rows[i].line));
        (void)json_object_set_new(json, "what", json_string(faults->rows[i].text));
        (void)json_array_append_new(array, json);
    }
    return array;
}

static enum exit_code check_json(const struct call *call, const char *path)
{
    struct card_programme programme CLEANUP(card_programme_wipe) = {.order_count = 0};
    struct settings_faults faults;
    enum exit_code code = programme_look(path, &programme, &faults);
    json_t *json = json_object();
    (void)json_object_set_new(json, "usable", json_boolean(code == EXIT_DONE));
    (void)json_object_set_new(json, "private", json_boolean(!programme_is_open_to_others(path)));
    (void)json_object_set_new(json, "faults", json_of_faults(&faults));
    if (code == EXIT_DONE)
        describe(json, &programme);
    enum err error = screen_json_indented(call->out, json);
    return error == ERR_OK ? code : call_fail(call, error, path, "");
}

static enum exit_code check(const struct call *call, const char *path)
{
    struct card_programme programme CLEANUP(card_programme_wipe) = {.order_count = 0};
    enum exit_code code = programme_load(call, path, &programme);
    if (code != EXIT_DONE)
        return code;
    print_programme(call->out, &programme);
    programme_doubts_tell(&programme, print_doubt, call->out);
    return EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    const char *path = call_value(call, "check");
    if (path != NULL)
        return call_has(call, "json") ? check_json(call, path) : check(call, path);
    if (call_has(call, "json"))
        return call_refuse(call, "kassa card programme --check FILE --json", "--json goes with --check");
    programme_file_print(print_piece, call->out);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "check", .value = "FILE", .help = "say what is wrong with this one, or what it takes"},
    {.name = "json", .help = "with --check: print JSON"},
};
const struct verb verb_card_programme = {
    .noun = "card",
    .name = "programme",
    .operands = "",
    .summary = "Print a programme's file, with every setting and its meaning; or check one",
    .details =
        "A programme's file says which cards, phones and codes a chain takes, in which order and by which\n"
        "keys. Keep it at mode 0600. With --check it ends with 4 if the file cannot be used, and\n"
        "names each fault by file and line; what can be used and should not be, such as the key of every "
        "blank\n"
        "card, is a warning.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
