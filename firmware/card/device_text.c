/* SPDX-License-Identifier: Apache-2.0 */
#include "card/device_text.h"

static const struct driver_row {
    const char *name; /* as libnfc's connection strings begin */
    enum card_device_way way;
} DRIVERS[] = {
    {"pn532_uart", CARD_DEVICE_LINE}, {"arygon", CARD_DEVICE_LINE},   {"acr122s", CARD_DEVICE_LINE},
    {"pn532_spi", CARD_DEVICE_BUS},   {"pn532_i2c", CARD_DEVICE_BUS}, {"pn53x_usb", CARD_DEVICE_USB},
    {"acr122_usb", CARD_DEVICE_USB},  {"pcsc", CARD_DEVICE_PCSC},
};

enum card_device_way card_device_way(const char *text)
{
    size_t size = strcspn(text, ":");
    for (size_t i = 0; i < COUNT_OF(DRIVERS); i++)
        if (strlen(DRIVERS[i].name) == size && memcmp(DRIVERS[i].name, text, size) == 0)
            return DRIVERS[i].way;
    return CARD_DEVICE_NONE;
}

/* libnfc splits at each colon, and takes a speed of anything for digits up to what is none. */
static bool is_path(const char *rest)
{
    size_t size = strcspn(rest, ":");
    const char *speed = rest + size + 1;
    if (rest[0] != '/' || size < 2)
        return false;
    return rest[size] == '\0' || (speed[0] != '\0' && speed[strspn(speed, "0123456789")] == '\0');
}

bool card_device_is_text(const char *text)
{
    const char *colon = strchr(text, ':');
    switch (card_device_way(text)) {
    case CARD_DEVICE_NONE:
        return false;
    case CARD_DEVICE_LINE:
    case CARD_DEVICE_BUS:
        return colon != NULL && is_path(colon + 1);
    case CARD_DEVICE_USB:
        return colon == NULL || colon[1] != '\0';
    case CARD_DEVICE_PCSC:
        return colon != NULL && (colon[1] != '/' || strchr(colon + 1, ':') != NULL);
    }
    return false;
}
