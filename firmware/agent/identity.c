/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/identity.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/linux/linux_file.h"

#define RETRY_S_MIN 60
#define RETRY_S_MAX (6 * 3600)

#define CERTIFICATE_MODE 0644
#define KEY_MODE         0600

struct pair {
    struct vault_certificate certificate;
    uint8_t private_key[VAULT_PRIVATE_SIZE];
    bool has_certificate, has_key;
    bool is_match; /* and they belong together */
    enum err key_error;
};

static void wipe_pair(struct pair *pair)
{
    vault_wipe(pair, sizeof(*pair));
}

static void wipe_text(uint8_t (*text)[VAULT_PEM_TEXT_MAX])
{
    vault_wipe(*text, sizeof(*text));
}

static enum err read_certificate(const char *path, struct vault_certificate *out)
{
    uint8_t text[VAULT_PEM_TEXT_MAX], bytes[VAULT_CERTIFICATE_SIZE_MAX];
    struct vault_buffer der = {bytes, sizeof(bytes), 0};
    size_t size;
    TRY(linux_file_read(path, text, sizeof(text), &size));
    TRY(vault_pem_read(VAULT_PEM_CERTIFICATE, span_of(text, size), &der));
    return vault_certificate_read(span_of(bytes, der.size), out);
}

static enum err read_key(struct sealer sealer, const char *path, uint8_t out[VAULT_PRIVATE_SIZE])
{
    uint8_t text[VAULT_PEM_TEXT_MAX] CLEANUP(wipe_text);
    size_t size;
    TRY(linux_file_read(path, text, sizeof(text), &size));
    return vault_kept_key_read(sealer, span_of(text, size), out);
}

static void read_pair(struct sealer sealer, const struct identity_files *files, struct pair *out)
{
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    out->has_certificate = read_certificate(files->certificate, &out->certificate) == ERR_OK;
    out->key_error = read_key(sealer, files->key, out->private_key);
    out->has_key = out->key_error == ERR_OK && vault_public_key_of(out->private_key, public_key) == ERR_OK;
    out->is_match = out->has_certificate && out->has_key &&
                    memcmp(public_key, out->certificate.public_key, sizeof(public_key)) == 0;
}

/* It may at another time: nothing is known of what it sealed. */
static bool is_sealer_away(enum err error)
{
    return error == ERR_IO || error == ERR_BUSY || error == ERR_MEMORY;
}

/* The certificate first: a key alone is what a question that nobody has answered leaves. */
static void remove_next(struct identity *identity)
{
    (void)unlink(identity->files[IDENTITY_NEXT].certificate); /* what stays is removed at the next opening */
    (void)unlink(identity->files[IDENTITY_NEXT].key);
    identity->is_usable[IDENTITY_NEXT] = false;
    identity->has_next_failed = false;
    identity->strikes = 0;
}

static void know_current(struct identity *identity, const struct vault_certificate *certificate)
{
    identity->is_known = true;
    memcpy(identity->name, certificate->name, sizeof(identity->name));
    memcpy(identity->public_key, certificate->public_key, sizeof(identity->public_key));
    identity->from_unix_s = certificate->from_unix_s;
    identity->until_unix_s = certificate->until_unix_s;
}

/* A next pair is of use if it is whole and lasts longer than a current one that is whole, too: after a cut
 * amid the exchange the current files may be of two pairs. A key alone waits for its certificate, unless it has
 * become the current one. */
static void judge(struct identity *identity, const struct pair *current, const struct pair *next)
{
    bool is_broken = current->has_certificate && current->has_key && !current->is_match;
    bool is_longer = !current->is_match || next->certificate.until_unix_s > current->certificate.until_unix_s;
    identity->is_usable[IDENTITY_NEXT] = next->is_match && is_longer;
    identity->is_usable[IDENTITY_CURRENT] = !is_broken || !identity->is_usable[IDENTITY_NEXT];
    if (current->is_match)
        know_current(identity, &current->certificate);
    bool is_same_key = next->has_key && current->has_key &&
                       memcmp(next->private_key, current->private_key, sizeof(next->private_key)) == 0;
    if (!identity->is_usable[IDENTITY_NEXT] && (next->has_certificate || is_same_key))
        remove_next(identity);
}

static bool set_paths(const char *certificate_file, const char *key_file, const char *suffix,
                      struct identity_files *out)
{
    int a = snprintf(out->certificate, sizeof(out->certificate), "%s%s", certificate_file, suffix);
    int b = snprintf(out->key, sizeof(out->key), "%s%s", key_file, suffix);
    return a >= 0 && (size_t)a < sizeof(out->certificate) && b >= 0 && (size_t)b < sizeof(out->key);
}

