/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/release.h"

#define FILE_SIZE_MAX ((size_t)1 << 30)
#define PATH_SIZE     4096

static enum exit_code verify_signature(const struct call *call, const struct load_file *manifest)
{
    struct load_file signature CLEANUP(load_file_done) = {0};
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    char path[PATH_SIZE];
    int size = snprintf(path, sizeof(path), "%s.signature", call->operands[0]);
    if (size < 0 || (size_t)size >= sizeof(path))
        return call_refuse(call, "", "the path is too long");
    enum exit_code code = load_public_key(call, call_value(call, "key"), public_key);
    if (code != EXIT_DONE)
        return code;
    enum err error = load_file(path, RELEASE_SIGNATURE_MAX, &signature);
    if (error == ERR_OK)
        error = release_verify(public_key, load_span(manifest), load_span(&signature));
    return error == ERR_OK ? EXIT_DONE
                           : call_fail(call, error, path, "nobody who has the key says that of this release");
}

/* A file of the manifest, in the folder that the manifest lies in. */
static enum exit_code verify_file(const struct call *call, const struct release_line *line)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    const char *manifest = call->operands[0];
    const char *slash = strrchr(manifest, '/');
    uint8_t hash[HASH_SIZE];
    char path[PATH_SIZE];
    int folder = slash == NULL ? 0 : (int)(slash - manifest) + 1;
    int size = snprintf(path, sizeof(path), "%.*s%s", folder, manifest, line->name);
    if (size < 0 || (size_t)size >= sizeof(path))
        return call_refuse(call, "", "the path is too long");
    enum err error = load_file(path, FILE_SIZE_MAX, &file);
    if (error == ERR_OK)
        error = vault_sha256(load_span(&file), hash);
    if (error == ERR_OK && memcmp(hash, line->hash, HASH_SIZE) != 0)
        error = ERR_CHECKSUM;
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(call, error, path, error == ERR_CHECKSUM ? "it is not what was signed" : "");
}

static enum exit_code run(const struct call *call)
{
    struct load_file manifest CLEANUP(load_file_done) = {0};
    struct release_line line;
    size_t count = 0;
    enum err error = load_file(call->operands[0], RELEASE_MANIFEST_MAX, &manifest);
    if (error != ERR_OK)
        return call_fail(call, error, call->operands[0], "");
    enum exit_code code = verify_signature(call, &manifest);
    struct span rest = load_span(&manifest);
    while (code == EXIT_DONE && (error = release_read_line(&rest, &line)) == ERR_OK) {
        code = verify_file(call, &line);
        count++;
    }
    if (code == EXIT_DONE && (error != ERR_NOT_FOUND || count == 0))
        return call_fail(call, ERR_SYNTAX, call->operands[0], "it is no release's manifest");
    if (code == EXIT_DONE)
        fprintf(call->out, "%zu files are what was signed\n", count);
    return code;
}

static const struct call_option options[] = {
    {.name = "key", .letter = 'k', .value = "FILE", .help = "the release's public key", .is_required = true},
};
const struct verb verb_release_verify = {
    .noun = "release",
    .name = "verify",
    .operands = "MANIFEST",
    .operand_min = 1,
    .operand_max = 1,
    .summary = "Verify a release: its signature, and each file beside its manifest",
    .options = options,
    .option_count = COUNT_OF(options),
    .run = run};
