/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - runs a fuzz target over its corpus without libFuzzer: each file whole, and cut short at every
 * length. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_SIZE_MAX 262144
#define CUTS_MAX      4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* On a copy of exactly that size, so that the sanitizers see a read past the end. */
static void run_exact(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL)
        abort();
    memcpy(exact, data, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static int replay_file(const char *path, uint8_t *buffer)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    size_t size = fread(buffer, 1, FILE_SIZE_MAX, file);
    (void)fclose(file);
    run_exact(buffer, size);
    size_t step = size / CUTS_MAX + 1;
    for (size_t cut = 0; cut < size; cut += step)
        run_exact(buffer, cut);
    return 1;
}

static int replay_folder(DIR *folder, const char *name, uint8_t *buffer)
{
    int count = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[4096];
        int size = snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
        if (entry->d_name[0] != '.' && size > 0 && (size_t)size < sizeof(path))
            count += replay_file(path, buffer);
    }
    return count;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    DIR *folder = opendir(argv[1]);
    uint8_t *buffer = malloc(FILE_SIZE_MAX);
    int count = folder != NULL && buffer != NULL ? replay_folder(folder, argv[1], buffer) : 0;
    if (folder != NULL)
        (void)closedir(folder);
    free(buffer);
    (void)printf("%d corpus files replayed\n", count);
    return count > 0 ? 0 : 1;
}
