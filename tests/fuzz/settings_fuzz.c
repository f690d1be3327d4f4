/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a settings file: it is taken whole, or refused with a sentence. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/settings/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sample {
    char text[SETTINGS_TEXT_MAX + 1];
    int64_t number;
    bool flag;
};

static const struct settings_row rows[] = {
    SETTINGS_TEXT_ROW("till", "id", offsetof(struct sample, text), 3, "till-1", "a text"),
    SETTINGS_NUMBER_ROW("api", "port", offsetof(struct sample, number), 1, 65535, 1, "a number"),
    SETTINGS_FLAG_ROW("api", "loud", offsetof(struct sample, flag), "no", "a flag"),
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct settings_table table = {rows, COUNT_OF(rows)};
    struct sample sample;
    struct settings_faults faults;
    char path[32];
    int fd = memfd_create("settings", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        return 0;
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    settings_set_defaults(&table, &sample);
    enum err error = settings_read(&table, path, &sample, sizeof(sample), &faults);
    KASSA_ASSERT((error == ERR_OK) == (faults.count == 0));
    for (size_t i = 0; i < faults.count; i++)
        KASSA_ASSERT(faults.rows[i].text[0] != '\0');
    KASSA_ASSERT(sample.number >= 1 && sample.number <= 65535);
    (void)close(fd);
    return 0;
}
