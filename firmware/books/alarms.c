/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused is told, and not told again at each try: who attacks could fill the journal otherwise. */
#include "books/internal.h"

static bool was_told(const struct books *books, enum trust_reason reason, uint64_t version,
                     uint64_t now_mono_ms)
{
    for (size_t i = 0; i < TOLD_MAX; i++) {
        const struct told *told = &books->told[i];
        if (told->reason == reason && told->version == version && reason != TRUST_GOOD &&
            now_mono_ms - told->mono_ms < TELL_AGAIN_MS)
            return true;
    }
    return false;
}

/* Versions are for the attacker to choose: of what nobody has signed, they make no other alarm. */
static uint64_t version_told(enum trust_reason reason, uint64_t version)
{
    bool is_anybodys = reason == TRUST_UNSIGNED || reason == TRUST_MALFORMED || reason == TRUST_TOO_LARGE;
    return is_anybodys ? 0 : version;
}

void books_refuse(struct books *books, enum trust_reason reason, uint64_t version, const char *text)
{
    uint64_t now = books_read_clock(books).mono_ms;
    books->refusals++;
    version = version_told(reason, version);
    if (was_told(books, reason, version, now))
        return;
    books->told[books->told_next] = (struct told){reason, version, now};
    books->told_next = (books->told_next + 1) % TOLD_MAX;
    if (books->handler.tell != NULL)
        books->handler.tell(books->handler.context, reason, version, text);
}

void books_watch_time(struct books *books)
{
    uint64_t version = bookcase_get(books->parts.bookcase, BOOKCASE_ACTIVE).version;
    enum trust_reason alarm = trust_alarm(&books->state, version, books_read_clock(books));
    bool is_new = alarm != books->alarm;
    books->alarm = alarm;
    if (is_new && alarm != TRUST_GOOD)
        books_refuse(books, alarm, version, trust_reason_sentence(alarm));
}
