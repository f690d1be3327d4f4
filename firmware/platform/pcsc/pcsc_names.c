/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pcsc/pcsc_names.h"

enum err pcsc_read_device(const char *device, struct pcsc_device *out)
{
    if (strncmp(device, PCSC_PREFIX, strlen(PCSC_PREFIX)) != 0)
        return ERR_ARGUMENT;
    struct pcsc_device found = {.name = device + strlen(PCSC_PREFIX)};
    if (found.name[0] == '/') {
        const char *colon = strchr(found.name, ':');
        if (colon == NULL)
            return ERR_ARGUMENT;
        found.socket_path = span_of(found.name, (size_t)(colon - found.name));
        found.name = colon + 1;
    }
    *out = found;
    return ERR_OK;
}

enum err pcsc_find_reader(const char *names, size_t size, const char *wanted, const char **out_name)
{
    const char *found = NULL;
    size_t count = 0;
    for (size_t at = 0; at < size && names[at] != '\0'; at += strnlen(names + at, size - at) + 1) {
        const char *name = names + at;
        if (strnlen(name, size - at) == size - at) /* the last one is not ended: it is none */
            break;
        if (strncmp(name, wanted, strlen(wanted)) != 0)
            continue;
        found = name;
        count++;
        if (strcmp(name, wanted) != 0)
            continue;
        count = 1;
        break;
    }
    if (count == 1)
        *out_name = found;
    if (count > 1)
        return ERR_ARGUMENT;
    return count == 1 ? ERR_OK : ERR_NOT_FOUND;
}

/* PC/SC part 3, 3.1.3.2.3: a storage card's ATR holds the registered identifier of the PC/SC workgroup, the standard that
 * it follows and a number for its name. */
static const uint8_t STORAGE_CARD[] = {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F,
                                       0x0C, 0xA0, 0x00, 0x00, 0x03, 0x06};
#define STANDARD_14443_A_3 0x03
#define STORAGE_ATR_SIZE   20

static const struct storage_row {
    uint16_t name;
    uint8_t sak; /* NXP AN10833 */
    uint16_t atqa;
} STORAGE_CARDS[] = {
    {0x0001, 0x08, 0x0004}, /* MIFARE Classic 1K */
    {0x0002, 0x18, 0x0002}, /* 4K */
    {0x0003, 0x00, 0x0044}, /* MIFARE Ultralight, and NTAG21x with it */
    {0x0026, 0x09, 0x0004}, /* MIFARE Mini */
    {0x003A, 0x00, 0x0044}, /* MIFARE Ultralight C */
};

/* One whose name is not known here is still known by its UID. */
static enum err read_storage_card(struct span atr, struct tag_target *target)
{
    if (atr.bytes[sizeof STORAGE_CARD] != STANDARD_14443_A_3)
        return ERR_UNSUPPORTED;
    uint16_t name = (uint16_t)(atr.bytes[sizeof STORAGE_CARD + 1] << 8 | atr.bytes[sizeof STORAGE_CARD + 2]);
    for (size_t i = 0; i < COUNT_OF(STORAGE_CARDS); i++)
        if (STORAGE_CARDS[i].name == name) {
            target->sak = STORAGE_CARDS[i].sak;
            target->atqa = STORAGE_CARDS[i].atqa;
        }
    return ERR_OK;
}

/* ISO/IEC 7816-3 8.2, as PC/SC part 3, 3.1.3.2.1 has readers make it up for ISO/IEC 14443-4: 3B, 8 and the count of historical
 * bytes, 80 01 (T=0 and T=1), those bytes, a check byte. They are those of the card's answer to select. */
static enum err read_card_with_apdus(struct span atr, struct tag_target *target)
{
    size_t count = atr.bytes[1] & 0x0F;
    if (atr.bytes[1] >> 4 != 8 || atr.bytes[2] != 0x80 || atr.bytes[3] != 0x01 || atr.size != count + 5)
        return ERR_UNSUPPORTED;
    target->sak = TAG_SAK_ISO14443_4;
    target->atqa = target->uid_size == 4 ? 0x0004 : 0x0044;
    target->ats[0] = 0; /* T0: what is told of blocks and times is the reader's business */
    memcpy(target->ats + 1, atr.bytes + 4, count);
    target->ats_size = (uint8_t)(count + 1);
    return ERR_OK;
}

_Static_assert(TAG_ATS_SIZE_MAX >= 16, "T0 and at most fifteen historical bytes");

enum err pcsc_read_atr(struct span atr, struct tag_target *target)
{
    if (atr.size < 5 || atr.bytes[0] != 0x3B)
        return ERR_UNSUPPORTED;
    bool is_storage =
        atr.size == STORAGE_ATR_SIZE && memcmp(atr.bytes, STORAGE_CARD, sizeof STORAGE_CARD) == 0;
    return is_storage ? read_storage_card(atr, target) : read_card_with_apdus(atr, target);
}
