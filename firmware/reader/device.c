/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/device.h"

#include "platform/nfc/nfc_reader.h"
#include "platform/nfc/usb_reset.h"
#include "platform/pcsc/pcsc_names.h"
#include "platform/pcsc/pcsc_reader.h"

struct driver {
    const char *prefix; /* of device strings; the last row takes them all */
    enum err (*open)(const char *text, void **out_self);
    enum err (*reset)(const char *text); /* NULL: nothing can be done */
    void (*close)(void *self);
    const char *(*name)(const void *self);
    struct tag_reader (*as_tag_reader)(void *self);
    const unsigned long *ioctls;
    const size_t *ioctl_count; /* NULL: none */
    const char *grammar;
};

static enum err open_nfc(const char *text, void **out_self)
{
    struct nfc_reader *reader = NULL;
    TRY(nfc_reader_open(text, &reader));
    *out_self = reader;
    return ERR_OK;
}

static enum err reset_nfc(const char *text)
{
    char node[64];
    TRY(nfc_usb_node_of("/sys", text, node, sizeof node));
    return nfc_usb_reset(node);
}

static void close_nfc(void *self)
{
    nfc_reader_close(self);
}

static const char *name_nfc(const void *self)
{
    return nfc_reader_name(self);
}

static struct tag_reader nfc_as_tag_reader(void *self)
{
    return nfc_reader_as_tag_reader(self);
}

static enum err open_pcsc(const char *text, void **out_self)
{
    struct pcsc_reader *reader = NULL;
    TRY(pcsc_reader_open(text, &reader));
    *out_self = reader;
    return ERR_OK;
}

static void close_pcsc(void *self)
{
    pcsc_reader_close(self);
}

static const char *name_pcsc(const void *self)
{
    return pcsc_reader_name(self);
}

static struct tag_reader pcsc_as_tag_reader(void *self)
{
    return pcsc_reader_as_tag_reader(self);
}

static const struct driver DRIVERS[] = {
    {.prefix = PCSC_PREFIX,
     .open = open_pcsc,
     .close = close_pcsc,
     .name = name_pcsc,
     .as_tag_reader = pcsc_as_tag_reader,
     .grammar = "pcsc: and the name of one reader, or how the name of one alone begins"},
    {.prefix = "",
     .open = open_nfc,
     .reset = reset_nfc,
     .close = close_nfc,
     .name = name_nfc,
     .as_tag_reader = nfc_as_tag_reader,
     .ioctls = nfc_reader_ioctls,
     .ioctl_count = &nfc_reader_ioctl_count,
     .grammar = "as libnfc names it, driver:/path:speed with no colon in the path; or pcsc: and a name"},
};

static const struct driver *find_driver(const char *text)
{
    const struct driver *driver = DRIVERS;
    while (strncmp(text, driver->prefix, strlen(driver->prefix)) != 0)
        driver++;
    return driver;
}

enum err device_open(const char *text, struct device *out)
{
    struct device device = {.driver = find_driver(text)};
    TRY(device.driver->open(text, &device.self));
    *out = device;
    return ERR_OK;
}

enum err device_reset(const char *text)
{
    const struct driver *driver = find_driver(text);
    return driver->reset == NULL ? ERR_NOT_FOUND : driver->reset(text);
}

void device_closep(struct device *device)
{
    if (device->self != NULL)
        device->driver->close(device->self);
    device->self = NULL;
}

const char *device_name(const struct device *device)
{
    return device->driver->name(device->self);
}

struct tag_reader device_as_tag_reader(const struct device *device)
{
    return device->driver->as_tag_reader(device->self);
}

const unsigned long *device_ioctls(const struct device *device, size_t *out_count)
{
    *out_count = device->driver->ioctl_count != NULL ? *device->driver->ioctl_count : 0;
    return device->driver->ioctls;
}

const char *device_grammar(const char *text)
{
    return find_driver(text)->grammar;
}
