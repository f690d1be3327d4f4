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

/* Nor does a phone's UID last, whatever it begins with: what answers to a wallet's name is one. */
enum err card_uid_read(struct card_run *run, struct card_identity *out)
{
    struct span uid = span_of(run->tag->target.uid, run->tag->target.uid_size);
    bool is_phone = run->ose.is_asked && run->ose.outcome == ERR_OK;
    return is_phone || is_passing(uid) ? ERR_UNSUPPORTED : card_text_of_uid(uid, out->text);
}
