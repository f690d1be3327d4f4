/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "cli/card_rules.h"
#include "cli/load.h"
#include "cli/programme.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/bureau_return.h"

enum form { FORM_TEXT, FORM_CSV, FORM_JSON };

struct making {
    const struct call *call;
    struct card_programme programme;
    struct bureau_order order;
    enum form form;
    FILE *out;
    size_t count;
    size_t key_count;
    bool has_key_0;
    struct card_rules rules;
    size_t odd_count;                          /* numbers that kassa member add would refuse */
    char odd_number[CARD_NUMBER_SIZE_MAX + 1]; /* the first of them */
};

static void end_making(struct making *making)
{
    if (making->out != NULL && making->out != making->call->out)
        (void)fclose(making->out);
    card_programme_wipe(&making->programme);
    vault_wipe(&making->order, sizeof making->order);
}

/* ---- one card, in three forms */

static void write_text(FILE *out, const struct bureau_card *card, const struct bureau_recipe *recipe,
                       enum bureau_chip chip)
{
    char hex[2 * BUREAU_RECIPE_BYTES_MAX + 1], uid[2 * CARD_SUN_UID_SIZE + 1];
    hex_write(span_of(card->uid, card->has_uid ? sizeof card->uid : 0), uid);
    (void)fprintf(out, "card %s%s%s%s (%s)\n", card->number,
                  card->number[0] != '\0' && uid[0] != '\0' ? " " : "", uid[0] != '\0' ? "uid " : "", uid,
                  bureau_chip_name(chip));
    if (recipe->link[0] != '\0')
        (void)fprintf(out, "  link         %s\n", recipe->link);
    for (size_t i = 0; i < recipe->count; i++) {
        const struct bureau_write *write = &recipe->writes[i];
        hex_write(span_of(write->bytes, write->size), hex);
        (void)fprintf(out, "  %-8s %4X  %s  %s\n", bureau_target_name(write->target), write->index, hex,
                      write->what);
    }
}

static void write_csv(FILE *out, const struct bureau_card *card, const struct bureau_recipe *recipe)
{
    char hex[2 * BUREAU_RECIPE_BYTES_MAX + 1], uid[2 * CARD_SUN_UID_SIZE + 1];
    hex_write(span_of(card->uid, card->has_uid ? sizeof card->uid : 0), uid);
    for (size_t i = 0; i < recipe->count; i++) {
        const struct bureau_write *write = &recipe->writes[i];
        hex_write(span_of(write->bytes, write->size), hex);
        (void)fprintf(out, "%s,%s,%s,%u,%s,\"%s\"\r\n", card->number, uid, bureau_target_name(write->target),
                      write->index, hex, write->what);
    }
}

static json_t *json_of_writes(const struct bureau_recipe *recipe)
{
    json_t *array = json_array();
    for (size_t i = 0; i < recipe->count; i++) {
        const struct bureau_write *write = &recipe->writes[i];
        char hex[2 * BUREAU_RECIPE_BYTES_MAX + 1];
        json_t *json = json_object();
        hex_write(span_of(write->bytes, write->size), hex);
        (void)json_object_set_new(json, "target", json_string(bureau_target_name(write->target)));
        (void)json_object_set_new(json, "index", json_integer(write->index));
        (void)json_object_set_new(json, "bytes", json_string(hex));
        (void)json_object_set_new(json, "what", json_string(write->what));
        (void)json_array_append_new(array, json);
    }
    return array;
}

static enum err write_json(FILE *out, const struct bureau_card *card, const struct bureau_recipe *recipe,
                           enum bureau_chip chip)
{
    char uid[2 * CARD_SUN_UID_SIZE + 1];
    json_t *json = json_object();
    hex_write(span_of(card->uid, sizeof card->uid), uid);
    (void)json_object_set_new(json, "chip", json_string(bureau_chip_name(chip)));
    if (card->number[0] != '\0')
        (void)json_object_set_new(json, "number", json_string(card->number));
    if (card->has_uid)
        (void)json_object_set_new(json, "uid", json_string(uid));
    if (recipe->link[0] != '\0')
        (void)json_object_set_new(json, "link", json_string(recipe->link));
    (void)json_object_set_new(json, "writes", json_of_writes(recipe));
    return screen_json(out, json);
}

