/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/keys.h"

#include <unistd.h>

#include "base/civil.h"
#include "base/hex.h"
#include "cli/load.h"
#include "cli/passphrase.h"
#include "cli/screen.h"
#include "office/key_lock.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file.h"

#define DAY_MS INT64_C(86400000)

/* ---- key files */

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
    vault_wipe(text, sizeof(text));
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

static enum exit_code write_locked(const struct call *call, const char *path,
                                   const uint8_t private_key[VAULT_PRIVATE_SIZE])
{
    struct passphrase passphrase CLEANUP(passphrase_wipe) = {.size = 0};
    char text[KEY_LOCK_TEXT_MAX];
    enum exit_code code = passphrase_choose(call, path, &passphrase);
    if (code != EXIT_DONE)
        return code;
    enum err error = key_lock_close(private_key, span_of(passphrase.text, passphrase.size), KEY_LOCK_ROUNDS,
                                    linux_random(), text);
    if (error == ERR_OK)
        error = linux_file_replace(path, span_of_text(text), 0600);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

static enum exit_code write_pair(const struct call *call, const char *prefix, bool is_locked,
                                 const struct vault_key_pair *pair)
{
    char private_path[KEYS_PATH_MAX], public_path[KEYS_PATH_MAX];
    int size = snprintf(private_path, sizeof(private_path), "%s.private", prefix);
    (void)snprintf(public_path, sizeof(public_path), "%s.public", prefix);
    if (size < 0 || (size_t)size >= sizeof(private_path))
        return call_refuse(call, "", "the path is too long");
    if (exists(private_path) || exists(public_path))
        return call_fail(call, ERR_EXISTS, prefix, "a key is never overwritten: choose another prefix");
    enum exit_code code = is_locked ? write_locked(call, private_path, pair->private_key)
                                    : write_key(call, private_path,
                                                span_of(pair->private_key, sizeof(pair->private_key)), 0600);
    if (code == EXIT_DONE)
        code = write_key(call, public_path, span_of(pair->public_key, sizeof(pair->public_key)), 0644);
    return code;
}

enum exit_code keys_create(const struct call *call, const char *prefix, bool is_locked,
                           struct vault_key_pair *out)
{
    uint8_t key_id[VAULT_KEY_ID_SIZE];
    char id[2 * VAULT_KEY_ID_SIZE + 1];
    enum err error = vault_generate_key_pair(out);
    if (error == ERR_OK)
        error = vault_key_id(out->public_key, key_id);
    if (error != ERR_OK)
        return call_fail(call, error, prefix, "");
    enum exit_code code = write_pair(call, prefix, is_locked, out);
    if (code != EXIT_DONE)
        return code;
    hex_write(span_of(key_id, sizeof(key_id)), id);
    fprintf(call->out, "key %s: ", id);
    screen_text(call->out, prefix);
    fputs(".private stays with its holder, ", call->out);
    screen_text(call->out, prefix);
    fputs(".public goes to who draws up the root\n", call->out);
    return EXIT_DONE;
}

/* ---- root files */

enum exit_code keys_load_root(const struct call *call, const char *path, struct keys_root *out)
{
    struct load_file file CLEANUP(load_file_done) = {0};
    struct keys_root read = {.sealed = kassa_Signed_init_zero, .body = kassa_TrustRoot_init_zero};
    enum err error = load_file(path, ROOT_FILE_SIZE_MAX, &file);
    if (error == ERR_OK)
        error = trust_root_file_read(load_span(&file), &read.sealed);
    if (error == ERR_OK)
        error = wire_decode(kassa_TrustRoot_fields,
                            span_of(read.sealed.content.bytes, read.sealed.content.size), &read.body);
    if (error != ERR_OK)
        return call_fail(call, error, path,
                         error == ERR_NOT_FOUND ? "" : "it is no root file: kassa key init");
    if (trust_root_check(&read.body) != TRUST_GOOD)
        return call_fail(call, ERR_SYNTAX, path, "it is a root file whose keys or roles do not fit together");
    *out = read;
    return EXIT_DONE;
}

enum exit_code keys_write_root(const struct call *call, const char *path, const kassa_Signed *sealed)
{
    uint8_t bytes[ROOT_FILE_SIZE_MAX];
    size_t size = 0;
    enum err error = trust_root_file_write(sealed, bytes, &size);
    if (error == ERR_OK)
        error = linux_file_replace(path, span_of(bytes, size), 0644);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, path, "");
}

