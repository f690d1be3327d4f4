/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/chip.h"
#include "pn532-sim/commands.h"

enum {
    BITS_PER_SERIAL_BYTE = 10, /* start, 8 data, stop */
    AIR_GUARD_US = 500,        /* one frame to a card and back, besides its bits */
    AIR_BITS_PER_BYTE = 9      /* with parity */
};

void pn532_chip_init(struct pn532_chip *chip, struct pn532_field *field, uint32_t baud)
{
    *chip = (struct pn532_chip){.field = field, .baud = baud, .faults.seed = 1};
    pn532_chip_reset(chip);
}

void pn532_chip_reset(struct pn532_chip *chip)
{
    chip->parser = (struct pn532_parser){0};
    chip->registers = (struct pn532_registers){{0}};
    chip->is_asleep = true;
    chip->parameters = 0x14;      /* 7.2.9: as after reset, automatic ATR_RES and RATS */
    chip->retries_passive = 0xFF; /* 7.3.1 */
    chip->listen_us = 51200;
    chip->error_last = 0;
    chip->baud_asked = 0;
    chip->waiting = PN532_WAITING_NOT;
    chip->output_count = 0;
    chip->last_reply.size = 0;
    memset(chip->target_links, 0, sizeof(chip->target_links));
    chip->target_active = 0;
    chip->rest_size = 0;
    pn532_field_switch(chip->field, false);
}

static uint64_t serial_us(const struct pn532_chip *chip, size_t size)
{
    return chip->baud == 0 ? 0 : (uint64_t)size * BITS_PER_SERIAL_BYTE * 1000000 / chip->baud;
}

/* Of a frame on the line that holds so much: libnfc uses the extended form from where it must. */
static size_t line_size(size_t data_size)
{
    enum { OVERHEAD = 7, OVERHEAD_EXTENDED = 10, NORMAL_MAX = 255 };
    return data_size + (data_size > NORMAL_MAX ? OVERHEAD_EXTENDED : OVERHEAD);
}

void pn532_chip_count_air(struct pn532_chip *chip, size_t tx_size, size_t rx_size)
{
    chip->traffic.air_frames += (tx_size > 0 ? 1U : 0U) + (rx_size > 0 ? 1U : 0U);
    chip->traffic.air_bytes += tx_size + rx_size;
    if (chip->baud != 0) /* 106 kbit/s is 13.56 MHz / 128 */
        chip->air_us += AIR_GUARD_US + (uint64_t)(tx_size + rx_size) * AIR_BITS_PER_BYTE * 128 * 100 / 1356;
}

void pn532_chip_count_silence(struct pn532_chip *chip)
{
    if (chip->baud != 0)
        chip->air_us += chip->listen_us;
}

/* Outputs go out one after the other: none is due before the one ahead of it. */
static struct pn532_output *queue(struct pn532_chip *chip, uint64_t delay_us)
{
    KASSA_ASSERT(chip->output_count < PN532_OUTPUT_COUNT_MAX);
    uint64_t after =
        chip->output_count > 0 ? chip->outputs[chip->output_count - 1].due_mono_us : chip->now_mono_us;
    struct pn532_output *output = &chip->outputs[chip->output_count++];
    *output =
        (struct pn532_output){.due_mono_us = after + delay_us, .busy_from_mono_us = chip->busy_from_mono_us};
    return output;
}

static void queue_bytes(struct pn532_chip *chip, struct span bytes, uint64_t delay_us)
{
    struct pn532_output *output = queue(chip, delay_us);
    memcpy(output->bytes, bytes.bytes, bytes.size);
    output->size = bytes.size;
    chip->traffic.line_bytes += bytes.size;
}

static void lose_card(struct pn532_chip *chip, uint32_t link)
{
    struct pn532_slot *slot = link != 0 ? pn532_field_find(chip->field, link) : NULL;
    if (slot != NULL)
        (void)pn532_field_remove(chip->field, (size_t)(slot - chip->field->slots));
}

