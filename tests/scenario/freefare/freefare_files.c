/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files of a DESFire card through libfreefare, which is nobody's of this house: a judge of pn532-sim's card.
 *
 *   freefare_files AID KEY-NUMBER KEY FILE...
 *
 * The reader is libnfc's usual (LIBNFC_DEVICE). One line each: "uid <hex>", then "file <number> mode <n> size <n> <hex>". A
 * file that is refused is "file <number> refused <status>". It ends with 1 and a sentence when there is no such card. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <freefare.h>
#include <nfc/nfc.h>

#define CONTENT_MAX 1024

static int fail(const char *what)
{
    (void)fprintf(stderr, "freefare_files: %s\n", what);
    return 1;
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

static void print_file(MifareTag tag, uint8_t number)
{
    static uint8_t content[CONTENT_MAX + 64];
    struct mifare_desfire_file_settings settings;
    if (mifare_desfire_get_file_settings(tag, number, &settings) != 0 ||
        settings.settings.standard_file.file_size > CONTENT_MAX) {
        printf("file %u refused %02x\n", number, mifare_desfire_last_picc_error(tag));
        return;
    }
    size_t size = settings.settings.standard_file.file_size;
    ssize_t got = mifare_desfire_read_data(tag, number, 0, size, content);
    if (got < 0) {
        printf("file %u refused %02x\n", number, mifare_desfire_last_picc_error(tag));
        return;
    }
    printf("file %u mode %u size %zu ", number, settings.communication_settings, size);
    for (ssize_t i = 0; i < got; i++)
        printf("%02x", content[i]);
    printf("\n");
}

static int print_files(MifareTag tag, char **words)
{
    uint8_t bytes[16];
    char *uid = NULL;
    MifareDESFireAID aid = mifare_desfire_aid_new((uint32_t)strtoul(words[0], NULL, 16));
    if (!read_key(words[2], bytes))
        return fail("the key is no 32 hexadecimal digits");
    if (mifare_desfire_connect(tag) != 0 || mifare_desfire_select_application(tag, aid) != 0)
        return fail("the application is not there");
    MifareDESFireKey key = mifare_desfire_aes_key_new(bytes);
    int proven = mifare_desfire_authenticate_aes(tag, (uint8_t)strtoul(words[1], NULL, 10), key);
    mifare_desfire_key_free(key);
    free(aid);
    if (proven != 0)
        return fail("the key is not the card's");
    if (mifare_desfire_get_card_uid(tag, &uid) != 0)
        return fail("the card does not tell its UID");
    printf("uid %s\n", uid);
    free(uid);
    for (char **word = words + 3; *word != NULL; word++)
        print_file(tag, (uint8_t)strtoul(*word, NULL, 10));
    return mifare_desfire_disconnect(tag) == 0 ? 0 : fail("the card does not let go");
}

static int ask_first_card(nfc_device *device, char **words)
{
    MifareTag *tags = freefare_get_tags(device);
    if (tags == NULL || tags[0] == NULL || freefare_get_tag_type(tags[0]) != DESFIRE)
        return fail("no DESFire is there");
    int code = print_files(tags[0], words);
    freefare_free_tags(tags);
    return code;
}

int main(int argc, char **argv)
{
    nfc_context *context = NULL;
    if (argc < 5)
        return fail("usage: freefare_files AID KEY-NUMBER KEY FILE...");
    nfc_init(&context);
    nfc_device *device = context != NULL ? nfc_open(context, NULL) : NULL;
    if (device == NULL)
        return fail("no reader is there");
    int code = ask_first_card(device, argv + 1);
    nfc_close(device);
    nfc_exit(context);
    return code;
}
