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
#define APDU_TIMEOUT_MS    500 /* a phone that wakes up, or a card that asks for more time */
#define SILENT_TIMEOUT_MS  1   /* how long the chip listens after what nobody answers */
#define USUAL_TIMEOUT_MS   52  /* libnfc's own: how long it listens for the answer to a raw frame */
#define TX_SIZE_MAX        262 /* libnfc copies into 264 bytes after two of its own, unchecked */

_Static_assert(TAG_APDU_SIZE_MAX <= TX_SIZE_MAX, "libnfc can send every APDU");

/* Exported by libnfc beside its API, for programs that speak to the chip itself. */
int pn53x_transceive(struct nfc_device *device, const uint8_t *tx, const size_t tx_size, uint8_t *rx,
                     const size_t rx_size, int timeout_ms);
int pn53x_write_register(struct nfc_device *device, const uint16_t address, const uint8_t mask,
                         const uint8_t value);

/* PN532/C1 data sheet 8.6.23. */
enum { REGISTER_TX_MODE = 0x6302, REGISTER_BIT_FRAMING = 0x633D, IN_COMMUNICATE_THRU = 0x42 };
enum { MIFARE_READ = 0x30 };

struct nfc_reader {
    nfc_context *context;
    nfc_device *device;
    int lock_fd; /* -1: the device is no file (USB: libusb claims the interface) */
    nfc_target target;
    bool asks_for_ats; /* the chip sends RATS by itself: from the first APDU on */
    bool is_field_off;
    bool is_layer_4;  /* the target was sent RATS as it was selected */
    bool is_released; /* it was told that it may go */
    bool reads_raw;   /* READ goes as it stands, not in the chip's own frame */
    int listen_ms;    /* NP_TIMEOUT_COM as it stands in the chip */
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
    {NFC_EIO, ERR_CLOSED},                                      /* the device is gone */
    {NFC_ENOTSUCHDEV, ERR_CLOSED}, {NFC_ETIMEOUT, ERR_TIMEOUT}, /* the chip does not answer; a card's silence is ERFTRANS */
    {NFC_EOPABORTED, ERR_TIMEOUT}, {NFC_EOVFLOW, ERR_TOO_LONG}, {NFC_EMFCAUTHFAIL, ERR_SIGNATURE},
    {NFC_ERFTRANS, ERR_IO}, /* everything else: a bad answer, worth another try */
};

static enum err err_of_nfc(int code)
{
    for (size_t i = 0; i < COUNT_OF(NFC_ERRORS); i++)
        if (NFC_ERRORS[i].code == code)
            return NFC_ERRORS[i].error;
    return ERR_IO;
}

/* "driver:/path:speed" -> the path; empty if there is none: USB, where a driver's bare name is the first reader of its. ERR_ARGUMENT:
 * more colons than libnfc understands. */
static enum err device_path_of(const char *connstring, char *out, size_t out_size)
{
    const char *first = strchr(connstring, ':');
    out[0] = '\0';
    if (first == NULL || first[1] != '/')
        return ERR_OK;
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
        nfc_device_set_property_bool(device, NP_AUTO_ISO14443_4, reader->asks_for_ats) < 0 ||
        nfc_device_set_property_int(device, NP_TIMEOUT_COM, USUAL_TIMEOUT_MS) < 0)
        return err_of_nfc(nfc_device_get_last_error(device));
    reader->is_field_off = false;
    reader->listen_ms = USUAL_TIMEOUT_MS;
    return ERR_OK;
}

static enum err set_field(struct nfc_reader *reader, bool is_on)
{
    if (reader->is_field_off == !is_on)
        return ERR_OK;
    if (nfc_device_set_property_bool(reader->device, NP_ACTIVATE_FIELD, is_on) < 0)
        return err_of_nfc(nfc_device_get_last_error(reader->device));
    reader->is_field_off = !is_on;
    return ERR_OK;
}

