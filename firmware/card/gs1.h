/* SPDX-License-Identifier: Apache-2.0 */
/* gs1.h - GS1 element strings (GS1 General Specifications 3 and 7.8) and GS1 Digital Link URIs, as far as they tell who a
 * member is. Inside card/ and for the fuzzer. */
#ifndef KASSA_CARD_GS1_H
#define KASSA_CARD_GS1_H

#include "base/base.h"

#define CARD_GS1_SEPARATOR 0x1D /* how FNC1 arrives: ASCII GS */
#define CARD_GSRN_SIZE     18   /* N18 with its check digit */

/* The GSRN of a service recipient (8018): the member.
 *
 *   8018 950123456789012341 8019 1 <GS> 10 LOT7 <GS> ...
 *   AI   18 digits          AI  1..10   AI  1..20
 *
 * separator: another byte that stands for FNC1; 0: GS alone. Elements of fixed size need none behind them.
 * ERR_UNSUPPORTED: sound, but no member: goods, a provider (8017). ERR_STATE: a coupon (255, 8110, 8112 ...).
 * ERR_SYNTAX: no element strings, characters that an element does not have, elements that do not go together (8017 and 8018; 8019 without
 * either; 8111 without 255). ERR_TRUNCATED, ERR_TOO_LONG: an element's size. ERR_CHECKSUM. ERR_CONFLICT: two members. */
NODISCARD
enum err card_gs1_find_member(struct span elements, uint8_t separator, char out_gsrn[CARD_GSRN_SIZE]);

/* Does it begin with an application identifier that there is? */
bool card_gs1_begins(struct span elements);

/* path: of a link, from its "/" up to the query: [/path...]/KEY/value[/qualifier/value...] (GS1 Digital Link URI Syntax 1.2), with
 * percent encoding; a GTIN of 8, 12 or 13 digits is padded. Errors as above; ERR_NOT_FOUND: no GS1 key in it. */
NODISCARD
enum err card_gs1_link_find_member(struct span path, char out_gsrn[CARD_GSRN_SIZE]);

#endif
