/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask the API on loopback: a token a role, each in a file of its own, so that each can be handed on alone. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "agent/agent.h"
#include "base/hex.h"
#include "base/log.h"
#include "platform/linux/linux_file.h"

#define TEXT_SIZE (2 * API_TOKEN_SIZE + 2) /* the digits, a line's end, and room to see that there is more */

static const char *const role_files[API_ROLE_COUNT] = {
    [API_ROLE_POS] = "pos", [API_ROLE_CASHIER] = "cashier", [API_ROLE_KIOSK] = "kiosk"};

static enum err make_token(const struct agent *agent, const char *path, uint8_t out[API_TOKEN_SIZE])
{
    char text[2 * API_TOKEN_SIZE + 2];
    TRY(agent->random.fill(agent->random.self, out, API_TOKEN_SIZE));
    hex_write(span_of(out, API_TOKEN_SIZE), text);
    text[sizeof(text) - 2] = '\n';
    TRY(linux_file_replace(path, span_of(text, sizeof(text) - 1), 0600));
    log_event(LOG_LEVEL_NOTICE, "api.token_made", "file=%s", path);
    return ERR_OK;
}

static enum err parse_token(struct span text, uint8_t out[API_TOKEN_SIZE])
{
    if (text.size > 0 && text.bytes[text.size - 1] == '\n')
        text.size--;
    return hex_read(text, out, API_TOKEN_SIZE);
}

static enum err read_token(const struct agent *agent, const char *path, uint8_t out[API_TOKEN_SIZE],
                           struct agent_fault *fault)
{
    uint8_t text[TEXT_SIZE];
    size_t size = 0;
    struct stat status;
    enum err error = linux_file_read(path, text, sizeof(text), &size);
    if (error == ERR_NOT_FOUND)
        error = make_token(agent, path, out);
    else if (error == ERR_OK && parse_token(span_of(text, size), out) != ERR_OK)
        return agent_fail(fault, ERR_SYNTAX, path,
                          "must hold 64 hexadecimal digits; removed, it is made anew");
    if (error != ERR_OK)
        return agent_fail(fault, error, path, err_sentence(error));
    if (stat(path, &status) == 0 && (status.st_mode & S_IRWXO) != 0)
        return agent_fail(fault, ERR_RANGE, path, "anyone may read this token: chmod o-rwx it");
    return ERR_OK;
}

enum err agent_read_tokens(struct agent *agent, struct api_settings *api, struct agent_fault *fault)
{
    const char *folder = agent->settings.api_token_folder;
    char path[AGENT_PATH_MAX];
    api->needs_token = folder[0] != '\0';
    if (!api->needs_token)
        return ERR_OK;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return agent_fail(fault, ERR_IO, folder, "the folder of tokens cannot be made");
    for (size_t i = 0; i < API_ROLE_COUNT; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, role_files[i]);
        TRY(read_token(agent, path, api->tokens[i], fault));
    }
    return ERR_OK;
}