static enum exit_code explain_unsound(const struct call *call, const kassa_TrustRoot *root)
{
    for (int role = kassa_TrustRole_TRUST_ROOT; role <= kassa_TrustRole_TRUST_COUPONS; role++) {
        const kassa_TrustGrant *grant = trust_grant_of(root, (kassa_TrustRole)role);
        size_t persons = root_persons(root, (kassa_TrustRole)role);
        if (grant != NULL && grant->threshold > persons)
            return call_refuse(
                call, "signatures of one person count once: add keys of others, or lower the threshold",
                "%s: %u persons must sign, and %zu hold keys", root_role_name((kassa_TrustRole)role),
                grant->threshold, persons);
    }
    if (trust_grant_of(root, kassa_TrustRole_TRUST_ROOT) == NULL)
        return call_refuse(call, "--root NAME=FILE", "nobody may sign roots");
    return call_refuse(call, "a public key is a point of the curve P-256", "the root is not sound");
}

enum exit_code keys_seal_root(const struct call *call, const kassa_TrustRoot *root, kassa_Signed *out)
{
    if (trust_root_check(root) != TRUST_GOOD)
        return explain_unsound(call, root);
    enum err error = trust_seal(kassa_TrustRoot_fields, root, out);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the root", "");
}

enum exit_code keys_load_good_root(const struct call *call, const char *path, struct trust_root *out)
{
    struct keys_root file;
    enum exit_code code = keys_load_root(call, path, &file);
    if (code != EXIT_DONE)
        return code;
    if (trust_root_begin(&file.sealed, out) == TRUST_GOOD)
        return EXIT_DONE;
    size_t missing = keys_missing(&file.body, kassa_TrustRole_TRUST_ROOT, WIRE_SIGNED_ROOT, &file.sealed);
    char hint[80];
    snprintf(hint, sizeof(hint), "%zu more must sign it: kassa key sign", missing);
    return call_fail(call, ERR_SIGNATURE, path, hint);
}

/* ---- in words */

static void print_day(FILE *out, int64_t unix_ms)
{
    char day[11];
    civil_format_day((int32_t)(unix_ms / DAY_MS), day);
    fputs(day, out);
}

static void print_grant(FILE *out, const kassa_TrustRoot *root, kassa_TrustRole role)
{
    const kassa_TrustGrant *grant = trust_grant_of(root, role);
    fprintf(out, "  %-10s", root_role_name(role));
    if (grant == NULL) {
        fputs("nobody\n", out);
        return;
    }
    fprintf(out, "%u of %zu: ", grant->threshold, root_persons(root, role));
    for (size_t i = 0; i < grant->key_ids_count; i++) {
        const kassa_TrustKey *key = trust_key_of(root, grant->key_ids[i].bytes);
        fputs(i > 0 ? ", " : "", out);
        screen_text(out, key != NULL ? key->name : "?");
    }
    fputc('\n', out);
}

void keys_print_root(FILE *out, const kassa_TrustRoot *root)
{
    fprintf(out, "root %llu of ", (unsigned long long)root->version);
    screen_text(out, root->tenant);
    fputs(", ", out);
    print_day(out, root->created_unix_ms);
    fputs(" to ", out);
    print_day(out, root->expires_unix_ms);
    fputc('\n', out);
    for (int role = kassa_TrustRole_TRUST_ROOT; role <= kassa_TrustRole_TRUST_COUPONS; role++)
        print_grant(out, root, (kassa_TrustRole)role);
    if (root->book_version_base > 0)
        fprintf(out, "  books are counted from %llu on\n", (unsigned long long)root->book_version_base);
}

static bool has_signed(const kassa_TrustRoot *root, kassa_TrustRole role, enum wire_purpose purpose,
                       const kassa_Signed *sealed, size_t i)
{
    kassa_Signed one = *sealed;
    one.signatures[0] = sealed->signatures[i];
    one.signatures_count = 1;
    return trust_count_signatures(root, role, purpose, &one) == 1;
}