/* A card with such a number can be made, and given to nobody. */
static void judge_number(struct making *making, const struct bureau_card *card)
{
    char text[CARD_TEXT_MAX];
    if (card->number[0] == '\0' ||
        card_read_number(span_of_text(card->number), &making->rules.numbers, text) == ERR_OK)
        return;
    if (making->odd_count++ == 0)
        memcpy(making->odd_number, card->number, sizeof making->odd_number);
}

/* NULL: it is written; else why not. */
static const char *make_card(struct making *making, const struct bureau_card *card)
{
    struct bureau_recipe recipe CLEANUP(bureau_recipe_wipe) = {.count = 0};
    const char *why = "";
    enum err error = bureau_recipe_make(&making->order, card, &recipe, &why);
    if (error != ERR_OK)
        return error == ERR_ARGUMENT ? why : err_sentence(error);
    for (size_t i = 0; i < recipe.count; i++) {
        bool is_key = recipe.writes[i].target == BUREAU_WRITE_KEY;
        making->key_count += is_key ? 1 : 0;
        making->has_key_0 = making->has_key_0 || (is_key && recipe.writes[i].index == 0);
    }
    making->count++;
    judge_number(making, card);
    switch (making->form) {
    case FORM_TEXT:
        write_text(making->out, card, &recipe, making->order.chip);
        return NULL;
    case FORM_CSV:
        write_csv(making->out, card, &recipe);
        return NULL;
    case FORM_JSON:
        return write_json(making->out, card, &recipe, making->order.chip) == ERR_OK
                   ? NULL
                   : err_sentence(ERR_MEMORY);
    }
    return NULL;
}

/* ---- many cards */

static enum exit_code make_listed(struct making *making, const char *path)
{
    const struct call *call = making->call;
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    struct load_file file CLEANUP(load_file_done) = {0};
    struct bureau_list list = {.lines = {.number = 0}};
    struct bureau_list_row row;
    enum err error = load_file(path, BUREAU_LIST_SIZE_MAX, &file);
    if (error != ERR_OK)
        return call_fail(call, error, path, "");
    error = bureau_list_open(load_span(&file), &findings, &list);
    while (error != ERR_NOT_FOUND && findings.error_count < FINDINGS_MAX && list.lines.number > 0) {
        error = bureau_list_next(&list, &findings, &row);
        const char *why = error == ERR_OK ? make_card(making, &row.card) : NULL;
        if (why != NULL)
            findings_add(&findings, FINDING_ERROR, (struct place){list.lines.number, 1}, "", "", "%s", why);
    }
    load_print_findings(call->err, path, &findings);
    return findings.error_count > 0 ? EXIT_DATA : EXIT_DONE;
}

static enum exit_code make_named_one(struct making *making, const char *number)
{
    const struct call *call = making->call;
    const char *uid = call_value(call, "uid");
    struct bureau_card card = {.has_uid = uid != NULL};
    if (!bureau_list_put_number(span_of_text(number), &card))
        return call_refuse(call, "", "%s: it is too long", number);
    if (uid != NULL && hex_read(span_of_text(uid), card.uid, sizeof card.uid) != ERR_OK)
        return call_refuse(call, "14 hexadecimal digits", "--uid %s is no UID of such a chip", uid);
    const char *why = make_card(making, &card);
    return why == NULL ? EXIT_DONE
                       : call_refuse(call, "", "%s: %s", number[0] != '\0' ? number : "the card", why);
}

static enum exit_code make_named(struct making *making)
{
    const struct call *call = making->call;
    enum exit_code code = call->operand_count == 0 ? make_named_one(making, "") : EXIT_DONE;
    for (size_t i = 0; i < call->operand_count && code == EXIT_DONE; i++)
        code = make_named_one(making, call->operands[i]);
    return code;
}

static bool is_known_by_uid(const struct making *making)
{
    return (making->order.chip == BUREAU_NTAG424 && making->programme.sun.identity == CARD_SUN_BY_UID) ||
           (making->order.chip == BUREAU_DESFIRE &&
            making->programme.desfire.identity == CARD_DESFIRE_BY_UID);
}

