/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/nfc/nfc_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/spi/spidev.h>
#include <linux/usbdevice_fs.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <nfc/nfc.h>

#define COMMAND_TIMEOUT_MS 300 /* libnfc's USB back end needs more than 200 */
#define TX_SIZE_MAX        262 /* libnfc copies into 264 bytes after two of its own, unchecked */

struct nfc_reader {
    nfc_context *context;
    nfc_device *device;
    int lock_fd; /* -1: the device is no file (USB: libusb claims the interface) */
    nfc_target target;
};

/* By driver: the terminal's settings and what waits in it; libusb's transfers; SPI's of one and of two parts. I2C reads and
 * writes. TIOCSTI, which types on a terminal, and USBDEVFS_IOCTL, which reaches drivers of the kernel, are none of them. */
const unsigned long nfc_reader_ioctls[] = {TCGETS,
                                           TCSETS,
                                           TCSETSW,
                                           TCSETSF,
                                           TCFLSH,
                                           FIONREAD,
                                           USBDEVFS_CONTROL,
                                           USBDEVFS_BULK,
                                           USBDEVFS_RESETEP,
                                           USBDEVFS_CLEAR_HALT,
                                           USBDEVFS_SUBMITURB,
                                           USBDEVFS_DISCARDURB,
                                           USBDEVFS_REAPURB,
                                           USBDEVFS_REAPURBNDELAY,
                                           USBDEVFS_SETINTERFACE,
                                           USBDEVFS_RELEASEINTERFACE,
                                           SPI_IOC_MESSAGE(1),
                                           SPI_IOC_MESSAGE(2)};
const size_t nfc_reader_ioctl_count = COUNT_OF(nfc_reader_ioctls);

static const nfc_modulation TYPE_A = {.nmt = NMT_ISO14443A, .nbr = NBR_106};

static const struct nfc_error_row {
    int code;
    enum err error;
} NFC_ERRORS[] = {
    {NFC_EIO, ERR_CLOSED}, /* the device is gone */
    {NFC_ENOTSUCHDEV, ERR_CLOSED},
    {NFC_ETIMEOUT, ERR_TIMEOUT}, /* the chip does not answer; a card's silence is ERFTRANS */
    {NFC_EOPABORTED, ERR_TIMEOUT},
    {NFC_EOVFLOW, ERR_TOO_LONG},
    {NFC_ERFTRANS, ERR_IO}, /* everything else: a bad answer, worth another try */
};

static enum err err_of_nfc(int code)
{
    for (size_t i = 0; i < COUNT_OF(NFC_ERRORS); i++)
        if (NFC_ERRORS[i].code == code)
            return NFC_ERRORS[i].error;
    return ERR_IO;
}

/* "driver:/path:speed" -> the path; empty if there is none. ERR_ARGUMENT: more colons than libnfc
 * understands. */
static enum err device_path_of(const char *connstring, char *out, size_t out_size)
{
    const char *first = strchr(connstring, ':');
    out[0] = '\0';
    if (first == NULL || first[1] != '/')
        return first != NULL ? ERR_OK : ERR_ARGUMENT;
    const char *path = first + 1;
    size_t size = strcspn(path, ":");
    if (size >= out_size || (path[size] == ':' && strchr(path + size + 1, ':') != NULL))
        return ERR_ARGUMENT;
    memcpy(out, path, size);
    out[size] = '\0';
    return ERR_OK;
}

/* libnfc's own mark on a port in use does not reach other processes, and two of them on one port
 * break both. */
static enum err lock_device(const char *path, int *out_fd)
{
    int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENXIO || errno == ENODEV ? ERR_NOT_FOUND : ERR_IO;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return ERR_BUSY;
    }
    *out_fd = fd;
    return ERR_OK;
}

static enum err set_up_radio(struct nfc_reader *reader)
{
    nfc_device *device = reader->device;
    if (nfc_initiator_init(device) < 0 ||
        nfc_device_set_property_bool(device, NP_INFINITE_SELECT, false) < 0 ||
        nfc_device_set_property_bool(device, NP_AUTO_ISO14443_4, false) < 0)
        return err_of_nfc(nfc_device_get_last_error(device));
    return ERR_OK;
}

static enum err open_device(struct nfc_reader *reader, const char *connstring)
{
    nfc_connstring copy;
    if (strlen(connstring) >= sizeof copy)
        return ERR_ARGUMENT;
    memcpy(copy, connstring, strlen(connstring) + 1);
    char path[sizeof copy];
    TRY(device_path_of(connstring, path, sizeof path));
    if (path[0] != '\0')
        TRY(lock_device(path, &reader->lock_fd));
    /* Nothing is searched for, and nothing is written to standard error: the agent tells what happened. */
    if (setenv("LIBNFC_AUTO_SCAN", "false", 1) != 0 || setenv("LIBNFC_LOG_LEVEL", "0", 1) != 0)
        return ERR_MEMORY;
    nfc_init(&reader->context);
    if (reader->context == NULL)
        return ERR_MEMORY;
    reader->device = nfc_open(reader->context, copy);
    if (reader->device == NULL)
        return ERR_IO;
    return set_up_radio(reader) == ERR_OK ? ERR_OK : ERR_IO;
}