static void queue_reply(struct pn532_chip *chip, const struct pn532_reply *reply)
{
    uint8_t data[PN532_DATA_SIZE_MAX] = {PN532_TFI_TO_HOST, (uint8_t)(chip->code + 1)};
    memcpy(data + 2, reply->bytes, reply->size);
    size_t size = reply->size + 2;
    struct pn532_sent sent;
    pn532_faults_frame(&chip->faults, span_of(data, size), &sent);
    uint64_t late_us = sent.late_ms * UINT64_C(1000);
    struct pn532_output *output = queue(chip, late_us + chip->air_us + serial_us(chip, line_size(size)));
    output->size = sent.size;
    memcpy(output->bytes, sent.bytes, sent.size);
    chip->traffic.line_bytes += output->size;
    output->unplugs = sent.unplugs;
    output->link = reply->link;
    output->is_first_select = reply->is_first_select;
    chip->last_reply = *output;
    chip->stats.reply_count++;
    chip->stats.spoilt_count += sent.is_spoilt;
    if (sent.loses_card)
        lose_card(chip, reply->link);
}

static void finish_command(struct pn532_chip *chip, enum pn532_outcome outcome,
                           const struct pn532_reply *reply)
{
    switch (outcome) {
    case PN532_OUTCOME_REPLY:
        queue_reply(chip, reply);
        break;
    case PN532_OUTCOME_WAIT:
        break;
    case PN532_OUTCOME_SYNTAX:
        queue_bytes(chip, pn532_frame_error(), serial_us(chip, pn532_frame_error().size));
        chip->stats.error_count++;
        break;
    }
}

static enum pn532_outcome run(struct pn532_chip *chip, struct span parameters, struct pn532_reply *reply)
{
    const struct pn532_command *command = pn532_command_find(chip->code);
    if (command == NULL || parameters.size < command->size_min)
        return PN532_OUTCOME_SYNTAX;
    return command->run(chip, parameters, reply);
}

static void stop_command(struct pn532_chip *chip)
{
    chip->waiting = PN532_WAITING_NOT;
    chip->output_count = 0;
    chip->air_us = 0;
}

/* A new command ends the one that runs, as 6.2.1.6 has it for an ACK. */
static void take_command(struct pn532_chip *chip)
{
    struct span data = pn532_parser_data(&chip->parser);
    stop_command(chip);
    chip->busy_from_mono_us = chip->now_mono_us;
    chip->before = chip->traffic;
    chip->traffic.commands++;
    chip->traffic.line_bytes += line_size(data.size);
    queue_bytes(chip, pn532_frame_ack(),
                serial_us(chip, line_size(data.size)) + serial_us(chip, pn532_frame_ack().size));
    if (data.size < 2 || data.bytes[0] != PN532_TFI_TO_CHIP) {
        finish_command(chip, PN532_OUTCOME_SYNTAX, NULL);
        return;
    }
    chip->code = data.bytes[1];
    chip->stats.command_count++;
    chip->stats.by_code[chip->code]++;
    if (chip->faults.mute == PN532_MUTE_AFTER_ACK)
        return;
    struct pn532_reply reply = {.size = 0};
    finish_command(chip, run(chip, span_of(data.bytes + 2, data.size - 2), &reply), &reply);
}

static void take_ack(struct pn532_chip *chip)
{
    chip->stats.abort_count++;
    stop_command(chip);
    if (chip->baud_asked != 0 && chip->baud != 0)
        chip->baud = chip->baud_asked;
    chip->baud_asked = 0;
}

static void repeat_reply(struct pn532_chip *chip)
{
    chip->stats.nack_count++;
    if (chip->last_reply.size == 0 || chip->output_count == PN532_OUTPUT_COUNT_MAX)
        return;
    queue_bytes(chip, span_of(chip->last_reply.bytes, chip->last_reply.size),
                serial_us(chip, chip->last_reply.size));
}

