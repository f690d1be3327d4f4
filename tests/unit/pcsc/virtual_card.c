/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/pcsc/virtual_card.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The driver's own protocol: two bytes of length, most significant first, and so many bytes. One byte is a control. */
enum { CONTROL_OFF = 0, CONTROL_ON = 1, CONTROL_RESET = 2, CONTROL_ATR = 4 };

#define MESSAGE_MAX 1024

struct table {
    struct virtual_card card;
    int fd;
    unsigned command_count;
    uint8_t key[6];  /* that the reader was given */
    int open_sector; /* -1: none */
    bool is_opened;  /* the password was given */
    bool is_idle;    /* a Type 2 tag that heard what it does not know */
    bool is_in_session;
    struct pn532_card simulated;
};

static const uint8_t ATR_TYPE2[] = {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
                                    0x03, 0x06, 0x03, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x68};
static const uint8_t ATR_CLASSIC[] = {0x3B, 0x8F, 0x80, 0x01, 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
                                      0x03, 0x06, 0x03, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x6A};
static const uint8_t ATR_APDUS[] = {0x3B, 0x81, 0x80, 0x01, 0x80, 0x80};
static const uint8_t ATR_CONTACT[] = {0x3B, 0x00};

static struct span atr_of(enum virtual_card_kind kind)
{
    switch (kind) {
    case VIRTUAL_TYPE2:
        return span_of(ATR_TYPE2, sizeof ATR_TYPE2);
    case VIRTUAL_CLASSIC:
        return span_of(ATR_CLASSIC, sizeof ATR_CLASSIC);
    case VIRTUAL_APDUS:
        return span_of(ATR_APDUS, sizeof ATR_APDUS);
    case VIRTUAL_CONTACT:
        break;
    }
    return span_of(ATR_CONTACT, sizeof ATR_CONTACT);
}

static void read_all(int fd, uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        int on = 1; /* or each answer waits for a late acknowledgement */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        ssize_t got = recv(fd, bytes + at, size - at, 0);
        if (got <= 0)
            _exit(0);
        at += (size_t)got;
    }
}

static void answer(int fd, const uint8_t *bytes, size_t size)
{
    uint8_t message[MESSAGE_MAX + 2] = {(uint8_t)(size >> 8), (uint8_t)size};
    memcpy(message + 2, bytes, size);
    if (send(fd, message, size + 2, MSG_NOSIGNAL) != (ssize_t)(size + 2))
        _exit(0);
}

/* Data and status. */
static size_t put(uint8_t *out, const uint8_t *bytes, size_t size, unsigned status)
{
    if (size > 0)
        memcpy(out, bytes, size);
    out[size] = (uint8_t)(status >> 8);
    out[size + 1] = (uint8_t)status;
    return size + 2;
}

/* Four pages; false: the tag says no. */
static bool read_pages(const struct table *table, unsigned page, uint8_t out[16])
{
    uint8_t memory[45 * 4 + 16] = {[12] = 0xE1, [13] = 0x10, [14] = 0x12};
    memcpy(memory, table->card.uid, 3);
    memcpy(memory + 4, table->card.uid + 3, 4);
    memcpy(memory + 16, table->card.area, sizeof table->card.area);
    if (page >= 45 || table->is_idle || (table->card.is_protected && !table->is_opened && page >= 4))
        return false;
    memcpy(out, memory + page * 4, 16);
    return true;
}

static size_t read_type2(const struct table *table, unsigned page, uint8_t *out)
{
    uint8_t bytes[16];
    return read_pages(table, page, bytes) ? put(out, bytes, sizeof bytes, 0x9000) : put(out, NULL, 0, 0x6300);
}

/* READ, GET_VERSION, PWD_AUTH; 0: it says no, and hears nothing more until it is powered anew. */
static size_t answer_frame(struct table *table, const uint8_t *frame, size_t size, uint8_t *out)
{
    static const uint8_t version[] = {0x00, 0x04, 0x04, 0x02, 0x01, 0x00, 0x0F, 0x03};
    if (!table->is_idle && size == 2 && frame[0] == 0x30 && read_pages(table, frame[1], out))
        return 16;
    if (!table->is_idle && size == 1 && frame[0] == 0x60)
        return put(out, version, sizeof version, 0) - 2;
    if (!table->is_idle && size == 5 && frame[0] == 0x1B &&
        memcmp(frame + 1, VIRTUAL_CARD_PASSWORD, 4) == 0) {
        table->is_opened = true;
        return put(out, (const uint8_t *)VIRTUAL_CARD_PACK, 2, 0) - 2;
    }
    table->is_idle = true;
    return 0;
}

