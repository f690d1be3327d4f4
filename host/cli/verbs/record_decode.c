/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/record_json.h"

static void free_block(void **block)
{
    free(*block);
}

static enum exit_code run(const struct call *call)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    const char *path = call->operand_count > 0 ? call->operands[0] : "-";
    enum err error = load_file(path, RECORD_SIZE_MAX, &file);
    if (error != ERR_OK)
        return call_fail(call, error, path, "");
    void *block CLEANUP(free_block) = malloc(RECORD_JSON_ARENA_SIZE);
    if (block == NULL)
        return call_fail(call, ERR_MEMORY, path, "");
    struct arena arena = arena_of(block, RECORD_JSON_ARENA_SIZE);
    json_t *json = record_json_of_record(load_span(&file), &arena);
    bool is_record = json_object_get(json, "kind") != NULL;
    if (screen_json_indented(call->out, json) != ERR_OK)
        return call_fail(call, ERR_MEMORY, path, "");
    return is_record ? EXIT_DONE
                     : call_fail(call, ERR_SYNTAX, path, "these bytes are no record of kassa.proto");
}

const struct verb verb_record_decode = {.noun = "record",
                                        .name = "decode",
                                        .operands = "[FILE]",
                                        .operand_max = 1,
                                        .summary = "Show the bytes of one record as JSON",
                                        .details = "Without FILE it reads standard input.",
                                        .run = run};
