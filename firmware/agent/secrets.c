/* SPDX-License-Identifier: Apache-2.0 */
/* The chain's secrets on this till: its peppers, and its programme with the keys of cards. Each is brought by a file and
 * kept sealed to the device; then the file can go. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "agent/device.h"
#include "base/log.h"
#include "platform/linux/linux_file.h"
#include "platform/programme/programme_file.h"

struct secret_text {
    char bytes[DEVICE_SECRET_MAX];
    size_t size;
};

/* What a secret is called, where its file is, and what its text must be. */
struct secret {
    const char *name; /* binds it: another's file in its place is refused */
    const char *path;
    const char *setting;
    enum err (*read)(struct agent *agent, struct span text, const char *path, struct agent_fault *fault);
};

_Static_assert(VAULT_PEPPERS_TEXT_MAX <= DEVICE_SECRET_MAX, "it fits into a sealed file");

static void wipe_text(struct secret_text *text)
{
    vault_wipe(text, sizeof(*text));
}

static enum err read_peppers(struct agent *agent, struct span text, const char *path,
                             struct agent_fault *fault)
{
    if (vault_peppers_read(text, &agent->peppers) == ERR_OK)
        return ERR_OK;
    return agent_fail(fault, ERR_SYNTAX, path,
                      "must hold 64 hexadecimal digits a line, up to four lines, each with a version of its "
                      "own in front (\"2 5a5a...\") where there is more than one");
}

/* The first fault; the others come when this one is mended. */
static enum err read_programme(struct agent *agent, struct span text, const char *path,
                               struct agent_fault *fault)
{
    struct settings_faults faults;
    enum err error = programme_file_read_text(text, &agent->readers.programme, &faults);
    if (error == ERR_OK)
        return ERR_OK;
    if (faults.count == 0)
        return agent_fail(fault, error, path, err_sentence(error));
    char where[AGENT_PATH_MAX];
    if (faults.rows[0].line == 0)
        return agent_fail(fault, error, path, faults.rows[0].text);
    (void)snprintf(where, sizeof(where), "%.*s: line %d", AGENT_PATH_MAX - 24, path, faults.rows[0].line);
    return agent_fail(fault, error, where, faults.rows[0].text);
}

/* Whoever has a pepper can try all numbers and find whose token it is; whoever has a programme's keys can read passes and
 * make cards. */
static enum err expect_private(const char *path, struct agent_fault *fault)
{
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & S_IRWXO) != 0)
        return agent_fail(fault, ERR_RANGE, path, "anyone may read this secret: chmod o-rwx it");
    return ERR_OK;
}

static enum err read_plain(struct agent *agent, const struct secret *secret, struct secret_text *out,
                           struct agent_fault *fault)
{
    enum err error = linux_file_read(secret->path, (uint8_t *)out->bytes, sizeof(out->bytes), &out->size);
    if (error != ERR_OK)
        return agent_fail(fault, error, secret->path, err_sentence(error));
    TRY(secret->read(agent, span_of(out->bytes, out->size), secret->path, fault));
    return expect_private(secret->path, fault);
}

static enum err sealed_path(const struct agent *agent, const struct secret *secret, char out[AGENT_PATH_MAX])
{
    int length = snprintf(out, AGENT_PATH_MAX, "%s/%s.sealed", agent->settings.data_folder, secret->name);
    return length > 0 && length < AGENT_PATH_MAX ? ERR_OK : ERR_ARGUMENT;
}

static enum err open_device(struct agent *agent, struct device *out, struct agent_fault *fault)
{
    const char *folder = agent->settings.data_folder;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return agent_fail(fault, ERR_IO, folder,
                          "the folder cannot be made: make its parent, or choose another data_dir");
    enum err error = device_open(folder, agent->random, agent_sealer(agent), out);
    if (error == ERR_OK)
        return ERR_OK;
    return agent_fail(fault, error, "device.key",
                      error == ERR_RANGE ? "others than its owner may read this secret: chmod 600 it"
                      : error == ERR_SIGNATURE
                          ? "it was sealed by another TPM: this is a copy of another till's disk"
                      : error == ERR_BUSY        ? "the TPM does not answer"
                      : error == ERR_UNSUPPORTED ? "it is sealed to a TPM: identity.tpm must name it"
                                                 : err_sentence(error));
}

static enum err unseal(const struct device *device, const struct secret *secret, const char *path,
                       struct secret_text *out)
{
    return device_unseal_file(device, path, secret->name, (uint8_t *)out->bytes, sizeof(out->bytes),
                              &out->size);
}

static enum err read_sealed(struct agent *agent, const struct secret *secret, struct agent_fault *fault)
{
    char path[AGENT_PATH_MAX];
    char sentence[96];
    struct secret_text text CLEANUP(wipe_text);
    struct device device CLEANUP(device_wipe) = {.key = {0}};
    text.size = 0;
    TRY(sealed_path(agent, secret, path));
    TRY(open_device(agent, &device, fault));
    enum err error = unseal(&device, secret, path, &text);
    if (error == ERR_OK)
        return secret->read(agent, span_of(text.bytes, text.size), path, fault);
    (void)snprintf(sentence, sizeof(sentence), "it was sealed on another device: give the %s anew by %s",
                   secret->name, secret->setting);
    return agent_fail(fault, error, path, error == ERR_SIGNATURE ? sentence : err_sentence(error));
}

static enum err keep_sealed(struct agent *agent, const struct secret *secret, struct span text,
                            struct agent_fault *fault)
{
    char path[AGENT_PATH_MAX];
    char event[32];
    struct secret_text kept CLEANUP(wipe_text);
    struct device device CLEANUP(device_wipe) = {.key = {0}};
    kept.size = 0;
    TRY(sealed_path(agent, secret, path));
    TRY(open_device(agent, &device, fault));
    bool is_there = unseal(&device, secret, path, &kept) == ERR_OK;
    if (is_there && span_is_equal(span_of(kept.bytes, kept.size), text))
        return ERR_OK;
    enum err error = device_seal_file(&device, agent->random, path, secret->name, text);
    if (error != ERR_OK)
        return agent_fail(fault, error, path, err_sentence(error));
    (void)snprintf(event, sizeof(event), "%s.sealed", secret->name);
    log_event(LOG_LEVEL_NOTICE, event, "text=\"it is kept sealed: the file in clear can go\"");
    return ERR_OK;
}

static enum err read_secret(struct agent *agent, const struct secret *secret, bool is_check,
                            struct agent_fault *fault)
{
    char path[AGENT_PATH_MAX];
    struct stat status;
    struct secret_text text CLEANUP(wipe_text);
    text.size = 0;
    TRY(sealed_path(agent, secret, path));
    bool has_plain = stat(secret->path, &status) == 0;
    if (!has_plain && stat(path, &status) == 0)
        return read_sealed(agent, secret, fault);
    TRY(read_plain(agent, secret, &text, fault));
    return is_check ? ERR_OK : keep_sealed(agent, secret, span_of(text.bytes, text.size), fault);
}

enum err agent_read_peppers(struct agent *agent, bool is_check, struct agent_fault *fault)
{
    const struct secret peppers = {"pepper", agent->settings.pepper_file, "pepper_file", read_peppers};
    return read_secret(agent, &peppers, is_check, fault);
}

enum err agent_read_programme(struct agent *agent, bool is_check, struct agent_fault *fault)
{
    const struct secret programme = {"programme", agent->settings.programme_file, "programme_file",
                                     read_programme};
    return read_secret(agent, &programme, is_check, fault);
}
