/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/hex.h"
#include "cli/screen.h"
#include "cli/till_journal.h"
#include "cli/verbs.h"
#include "office/record_json.h"

struct reading {
    const struct call *call;
    struct journal *journal;
    uint8_t *buffer; /* RECORD_SIZE_MAX, then the arena's block */
    struct arena arena;
    uint64_t from, left;
    uint64_t bad_count;
};

static json_t *json_of(struct reading *reading, const struct journal_generation *generation, uint64_t seq,
                       const struct journal_record *record)
{
    char incarnation[17];
    char hash[2 * HASH_SIZE + 1];
    snprintf(incarnation, sizeof(incarnation), "%016" PRIx64, generation->incarnation);
    hex_write(span_of(record->hash, HASH_SIZE), hash);
    json_t *json = json_pack("{s:s, s:I, s:I, s:s}", "incarnation", incarnation, "seq", (json_int_t)seq,
                             "written_unix_ms", (json_int_t)record->unix_ms, "hash", hash);
    if (record->receipt > 0)
        json_object_set_new(json, "receipt_number", json_integer((json_int_t)record->receipt));
    json_object_set_new(json, "record", record_json_of_record(record->bytes, &reading->arena));
    return json;
}

static enum err print_record(struct reading *reading, uint32_t number,
                             const struct journal_generation *generation, uint64_t seq)
{
    struct journal_record record;
    enum err error =
        journal_read_generation(reading->journal, number, seq, reading->buffer, RECORD_SIZE_MAX, &record);
    if (error == ERR_CORRUPT) {
        fprintf(reading->call->err, "kassa: record %" PRIu64 " of generation %u is damaged\n", seq, number);
        reading->bad_count++;
        return ERR_OK;
    }
    if (error == ERR_NOT_FOUND) /* trimmed by the agent meanwhile */
        return ERR_OK;
    TRY(error);
    reading->left--;
    return screen_json(reading->call->out, json_of(reading, generation, seq, &record));
}

static enum err print_generation(struct reading *reading, uint32_t number)
{
    struct journal_generation generation;
    TRY(journal_get_generation(reading->journal, number, &generation));
    uint64_t seq = generation.first_seq > reading->from ? generation.first_seq : reading->from;
    for (; seq <= generation.last_seq && reading->left > 0; seq++)
        TRY(print_record(reading, number, &generation, seq));
    return ERR_OK;
}

static enum err print_all(struct reading *reading)
{
    struct journal_stats stats;
    TRY(journal_get_stats(reading->journal, &stats));
    for (uint32_t number = 1; number <= stats.generation && reading->left > 0; number++) {
        enum err error = print_generation(reading, number);
        if (error != ERR_OK && error != ERR_NOT_FOUND) /* an old generation goes when all of it is trimmed */
            return error;
    }
    return ERR_OK;
}

static void free_block(uint8_t **block)
{
    free(*block);
}

static enum exit_code print_storage(struct reading *reading, struct lmdb_storage *storage)
{
    const struct call *call = reading->call;
    const struct journal_settings settings = {.is_read_only = true};
    struct journal *journal CLEANUP(journal_closep) = NULL;
    enum err error = journal_open(lmdb_storage_as_storage(storage), &settings, &journal);
    if (error != ERR_OK)
        return call_fail(call, error, call->operands[0], "kassa journal verify says where it is damaged");
    reading->journal = journal;
    error = print_all(reading);
    if (error != ERR_OK)
        return call_fail(call, error, call->operands[0], "");
    return reading->bad_count > 0 ? EXIT_DATA : EXIT_DONE;
}

static enum exit_code run(const struct call *call)
{
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    struct reading reading = {.call = call, .from = 1, .left = UINT64_MAX};
    enum exit_code code = call_number(call, "from", &reading.from);
    if (code == EXIT_DONE)
        code = call_number(call, "limit", &reading.left);
    if (code == EXIT_DONE)
        code = till_journal_open(call, call->operands[0], &storage);
    if (code != EXIT_DONE)
        return code;
    uint8_t *block CLEANUP(free_block) = malloc(RECORD_SIZE_MAX + RECORD_JSON_ARENA_SIZE);
    if (block == NULL)
        return call_fail(call, ERR_MEMORY, call->operands[0], "");
    reading.buffer = block;
    reading.arena = arena_of(block + RECORD_SIZE_MAX, RECORD_JSON_ARENA_SIZE);
    return print_storage(&reading, storage);
}

static const struct call_option options[] = {
    {.name = "from", .value = "SEQ", .help = "begin at this number of each generation"},
    {.name = "limit", .letter = 'n', .value = "N", .help = "at most so many"},
    {.name = "json", .help = "one JSON object a line (it always is)"},
};
const struct verb verb_journal_cat = {.noun = "journal",
                                      .name = "cat",
                                      .operands = "DIR",
                                      .operand_min = 1,
                                      .operand_max = 1,
                                      .summary = "Print a till's journal as JSON, a record a line",
                                      .details = "Fields that hold their default are left out; records of an "
                                                 "unknown kind have their bytes as \"raw\".",
                                      .options = options,
                                      .option_count = COUNT_OF(options),
                                      .run = run};
