/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/load.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"

#define REVOKED_DAYS                                                                                         \
    3650 /* a list that is over shuts every till out: it is written anew with each revocation */

static int64_t now_unix_s(void)
{
    const struct clock clock = linux_clock();
    return clock.ops->wall_unix_ms(clock.self) / 1000;
}

enum exit_code trust_join(const struct call *call, const char *folder, const char *name,
                          char out[TRUST_PATH_MAX])
{
    int size = snprintf(out, TRUST_PATH_MAX, "%s/%s", folder, name);
    return size > 0 && size < TRUST_PATH_MAX ? EXIT_DONE : call_refuse(call, "", "the path is too long");
}

enum exit_code trust_make_folder(const struct call *call, const char *folder)
{
    if (mkdir(folder, 0700) == 0 || errno == EEXIST)
        return EXIT_DONE;
    return call_fail(call, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, folder, "the folder could not be made");
}

enum exit_code trust_open(const struct call *call, struct authority *out)
{
    const char *folder = call_value(call, "authority");
    char certificate_path[TRUST_PATH_MAX], key_path[TRUST_PATH_MAX];
    struct load_file certificate CLEANUP(load_file_done) = {0};
    struct load_file key CLEANUP(load_file_done) = {0};
    enum exit_code code = trust_join(call, folder, TRUST_CERTIFICATE, certificate_path);
    if (code == EXIT_DONE)
        code = trust_join(call, folder, TRUST_KEY, key_path);
    if (code != EXIT_DONE)
        return code;
    enum err error = load_file(certificate_path, VAULT_PEM_TEXT_MAX, &certificate);
    if (error != ERR_OK)
        return call_fail(call, error, certificate_path, "`kassa authority create` makes one");
    error = load_file(key_path, VAULT_PEM_TEXT_MAX, &key);
    if (error != ERR_OK)
        return call_fail(call, error, key_path, "the authority's key stands beside its certificate");
    error = authority_read(load_span(&certificate), load_span(&key), out);
    if (key.size > 0)
        vault_wipe(key.bytes, key.size);
    return error == ERR_OK
               ? EXIT_DONE
               : call_fail(
                     call, error, folder,
                     "authority.pem and authority.key must be a P-256 certificate that may sign others, and "
                     "its key");
}

