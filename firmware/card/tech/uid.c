/* SPDX-License-Identifier: Apache-2.0 */
/* A card by its UID alone: anyone may read and clone it, so it only says who it claims to be. */
#include "card/tech/technology.h"
#include "card/text.h"

bool card_uid_fits(const struct tag_target *target)
{
    (void)target;
    return true;
}

/* ISO/IEC 14443-3 6.5.4: a single-size UID whose first byte is 08 is drawn at random at each activation, as
 * phones do. The same table makes 88 the cascade tag, which is no UID's first byte. */
static bool is_passing(struct span uid)
{
    return uid.size == 4 && (uid.bytes[0] == 0x08 || uid.bytes[0] == 0x88);
}

enum err card_uid_read(struct tag *tag, const struct card_tag_rules *rules, char out_text[CARD_TEXT_MAX])
{
    struct span uid = span_of(tag->target.uid, tag->target.uid_size);
    if (rules->uid_is_refused || is_passing(uid))
        return ERR_UNSUPPORTED;
    return card_text_of_uid(uid, out_text);
}