static void look(struct identity *identity)
{
    struct pair current CLEANUP(wipe_pair) = {.is_match = false};
    struct pair next CLEANUP(wipe_pair) = {.is_match = false};
    read_pair(identity->sealer, &identity->files[IDENTITY_CURRENT], &current);
    read_pair(identity->sealer, &identity->files[IDENTITY_NEXT], &next);
    identity->is_unread = is_sealer_away(current.key_error) || is_sealer_away(next.key_error);
    if (identity->is_unread)
        identity->is_usable[IDENTITY_CURRENT] = true;
    else
        judge(identity, &current, &next);
}

enum err identity_open(const char *certificate_file, const char *key_file, struct sealer sealer,
                       struct identity *out)
{
    *out = (struct identity){.sealer = sealer};
    if (!set_paths(certificate_file, key_file, "", &out->files[IDENTITY_CURRENT]) ||
        !set_paths(certificate_file, key_file, ".next", &out->files[IDENTITY_NEXT]))
        return ERR_ARGUMENT;
    look(out);
    return ERR_OK;
}

const struct identity_files *identity_choose(struct identity *identity)
{
    if (identity->is_unread)
        look(identity);
    identity->has_next_failed = identity->is_trying && identity->tried == IDENTITY_NEXT;
    bool is_next = identity->is_usable[IDENTITY_NEXT] &&
                   (!identity->has_next_failed || !identity->is_usable[IDENTITY_CURRENT]);
    identity->tried = is_next ? IDENTITY_NEXT : IDENTITY_CURRENT;
    identity->is_trying = true;
    return &identity->files[identity->tried];
}

static enum err copy_file(const char *from, const char *to, unsigned mode)
{
    uint8_t text[VAULT_PEM_TEXT_MAX] CLEANUP(wipe_text);
    size_t size;
    TRY(linux_file_read(from, text, sizeof(text), &size));
    return linux_file_replace(to, span_of(text, size), mode);
}

/* Between the two replacements the current files are of two pairs, and the next pair is still whole; it goes
 * when both are done. */
static enum err exchange(struct identity *identity)
{
    const struct identity_files *next = &identity->files[IDENTITY_NEXT];
    const struct identity_files *current = &identity->files[IDENTITY_CURRENT];
    struct vault_certificate certificate;
    TRY(read_certificate(next->certificate, &certificate));
    identity->is_usable[IDENTITY_CURRENT] = false;
    TRY(copy_file(next->key, current->key, KEY_MODE));
    TRY(copy_file(next->certificate, current->certificate, CERTIFICATE_MODE));
    identity->is_usable[IDENTITY_CURRENT] = true;
    know_current(identity, &certificate);
    identity->tried = IDENTITY_CURRENT;
    remove_next(identity);
    return ERR_OK;
}

enum err identity_prove(struct identity *identity, enum identity_verdict *out)
{
    *out = IDENTITY_AS_BEFORE;
    identity->is_trying = false;
    if (identity->tried == IDENTITY_NEXT) {
        TRY(exchange(identity));
        *out = IDENTITY_RENEWED;
        return ERR_OK;
    }
    if (!identity->has_next_failed)
        return ERR_OK;
    identity->has_next_failed = false;
    *out = IDENTITY_DOUBTED;
    if (++identity->strikes < IDENTITY_STRIKES)
        return ERR_OK;
    remove_next(identity);
    *out = IDENTITY_REFUSED;
    return ERR_OK;
}

static enum err write_key(struct sealer sealer, const char *path,
                          const uint8_t private_key[VAULT_PRIVATE_SIZE])
{
    uint8_t text[VAULT_PEM_TEXT_MAX] CLEANUP(wipe_text);
    struct vault_buffer pem = {text, sizeof(text), 0};
    TRY(vault_kept_key_write(sealer, private_key, &pem));
    return linux_file_replace(path, span_of(text, pem.size), KEY_MODE);
}

static void wipe_keys(struct vault_key_pair *keys)
{
    vault_wipe(keys, sizeof(*keys));
}

enum err identity_request(struct identity *identity, struct vault_buffer *out_request_der)
{
    struct vault_key_pair keys CLEANUP(wipe_keys) = {.private_key = {0}};
    const char *path = identity->files[IDENTITY_NEXT].key;
    if (!identity->is_known || identity->is_usable[IDENTITY_NEXT])
        return ERR_STATE;
    enum err error = read_key(identity->sealer, path, keys.private_key);
    if (is_sealer_away(error))
        return error;
    if (error != ERR_OK) {
        TRY(vault_generate_key_pair(&keys));
        TRY(write_key(identity->sealer, path, keys.private_key));
    }
    return vault_request_make(keys.private_key, identity->name, out_request_der);
}