size_t keys_missing(const kassa_TrustRoot *root, kassa_TrustRole role, enum wire_purpose purpose,
                    const kassa_Signed *sealed)
{
    const kassa_TrustGrant *grant = trust_grant_of(root, role);
    size_t count = trust_count_signatures(root, role, purpose, sealed);
    size_t wanted = grant != NULL ? grant->threshold : 1;
    return count < wanted ? wanted - count : 0;
}

void keys_print_signers(FILE *out, const kassa_TrustRoot *root, kassa_TrustRole role,
                        enum wire_purpose purpose, const kassa_Signed *sealed)
{
    size_t count = 0;
    fputs("signed by ", out);
    for (size_t i = 0; i < sealed->signatures_count; i++) {
        if (!has_signed(root, role, purpose, sealed, i))
            continue;
        fputs(count++ > 0 ? ", " : "", out);
        screen_text(out, trust_key_of(root, sealed->signatures[i].key_id.bytes)->name);
    }
    size_t strangers = sealed->signatures_count - count;
    size_t missing = keys_missing(root, role, purpose, sealed);
    fputs(count == 0 ? "nobody" : "", out);
    if (strangers > 0)
        fprintf(out, " (and %zu that do not count)", strangers);
    if (missing > 0)
        fprintf(out, "; %zu more must sign\n", missing);
    else
        fputs("; that is enough\n", out);
}

/* ---- what a root is drawn up from */

enum exit_code keys_grant(const struct call *call, kassa_TrustRoot *root, kassa_TrustRole role,
                          const char *text)
{
    char name[KEYS_PATH_MAX];
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    const char *sign = strchr(text, '=');
    if (sign == NULL || sign == text || (size_t)(sign - text) >= sizeof(name))
        return call_refuse(call, "for example --rules anna=anna.public", "\"%s\" is not NAME=FILE", text);
    memcpy(name, text, (size_t)(sign - text));
    name[sign - text] = '\0';
    enum exit_code code = load_public_key(call, sign + 1, public_key);
    if (code != EXIT_DONE)
        return code;
    enum err error = root_grant(root, role, name, public_key);
    if (error == ERR_OK)
        return EXIT_DONE;
    return call_fail(call, error, text,
                     error == ERR_CONFLICT
                         ? "a name has one key, and a key one name: a second key of anna is anna/phone"
                         : "a name has 1 to 32 bytes, a root at most 16 keys");
}

static enum exit_code take_role(const struct call *call, kassa_TrustRoot *root, kassa_TrustRole role)
{
    const char *text;
    for (size_t i = 0; (text = call_value_at(call, root_role_name(role), i)) != NULL; i++) {
        enum exit_code code = keys_grant(call, root, role, text);
        if (code != EXIT_DONE)
            return code;
    }
    return EXIT_DONE;
}

enum exit_code keys_take_grants(const struct call *call, kassa_TrustRoot *root)
{
    uint64_t thresholds[2] = {0, 0};
    enum exit_code code = call_number(call, "root-threshold", &thresholds[0]);
    if (code == EXIT_DONE)
        code = call_number(call, "rules-threshold", &thresholds[1]);
    for (int role = kassa_TrustRole_TRUST_ROOT; code == EXIT_DONE && role <= kassa_TrustRole_TRUST_COUPONS;
         role++)
        code = take_role(call, root, (kassa_TrustRole)role);
    if (code == EXIT_DONE && (thresholds[0] > SIGNATURES_MAX || thresholds[1] > SIGNATURES_MAX))
        return call_refuse(call, "1 to 16", "a threshold is out of range");
    root_set_threshold(root, kassa_TrustRole_TRUST_ROOT, (uint32_t)thresholds[0]);
    root_set_threshold(root, kassa_TrustRole_TRUST_RULES, (uint32_t)thresholds[1]);
    return code;
}

enum exit_code keys_take_terms(const struct call *call, const char *tenant, struct root_terms *out)
{
    const struct clock clock = linux_clock();
    uint64_t years = KEYS_YEARS_DEFAULT;
    enum exit_code code = call_number(call, "years", &years);
    if (code != EXIT_DONE)
        return code;
    if (years < 1 || years > KEYS_YEARS_MAX)
        return call_refuse(call, "1 to 20", "--years is out of range");
    int64_t now = clock.ops->wall_unix_ms(clock.self);
    *out = (struct root_terms){tenant, now, now + (int64_t)years * 365 * DAY_MS};
    return EXIT_DONE;
}
