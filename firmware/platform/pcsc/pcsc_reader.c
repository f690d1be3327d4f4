/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/pcsc/pcsc_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform/pcsc/pcsc_internal.h"
#include "platform/pcsc/pcsc_names.h"

#define NAMES_SIZE_MAX 4096 /* sixteen readers, the most that pcscd keeps */
#define REFUSALS_MAX   3
#define UID_EVERY      8 /* looks at a card that lies there: half a second at the usual pace */

static const struct code_row {
    LONG code;
    enum err error;
} CODES[] = {
    {SCARD_S_SUCCESS, ERR_OK},
    {SCARD_E_NO_SERVICE, ERR_CLOSED}, /* pcscd is gone, or another one answers */
    {SCARD_E_SERVICE_STOPPED, ERR_CLOSED},
    {SCARD_E_INVALID_HANDLE, ERR_CLOSED},
    {SCARD_F_COMM_ERROR, ERR_CLOSED},
    {SCARD_F_INTERNAL_ERROR, ERR_CLOSED},
    {SCARD_E_READER_UNAVAILABLE, ERR_CLOSED}, /* the reader is gone */
    {SCARD_E_UNKNOWN_READER, ERR_CLOSED},
    {SCARD_E_NO_READERS_AVAILABLE, ERR_NOT_FOUND},
    {SCARD_E_NO_SMARTCARD, ERR_NOT_FOUND},
    {SCARD_W_REMOVED_CARD, ERR_NOT_FOUND},
    {SCARD_W_UNRESPONSIVE_CARD, ERR_NOT_FOUND}, /* a card that cannot talk is none */
    {SCARD_W_UNPOWERED_CARD, ERR_NOT_FOUND},
    {SCARD_E_PROTO_MISMATCH, ERR_NOT_FOUND},
    {SCARD_E_SHARING_VIOLATION, ERR_BUSY},
    {SCARD_E_INSUFFICIENT_BUFFER, ERR_TOO_LONG},
    {SCARD_E_TIMEOUT, ERR_TIMEOUT},
    {SCARD_E_NO_MEMORY, ERR_MEMORY},
};

enum err pcsc_error_of(LONG code)
{
    for (size_t i = 0; i < COUNT_OF(CODES); i++)
        if (CODES[i].code == code)
            return CODES[i].error;
    return ERR_IO; /* a bad answer, worth another try */
}

/* --- opening --- */

static enum err use_socket(struct span path)
{
    char text[256];
    if (path.size == 0)
        return ERR_OK;
    if (path.size >= sizeof text)
        return ERR_ARGUMENT;
    memcpy(text, path.bytes, path.size);
    text[path.size] = '\0';
    return setenv("PCSCLITE_CSOCK_NAME", text, 1) == 0 ? ERR_OK : ERR_MEMORY;
}

static enum err find_name(struct pcsc_reader *reader, const char *wanted)
{
    char names[NAMES_SIZE_MAX];
    DWORD size = sizeof names;
    TRY(pcsc_error_of(SCardListReaders(reader->context, NULL, names, &size)));
    const char *name = NULL;
    TRY(pcsc_find_reader(names, size, wanted, &name));
    if (strlen(name) >= sizeof reader->name)
        return ERR_TOO_LONG;
    memcpy(reader->name, name, strlen(name) + 1);
    return ERR_OK;
}

enum err pcsc_reader_open(const char *device, struct pcsc_reader **out)
{
    struct pcsc_device wanted;
    TRY(pcsc_read_device(device, &wanted));
    struct pcsc_reader *reader CLEANUP(pcsc_reader_closep) = calloc(1, sizeof *reader);
    if (reader == NULL)
        return ERR_MEMORY;
    TRY(use_socket(wanted.socket_path));
    TRY(pcsc_error_of(SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &reader->context)));
    reader->has_context = true;
    TRY(find_name(reader, wanted.name));
    *out = TAKE(reader);
    return ERR_OK;
}

static void let_go(struct pcsc_reader *reader, DWORD how)
{
    pcsc_end_session(reader);
    if (reader->has_card)
        (void)SCardDisconnect(reader->card, how);
    reader->has_card = false;
}

void pcsc_reader_close(struct pcsc_reader *reader)
{
    if (reader == NULL)
        return;
    let_go(reader, SCARD_LEAVE_CARD);
    if (reader->has_context)
        (void)SCardReleaseContext(reader->context);
    explicit_bzero(reader, sizeof *reader);
    free(reader);
}

void pcsc_reader_closep(struct pcsc_reader **reader)
{
    pcsc_reader_close(*reader);
}

const char *pcsc_reader_name(const struct pcsc_reader *reader)
{
    return reader->name;
}

/* --- which card is there --- */

struct presence {
    bool is_present;
    DWORD event; /* counts cards that came and went */
    uint8_t atr[MAX_ATR_SIZE];
    size_t atr_size;
};

/* What pcscd knows: nothing goes over the air. */
static enum err look(const struct pcsc_reader *reader, struct presence *out)
{
    SCARD_READERSTATE state = {.szReader = reader->name, .dwCurrentState = SCARD_STATE_UNAWARE};
    TRY(pcsc_error_of(SCardGetStatusChange(reader->context, /* at once */ 0, &state, 1)));
    if ((state.dwEventState & (SCARD_STATE_UNKNOWN | SCARD_STATE_UNAVAILABLE)) != 0)
        return ERR_CLOSED;
    *out = (struct presence){.event = state.dwEventState >> 16, .atr_size = state.cbAtr};
    out->is_present = (state.dwEventState & SCARD_STATE_PRESENT) != 0;
    if (out->atr_size > sizeof out->atr)
        return ERR_IO;
    memcpy(out->atr, state.rgbAtr, out->atr_size);
    return ERR_OK;
}

