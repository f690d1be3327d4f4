/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/commands.h"

void pn532_reply_put(struct pn532_reply *reply, struct span bytes)
{
    KASSA_ASSERT(bytes.size <= sizeof(reply->bytes) - reply->size);
    memcpy(reply->bytes + reply->size, bytes.bytes, bytes.size);
    reply->size += bytes.size;
}

void pn532_reply_put_byte(struct pn532_reply *reply, uint8_t byte)
{
    pn532_reply_put(reply, span_of(&byte, 1));
}

/* 7.2.1. Test 0 gives back what it got; the self-tests of a simulated chip pass. */
static enum pn532_outcome diagnose(struct pn532_chip *chip, struct span parameters, struct pn532_reply *reply)
{
    enum { COMMUNICATION, ROM, RAM, ATTENTION = 6, ANTENNA = 7 };
    switch (parameters.bytes[0]) {
    case COMMUNICATION:
        pn532_reply_put(reply, parameters);
        return PN532_OUTCOME_REPLY;
    case ROM:
    case RAM:
    case ANTENNA:
        pn532_reply_put_byte(reply, 0x00);
        return PN532_OUTCOME_REPLY;
    case ATTENTION:
        pn532_reply_put_byte(reply, pn532_field_find(chip->field, chip->target_active) != NULL ? 0x00 : 0x01);
        return PN532_OUTCOME_REPLY;
    default:
        return PN532_OUTCOME_SYNTAX;
    }
}

/* 7.2.2. A PN532, firmware 1.6, that speaks type A, type B and ISO 18092. */
static enum pn532_outcome get_firmware_version(struct pn532_chip *chip, struct span parameters,
                                               struct pn532_reply *reply)
{
    (void)chip;
    (void)parameters;
    static const uint8_t version[] = {0x32, 0x01, 0x06, 0x07};
    pn532_reply_put(reply, span_of(version, sizeof(version)));
    return PN532_OUTCOME_REPLY;
}

/* 7.2.3: Err Field NbTg [Tg BrRx BrTx Type].. SAM. */
static enum pn532_outcome get_general_status(struct pn532_chip *chip, struct span parameters,
                                             struct pn532_reply *reply)
{
    (void)parameters;
    uint8_t count = 0;
    for (size_t i = 0; i < PN532_TARGET_COUNT_MAX; i++)
        count = (uint8_t)(count + (chip->target_links[i] != 0));
    const uint8_t head[] = {chip->error_last, chip->field->is_on, count};
    pn532_reply_put(reply, span_of(head, sizeof(head)));
    for (uint8_t i = 0; i < count; i++) {
        const uint8_t target[] = {(uint8_t)(i + 1), 0x00, 0x00, 0x10}; /* 106 kbit/s both ways, type A */
        pn532_reply_put(reply, span_of(target, sizeof(target)));
    }
    pn532_reply_put_byte(reply, 0x80); /* no SAM */
    return PN532_OUTCOME_REPLY;
}

static uint16_t address_at(struct span parameters, size_t at)
{
    return (uint16_t)(parameters.bytes[at] << 8 | parameters.bytes[at + 1]);
}

/* 7.2.4 */
static enum pn532_outcome read_register(struct pn532_chip *chip, struct span parameters,
                                        struct pn532_reply *reply)
{
    if (parameters.size % 2 != 0)
        return PN532_OUTCOME_SYNTAX;
    for (size_t i = 0; i < parameters.size; i += 2)
        pn532_reply_put_byte(reply, pn532_register_read(&chip->registers, address_at(parameters, i)));
    return PN532_OUTCOME_REPLY;
}

/* 7.2.5 */
static enum pn532_outcome write_register(struct pn532_chip *chip, struct span parameters,
                                         struct pn532_reply *reply)
{
    (void)reply;
    if (parameters.size % 3 != 0)
        return PN532_OUTCOME_SYNTAX;
    for (size_t i = 0; i < parameters.size; i += 3)
        pn532_register_write(&chip->registers, address_at(parameters, i), parameters.bytes[i + 2]);
    return PN532_OUTCOME_REPLY;
}

/* 7.2.6: P3, P7 and the interface pins, which nothing pulls down here. */
static enum pn532_outcome read_gpio(struct pn532_chip *chip, struct span parameters,
                                    struct pn532_reply *reply)
{
    (void)chip;
    (void)parameters;
    static const uint8_t pins[] = {0x3F, 0x06, 0x00};
    pn532_reply_put(reply, span_of(pins, sizeof(pins)));
    return PN532_OUTCOME_REPLY;
}

static enum pn532_outcome accept(struct pn532_chip *chip, struct span parameters, struct pn532_reply *reply)
{
    (void)chip;
    (void)parameters;
    (void)reply;
    return PN532_OUTCOME_REPLY;
}

/* 7.2.8 */
static enum pn532_outcome set_serial_baud_rate(struct pn532_chip *chip, struct span parameters,
                                               struct pn532_reply *reply)
{
    (void)reply;
    static const uint32_t rates[] = {9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000};
    if (parameters.bytes[0] >= COUNT_OF(rates))
        return PN532_OUTCOME_SYNTAX;
    chip->baud_asked = rates[parameters.bytes[0]];
    return PN532_OUTCOME_REPLY;
}