static void warn(const struct making *making)
{
    const struct call *call = making->call;
    enum reader_technology technology = bureau_chip_technology(making->order.chip);
    if (!card_programme_takes(&making->programme, technology))
        (void)fprintf(call->err, "warning: %s is not in programme.order: no till takes such a card\n",
                      card_technology_name(technology));
    if (making->key_count > 0 && !making->has_key_0)
        (void)fputs("warning: key 0 stays as the factory set it (zeros), and who has it can change the card: "
                    "--admin-key, or let the bureau set one\n",
                    call->err);
    if (making->odd_count > 0)
        (void)fprintf(call->err,
                      "warning: kassa member add takes %zu of the numbers for none (%s): --number-prefixes, "
                      "--number-check\n",
                      making->odd_count, making->odd_number);
    if (is_known_by_uid(making))
        (void)fputs(
            "warning: these cards are known by their UID, not by a number: kassa member add --card uid:...\n",
            call->err);
    if (making->key_count > 0)
        (void)fputs("warning: there are keys in it: give it to nobody but the bureau, encrypted\n",
                    call->err);
    if (call_has(call, "output"))
        (void)fprintf(call->err, "%zu card(s) in %s\n", making->count, call_value(call, "output"));
}

static enum exit_code make(struct making *making)
{
    const struct call *call = making->call;
    const char *list = call_value(call, "list");
    if (making->form == FORM_CSV)
        (void)fputs("number,uid,target,index,bytes,what\r\n", making->out);
    enum exit_code code = list != NULL ? make_listed(making, list) : make_named(making);
    if (fflush(making->out) != 0 && code == EXIT_DONE)
        code = call_fail(call, ERR_IO, call_value(call, "output"), "");
    if (code == EXIT_DONE)
        warn(making);
    else if (call_has(call, "output"))
        (void)unlink(call_value(call, "output"));
    return code;
}

/* ---- what was typed */

static enum exit_code read_order(const struct call *call, struct making *making)
{
    const char *chip = call_value(call, "chip");
    struct bureau_order *order = &making->order;
    *order = (struct bureau_order){.programme = &making->programme,
                                   .is_locked = call_has(call, "lock"),
                                   .has_admin_key = call_has(call, "admin-key")};
    making->form = call_has(call, "json") ? FORM_JSON : call_has(call, "csv") ? FORM_CSV : FORM_TEXT;
    if (chip == NULL || bureau_chip_find(span_of_text(chip), &order->chip) != ERR_OK)
        return call_refuse(call, "ntag213, ntag215, ntag216, type4, ntag424 or desfire",
                           "--chip says which chip the cards have");
    if (call_has(call, "list") == (call->operand_count > 0 || call_has(call, "uid")))
        return call_refuse(call, "NUMBER..., or --list FILE with the columns number,uid", "which cards?");
    if (call_has(call, "uid") && call->operand_count > 1)
        return call_refuse(call, "many cards go into a list: --list", "--uid is of one card");
    enum exit_code code = card_rules_read(call, &making->rules);
    if (code != EXIT_DONE || !order->has_admin_key)
        return code;
    return load_key(call, call_value(call, "admin-key"), sizeof order->admin_key, "the administrator's key",
                    order->admin_key);
}

/* Never over another: what a bureau has may be on cards already. */
static enum exit_code open_out(struct making *making)
{
    const char *path = call_value(making->call, "output");
    making->out = making->call->out;
    if (path == NULL)
        return EXIT_DONE;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    making->out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (making->out != NULL)
        return EXIT_DONE;
    return errno == EEXIST
               ? call_fail(making->call, ERR_EXISTS, path, "what a bureau has may be on cards already")
               : call_fail(making->call, ERR_IO, path, strerror(errno));
}

static enum exit_code print_findings_json(const struct call *call, const struct findings *findings,
                                          const struct bureau_return *back)
{
    json_t *json = json_object(), *faults = json_array();
    for (size_t i = 0; i < findings->count; i++) {
        json_t *fault = json_object();
        if (findings->rows[i].place.line > 0)
            (void)json_object_set_new(fault, "line", json_integer(findings->rows[i].place.line));
        (void)json_object_set_new(fault, "column", json_string(findings->rows[i].path));
        (void)json_object_set_new(fault, "what", json_string(findings->rows[i].what));
        (void)json_array_append_new(faults, fault);
    }
    (void)json_object_set_new(json, "cards", json_integer((json_int_t)back->count));
    (void)json_object_set_new(json, "links_checked", json_boolean(back->has_links));
    (void)json_object_set_new(json, "fault_count", json_integer((json_int_t)findings->error_count));
    (void)json_object_set_new(json, "faults", faults);
    enum err error = screen_json_indented(call->out, json);
    if (error != ERR_OK)
        return call_fail(call, error, "kassa card make", "");
    return findings->error_count > 0 ? EXIT_FINDING : EXIT_DONE;
}

