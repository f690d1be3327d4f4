/* SPDX-License-Identifier: Apache-2.0 */
/* type2.h - questions that a Type 2 tag may refuse. Inside card/. */
#ifndef KASSA_CARD_TYPE2_H
#define KASSA_CARD_TYPE2_H

#include "iface/tag.h"

/* Sends a command whose answer has rx_size bytes. A refusal and a lost answer look alike, and the tag must be selected
 * again after either: a tag has refused that is there after each of two tries, ERR_NOT_FOUND. ERR_IO: it is away.
 * ERR_UNSUPPORTED: the reader cannot send this. Others as tag_ops.exchange. */
NODISCARD
enum err card_type2_ask(struct tag *tag, struct span command, uint8_t *rx, size_t rx_size);

#endif
