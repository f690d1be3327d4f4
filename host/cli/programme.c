/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/programme.h"

#include <sys/stat.h>

#include "cli/screen.h"
#include "platform/programme/programme_file.h"
#include "vault/vault.h"

enum exit_code programme_look(const char *path, struct card_programme *out, struct settings_faults *faults)
{
    *faults = (struct settings_faults){.count = 0};
    if (vault_open() != ERR_OK)
        return EXIT_DEVICE;
    enum err error = programme_file_read(path, out, faults);
    return error == ERR_OK ? EXIT_DONE : error == ERR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_DATA;
}

void programme_tell_faults(const struct call *call, const char *path, const struct settings_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        (void)fputs("kassa: ", call->err);
        screen_text(call->err, path);
        if (faults->rows[i].line > 0)
            (void)fprintf(call->err, ":%d", faults->rows[i].line);
        (void)fputs(": ", call->err);
        screen_text(call->err, faults->rows[i].text);
        (void)fputc('\n', call->err);
    }
    if (faults->more > 0)
        (void)fprintf(call->err, "kassa: and %zu more\n", faults->more);
}

static bool desfire_is_static(const struct card_programme *programme)
{
    const struct card_desfire_settings *desfire = &programme->desfire;
    bool is_plain_in_ev2 = desfire->scheme == CARD_DESFIRE_EV2 && desfire->mode == CARD_DESFIRE_PLAIN;
    return desfire->key_count == 0 || (is_plain_in_ev2 && desfire->identity == CARD_DESFIRE_BY_NUMBER);
}

enum card_trust programme_trust_of(const struct card_programme *programme, enum reader_technology technology)
{
    bool is_static =
        (technology == READER_ORIGINALITY && programme->originality.identity == CARD_ORIGINALITY_BY_NUMBER) ||
        (technology == READER_DESFIRE && desfire_is_static(programme));
    return is_static ? CARD_TRUST_STATIC : card_trust_of(technology);
}

bool programme_is_open_to_others(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

enum exit_code programme_load(const struct call *call, const char *path, struct card_programme *out)
{
    struct settings_faults faults;
    enum exit_code code = programme_look(path, out, &faults);
    programme_tell_faults(call, path, &faults);
    if (code != EXIT_DONE && faults.count == 0)
        (void)fprintf(call->err, "kassa: %s\n", exit_meaning(code));
    if (code != EXIT_DONE && faults.count > 0 && code == EXIT_DATA)
        (void)fputs("  kassa card programme prints every setting with its meaning\n", call->err);
    if (code == EXIT_DONE && programme_is_open_to_others(path)) {
        (void)fputs("warning: others than its owner may read ", call->err);
        screen_text(call->err, path);
        (void)fputs(", and it is a place for keys: chmod 600\n", call->err);
    }
    return code;
}