static enum exit_code write_text(const struct call *call, const char *path, struct span text, unsigned mode)
{
    enum err error = linux_file_replace(path, text, mode);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

enum exit_code trust_write(const struct call *call, const char *path, const char *label, struct span der)
{
    uint8_t bytes[VAULT_PEM_SIZE_MAX];
    struct vault_buffer pem = {bytes, sizeof(bytes), 0};
    enum err error = vault_pem_write(label, der, &pem);
    return error == ERR_OK ? write_text(call, path, span_of(bytes, pem.size), 0644)
                           : call_fail(call, error, path, "");
}

enum exit_code trust_write_key(const struct call *call, const char *path,
                               const uint8_t private_key[VAULT_PRIVATE_SIZE])
{
    return trust_write_kept_key(call, path, (struct sealer){.seal = NULL}, private_key);
}

enum exit_code trust_write_kept_key(const struct call *call, const char *path, struct sealer sealer,
                                    const uint8_t private_key[VAULT_PRIVATE_SIZE])
{
    uint8_t bytes[VAULT_PEM_SIZE_MAX];
    struct vault_buffer pem = {bytes, sizeof(bytes), 0};
    if (access(path, F_OK) == 0)
        return call_fail(call, ERR_EXISTS, path, "a key is never overwritten");
    enum err error = vault_kept_key_write(sealer, private_key, &pem);
    enum exit_code code = error == ERR_OK ? write_text(call, path, span_of(bytes, pem.size), 0600)
                                          : call_fail(call, error, path, "");
    vault_wipe(bytes, sizeof(bytes));
    return code;
}

enum exit_code trust_read_certificates(const struct call *call, const char *path,
                                       char out[VAULT_PEM_TEXT_MAX + 1])
{
    struct load_file file CLEANUP(load_file_done) = {0};
    uint8_t bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    enum err error = load_file(path, VAULT_PEM_TEXT_MAX, &file);
    if (error == ERR_OK)
        error = vault_pem_read(VAULT_PEM_CERTIFICATE, load_span(&file), &der);
    if (error != ERR_OK)
        return call_fail(call, error, path, "it must be the authority's certificate, PEM");
    if (memmem(file.bytes, file.size, "PRIVATE KEY", 11) != NULL || strlen((char *)file.bytes) != file.size)
        return call_fail(call, ERR_ARGUMENT, path, "only certificates may stand in it: others are given it");
    memcpy(out, file.bytes, file.size + 1);
    return EXIT_DONE;
}

enum exit_code trust_copy_certificates(const struct call *call, const char *path)
{
    char source[TRUST_PATH_MAX], text[VAULT_PEM_TEXT_MAX + 1];
    enum exit_code code = trust_join(call, call_value(call, "authority"), TRUST_CERTIFICATE, source);
    if (code == EXIT_DONE)
        code = trust_read_certificates(call, source, text);
    return code == EXIT_DONE ? write_text(call, path, span_of_text(text), 0644) : code;
}

static void close_folder(DIR **folder)
{
    if (*folder != NULL)
        (void)closedir(*folder);
}

enum exit_code trust_check_user(const struct call *call, const char *user_name)
{
    if (geteuid() != 0)
        return call_refuse(call, "run it as root, or as that user and without --user",
                           "--user %s: only root can give files to another user", user_name);
    return getpwnam(user_name) != NULL
               ? EXIT_DONE
               : call_fail(call, ERR_NOT_FOUND, user_name, "--user must be a user of this machine");
}

enum exit_code trust_give(const struct call *call, const char *folder, const char *user_name)
{
    enum exit_code code = trust_check_user(call, user_name);
    const struct passwd *user = code == EXIT_DONE ? getpwnam(user_name) : NULL;
    if (user == NULL)
        return code == EXIT_DONE ? call_fail(call, ERR_NOT_FOUND, user_name, "") : code;
    DIR *listing CLEANUP(close_folder) = opendir(folder);
    if (listing == NULL || chown(folder, user->pw_uid, user->pw_gid) != 0)
        return call_fail(call, ERR_IO, folder, "");
    const struct dirent *entry;
    while ((entry = readdir(listing)) != NULL) {
        if (entry->d_type == DT_REG &&
            fchownat(dirfd(listing), entry->d_name, user->pw_uid, user->pw_gid, AT_SYMLINK_NOFOLLOW) != 0)
            return call_fail(call, ERR_IO, entry->d_name, "");
    }
    return EXIT_DONE;
}

enum exit_code trust_certify(const struct call *call, const struct authority *authority,
                             struct authority_terms terms, const struct store_txn *txn, const char *path)
{
    uint8_t der[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer out = {der, sizeof(der), 0};
    crm_Certificate row;
    terms.now_unix_s = now_unix_s();
    enum err error = authority_certify(authority, &terms, linux_random(), &out, &row);
    if (error != ERR_OK)
        return call_fail(call, error, terms.name,
                         "a name must be 3 to 32 of a-z, 0-9 and -, and begin with kassa-hub if --hub is "
                         "given, and only then");
    error = crm_certificate_add(txn, &row);
    if (error != ERR_OK)
        return call_fail(call, error, terms.name, "");
    return trust_write(call, path, VAULT_PEM_CERTIFICATE, span_of(der, out.size));
}

static void free_text(char **text)
{
    free(*text);
}

enum exit_code trust_write_revoked(const struct call *call, const struct authority *authority,
                                   const struct store_txn *txn, const char *path)
{
    char *pem CLEANUP(free_text) = NULL;
    enum err error = authority_list_revoked(authority, txn, REVOKED_DAYS, now_unix_s(), &pem);
    return error == ERR_OK ? write_text(call, path, span_of_text(pem), 0644)
                           : call_fail(call, error, path, "");
}