enum err nfc_reader_open(const char *connstring, struct nfc_reader **out)
{
    struct nfc_reader *reader CLEANUP(nfc_reader_closep) = calloc(1, sizeof *reader);
    if (reader == NULL)
        return ERR_MEMORY;
    reader->lock_fd = -1;
    TRY(open_device(reader, connstring));
    *out = TAKE(reader);
    return ERR_OK;
}

void nfc_reader_close(struct nfc_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->device != NULL)
        nfc_close(reader->device);
    if (reader->context != NULL)
        nfc_exit(reader->context);
    if (reader->lock_fd >= 0)
        (void)close(reader->lock_fd);
    free(reader);
}

void nfc_reader_closep(struct nfc_reader **reader)
{
    nfc_reader_close(*reader);
}

const char *nfc_reader_name(const struct nfc_reader *reader)
{
    return nfc_device_get_name(reader->device);
}

static enum err reader_select(void *self, struct tag_target *out)
{
    struct nfc_reader *reader = self;
    int count = nfc_initiator_select_passive_target(reader->device, TYPE_A, NULL, 0, &reader->target);
    if (count < 0)
        return err_of_nfc(count);
    if (count == 0)
        return ERR_NOT_FOUND;
    const nfc_iso14443a_info *info = &reader->target.nti.nai;
    if (info->szUidLen > sizeof out->uid)
        return ERR_IO;
    *out = (struct tag_target){
        .uid_size = (uint8_t)info->szUidLen,
        .sak = info->btSak,
        .atqa = (uint16_t)(info->abtAtqa[0] << 8 | info->abtAtqa[1]),
    };
    memcpy(out->uid, info->abtUid, info->szUidLen);
    return ERR_OK;
}

static bool is_same_card(const nfc_iso14443a_info *a, const nfc_iso14443a_info *b)
{
    return span_is_equal(span_of(a->abtUid, a->szUidLen), span_of(b->abtUid, b->szUidLen));
}

static enum err reader_select_again(void *self)
{
    struct nfc_reader *reader = self;
    nfc_iso14443a_info before = reader->target.nti.nai;
    struct tag_target target;
    TRY(reader_select(self, &target));
    return is_same_card(&before, &reader->target.nti.nai) ? ERR_OK : ERR_NOT_FOUND;
}

/* libnfc knows a cheap question for Type 2 tags (a READ) and MIFARE Classic (selecting its UID). */
static bool has_presence_question(const nfc_iso14443a_info *info)
{
    return (info->btSak & 0x08) != 0 || (info->btSak == 0x00 && info->abtAtqa[1] == 0x44);
}

static enum err reader_check_presence(void *self)
{
    struct nfc_reader *reader = self;
    if (!has_presence_question(&reader->target.nti.nai))
        return reader_select_again(self);
    int code = nfc_initiator_target_is_present(reader->device, &reader->target);
    if (code == NFC_SUCCESS)
        return ERR_OK;
    enum err error = err_of_nfc(code);
    return error == ERR_CLOSED || error == ERR_TIMEOUT ? error : ERR_NOT_FOUND;
}

static enum err reader_exchange(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                                size_t *out_rx_size)
{
    struct nfc_reader *reader = self;
    if (tx.size == 0 || tx.size > TX_SIZE_MAX)
        return ERR_ARGUMENT;
    /* Raw: the chip takes some command bytes (60, 61) for its own when it frames them itself. */
    if (nfc_device_set_property_bool(reader->device, NP_EASY_FRAMING, false) < 0)
        return err_of_nfc(nfc_device_get_last_error(reader->device));
    int size = nfc_initiator_transceive_bytes(reader->device, tx.bytes, tx.size, rx, rx_capacity,
                                              COMMAND_TIMEOUT_MS);
    if (size < 0)
        return err_of_nfc(size);
    *out_rx_size = (size_t)size;
    return ERR_OK;
}

static enum err reader_refresh(void *self)
{
    return set_up_radio(self);
}

static const struct tag_reader_ops READER_OPS = {
    .select = reader_select,
    .check_presence = reader_check_presence,
    .refresh = reader_refresh,
    .tag = {.exchange = reader_exchange, .select_again = reader_select_again},
};

struct tag_reader nfc_reader_as_tag_reader(struct nfc_reader *reader)
{
    return (struct tag_reader){&READER_OPS, reader};
}