static void take_byte(struct pn532_chip *chip, uint8_t byte)
{
    if (chip->is_asleep) {
        chip->is_asleep = byte != 0x55; /* 6.2.3: the wake-up burst of the high speed UART */
        return;
    }
    switch (pn532_parser_feed(&chip->parser, byte)) {
    case PN532_EVENT_NONE:
        break;
    case PN532_EVENT_ACK:
        take_ack(chip);
        break;
    case PN532_EVENT_NACK:
        repeat_reply(chip);
        break;
    case PN532_EVENT_DATA:
        take_command(chip);
        break;
    case PN532_EVENT_BAD:
        chip->stats.bad_frame_count++;
        break;
    }
}

void pn532_chip_receive(struct pn532_chip *chip, struct span bytes, uint64_t now_mono_us)
{
    chip->now_mono_us = now_mono_us;
    if (chip->faults.mute == PN532_MUTE_ALL)
        return;
    for (size_t i = 0; i < bytes.size; i++)
        take_byte(chip, bytes.bytes[i]);
}

void pn532_chip_tick(struct pn532_chip *chip, uint64_t now_mono_us)
{
    chip->now_mono_us = now_mono_us;
    if (chip->waiting == PN532_WAITING_NOT || chip->faults.mute != PN532_MUTE_OFF)
        return;
    struct pn532_reply reply = {.size = 0};
    chip->air_us = 0;
    enum pn532_outcome outcome = pn532_run_waiting(chip, &reply);
    if (outcome == PN532_OUTCOME_WAIT)
        return;
    chip->waiting = PN532_WAITING_NOT;
    chip->busy_from_mono_us = now_mono_us;
    finish_command(chip, outcome, &reply);
}

uint64_t pn532_chip_wake_mono_us(const struct pn532_chip *chip)
{
    uint64_t wake = chip->output_count > 0 ? chip->outputs[0].due_mono_us : PN532_NEVER;
    bool is_timed = chip->waiting == PN532_WAITING_AUTO_POLL && chip->faults.mute == PN532_MUTE_OFF;
    if (is_timed && chip->wait_until_mono_us < wake)
        wake = chip->wait_until_mono_us;
    return wake;
}

bool pn532_chip_take(struct pn532_chip *chip, uint64_t now_mono_us, struct pn532_output *out_output)
{
    if (chip->output_count == 0 || chip->outputs[0].due_mono_us > now_mono_us)
        return false;
    *out_output = chip->outputs[0];
    chip->output_count--;
    memmove(chip->outputs, chip->outputs + 1, chip->output_count * sizeof(chip->outputs[0]));
    return true;
}

static void close_first_select(struct pn532_chip *chip, struct pn532_slot *slot, uint64_t busy_us)
{
    slot->select_busy_us = busy_us;
    slot->is_seen = true;
    chip->stats.tap_count++;
    chip->stats.select_busy_us_last = busy_us;
    chip->stats.select_busy_us_sum += busy_us;
    if (busy_us > chip->stats.select_busy_us_max)
        chip->stats.select_busy_us_max = busy_us;
}

void pn532_chip_sent(struct pn532_chip *chip, const struct pn532_output *output, uint64_t now_mono_us)
{
    bool is_ack = span_is_equal(span_of(output->bytes, output->size), pn532_frame_ack());
    if (is_ack || now_mono_us < output->busy_from_mono_us)
        return;
    uint64_t busy_us = now_mono_us - output->busy_from_mono_us;
    chip->stats.busy_us += busy_us;
    struct pn532_slot *slot = output->link != 0 ? pn532_field_find(chip->field, output->link) : NULL;
    if (slot == NULL)
        return;
    slot->busy_us += busy_us;
    if (output->is_first_select && !slot->is_seen)
        close_first_select(chip, slot, busy_us);
}
