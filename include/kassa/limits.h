/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h - every bound that both sides rely on, with its reason. The schema's options file repeats those
 * that size a field; tests/unit/wire holds the two together. */
#ifndef KASSA_LIMITS_H
#define KASSA_LIMITS_H

#define LINES_MAX               2048   /* lines of one receipt: real ones have up to 1,114 */
#define DISCOUNTS_MAX           4096   /* discount rows of one receipt: two a line */
#define TENDERS_MAX             16     /* ways of paying one receipt */
#define CATEGORIES_PER_LINE_MAX 4      /* an item's category and its parents */
#define EARN_ROWS_MAX           32     /* rules that give points on one receipt */
#define OFFER_NOTES_MAX         32     /* offers shown, accepted or declined in one sale */
#define DEAL_ROWS_MAX           128    /* lines of one receipt that take part in such deals */
#define BURN_ROWS_MAX           16     /* payments with points on one receipt */
#define STAMP_ROWS_MAX          8      /* stamp cards that one receipt moves */
#define COUPON_ROWS_MAX         16     /* coupons that one receipt issues and redeems */
#define AWARD_ROWS_MAX          32     /* gifts, tickets and messages of one receipt */
#define OFFER_USES_MAX          64     /* limits of offers that one receipt draws on */
#define GIFT_ROWS_MAX           4      /* gift cards of one receipt */
#define RECORD_SIZE_MAX         245760 /* 240 KiB: a receipt of LINES_MAX lines at some 110 bytes */
#define BATCH_SIZE_TARGET       65536  /* a batch takes no further record beyond this ... */
#define BATCH_SIZE_MAX          262144 /* ... but one record always fits: 256 KiB, the broker's limit stands above */
#define BATCH_RECORDS_MAX       200
#define BUCKETS                 64 /* shards of the topic space */
#define BOOK_SIZE_MAX           (32 * 1024 * 1024)
#define BOOK_CHUNK_SIZE         32768
#define MEMBER_UPDATE_SIZE_MAX  32768
#define SIGNED_CONTENT_MAX      6144  /* what is signed: a manifest of 64 stores and 64 tills has 4.5 KiB */
#define SIGNATURES_MAX          16    /* of one statement, and keys of one root */
#define SIGNED_SIZE_MAX         8192  /* a Signed as bytes: content, and 16 signatures of 80 bytes */
#define NEWS_ROOTS_MAX          8     /* roots in one message: 64 KiB */
#define BOOK_VERSION_STEP_MAX   10000 /* a book's version may be so far above the one before */
#define TIMESTAMP_LIFE_MS_MAX   604800000 /* 7 days */

/* A record has room for the rows of a sale and for as many of the receipt of which it takes something back: an exchange
 * has both. */
#define EARN_MOVES_MAX      64
#define STAMP_MOVES_MAX     16
#define COUPON_MOVES_MAX    32
#define OFFER_USE_MOVES_MAX 128
#define COUPON_NEEDS_MAX    32 /* what the coupons of one receipt stand on: the bits of kassa_Line.needs */

/* What is counted within a store: points, what of them is spent offline, coupons, uses of limits. */
#define LAN_CLAIM_ITEMS_MAX 82  /* of one basket: 2 + COUPON_ROWS_MAX + OFFER_USES_MAX */
#define LAN_USE_ITEMS_MAX   162 /* of one record: 2 + COUPON_MOVES_MAX + OFFER_USE_MOVES_MAX */

#define TILL_ID_MAX         32 /* [a-z0-9-]{3,32}: also the MQTT user name */
#define SKU_MAX             32
#define OFFER_ID_MAX        32
#define CATEGORY_MAX        32
#define DESCRIPTION_MAX     80
#define KEY_MAX             80 /* an idempotency key or basket id */
#define NAME_MAX_BYTES      64 /* a person's first name, UTF-8 */
#define LANGUAGE_MAX        8  /* BCP 47: "en", "pt-BR" */
#define SEGMENT_MAX         32
#define SEGMENTS_MAX        16 /* segments of one member */
#define CARDS_PER_MEMBER    8
#define LOTS_SHOWN_MAX      12 /* of a member, told to tills; what is beyond stands in the last one */
#define COUPONS_HELD_MAX    16 /* of a member, told to tills: the soonest to end */
#define STAMP_CARDS_MAX     8  /* of one member */
#define COUNTERS_MAX        16 /* limits of one member, told to tills: those used last */
#define ATTRIBUTES_MAX      8  /* of one member, told to tills */
#define ATTRIBUTE_MAX       64
#define COUPON_SERIES_MAX   32
#define COUPON_SERIAL_MAX   40
#define COUPON_CODE_MAX     320 /* a coupon as it is typed or scanned: a signed token at the longest */
#define STAMP_CARD_MAX      32
#define RESERVE_HOLD_MS     900000   /* a reservation without a time of its own: 15 minutes */
#define RESERVE_HOLD_MS_MAX 86400000 /* a day */
#define CARD_TEXT_MAX       64       /* a card's canonical text: "uid:...", "num:..." */

#define HASH_SIZE     32 /* SHA-256 */
#define LAN_ITEM_SIZE 16 /* SHA-256 cut to 128 bits */
#define TOKEN_SIZE    16 /* card token: the pepper's version, and HMAC-SHA-256 cut to 120 bits */
#define MEMBER_SIZE   16 /* member id: 128 random bits */

#define MEMBER_KEY_SIZE   61  /* a member's key, wrapped: version, nonce, 32 bytes, tag */
#define PERSONAL_SIZE_MAX 100 /* a personal field's envelope: key id, nonce, up to 64 bytes, tag */
#define PERSONAL_MAX      4   /* personal fields of one member */

#endif
