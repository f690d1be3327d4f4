/* SPDX-License-Identifier: Apache-2.0 */
/* link.h - web links as a tag or a QR code holds them, told apart by their heads. Inside card/. */
#ifndef KASSA_CARD_LINK_H
#define KASSA_CARD_LINK_H

#include "card/card.h"

#define CARD_LINK_TEXT_MAX                                                                                   \
    384 /* what comes later cannot matter: a link that a tag signs has some 150 bytes */

/* Without its scheme, cut to fit. */
struct card_link {
    uint8_t bytes[CARD_LINK_TEXT_MAX];
    size_t size;
};

/* What is behind "https://" or "http://"; without either, all of it. */
struct span card_link_skip_scheme(struct span text);

/* The payload of an NDEF URI record. False: no web link. */
bool card_link_of_uri(struct span payload, struct card_link *out);
/* "https://host/path" or "http://...". False: no web link. */
bool card_link_of_text(struct span text, struct card_link *out);

/* Which of the heads it begins with (the host in either case); -1: none. */
int card_link_find_head(const struct card_link *link, const struct card_links *links);

/* The member number behind the link's head. ERR_NOT_FOUND: none of these heads, or no number.
 * ERR_EXISTS: a payment card's. */
NODISCARD
enum err card_link_find_number(const struct card_link *link, const struct card_links *links,
                               char out_text[CARD_TEXT_MAX]);

/* What stands behind "name=" in the query, up to "&" or "#". False: there is no such parameter. */
bool card_link_find_value(const struct card_link *link, const char *name, struct span *out);

#endif
