/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a host writes to the serial line, the chip with two cards before it answers with frames or not at
 * all. The first byte of the input chooses how the rest is cut into writes; each frame is also mended, so
 * that inputs reach the commands behind the checksums. */
#include "pn532-sim/chip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lay(struct pn532_field *field, size_t slot, const char *tech)
{
    struct pn532_card card;
    const char *why = "";
    KASSA_ASSERT(pn532_card_make(pn532_tech_find(tech), NULL, 0, &card, &why) == ERR_OK);
    KASSA_ASSERT(pn532_field_present(field, slot, &card, 0) == ERR_OK);
}

static void drain(struct pn532_chip *chip, uint64_t now_mono_us)
{
    struct pn532_output output;
    pn532_chip_tick(chip, now_mono_us);
    while (pn532_chip_take(chip, now_mono_us, &output)) {
        KASSA_ASSERT(output.size >= 6 && output.size <= PN532_FRAME_SIZE_MAX);
        pn532_chip_sent(chip, &output, now_mono_us);
    }
}

/* Takes the bytes as commands: a length, then code and parameters. */
static void play_commands(struct pn532_chip *chip, struct span bytes)
{
    uint64_t now_mono_us = 0;
    while (bytes.size > 1) {
        uint8_t command[PN532_DATA_SIZE_MAX] = {PN532_TFI_TO_CHIP};
        uint8_t frame[PN532_FRAME_SIZE_MAX];
        size_t size = bytes.bytes[0] < bytes.size - 1 ? bytes.bytes[0] : bytes.size - 1;
        memcpy(command + 1, bytes.bytes + 1, size);
        size_t frame_size = pn532_frame_build(span_of(command, size + 1), frame);
        pn532_chip_receive(chip, span_of(frame, frame_size), now_mono_us);
        now_mono_us += 100000;
        drain(chip, now_mono_us);
        bytes = span_of(bytes.bytes + 1 + size, bytes.size - 1 - size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pn532_field field;
    static struct pn532_chip chip;
    if (size < 1)
        return 0;
    field = (struct pn532_field){.is_on = false};
    pn532_chip_init(&chip, &field, data[0] % 2 == 0 ? 0 : 115200);
    lay(&field, 0, "ntag215");
    lay(&field, 1, "classic1k");
    pn532_chip_receive(&chip, span_of("\x55", 1), 0);
    size_t cut = data[0] < size ? data[0] : size;
    pn532_chip_receive(&chip, span_of(data, cut), 0);
    drain(&chip, 1000000);
    pn532_chip_receive(&chip, span_of(data + cut, size - cut), 1000000);
    drain(&chip, 2000000);
    play_commands(&chip, span_of(data + 1, size - 1));
    return 0;
}
