/* SPDX-License-Identifier: Apache-2.0 */
#include "card/card.h"

#include "card/link.h"

enum err card_links_add(struct card_links *links, struct span text_of_head)
{
    struct span head = card_link_skip_scheme(text_of_head);
    const char *text = (const char *)head.bytes;
    if (links->count == CARD_LINKS_MAX)
        return ERR_FULL;
    const char *slash = head.size > 0 ? memchr(text, '/', head.size) : NULL;
    if (head.size > CARD_LINK_SIZE_MAX || slash == NULL || slash == text || slash[-1] == ':' ||
        memchr(text, '\0', head.size) != NULL)
        return ERR_SYNTAX;
    char *out = links->heads[links->count++];
    memcpy(out, text, head.size);
    out[head.size] = '\0';
    return ERR_OK;
}

static const char *const NUMBER_REFUSALS[ERR_COUNT] = {
    [ERR_TRUNCATED] = "the number is too short",
    [ERR_TOO_LONG] = "the number is too long",
    [ERR_SYNTAX] = "the number holds a character that member numbers do not have",
    [ERR_CHECKSUM] = "the check digit does not fit: misread or mistyped",
    [ERR_UNSUPPORTED] = "it is no member's: an article, or another kind of code",
    [ERR_EXISTS] = "it is the number of a payment card",
    [ERR_STATE] = "it is a coupon, not a member's code",
    [ERR_CONFLICT] = "the codes name two members",
    [ERR_NOT_FOUND] = "the link is none of this programme's",
    [ERR_SIGNATURE] = "the code's time is over, or it is not of this programme",
};

static const char *const TAG_REFUSALS[ERR_COUNT] = {
    [ERR_NOT_FOUND] = "the card names no member",
    [ERR_SYNTAX] = "the card names no member",
    [ERR_UNSUPPORTED] = "the card has no lasting number: a phone, or a kind that is not taken here",
    [ERR_SIGNATURE] = "the card claims to be ours and cannot prove it",
    [ERR_PENDING] = "the phone waits for its holder: unlock it or choose the pass, then hold it here again",
    [ERR_EXISTS] = "the number on it is that of a payment card",
    [ERR_RANGE] = "the pass was shown too long ago, or the phone's clock or the till's is wrong",
    [ERR_STATE] = "the card and this till do not fit: a key, a collector id or the reader is not what the "
                  "programme wants",
    [ERR_VERSION] = "the phone speaks no version of its protocol that is known here",
    [ERR_IO] = "the card could not be read: hold it still a little longer",
    [ERR_CONFLICT] = "this tap or code was taken before: a fresh one is wanted",
};

static const char *const TAG_REASONS[ERR_COUNT] = {
    [ERR_NOT_FOUND] = "not_taken", [ERR_SYNTAX] = "not_taken",  [ERR_UNSUPPORTED] = "not_taken",
    [ERR_STATE] = "not_taken",     [ERR_VERSION] = "not_taken", [ERR_SIGNATURE] = "unproven",
    [ERR_PENDING] = "waiting",     [ERR_RANGE] = "stale",       [ERR_CONFLICT] = "replayed",
    [ERR_EXISTS] = "not_taken",
};

static const char *sentence_of(const char *const sentences[ERR_COUNT], enum err error)
{
    if ((unsigned)error < ERR_COUNT && sentences[error] != NULL)
        return sentences[error];
    return err_sentence(error);
}

const char *card_refusal(enum err error)
{
    return sentence_of(NUMBER_REFUSALS, error);
}

const char *card_tag_refusal(enum err error)
{
    return sentence_of(TAG_REFUSALS, error);
}

const char *card_tag_reason(enum err error)
{
    bool has_name = (unsigned)error < ERR_COUNT && TAG_REASONS[error] != NULL;
    return has_name ? TAG_REASONS[error] : "unreadable";
}
