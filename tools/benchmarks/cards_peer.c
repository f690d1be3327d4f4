/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the card that lies there again and again as others do, and says how long that took. A peer of the cards' benchmark.
 *
 *   kassa-bench-cards-peer CONNSTRING ROUNDS select                              a bare libnfc finds and selects it
 *   kassa-bench-cards-peer CONNSTRING ROUNDS desfire AID KEY FILE OFFSET SIZE    libfreefare reads that, behind AES key 1
 *
 * One line of JSON: {"p50_us": n, "p99_us": n}. It ends with 1 and a sentence when a round fails. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <freefare.h>
#include <nfc/nfc.h>

#define ROUNDS_MAX  10000
#define CONTENT_MAX 256

struct peer {
    nfc_device *device;
    char **words; /* what follows its name */
};

/* One reading; false: it failed. What comes after it, so that the next finds the card anew, is not its time. */
struct way {
    const char *name;
    int word_count;
    bool (*read)(const struct peer *peer);
    void (*end)(const struct peer *peer);
};

static bool select_card(const struct peer *peer)
{
    static const nfc_modulation type_a = {.nmt = NMT_ISO14443A, .nbr = NBR_106};
    nfc_target target;
    return nfc_initiator_select_passive_target(peer->device, type_a, NULL, 0, &target) > 0;
}

static void deselect_card(const struct peer *peer)
{
    (void)nfc_initiator_deselect_target(peer->device);
}

static bool read_key(const char *hex, uint8_t out[16])
{
    for (size_t i = 0; i < 16; i++) {
        unsigned byte = 0;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return false;
        out[i] = (uint8_t)byte;
    }
    return hex[32] == '\0';
}

static bool prove_key(MifareTag tag, const char *hex)
{
    uint8_t bytes[16];
    if (!read_key(hex, bytes))
        return false;
    MifareDESFireKey key = mifare_desfire_aes_key_new(bytes);
    bool is_proven = mifare_desfire_authenticate_aes(tag, 1, key) == 0;
    mifare_desfire_key_free(key);
    return is_proven;
}

static bool read_file(MifareTag tag, char **words)
{
    uint8_t content[CONTENT_MAX + 64];
    size_t size = strtoul(words[4], NULL, 10);
    MifareDESFireAID aid = mifare_desfire_aid_new((uint32_t)strtoul(words[0], NULL, 16));
    bool is_read = size <= CONTENT_MAX && mifare_desfire_connect(tag) == 0 &&
                   mifare_desfire_select_application(tag, aid) == 0 && prove_key(tag, words[1]) &&
                   mifare_desfire_read_data_ex(tag, (uint8_t)strtoul(words[2], NULL, 10),
                                               (off_t)strtoul(words[3], NULL, 10), size, content,
                                               MDCM_ENCIPHERED) == (ssize_t)size;
    free(aid);
    return is_read && mifare_desfire_disconnect(tag) == 0;
}

static bool read_desfire(const struct peer *peer)
{
    MifareTag *tags = freefare_get_tags(peer->device);
    bool is_read = tags != NULL && tags[0] != NULL && freefare_get_tag_type(tags[0]) == DESFIRE &&
                   read_file(tags[0], peer->words);
    freefare_free_tags(tags);
    return is_read;
}

static void end_nothing(const struct peer *peer)
{
    (void)peer;
}

static const struct way WAYS[] = {{"select", 0, select_card, deselect_card},
                                  {"desfire", 5, read_desfire, end_nothing}};

static unsigned long now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long)now.tv_sec * 1000000 + (unsigned long)now.tv_nsec / 1000;
}

static int compare(const void *a, const void *b)
{
    unsigned long left = *(const unsigned long *)a, right = *(const unsigned long *)b;
    return (left > right) - (left < right);
}

static int fail(const char *what)
{
    (void)fprintf(stderr, "kassa-bench-cards-peer: %s\n", what);
    return 1;
}

static int measure(const struct peer *peer, const struct way *way, size_t rounds)
{
    static unsigned long times[ROUNDS_MAX];
    for (size_t i = 0; i < rounds; i++) {
        unsigned long start = now_us();
        if (!way->read(peer))
            return fail("the card was not read");
        times[i] = now_us() - start;
        way->end(peer);
    }
    qsort(times, rounds, sizeof times[0], compare);
    (void)printf("{\"p50_us\": %lu, \"p99_us\": %lu}\n", times[(rounds - 1) / 2],
                 times[(rounds - 1) * 99 / 100]);
    return 0;
}

static int run(nfc_device *device, const struct way *way, size_t rounds, char **words)
{
    const struct peer peer = {device, words};
    if (nfc_initiator_init(device) < 0 || nfc_device_set_property_bool(device, NP_INFINITE_SELECT, false) < 0)
        return fail("the reader cannot be set up");
    return measure(&peer, way, rounds);
}

static const struct way *find_way(const char *name, int word_count)
{
    for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++)
        if (strcmp(WAYS[i].name, name) == 0 && WAYS[i].word_count == word_count)
            return &WAYS[i];
    return NULL;
}

int main(int argc, char **argv)
{
    nfc_context *context = NULL;
    const struct way *way = argc >= 4 ? find_way(argv[3], argc - 4) : NULL;
    size_t rounds = argc >= 4 ? strtoul(argv[2], NULL, 10) : 0;
    if (way == NULL || rounds == 0 || rounds > ROUNDS_MAX)
        return fail(
            "usage: kassa-bench-cards-peer CONNSTRING ROUNDS select | desfire AID KEY FILE OFFSET SIZE");
    nfc_init(&context);
    nfc_device *device = context != NULL ? nfc_open(context, argv[1]) : NULL;
    if (device == NULL)
        return fail("no reader is there");
    int code = run(device, way, rounds, argv + 4);
    nfc_close(device);
    nfc_exit(context);
    return code;
}
