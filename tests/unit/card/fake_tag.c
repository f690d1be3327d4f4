/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/card/fake_tag.h"

static enum err answer(struct fake_tag *fake, size_t first, size_t count, uint8_t *rx, size_t rx_capacity,
                       size_t *out_rx_size)
{
    if (first >= fake->page_count || count * 4 > rx_capacity)
        return ERR_IO;
    for (size_t i = 0; i < count; i++)
        memcpy(rx + i * 4, fake->memory + (first + i) % fake->page_count * 4, 4);
    *out_rx_size = count * 4;
    fake->byte_count += count * 4;
    return ERR_OK;
}

static enum err fake_exchange(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                              size_t *out_rx_size)
{
    struct fake_tag *fake = self;
    if (fake->exchange_count++ == fake->fails_after)
        return fake->failure;
    if (fake->is_idle)
        return ERR_IO;
    if (tx.size == 2 && tx.bytes[0] == 0x30)
        return answer(fake, tx.bytes[1], 4, rx, rx_capacity, out_rx_size);
    bool is_fast_read =
        tx.size == 3 && tx.bytes[0] == 0x3A && tx.bytes[2] >= tx.bytes[1] && tx.bytes[2] < fake->page_count;
    if (is_fast_read && !fake->refuses_fast_read) {
        fake->fast_read_count++;
        return answer(fake, tx.bytes[1], (size_t)(tx.bytes[2] - tx.bytes[1] + 1), rx, rx_capacity,
                      out_rx_size);
    }
    fake->is_idle = true; /* a NAK sends it there */
    return ERR_IO;
}

static enum err fake_select_again(void *self)
{
    struct fake_tag *fake = self;
    fake->select_again_count++;
    if (fake->is_pulled)
        return ERR_NOT_FOUND;
    fake->is_idle = false;
    return ERR_OK;
}

const struct tag_ops fake_tag_ops = {.exchange = fake_exchange, .select_again = fake_select_again};

void fake_tag_init(struct fake_tag *fake, size_t page_count, uint8_t size_byte, struct span area)
{
    *fake = (struct fake_tag){.page_count = page_count, .fails_after = -1, .failure = ERR_IO};
    const uint8_t container[] = {0xE1, 0x10, size_byte, 0x00};
    memcpy(fake->memory + 12, container, sizeof container);
    if (area.size > 0)
        memcpy(fake->memory + 16, area.bytes, area.size);
}

struct tag fake_tag_as_tag(struct fake_tag *fake)
{
    return (struct tag){
        .ops = &fake_tag_ops,
        .self = fake,
        .target = {.uid = {0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6},
                   .uid_size = 7,
                   .sak = 0,
                   .atqa = 0x0044},
    };
}
