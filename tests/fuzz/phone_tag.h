/* SPDX-License-Identifier: Apache-2.0 */
/* phone_tag.h - a tag whose answers are the fuzzer's bytes: size (1), that many bytes, and so on; at the end it is silent.
 * An answer of size 0 is the reader's failure. */
#ifndef KASSA_TESTS_FUZZ_PHONE_TAG_H
#define KASSA_TESTS_FUZZ_PHONE_TAG_H

#include "iface/random.h"
#include "iface/tag.h"

struct phone_tag {
    struct span rest;
    size_t transmit_count;
};

struct tag phone_tag_as_tag(struct phone_tag *phone);

/* The same bytes each time: nonce, session and key of the Smart Tap session that the tests know byte by byte. */
struct random phone_tag_random(size_t *at);

/* Aborts unless it holds. */
void phone_tag_expect(bool condition);

#endif
