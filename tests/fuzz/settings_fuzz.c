/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a settings file: it is taken whole, or refused with a sentence. What was taken and is printed is a
 * settings file again, of the same settings. */
#include <stdio.h>
#include <string.h>
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

static const struct settings_table table = {rows, COUNT_OF(rows)};

static enum err read_text(struct span text, struct sample *out, struct settings_faults *faults)
{
    char path[32];
    int fd = memfd_create("settings", MFD_CLOEXEC);
    KASSA_ASSERT(fd >= 0 && write(fd, text.bytes, text.size) == (ssize_t)text.size);
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    settings_set_defaults(&table, out);
    enum err error = settings_read(&table, path, out, sizeof(*out), faults);
    (void)close(fd);
    return error;
}

static void keep(void *context, const char *text)
{
    strcat(context, text);
}

static void read_again(const struct sample *sample)
{
    static char printed[8192];
    static struct sample again;
    struct settings_faults faults;
    struct settings_fault fault;
    printed[0] = '\0';
    settings_print(&table, sample, keep, printed);
    KASSA_ASSERT(read_text(span_of_text(printed), &again, &faults) == ERR_OK);
    KASSA_ASSERT(strcmp(sample->text, again.text) == 0 && sample->number == again.number &&
                 sample->flag == again.flag);
    KASSA_ASSERT(settings_set(&table, &again, "till", "id", sample->text, &fault) == ERR_OK);
    KASSA_ASSERT(settings_set(&table, &again, "till", "nobody", sample->text, &fault) == ERR_SYNTAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sample sample;
    struct settings_faults faults;
    enum err error = read_text(span_of(data, size), &sample, &faults);
    KASSA_ASSERT((error == ERR_OK) == (faults.count == 0));
    for (size_t i = 0; i < faults.count; i++)
        KASSA_ASSERT(faults.rows[i].text[0] != '\0');
    KASSA_ASSERT(sample.number >= 1 && sample.number <= 65535);
    if (error == ERR_OK)
        read_again(&sample);
    return 0;
}
