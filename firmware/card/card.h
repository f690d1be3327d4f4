/* SPDX-License-Identifier: Apache-2.0 */
/* card.h - bytes from a card or a scanner -> who is it, and how sure.
 *
 * A card is known by its canonical text: "uid:" and its UID in lower-case hex (8, 14 or 20 digits), "num:"
 * and a member number (CARD_NUMBER_SIZE_MIN to _MAX of 0-9 and A-Z), or, of a phone's pass that says anything else,
 * "pass:" and 32 digits of the hash of what it says. The same member number has the same text
 * whether it was tapped, scanned or typed. The clear text is never stored or logged: vault makes a token of
 * it.
 *
 * Memory     no call allocates; all outputs are the caller's.
 * Threads    any; there is no state.
 * Sources    ISO/IEC 14443-3, NFC Forum Type 2 Tag and NDEF, GS1 General Specifications, ISO/IEC 7064. */
#ifndef KASSA_CARD_H
#define KASSA_CARD_H

#include "iface/reader.h"
#include "iface/tag.h"

#define CARD_NUMBER_SIZE_MIN 4
#define CARD_NUMBER_SIZE_MAX 32
#define CARD_READ_SIZE_MAX   96 /* what a scanner or a person may hand in, framing included */
#define CARD_LINKS_MAX       8
#define CARD_LINK_SIZE_MAX   63
#define CARD_PREFIXES_MAX    8
#define CARD_PREFIX_SIZE_MAX 12

/* How far a technology is to be believed, weakest first. It limits what may be redeemed with it. */
enum card_trust {
    CARD_TRUST_NONE,     /* no technology */
    CARD_TRUST_IDENTIFY, /* readable and clonable by anyone: says who it claims to be; never redeem by it
                            alone */
    CARD_TRUST_STATIC,   /* content that the programme wrote, copyable by whoever held it once */
    CARD_TRUST_GENUINE,  /* the same on a chip that its maker signed: a copy needs a chip that lies */
    CARD_TRUST_PROVEN,   /* it showed that it holds a key, by something that is new each time */
};

struct card_identity {
    enum reader_technology technology;
    enum card_trust trust;
    char text[CARD_TEXT_MAX]; /* canonical, NUL-terminated */
    struct reader_freshness freshness;
};

/* Link heads without scheme that a member number follows, such as "loyalty.example/c/". A link's host is never trusted
 * for being there: only these are. Host part in lower case. */
struct card_links {
    size_t count;
    char heads[CARD_LINKS_MAX][CARD_LINK_SIZE_MAX + 1];
};

/* Adds "host/path"; a scheme in front is left out. ERR_SYNTAX: not of that form. ERR_FULL. */
NODISCARD
enum err card_links_add(struct card_links *links, struct span text_of_head);

/* The check on member numbers in Code 128 and on typed ones. EAN-13 always carries its own. */
enum card_check {
    CARD_CHECK_NONE,
    CARD_CHECK_LUHN, /* ISO/IEC 7812-1 annex B: last digit; digits only */
    CARD_CHECK_MOD97 /* ISO/IEC 7064 mod 97-10: last two digits; letters count A=10 ... Z=35 */
};

/* "none", "luhn", "mod97". ERR_SYNTAX: none of them. */
NODISCARD
enum err card_check_read(const char *text, enum card_check *out);

struct card_number_rules {
    /* EAN-13 heads that are members, not goods. GS1 leaves 02 and 20-29 to the shop, so this is the chain's
     * own. */
    const char *prefixes[CARD_PREFIXES_MAX];
    size_t prefix_count;
    enum card_check check;
    uint8_t separator; /* a byte that comes for GS1's FNC1 beside GS; 0: none */
};

/* Prefix "29"; Luhn. */
struct card_number_rules card_number_rules_default(void);

/* Reads a number that a person typed, or one code of a scanner that another program handed on: strips CR, LF, STX, ETX around it, spaces
 * and hyphens within, and an AIM identifier in front (aim.c has the table); letters become capitals. Thirteen digits are an EAN-13, and
 * twelve the same without its leading zero where a prefix makes them a member's; GS1 element strings are known by ]C1 and its like,
 * by a separator within, or by 8018 in front of a GSRN, whose 18 digits are the number. Payment cards are refused.
 * Errors, each with its sentence in card_refusal:
 * ERR_TRUNCATED, ERR_TOO_LONG, ERR_SYNTAX (a character that no number has), ERR_CHECKSUM (check digit),
 * ERR_UNSUPPORTED (goods, or another symbology), ERR_STATE (a coupon), ERR_CONFLICT (two members), ERR_EXISTS (a payment card). */
NODISCARD
enum err card_read_number(struct span read, const struct card_number_rules *rules,
                          char out_text[CARD_TEXT_MAX]);

/* What is wrong with the number, for a person: "the check digit does not fit". Never holds the number. */
const char *card_refusal(enum err error);

/* Why card_identify found nobody, or (ERR_CONFLICT) what it found counts no more, for a person. */
const char *card_tag_refusal(enum err error);

/* The same for programs and pages, which have their own sentences: "unreadable", "not_taken", "unproven", "waiting" (a
 * phone, for its holder), "stale", "replayed". */
const char *card_tag_reason(enum err error);

/* Is it a canonical text? */
bool card_text_is_valid(struct span text);

/* "ndef", "uid", ...; "?" for what is no technology. */
const char *card_technology_name(enum reader_technology technology);
/* The one of that name. ERR_NOT_FOUND. */
NODISCARD
enum err card_technology_find(struct span name, enum reader_technology *out);
enum card_trust card_trust_of(enum reader_technology technology);
/* "none", "identify", "static", "genuine", "proven". */
const char *card_trust_name(enum card_trust trust);
NODISCARD
enum err card_trust_find(struct span name, enum card_trust *out);
/* Is it one of a scanner's, which a tag reader never tells? */
bool card_technology_is_scanned(enum reader_technology technology);

#endif
