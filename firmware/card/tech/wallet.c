/* SPDX-License-Identifier: Apache-2.0 */
/* Passes in phones as technologies of a programme: whom a pass names, how sure, and how fresh. */
#include "card/tech/technology.h"
#include "card/text.h"

/* Both wallets speak ISO/IEC 14443-4. A phone's UID is drawn at random, but not every phone says so by 08. */
bool card_wallet_fits(const struct tag_target *target)
{
    return (target->sak & TAG_SAK_ISO14443_4) != 0;
}

/* A message in clear could be anyone's: it proves nothing, and has no time. */
enum err card_vas_read(struct card_run *run, struct card_identity *out)
{
    const struct card_vas_now now = {run->context->random, run->context->now_unix_s};
    struct card_vas_pass pass;
    TRY(card_vas_ask(run->tag, &run->ose, &run->programme->vas, &now, &pass));
    TRY(card_text_of_pass(span_of(pass.message, pass.message_size), out->text));
    if (!pass.is_encrypted) {
        out->trust = CARD_TRUST_STATIC;
        return ERR_OK;
    }
    out->freshness.kind = READER_FRESH_TIME;
    out->freshness.value = (uint64_t)pass.at_unix_s;
    memcpy(out->freshness.about, pass.about, sizeof out->freshness.about);
    return ERR_OK;
}
_Static_assert(CARD_VAS_ABOUT_SIZE == READER_ABOUT_SIZE, "a cryptogram's hash goes along whole");

/* Its session is made of what this reader drew: nothing of it can come again. */
enum err card_smart_tap_read(struct card_run *run, struct card_identity *out)
{
    struct card_smart_tap_pass pass;
    TRY(card_smart_tap_ask(run->tag, &run->ose, &run->programme->smart_tap, run->context->random, &pass));
    memcpy(out->text, pass.text, sizeof out->text);
    return ERR_OK;
}