static enum err set_listening(struct nfc_reader *reader, int listen_ms)
{
    if (reader->listen_ms == listen_ms)
        return ERR_OK;
    if (nfc_device_set_property_int(reader->device, NP_TIMEOUT_COM, listen_ms) < 0)
        return err_of_nfc(nfc_device_get_last_error(reader->device));
    reader->listen_ms = listen_ms;
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

static bool speaks_apdus(const nfc_iso14443a_info *info)
{
    return (info->btSak & TAG_SAK_ISO14443_4) != 0;
}

/* A chip that takes no notice of SetParameters sends RATS unasked: then the ATS is there. */
static bool is_in_layer_4(const struct nfc_reader *reader)
{
    const nfc_iso14443a_info *info = &reader->target.nti.nai;
    return speaks_apdus(info) && (reader->asks_for_ats || info->szAtsLen > 0);
}

/* A tag in ISO/IEC 14443-4 hears no request until it was deselected. */
static enum err let_go(struct nfc_reader *reader)
{
    if (!reader->is_layer_4 || reader->is_released)
        return ERR_OK;
    reader->is_released = true;
    enum err error = err_of_nfc(nfc_initiator_deselect_target(reader->device));
    return error == ERR_CLOSED || error == ERR_TIMEOUT ? error : ERR_OK; /* one that is away heard nothing */
}

static enum err copy_target(const nfc_iso14443a_info *info, struct tag_target *out)
{
    if (info->szUidLen > sizeof out->uid)
        return ERR_IO;
    size_t ats_size = info->szAtsLen < sizeof out->ats ? info->szAtsLen : sizeof out->ats;
    *out = (struct tag_target){
        .uid_size = (uint8_t)info->szUidLen,
        .sak = info->btSak,
        .atqa = (uint16_t)(info->abtAtqa[0] << 8 | info->abtAtqa[1]),
        .ats_size = (uint8_t)ats_size,
    };
    memcpy(out->uid, info->abtUid, info->szUidLen);
    memcpy(out->ats, info->abtAts, ats_size);
    return ERR_OK;
}

static enum err reader_select(void *self, struct tag_target *out)
{
    struct nfc_reader *reader = self;
    TRY(let_go(reader));
    TRY(set_field(reader, true));
    int count = nfc_initiator_select_passive_target(reader->device, TYPE_A, NULL, 0, &reader->target);
    if (count < 0)
        return err_of_nfc(count);
    if (count == 0)
        return ERR_NOT_FOUND;
    reader->is_released = false;
    reader->is_layer_4 = is_in_layer_4(reader);
    return copy_target(&reader->target.nti.nai, out);
}

static bool is_same_card(const nfc_iso14443a_info *a, const nfc_iso14443a_info *b)
{
    return span_is_equal(span_of(a->abtUid, a->szUidLen), span_of(b->abtUid, b->szUidLen));
}

static enum err reader_select_again(void *self)
{
    struct nfc_reader *reader = self;
    nfc_target before = reader->target;
    struct tag_target target;
    TRY(reader_select(self, &target));
    if (is_same_card(&before.nti.nai, &reader->target.nti.nai))
        return ERR_OK;
    reader->target = before; /* who asks once more still means that one */
    return ERR_NOT_FOUND;
}

/* A tag that was sent to sleep wakes to no request that an idle one hears. */
static enum err reader_select_other(void *self, struct tag_target *out)
{
    struct nfc_reader *reader = self;
    nfc_iso14443a_info before = reader->target.nti.nai;
    reader->is_released = true;
    enum err error = err_of_nfc(nfc_initiator_deselect_target(reader->device));
    if (error == ERR_CLOSED || error == ERR_TIMEOUT)
        return error;
    struct tag_target target;
    TRY(reader_select(self, &target));
    if (is_same_card(&before, &reader->target.nti.nai))
        return ERR_NOT_FOUND;
    *out = target;
    return ERR_OK;
}

/* libnfc knows a cheap question for Type 2 tags (a READ), MIFARE Classic (selecting its UID) and tags in layer 4
 * (R(NAK)). One that was let go must be found again. */
static bool has_presence_question(const struct nfc_reader *reader)
{
    const nfc_iso14443a_info *info = &reader->target.nti.nai;
    if (reader->is_released || reader->is_field_off)
        return false;
    bool is_classic = (info->btSak & TAG_SAK_CLASSIC) != 0;
    bool is_type2 = info->btSak == 0x00 && info->abtAtqa[1] == 0x44;
    return is_classic || is_type2 || reader->is_layer_4;
}

static enum err reader_check_presence(void *self)
{
    struct nfc_reader *reader = self;
    if (!has_presence_question(reader))
        return ERR_NOT_FOUND; /* selecting answers it, and the caller does that */
    int code = nfc_initiator_target_is_present(reader->device, &reader->target);
    if (code == NFC_SUCCESS)
        return ERR_OK;
    enum err error = err_of_nfc(code);
    return error == ERR_CLOSED || error == ERR_TIMEOUT ? error : ERR_NOT_FOUND;
}

static enum err transceive(struct nfc_reader *reader, bool is_framed, struct span tx, uint8_t *rx,
                           size_t rx_capacity, size_t *out_rx_size)
{
    if (tx.size == 0 || tx.size > TX_SIZE_MAX)
        return ERR_ARGUMENT;
    TRY(set_listening(reader, USUAL_TIMEOUT_MS));
    if (nfc_device_set_property_bool(reader->device, NP_EASY_FRAMING, is_framed) < 0)
        return err_of_nfc(nfc_device_get_last_error(reader->device));
    int size = nfc_initiator_transceive_bytes(reader->device, tx.bytes, tx.size, rx, rx_capacity,
                                              is_framed ? APDU_TIMEOUT_MS : COMMAND_TIMEOUT_MS);
    if (size < 0)
        return size == NFC_ECHIP && is_framed ? ERR_TOO_LONG : err_of_nfc(size);
    *out_rx_size = (size_t)size;
    return ERR_OK;
}

/* Raw, since the chip takes some command bytes (60, 61) for its own when it frames them itself; but a MIFARE Classic's
 * cipher is the chip's, and so is its framing. READ, which it knows, goes the way of libnfc's own tools, and the
 * other way after a failure: there are chips that let but one of them through. */
static enum err reader_exchange(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                                size_t *out_rx_size)
{
    struct nfc_reader *reader = self;
    bool is_read = tx.size == 2 && tx.bytes[0] == MIFARE_READ;
    bool is_framed = (reader->target.nti.nai.btSak & TAG_SAK_CLASSIC) != 0 || (is_read && !reader->reads_raw);
    enum err error = transceive(reader, is_framed, tx, rx, rx_capacity, out_rx_size);
    if (is_read && error == ERR_IO)
        reader->reads_raw = !reader->reads_raw;
    return is_framed && error == ERR_TOO_LONG ? ERR_IO : error;
}

/* The chip sends RATS as it selects, so a tag that was selected without is selected once more; all that come later are
 * asked at once. */
static enum err enter_layer_4(struct nfc_reader *reader)
{
    if (!speaks_apdus(&reader->target.nti.nai))
        return ERR_UNSUPPORTED;
    if (!reader->asks_for_ats) {
        if (nfc_device_set_property_bool(reader->device, NP_AUTO_ISO14443_4, true) < 0)
            return err_of_nfc(nfc_device_get_last_error(reader->device));
        reader->asks_for_ats = true;
    }
    if (reader->is_layer_4 && !reader->is_released)
        return ERR_OK;
    return reader_select_again(reader);
}

/* After an answer that is too long for it the chip keeps the rest and gives it out as the next one: only a tag that is
 * selected anew is free of it. */
static enum err reader_transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                                size_t *out_rx_size)
{
    struct nfc_reader *reader = self;
    TRY(enter_layer_4(reader));
    enum err error = transceive(reader, true, tx, rx, rx_capacity, out_rx_size);
    if (error == ERR_TOO_LONG)
        TRY(reader_select_again(self));
    return error;
}

