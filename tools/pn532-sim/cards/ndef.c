/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/cards/ndef.h"

/* NFC Forum URI RTD 1.0, table 3: identifier code = index. */
static const char *const uri_prefixes[] = {
    "",
    "http://www.",
    "https://www.",
    "http://",
    "https://",
    "tel:",
    "mailto:",
    "ftp://anonymous:anonymous@",
    "ftp://ftp.",
    "ftps://",
    "sftp://",
    "smb://",
    "nfs://",
    "ftp://",
    "dav://",
    "news:",
    "telnet://",
    "imap:",
    "rtsp://",
    "urn:",
    "pop:",
    "sip:",
    "sips:",
    "tftp:",
    "btspp://",
    "btl2cap://",
    "btgoep://",
    "tcpobex://",
    "irdaobex://",
    "file://",
    "urn:epc:id:",
    "urn:epc:tag:",
    "urn:epc:pat:",
    "urn:epc:raw:",
    "urn:epc:",
    "urn:nfc:",
};

static uint8_t longest_prefix(const char *uri)
{
    size_t best = 0;
    for (size_t i = 1; i < COUNT_OF(uri_prefixes); i++) {
        size_t size = strlen(uri_prefixes[i]);
        if (size > strlen(uri_prefixes[best]) && strncmp(uri, uri_prefixes[i], size) == 0)
            best = i;
    }
    return (uint8_t)best;
}

/* A well-known record (TNF 1) that is first and last of its message; short form below 256 bytes
 * of payload. */
static enum err build(uint8_t type, struct span head, struct span tail, struct pn532_ndef *out_message)
{
    enum { MB = 0x80, ME = 0x40, SR = 0x10, WELL_KNOWN = 0x01 };
    size_t payload = head.size + tail.size;
    bool is_short = payload <= 0xFF;
    if (payload + 7 > sizeof(out_message->bytes))
        return ERR_TOO_LONG;
    uint8_t *at = out_message->bytes;
    *at++ = (uint8_t)(MB | ME | WELL_KNOWN | (is_short ? SR : 0));
    *at++ = 1; /* size of the type */
    if (!is_short) {
        *at++ = 0;
        *at++ = 0;
        *at++ = (uint8_t)(payload >> 8);
    }
    *at++ = (uint8_t)payload;
    *at++ = type;
    memcpy(at, head.bytes, head.size);
    memcpy(at + head.size, tail.bytes, tail.size);
    out_message->size = (size_t)(at - out_message->bytes) + payload;
    return ERR_OK;
}

enum err pn532_ndef_uri(const char *uri, struct pn532_ndef *out_message)
{
    uint8_t code = longest_prefix(uri);
    return build('U', span_of(&code, 1), span_of_text(uri + strlen(uri_prefixes[code])), out_message);
}

enum err pn532_ndef_text(const char *text, struct pn532_ndef *out_message)
{
    static const uint8_t head[] = {0x02, 'e', 'n'}; /* UTF-8, size of the language code */
    return build('T', span_of(head, sizeof(head)), span_of_text(text), out_message);
}

enum err pn532_ndef_wrap(struct span message, uint8_t *out_area, size_t capacity)
{
    bool is_short = message.size < 0xFF;
    size_t head = is_short ? 2 : 4;
    if (head + message.size > capacity)
        return ERR_TOO_LONG;
    out_area[0] = 0x03;
    out_area[1] = (uint8_t)(is_short ? message.size : 0xFF);
    if (!is_short) {
        out_area[2] = (uint8_t)(message.size >> 8);
        out_area[3] = (uint8_t)message.size;
    }
    memcpy(out_area + head, message.bytes, message.size);
    if (head + message.size < capacity) /* a message that fills the area needs no terminator */
        out_area[head + message.size] = 0xFE;
    return ERR_OK;
}
