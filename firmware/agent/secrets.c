/* SPDX-License-Identifier: Apache-2.0 */
/* The chain's peppers on this till: brought by a file, kept sealed to the device. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "agent/device.h"
#include "base/log.h"
#include "platform/linux/linux_file.h"

#define PEPPER_NAME "pepper"

_Static_assert(VAULT_PEPPERS_TEXT_MAX <= DEVICE_SECRET_MAX, "it fits into a sealed file");

static void wipe_text(char (*text)[VAULT_PEPPERS_TEXT_MAX])
{
    vault_wipe(*text, sizeof(*text));
}

/* Whoever has the pepper can try all numbers and find whose token it is. */
static enum err expect_private(const char *path, struct agent_fault *fault)
{
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & S_IRWXO) != 0)
        return agent_fail(fault, ERR_RANGE, path, "anyone may read this secret: chmod o-rwx it");
    return ERR_OK;
}

static enum err read_plain(const struct agent *agent, struct vault_peppers *out, struct agent_fault *fault)
{
    const char *path = agent->settings.pepper_file;
    char text[VAULT_PEPPERS_TEXT_MAX] CLEANUP(wipe_text) = "";
    size_t size = 0;
    enum err error = linux_file_read(path, (uint8_t *)text, sizeof(text), &size);
    if (error != ERR_OK && error != ERR_TOO_LONG)
        return agent_fail(fault, error, path, err_sentence(error));
    if (error == ERR_OK)
        error = vault_peppers_read(span_of(text, size), out);
    if (error != ERR_OK)
        return agent_fail(
            fault, ERR_SYNTAX, path,
            "must hold 64 hexadecimal digits a line, up to four lines, each with a version of its "
            "own in front (\"2 5a5a...\") where there is more than one");
    return expect_private(path, fault);
}

static enum err sealed_path(const struct agent *agent, char out[AGENT_PATH_MAX])
{
    int length = snprintf(out, AGENT_PATH_MAX, "%s/%s.sealed", agent->settings.data_folder, PEPPER_NAME);
    return length > 0 && length < AGENT_PATH_MAX ? ERR_OK : ERR_ARGUMENT;
}

static enum err open_device(const struct agent *agent, struct device *out, struct agent_fault *fault)
{
    const char *folder = agent->settings.data_folder;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return agent_fail(fault, ERR_IO, folder,
                          "the folder cannot be made: make its parent, or choose another data_dir");
    struct tpm tpm = {.tcti = NULL};
    enum err error = device_open(folder, agent->random, agent_sealer(agent, &tpm), out);
    if (error == ERR_OK)
        return ERR_OK;
    return agent_fail(fault, error, "device.key",
                      error == ERR_RANGE ? "others than its owner may read this secret: chmod 600 it"
                      : error == ERR_SIGNATURE
                          ? "it was sealed by another TPM: this is a copy of another till's disk"
                      : error == ERR_UNSUPPORTED ? "it is sealed to a TPM: identity.tpm must name it"
                                                 : err_sentence(error));
}

static enum err read_sealed(const struct agent *agent, struct vault_peppers *out, struct agent_fault *fault)
{
    char path[AGENT_PATH_MAX];
    char text[VAULT_PEPPERS_TEXT_MAX] CLEANUP(wipe_text) = "";
    struct device device CLEANUP(device_wipe) = {.key = {0}};
    size_t size;
    TRY(sealed_path(agent, path));
    TRY(open_device(agent, &device, fault));
    enum err error = device_unseal_file(&device, path, PEPPER_NAME, (uint8_t *)text, sizeof(text), &size);
    if (error == ERR_OK)
        error = vault_peppers_read(span_of(text, size), out);
    if (error == ERR_OK)
        return ERR_OK;
    return agent_fail(fault, error, path,
                      error == ERR_SIGNATURE
                          ? "it was sealed on another device: give the pepper anew by pepper_file"
                          : err_sentence(error));
}

static enum err keep_sealed(const struct agent *agent, const struct vault_peppers *peppers,
                            struct agent_fault *fault)
{
    char path[AGENT_PATH_MAX];
    char text[VAULT_PEPPERS_TEXT_MAX] CLEANUP(wipe_text) = "";
    char kept[VAULT_PEPPERS_TEXT_MAX] CLEANUP(wipe_text) = "";
    struct device device CLEANUP(device_wipe) = {.key = {0}};
    size_t size = 0;
    TRY(sealed_path(agent, path));
    TRY(open_device(agent, &device, fault));
    vault_peppers_write(peppers, text);
    bool is_there =
        device_unseal_file(&device, path, PEPPER_NAME, (uint8_t *)kept, sizeof(kept), &size) == ERR_OK;
    if (is_there && span_is_equal(span_of(kept, size), span_of_text(text)))
        return ERR_OK;
    enum err error = device_seal_file(&device, agent->random, path, PEPPER_NAME, span_of_text(text));
    if (error != ERR_OK)
        return agent_fail(fault, error, path, err_sentence(error));
    log_event(LOG_LEVEL_NOTICE, "pepper.sealed", "text=\"it is kept sealed: the file in clear can go\"");
    return ERR_OK;
}

enum err agent_read_peppers(struct agent *agent, bool is_check, struct agent_fault *fault)
{
    char path[AGENT_PATH_MAX];
    struct stat status;
    TRY(sealed_path(agent, path));
    bool has_plain = stat(agent->settings.pepper_file, &status) == 0;
    if (!has_plain && stat(path, &status) == 0)
        return read_sealed(agent, &agent->peppers, fault);
    TRY(read_plain(agent, &agent->peppers, fault));
    return is_check ? ERR_OK : keep_sealed(agent, &agent->peppers, fault);
}
