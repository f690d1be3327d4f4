/* SPDX-License-Identifier: Apache-2.0 */
/* fake_tag.h - a Type 2 tag in memory that answers READ and FAST_READ as NTAG21x do. For tests. */
#ifndef KASSA_TESTS_FAKE_TAG_H
#define KASSA_TESTS_FAKE_TAG_H

#include "iface/tag.h"

#define FAKE_TAG_PAGES 231 /* NTAG216 */

struct fake_tag {
    uint8_t memory[FAKE_TAG_PAGES * 4];
    size_t page_count;
    bool refuses_fast_read; /* as Ultralight and NTAG203; goes idle over it */
    bool is_idle;
    bool is_pulled;  /* away once it is idle */
    int fails_after; /* the exchange with this number fails; -1: none */
    enum err failure;
    int exchange_count;
    int fast_read_count;
    int select_again_count;
    size_t byte_count; /* that went over the air to the reader */
};

extern const struct tag_ops fake_tag_ops;

/* A tag of that many pages with capability container `size_byte` and the data area from page 4 on. */
void fake_tag_init(struct fake_tag *fake, size_t page_count, uint8_t size_byte, struct span area);

struct tag fake_tag_as_tag(struct fake_tag *fake);

#endif