/* For this process alone: nobody else resets the card in the middle of a dialogue. */
static enum err connect_card(struct pcsc_reader *reader)
{
    LONG code = SCardConnect(reader->context, reader->name, SCARD_SHARE_EXCLUSIVE,
                             SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &reader->card, &reader->protocol);
    reader->has_card = code == SCARD_S_SUCCESS;
    return pcsc_error_of(code);
}

/* A card that went while pcscd still believes in it is no fault of the reader. */
static enum err read_uid(struct pcsc_reader *reader, struct tag_target *target)
{
    enum err error = pcsc_read_uid(reader, target);
    return error == ERR_IO ? ERR_NOT_FOUND : error;
}

/* The ATR is there once the card is connected to: it may have taken a second try to wake up. */
static enum err select_card(struct pcsc_reader *reader, struct tag_target *out)
{
    struct tag_target target = {.uid_size = 0};
    struct presence presence;
    TRY(connect_card(reader));
    TRY(look(reader, &presence));
    TRY(read_uid(reader, &target));
    TRY(pcsc_read_atr(span_of(presence.atr, presence.atr_size), &target));
    reader->target = target;
    reader->target_event = presence.event;
    *out = target;
    return ERR_OK;
}

/* A chip card in a slot with contacts, or one of another radio: left to whoever wants it. One at the edge of the field may
 * have no UID at first. */
static bool is_refused(const struct pcsc_reader *reader, const struct presence *presence)
{
    return presence->event + 1 == reader->refusing_event && reader->refusals >= REFUSALS_MAX;
}

static enum err reader_select(void *self, struct tag_target *out)
{
    struct pcsc_reader *reader = self;
    let_go(reader, SCARD_LEAVE_CARD);
    struct presence presence;
    TRY(look(reader, &presence));
    if (!presence.is_present || is_refused(reader, &presence))
        return ERR_NOT_FOUND;
    enum err error = select_card(reader, out);
    if (error == ERR_OK)
        return ERR_OK;
    let_go(reader, SCARD_LEAVE_CARD);
    if (error != ERR_UNSUPPORTED)
        return error;
    reader->refusals = reader->refusing_event == presence.event + 1 ? reader->refusals + 1 : 1;
    reader->refusing_event = presence.event + 1;
    return ERR_NOT_FOUND;
}

/* As far as pcscd knows. */
static enum err check_event(const struct pcsc_reader *reader)
{
    struct presence presence;
    TRY(look(reader, &presence));
    return presence.is_present && presence.event == reader->target_event ? ERR_OK : ERR_NOT_FOUND;
}

static enum err check_uid(struct pcsc_reader *reader)
{
    struct tag_target now = {.uid_size = 0};
    TRY(read_uid(reader, &now));
    bool is_same =
        now.uid_size == reader->target.uid_size && memcmp(now.uid, reader->target.uid, now.uid_size) == 0;
    return is_same ? ERR_OK : ERR_NOT_FOUND;
}

/* A reader that pcscd asks but now and then may have got another card between two questions. */
static enum err reader_check_presence(void *self)
{
    struct pcsc_reader *reader = self;
    pcsc_end_session(reader); /* meanwhile the reader does not look for itself */
    TRY(check_event(reader));
    if (!reader->has_card ||
        ++reader->check_count % UID_EVERY != 0) /* a phone that was let go is left in peace */
        return ERR_OK;
    enum err error = check_uid(reader);
    return error == ERR_UNSUPPORTED ? ERR_NOT_FOUND : error;
}

enum err pcsc_select_again(void *self)
{
    struct pcsc_reader *reader = self;
    pcsc_end_session(reader);
    TRY(check_event(reader));
    if (!reader->has_card) {
        TRY(connect_card(reader));
    } else {
        TRY(pcsc_error_of(SCardReconnect(reader->card, SCARD_SHARE_EXCLUSIVE,
                                         SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_RESET_CARD,
                                         &reader->protocol)));
    }
    enum err error = check_uid(reader);
    return error == ERR_UNSUPPORTED ? ERR_IO : error; /* it had one a moment ago */
}

static enum err reader_release(void *self)
{
    let_go(self, SCARD_UNPOWER_CARD);
    return ERR_OK;
}

static enum err reader_refresh(void *self)
{
    struct pcsc_reader *reader = self;
    return pcsc_error_of(SCardIsValidContext(reader->context));
}

enum err pcsc_transceive(struct pcsc_reader *reader, struct span tx, uint8_t *rx, size_t capacity,
                         size_t *out_size)
{
    if (!reader->has_card)
        return ERR_IO;
    DWORD size = capacity;
    const SCARD_IO_REQUEST *protocol = reader->protocol == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    LONG code = SCardTransmit(reader->card, protocol, tx.bytes, tx.size, NULL, rx, &size);
    enum err error = pcsc_error_of(code);
    if (error == ERR_OK)
        *out_size = size;
    /* Pulled away: as with every other reader the card gave no answer, and is not found when it is selected again. */
    return error == ERR_NOT_FOUND || error == ERR_TIMEOUT ? ERR_IO : error;
}

static const struct tag_reader_ops READER_OPS = {
    .select = reader_select,
    .check_presence = reader_check_presence,
    .refresh = reader_refresh,
    .tag = {.exchange = pcsc_exchange,
            .transmit = pcsc_transmit,
            .authenticate = pcsc_authenticate,
            .select_again = pcsc_select_again,
            .release = reader_release},
};

struct tag_reader pcsc_reader_as_tag_reader(struct pcsc_reader *reader)
{
    return (struct tag_reader){&READER_OPS, reader};
}
