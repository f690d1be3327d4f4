/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cli/load.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "office/release.h"
#include "platform/linux/linux_file.h"

#define FILE_SIZE_MAX ((size_t)1 << 30)
#define PATH_SIZE     4096

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static enum exit_code add_file(const struct call *call, const char *path, char *manifest, size_t *used)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct release_line line = {.name = ""};
    char text[RELEASE_LINE_MAX];
    enum err error = load_file(path, FILE_SIZE_MAX, &file);
    if (error == ERR_OK)
        error = vault_sha256(load_span(&file), line.hash);
    if (error != ERR_OK)
        return call_fail(call, error, path, "");
    (void)snprintf(line.name, sizeof(line.name), "%s", name_of(path));
    error = strlen(name_of(path)) > RELEASE_NAME_MAX ? ERR_ARGUMENT : release_write_line(&line, text);
    if (error != ERR_OK)
        return call_fail(call, error, path, "names of a release have letters, digits and . _ - + alone");
    if (*used + strlen(text) > RELEASE_MANIFEST_MAX)
        return call_fail(call, ERR_TOO_LONG, path, "too many files");
    memcpy(manifest + *used, text, strlen(text));
    *used += strlen(text);
    return EXIT_DONE;
}

static enum exit_code write_signature(const struct call *call, struct span manifest)
{
    const char *target = call_value(call, "output");
    char path[PATH_SIZE], text[RELEASE_SIGNATURE_MAX];
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    int size = snprintf(path, sizeof(path), "%s.signature", target);
    if (size < 0 || (size_t)size >= sizeof(path))
        return call_refuse(call, "", "the path is too long");
    enum exit_code code = load_private_key(call, call_value(call, "key"), private_key);
    if (code != EXIT_DONE)
        return code;
    enum err error = release_sign(private_key, manifest, text);
    vault_wipe(private_key, sizeof(private_key));
    if (error != ERR_OK)
        return call_fail(call, error, call_value(call, "key"), "it is no private key of the curve P-256");
    error = linux_file_replace(target, manifest, 0644);
    if (error == ERR_OK)
        error = linux_file_replace(path, span_of_text(text), 0644);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, target, "");
}

static void free_text(char **text)
{
    free(*text);
}

static enum exit_code run(const struct call *call)
{
    char *manifest CLEANUP(free_text) = malloc(RELEASE_MANIFEST_MAX);
    size_t used = 0;
    enum exit_code code =
        manifest == NULL ? call_fail(call, ERR_MEMORY, call_value(call, "output"), "") : EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && i < call->operand_count; i++)
        code = add_file(call, call->operands[i], manifest, &used);
    if (code == EXIT_DONE)
        code = write_signature(call, span_of(manifest, used));
    if (code == EXIT_DONE)
        fprintf(call->out, "%zu files signed\n", call->operand_count);
    return code;
}

static const struct call_option options[] = {
    {.name = "key", .letter = 'k', .value = "FILE", .help = "the release's private key", .is_required = true},
    {.name = "output",
     .letter = 'o',
     .value = "FILE",
     .help = "the manifest; its signature goes to FILE.signature",
     .is_required = true},
};
const struct verb verb_release_sign = {.noun = "release",
                                       .name = "sign",
                                       .operands = "FILE...",
                                       .operand_min = 1,
                                       .operand_max = SIZE_MAX,
                                       .summary = "Write down the hashes of a release's files, and sign them",
                                       .details =
                                           "The key is one of kassa key create, kept for releases alone.",
                                       .options = options,
                                       .option_count = COUNT_OF(options),
                                       .run = run};