/* FF 00 00 00 Lc D4 42 and the frame. */
static size_t pass_directly(struct table *table, const uint8_t *command, size_t size, uint8_t *out)
{
    uint8_t answer[64] = {0xD5, 0x43};
    if (size < 7 || size != 5u + command[4] || command[5] != 0xD4 || command[6] != 0x42)
        return put(out, NULL, 0, 0x6300);
    size_t got = answer_frame(table, command + 7, size - 7, answer + 3);
    answer[2] = got > 0 ? 0x00 : 0x01;
    return put(out, answer, 3 + got, 0x9000);
}

/* FF C2: 00 begins or ends a session, 02 chooses a protocol, 01 sends a frame. */
static size_t pass_in_session(struct table *table, const uint8_t *command, size_t size, uint8_t *out)
{
    static const uint8_t well[] = {0xC0, 0x03, 0x00, 0x90, 0x00};
    uint8_t answer[80] = {0xC0, 0x03, 0x00, 0x90, 0x00, 0x92, 0x01, 0x00, 0x96, 0x02, 0x00, 0x00, 0x97};
    if (size >= 8 && command[3] == 0x00) {
        table->is_in_session = command[5] == 0x81;
        return put(out, well, sizeof well, 0x9000);
    }
    if (!table->is_in_session || size < 8)
        return put(out, NULL, 0, 0x6985);
    if (command[3] == 0x02)
        return put(out, well, sizeof well, 0x9000);
    if (command[5] != 0x95 || size != 8u + command[6])
        return put(out, NULL, 0, 0x6A80);
    size_t got = answer_frame(table, command + 7, command[6], answer + 14);
    answer[13] = (uint8_t)got;
    if (got > 0)
        return put(out, answer, 14 + got, 0x9000);
    static const struct {
        uint8_t bytes[15];
        size_t size;
    } no[VIRTUAL_NO_COUNT] = {
        [VIRTUAL_NO_STATUS] = {{0xC0, 0x03, 0x01, 0x64, 0x01}, 5}, /* the card did not answer */
        [VIRTUAL_NO_BITS] = {{0xC0, 3, 0, 0x90, 0, 0x92, 1, 4, 0x96, 2, 0, 0, 0x97, 1, 0}, 15},
        [VIRTUAL_NO_FAULT] = {{0xC0, 3, 0, 0x90, 0, 0x92, 1, 0, 0x96, 2, 1, 0, 0x97, 1, 0}, 15},
    };
    return put(out, no[table->card.no].bytes, no[table->card.no].size, 0x9000);
}

static size_t read_binary(const struct table *table, const uint8_t *command, uint8_t *out)
{
    if (table->card.kind == VIRTUAL_TYPE2)
        return read_type2(table, command[3], out);
    uint8_t block[16];
    memset(block, command[3], sizeof block);
    if (table->card.kind == VIRTUAL_CLASSIC && table->open_sector == command[3] / 4)
        return put(out, block, sizeof block, 0x9000);
    return put(out, NULL, 0, 0x6982);
}

static size_t load_key(struct table *table, const uint8_t *command, uint8_t *out)
{
    if (command[2] != (table->card.is_older ? 0x20 : 0x00))
        return put(out, NULL, 0, 0x6986);
    memcpy(table->key, command + 5, sizeof table->key);
    return put(out, NULL, 0, 0x9000);
}

static size_t authenticate(struct table *table, unsigned block, unsigned kind, uint8_t *out)
{
    const char *key = kind == 0x60 ? "\xFF\xFF\xFF\xFF\xFF\xFF" : VIRTUAL_CARD_KEY;
    bool is_right = table->card.kind == VIRTUAL_CLASSIC && memcmp(table->key, key, sizeof table->key) == 0;
    table->open_sector = is_right ? (int)block / 4 : -1;
    return put(out, NULL, 0, is_right ? 0x9000 : 0x6300);
}

