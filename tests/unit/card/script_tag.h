/* SPDX-License-Identifier: Apache-2.0 */
/* script_tag.h - a tag that speaks from a list: what it expects to hear, and what it answers, be they APDUs, frames or a
 * sector's key ("60" for A or "61" for B, block, key). For tests. */
#ifndef KASSA_TESTS_SCRIPT_TAG_H
#define KASSA_TESTS_SCRIPT_TAG_H

#include "iface/random.h"
#include "iface/tag.h"

#define SCRIPT_COMMANDS_MAX 64

struct script_row {
    const char *command; /* hex; NULL: whatever it hears */
    const char *answer;  /* hex, with the status word; NULL: the error instead */
    enum err error;
};

struct script_tag {
    const struct script_row *rows;
    size_t row_count;
    enum err select_again_error;
    size_t select_again_count;
    size_t transmit_count; /* what is heard beyond the rows fails the test */
    size_t release_count;
    size_t released_after; /* transmit_count at the last release */
};

struct tag script_tag_as_tag(struct script_tag *script);

/* Draws bytes from a list in hex, and fails at its end. */
struct script_random {
    uint8_t bytes[256];
    size_t size;
    size_t at;
};
struct random script_random_of(struct script_random *queue, const char *hex);

#endif