/* What a bureau gave back. */
static enum exit_code check(const struct making *making, const char *path)
{
    const struct call *call = making->call;
    struct findings findings CLEANUP(findings_done) = FINDINGS_NONE;
    struct load_file came CLEANUP(load_file_done) = {0};
    struct load_file ordered CLEANUP(load_file_done) = {0};
    const char *list = call_value(call, "list");
    struct bureau_return back = {.count = 0};
    enum err error = load_file(path, BUREAU_LIST_SIZE_MAX, &came);
    if (error != ERR_OK)
        return call_fail(call, error, path, "");
    error = list != NULL ? load_file(list, BUREAU_LIST_SIZE_MAX, &ordered) : ERR_OK;
    if (error != ERR_OK)
        return call_fail(call, error, list, "");
    const struct span order = load_span(&ordered);
    error = bureau_return_check(&making->programme, load_span(&came), list != NULL ? &order : NULL, &findings,
                                &back);
    if (call_has(call, "json"))
        return print_findings_json(call, &findings, &back);
    load_print_findings(call->out, path, &findings);
    if (error == ERR_OK)
        (void)fprintf(call->out, "%zu card(s), and nothing is wrong with %s\n", back.count,
                      back.has_links ? "them"
                                     : "their numbers and UIDs; without a column `link` what is on them was "
                                       "not looked at");
    if (error == ERR_OK || findings.error_count > 0)
        return error == ERR_OK ? EXIT_DONE : EXIT_FINDING;
    return call_fail(call, error, path, "");
}

static enum exit_code run(const struct call *call)
{
    struct making making CLEANUP(end_making) = {.call = call};
    enum exit_code code = programme_load(call, call_value(call, "programme"), &making.programme);
    if (code != EXIT_DONE)
        return code;
    if (call_has(call, "check"))
        return check(&making, call_value(call, "check"));
    code = read_order(call, &making);
    if (code == EXIT_DONE)
        code = open_out(&making);
    return code == EXIT_DONE ? make(&making) : code;
}

static const struct call_option options[] = {
    {.name = "programme",
     .letter = 'p',
     .value = "FILE",
     .help = "which links and keys",
     .is_required = true},
    {.name = "chip", .value = "CHIP", .help = "ntag213, ntag215, ntag216, type4, ntag424, desfire"},
    {.name = "list", .value = "FILE", .help = "many cards: a CSV file with the columns number,uid"},
    {.name = "uid", .value = "HEX", .help = "of the one card, where a key is made of it"},
    {.name = "admin-key",
     .value = "FILE",
     .help = "ntag424, desfire: 32 hexadecimal digits, of which each card's key 0 is made"},
    {.name = "lock", .help = "nobody can write the cards again, for ever"},
    {.name = "output", .letter = 'o', .value = "FILE", .help = "write it there, for its owner alone to read"},
    CARD_RULES_OPTIONS,
    {.name = "csv", .help = "a line for each write: number,uid,target,index,bytes,what"},
    {.name = "json", .help = "a line of JSON for each card"},
    {.name = "check",
     .value = "FILE",
     .help = "look at what came back: a CSV file with the columns number,uid,link"},
};
const struct verb verb_card_make = {
    .noun = "card",
    .name = "make",
    .operands = "[NUMBER...]",
    .operand_max = SIZE_MAX,
    .summary = "Say what a printer's bureau writes on cards, and check what it gives back",
    .details = "Pages and files are written as they stand, in this order. `application` is what "
               "CreateApplication takes, `new_file` and\n"
               "`settings` what follows the file's number in CreateStdDataFile and ChangeFileSettings, `key` "
               "goes into ChangeKey with\n"
               "version 1, `freeze` into ChangeKeySettings as the very last step, under the new key 0; the "
               "encoder adds the chip's\n"
               "secure messaging. Where keys are made of UIDs, the list must have them.\n"
               "--check reads a list of what came, with links as a phone reads them from the cards: each "
               "must be there, say its row's\n"
               "number and be signed by its card (for chips without a link leave that column out); with "
               "--list, just what was ordered must be there. It ends "
               "with 1 if not.",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