/* UM0701-02 7.3.8: 60 or 61, block, key, the last four bytes of the UID. */
static enum err reader_authenticate(void *self, const struct tag_key *key)
{
    struct nfc_reader *reader = self;
    const nfc_iso14443a_info *info = &reader->target.nti.nai;
    if ((info->btSak & TAG_SAK_CLASSIC) == 0 || info->szUidLen < 4)
        return ERR_UNSUPPORTED;
    uint8_t tx[2 + TAG_KEY_SIZE + 4] = {key->kind == TAG_KEY_A ? 0x60 : 0x61, key->block};
    memcpy(tx + 2, key->bytes, TAG_KEY_SIZE);
    memcpy(tx + 2 + TAG_KEY_SIZE, info->abtUid + info->szUidLen - 4, 4);
    uint8_t rx[1];
    size_t size = 0;
    enum err error = transceive(reader, true, span_of(tx, sizeof tx), rx, sizeof rx, &size);
    explicit_bzero(tx, sizeof tx);
    return error == ERR_TOO_LONG ? ERR_IO : error;
}

static enum err reader_rest(void *self)
{
    struct nfc_reader *reader = self;
    TRY(let_go(reader));
    return set_field(reader, false);
}

/* Registers: a request that nobody heard leaves the chip sending 7 bits and no CRC, and libnfc does not know; so both
 * are set, and the CRC is put here. */
static enum err reader_announce(void *self, struct span frame)
{
    struct nfc_reader *reader = self;
    uint8_t tx[1 + TAG_ANNOUNCE_MAX + 2] = {IN_COMMUNICATE_THRU};
    uint8_t rx[TAG_ANSWER_SIZE_MAX + 1];
    if (frame.size == 0 || frame.size > TAG_ANNOUNCE_MAX)
        return ERR_ARGUMENT;
    memcpy(tx + 1, frame.bytes, frame.size);
    iso14443a_crc_append(tx + 1, frame.size);
    TRY(set_field(reader, true));
    TRY(set_listening(reader, SILENT_TIMEOUT_MS));
    if (pn53x_write_register(reader->device, REGISTER_TX_MODE, 0xFF, 0) < 0 ||
        pn53x_write_register(reader->device, REGISTER_BIT_FRAMING, 0xFF, 0) < 0)
        return err_of_nfc(nfc_device_get_last_error(reader->device));
    int code = pn53x_transceive(reader->device, tx, 1 + frame.size + 2, rx, sizeof rx, COMMAND_TIMEOUT_MS);
    if (code < 0 && code != NFC_ERFTRANS)
        return err_of_nfc(code);
    return set_listening(reader, USUAL_TIMEOUT_MS); /* now, while nobody waits for it */
}

static enum err reader_refresh(void *self)
{
    return set_up_radio(self);
}

static const struct tag_reader_ops READER_OPS = {
    .select = reader_select,
    .select_other = reader_select_other,
    .announce = reader_announce,
    .check_presence = reader_check_presence,
    .refresh = reader_refresh,
    .rest = reader_rest,
    .tag =
        {
            .exchange = reader_exchange,
            .transmit = reader_transmit,
            .authenticate = reader_authenticate,
            .select_again = reader_select_again,
            .release = reader_rest,
        },
};

struct tag_reader nfc_reader_as_tag_reader(struct nfc_reader *reader)
{
    return (struct tag_reader){&READER_OPS, reader};
}
