/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "base/hex.h"
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "platform/linux/linux_file.h"

#define PATH_MAX_HERE 4096

/* Also one that we may not read. */
static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static enum exit_code write_key(const struct call *call, const char *path, struct span key, unsigned mode)
{
    char text[2 * VAULT_PUBLIC_SIZE + 2];
    hex_write(key, text);
    text[2 * key.size] = '\n';
    enum err error = linux_file_replace(path, span_of(text, 2 * key.size + 1), mode);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

static enum exit_code run(const struct call *call)
{
    const char *prefix = call_value(call, "output");
    char private_path[PATH_MAX_HERE], public_path[PATH_MAX_HERE];
    int size = snprintf(private_path, sizeof(private_path), "%s.private", prefix);
    (void)snprintf(public_path, sizeof(public_path), "%s.public", prefix);
    if (size < 0 || (size_t)size >= sizeof(private_path))
        return call_refuse(call, "", "the path is too long");
    if (exists(private_path) || exists(public_path))
        return call_fail(call, ERR_EXISTS, prefix, "a key is never overwritten: choose another prefix");
    struct vault_key_pair pair;
    uint8_t key_id[VAULT_KEY_ID_SIZE];
    enum err error = vault_generate_key_pair(&pair);
    if (error == ERR_OK)
        error = vault_key_id(pair.public_key, key_id);
    if (error != ERR_OK)
        return call_fail(call, error, prefix, "");
    enum exit_code code =
        write_key(call, private_path, span_of(pair.private_key, sizeof(pair.private_key)), 0600);
    if (code == EXIT_DONE)
        code = write_key(call, public_path, span_of(pair.public_key, sizeof(pair.public_key)), 0644);
    if (code != EXIT_DONE)
        return code;
    char id[2 * VAULT_KEY_ID_SIZE + 1];
    hex_write(span_of(key_id, sizeof(key_id)), id);
    fprintf(call->out, "key %s\n", id);
    screen_text(call->out, private_path);
    fputs(": keep it where books are signed, and nowhere else\n", call->out);
    screen_text(call->out, public_path);
    fputs(": give it to the tills\n", call->out);
    return EXIT_DONE;
}

static const struct call_option options[] = {
    {.name = "output",
     .letter = 'o',
     .value = "PREFIX",
     .help = "PREFIX.private and PREFIX.public are written",
     .is_required = true},
};
const struct verb verb_book_keygen = {
    .noun = "book",
    .name = "keygen",
    .operands = "",
    .summary = "Make a pair of keys for tills that have no root of trust (see: kassa key)",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