/* 7.2.9 */
static enum pn532_outcome set_parameters(struct pn532_chip *chip, struct span parameters,
                                         struct pn532_reply *reply)
{
    (void)reply;
    chip->parameters = parameters.bytes[0];
    return PN532_OUTCOME_REPLY;
}

/* 7.2.10: normal mode, virtual card, wired card, dual card. */
static enum pn532_outcome configure_sam(struct pn532_chip *chip, struct span parameters,
                                        struct pn532_reply *reply)
{
    (void)chip;
    (void)reply;
    bool is_known = parameters.bytes[0] >= 1 && parameters.bytes[0] <= 4;
    return is_known ? PN532_OUTCOME_REPLY : PN532_OUTCOME_SYNTAX;
}

/* 7.2.11: the reply still goes out, then the chip sleeps until the host's burst. */
static enum pn532_outcome power_down(struct pn532_chip *chip, struct span parameters,
                                     struct pn532_reply *reply)
{
    (void)parameters;
    pn532_field_switch(chip->field, false);
    chip->is_asleep = true;
    pn532_reply_put_byte(reply, 0x00);
    return PN532_OUTCOME_REPLY;
}

/* 7.3.1: 0 is none at all, each further step twice the one before. */
static uint32_t listen_us_of(uint8_t step)
{
    return step == 0 ? 0 : 100u << (step - 1);
}

/* 7.3.1: items that only tune timings and analogue parts are taken and change nothing here. */
static enum pn532_outcome configure_rf(struct pn532_chip *chip, struct span parameters,
                                       struct pn532_reply *reply)
{
    enum {
        FIELD = 0x01,
        TIMINGS = 0x02,
        RETRIES_COM = 0x04,
        RETRIES = 0x05,
        ANALOGUE = 0x0A,
        ANALOGUE_LAST = 0x0D,
        TIMEOUT_LAST = 0x10
    };
    (void)reply;
    switch (parameters.bytes[0]) {
    case FIELD:
        pn532_field_switch(chip->field, (parameters.bytes[1] & 0x01) != 0);
        return PN532_OUTCOME_REPLY;
    case RETRIES:
        if (parameters.size < 4)
            return PN532_OUTCOME_SYNTAX;
        chip->retries_passive = parameters.bytes[3];
        return PN532_OUTCOME_REPLY;
    case TIMINGS:
        if (parameters.size < 4 || parameters.bytes[3] > TIMEOUT_LAST)
            return PN532_OUTCOME_SYNTAX;
        chip->listen_us = listen_us_of(parameters.bytes[3]);
        return PN532_OUTCOME_REPLY;
    case RETRIES_COM:
        return PN532_OUTCOME_REPLY;
    default: {
        bool is_analogue = parameters.bytes[0] >= ANALOGUE && parameters.bytes[0] <= ANALOGUE_LAST;
        return is_analogue ? PN532_OUTCOME_REPLY : PN532_OUTCOME_SYNTAX;
    }
    }
}

/* Peer-to-peer (7.3.3 to 7.3.6): no such peer ever comes near this antenna. */
static enum pn532_outcome find_no_peer(struct pn532_chip *chip, struct span parameters,
                                       struct pn532_reply *reply)
{
    (void)chip;
    (void)parameters;
    pn532_reply_put_byte(reply, 0x01);
    return PN532_OUTCOME_REPLY;
}

/* 7.3.14: waits for an initiator, and none comes. */
static enum pn532_outcome be_target(struct pn532_chip *chip, struct span parameters,
                                    struct pn532_reply *reply)
{
    (void)parameters;
    (void)reply;
    chip->waiting = PN532_WAITING_FOREVER;
    return PN532_OUTCOME_WAIT;
}

static const struct pn532_command commands[] = {
    {0x00, 1, "Diagnose", diagnose},
    {0x02, 0, "GetFirmwareVersion", get_firmware_version},
    {0x04, 0, "GetGeneralStatus", get_general_status},
    {0x06, 2, "ReadRegister", read_register},
    {0x08, 3, "WriteRegister", write_register},
    {0x0C, 0, "ReadGPIO", read_gpio},
    {0x0E, 2, "WriteGPIO", accept},
    {0x10, 1, "SetSerialBaudRate", set_serial_baud_rate},
    {0x12, 1, "SetParameters", set_parameters},
    {0x14, 1, "SAMConfiguration", configure_sam},
    {0x16, 1, "PowerDown", power_down},
    {0x32, 2, "RFConfiguration", configure_rf},
    {0x40, 1, "InDataExchange", pn532_run_data_exchange},
    {0x42, 0, "InCommunicateThru", pn532_run_communicate_thru},
    {0x44, 1, "InDeselect", pn532_run_deselect},
    {0x46, 2, "InJumpForPSL", find_no_peer},
    {0x4A, 2, "InListPassiveTarget", pn532_run_list},
    {0x50, 2, "InATR", find_no_peer},
    {0x52, 1, "InRelease", pn532_run_release},
    {0x54, 1, "InSelect", pn532_run_select},
    {0x56, 3, "InJumpForDEP", find_no_peer},
    {0x60, 3, "InAutoPoll", pn532_run_auto_poll},
    {0x8C, 1, "TgInitAsTarget", be_target},
    {.name = NULL},
};

const struct pn532_command *pn532_commands(void)
{
    return commands;
}

const struct pn532_command *pn532_command_find(uint8_t code)
{
    for (const struct pn532_command *command = commands; command->name != NULL; command++)
        if (command->code == code)
            return command;
    return NULL;
}