static enum err check_taken(const struct identity *identity, struct span der)
{
    struct vault_certificate certificate;
    uint8_t private_key[VAULT_PRIVATE_SIZE], public_key[VAULT_PUBLIC_SIZE];
    TRY(vault_certificate_read(der, &certificate));
    TRY(read_key(identity->sealer, identity->files[IDENTITY_NEXT].key, private_key));
    enum err error = vault_public_key_of(private_key, public_key);
    vault_wipe(private_key, sizeof(private_key));
    TRY(error);
    bool is_ours = strcmp(certificate.name, identity->name) == 0 && certificate.use == VAULT_USE_CLIENT &&
                   memcmp(public_key, certificate.public_key, sizeof(public_key)) == 0;
    return is_ours && certificate.until_unix_s > identity->until_unix_s ? ERR_OK : ERR_ARGUMENT;
}

enum err identity_take(struct identity *identity, struct span certificate_der)
{
    uint8_t text[VAULT_PEM_SIZE_MAX];
    struct vault_buffer pem = {text, sizeof(text), 0};
    if (identity->is_usable[IDENTITY_NEXT])
        return ERR_STATE;
    TRY(check_taken(identity, certificate_der));
    TRY(vault_pem_write(VAULT_PEM_CERTIFICATE, certificate_der, &pem));
    TRY(linux_file_replace(identity->files[IDENTITY_NEXT].certificate, span_of(text, pem.size),
                           CERTIFICATE_MODE));
    identity->is_usable[IDENTITY_NEXT] = true;
    return ERR_OK;
}

int64_t identity_renewal_unix_s(const struct identity *identity)
{
    int64_t life = identity->until_unix_s - identity->from_unix_s;
    uint64_t chance = 0;
    for (size_t i = 1; i <= sizeof(chance); i++) /* behind the byte that says how the point is written */
        chance = chance << 8 | identity->public_key[i];
    return identity->from_unix_s + life / 3 * 2 + (int64_t)(chance % ((uint64_t)life / 12 + 1));
}

int64_t identity_retry_s(const struct identity *identity)
{
    int64_t retry = (identity->until_unix_s - identity->from_unix_s) / 24;
    return retry < RETRY_S_MIN ? RETRY_S_MIN : retry > RETRY_S_MAX ? RETRY_S_MAX : retry;
}

/* ---- the key, for the TLS library */

void identity_shown_close(struct identity_shown *shown)
{
    if (shown->fd >= 0)
        (void)close(shown->fd);
    *shown = (struct identity_shown){.fd = -1};
}

static enum err show_copy(struct sealer sealer, struct span sealed, struct identity_shown *out)
{
    uint8_t private_key[VAULT_PRIVATE_SIZE], text[VAULT_PEM_TEXT_MAX] CLEANUP(wipe_text);
    struct vault_buffer pem = {text, sizeof(text), 0};
    TRY(vault_kept_key_read(sealer, sealed, private_key));
    enum err error = vault_key_write(private_key, &pem);
    vault_wipe(private_key, sizeof(private_key));
    TRY(error);
    int fd = memfd_create("kassa-key", MFD_CLOEXEC);
    if (fd < 0)
        return ERR_IO;
    out->fd = fd;
    (void)snprintf(out->path, sizeof(out->path), "/proc/self/fd/%d", fd);
    ssize_t written = write(fd, text, pem.size);
    return written >= 0 && (size_t)written == pem.size ? ERR_OK : ERR_IO;
}

/* After an exchange of the pairs the copy stands in the other place. */
static bool take_shown(struct identity_shown shown[IDENTITY_PAIR_COUNT], struct identity_shown *own,
                       struct span text)
{
    for (size_t i = 0; i < IDENTITY_PAIR_COUNT; i++) {
        if (shown[i].fd < 0 || !span_is_equal(span_of(shown[i].text, shown[i].size), text))
            continue;
        struct identity_shown other = *own;
        *own = shown[i];
        shown[i] = other;
        return true;
    }
    return false;
}

enum err identity_show_key(const struct identity *identity, const struct identity_files *files,
                           struct identity_shown shown[IDENTITY_PAIR_COUNT], const char **out_path)
{
    uint8_t text[VAULT_PEM_SIZE_MAX];
    struct identity_shown *own = &shown[files - identity->files];
    size_t size;
    *out_path = files->key;
    TRY(linux_file_read(files->key, text, sizeof(text), &size));
    if (!vault_key_is_sealed(span_of(text, size)))
        return ERR_OK;
    if (!take_shown(shown, own, span_of(text, size))) {
        identity_shown_close(own);
        enum err error = show_copy(identity->sealer, span_of(text, size), own);
        if (error != ERR_OK) {
            identity_shown_close(own);
            return error;
        }
        memcpy(own->text, text, size);
        own->size = size;
    }
    *out_path = own->path;
    return ERR_OK;
}