static size_t read_uid(struct table *table, uint8_t *out)
{
    static const uint8_t babble[300];
    if (table->card.is_babbling)
        return put(out, babble, sizeof babble, 0x9000);
    if (table->card.uid_refusals > 0) {
        table->card.uid_refusals--;
        return put(out, NULL, 0, 0x6300);
    }
    return put(out, table->card.uid, table->card.uid_size, 0x9000);
}

/* What is said to the reader itself. */
static size_t ask_reader(struct table *table, const uint8_t *command, size_t size, uint8_t *out)
{
    bool has_uid = table->card.kind != VIRTUAL_CONTACT;
    switch (command[1]) {
    case 0x00:
        return table->card.raw == VIRTUAL_RAW_DIRECT ? pass_directly(table, command, size, out)
                                                     : put(out, NULL, 0, 0x6D00);
    case 0xC2:
        return table->card.raw == VIRTUAL_RAW_SESSION ? pass_in_session(table, command, size, out)
                                                      : put(out, NULL, 0, 0x6D00);
    case 0xCA:
        return has_uid ? read_uid(table, out) : put(out, NULL, 0, 0x6A81);
    case 0xB0:
        return read_binary(table, command, out);
    case 0x82:
        return load_key(table, command, out);
    case 0x86:
        return table->card.is_older ? put(out, NULL, 0, 0x6D00)
                                    : authenticate(table, command[7], command[8], out);
    case 0x88:
        return authenticate(table, command[3], command[4], out);
    default:
        return put(out, NULL, 0, 0x6D00);
    }
}

static size_t ask_simulated(struct pn532_card *card, struct span command, uint8_t *out)
{
    static struct pn532_answer answer;
    if (card->tech->transmit(card, command, &answer) != PN532_AIR_DATA || answer.size > MESSAGE_MAX)
        return 0;
    memcpy(out, answer.bytes, answer.size);
    return answer.size;
}

static size_t ask_card(struct table *table, const uint8_t *command, size_t size, uint8_t *out)
{
    if (table->card.simulated != NULL)
        return ask_simulated(&table->simulated, span_of(command, size), out);
    if (table->card.kind != VIRTUAL_APDUS)
        return put(out, NULL, 0, 0x6D00);
    if (size >= 5 && command[1] == 0xEE) {
        uint8_t bytes[512];
        memset(bytes, 0xEE, sizeof bytes);
        return put(out, bytes, (size_t)(command[3] << 8 | command[4]), 0x9000);
    }
    return put(out, command, size, 0x9000);
}

static void serve(struct table *table)
{
    for (;;) {
        uint8_t head[2], message[MESSAGE_MAX], out[MESSAGE_MAX];
        read_all(table->fd, head, sizeof head);
        size_t size = (size_t)(head[0] << 8 | head[1]);
        if (size == 0 || size > sizeof message)
            _exit(1);
        read_all(table->fd, message, size);
        if (size == 1 && message[0] == CONTROL_ATR) {
            struct span atr = atr_of(table->card.kind);
            answer(table->fd, atr.bytes, atr.size);
        }
        if (size == 1) {
            table->open_sector = -1;
            table->is_opened = table->is_idle = table->is_in_session = false;
            continue;
        }
        if (++table->command_count == table->card.pulled_at)
            _exit(0);
        answer(table->fd, out,
               size >= 5 && message[0] == 0xFF ? ask_reader(table, message, size, out)
                                               : ask_card(table, message, size, out));
    }
}

pid_t virtual_card_lay(uint16_t port, const struct virtual_card *card)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    struct table table = {
        .card = *card, .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .open_sector = -1};
    assert_true(table.fd >= 0);
    if (card->simulated != NULL)
        table.simulated = *card->simulated;
    const struct timeval patience = {.tv_sec = 10}; /* a test that failed leaves its card there */
    (void)setsockopt(table.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(table.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(table.fd, (const struct sockaddr *)&address, sizeof address), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(&table);
    }
    (void)close(table.fd);
    return pid;
}

void virtual_card_take(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}
