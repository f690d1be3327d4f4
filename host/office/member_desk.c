/* SPDX-License-Identifier: Apache-2.0 */
#include "office/member_desk.h"

#include "base/pan.h"
#include "base/utf8.h"
#include "card/text.h"

#define PREFIX_SIZE 4 /* "uid:" and "num:" */

static bool starts_with(struct span text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.bytes, prefix, size) == 0;
}

/* Hexadecimal digits may be typed in capitals. */
static enum err hex_text(struct span typed, char out[CARD_TEXT_MAX])
{
    char text[CARD_TEXT_MAX] = "";
    if (typed.size >= sizeof(text))
        return ERR_TOO_LONG;
    for (size_t i = 0; i < typed.size; i++) {
        uint8_t c = typed.bytes[i];
        text[i] = (char)(c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c);
    }
    if (!card_text_is_valid(span_of(text, typed.size)))
        return ERR_SYNTAX;
    memcpy(out, text, sizeof(text));
    return ERR_OK;
}

const char *member_desk_card_text(struct span typed, const struct card_number_rules *rules,
                                  char out[CARD_TEXT_MAX])
{
    if (starts_with(typed, "uid:"))
        return hex_text(typed, out) == ERR_OK ? NULL : "behind uid: stand 8, 14 or 20 hex digits";
    if (starts_with(typed, "pass:"))
        return hex_text(typed, out) == ERR_OK
                   ? NULL
                   : "behind pass: stand 32 hex digits, as kassa card read shows them";
    if (starts_with(typed, "num:"))
        typed = span_of(typed.bytes + PREFIX_SIZE, typed.size - PREFIX_SIZE);
    enum err error = card_read_number(typed, rules, out);
    return error == ERR_OK ? NULL : card_refusal(error);
}

const char *member_desk_pass_text(struct span message, char out[CARD_TEXT_MAX])
{
    enum err error = card_text_of_pass(message, out);
    if (error == ERR_OK)
        return NULL;
    if (error == ERR_EXISTS)
        return card_refusal(error);
    return error == ERR_UNSUPPORTED ? "it is empty" : err_sentence(error);
}

/* The text of what the member has: a card, or what his phone's pass says. */
static const char *text_of_entry(const struct member_desk *desk, const struct member_entry *entry,
                                 char out[CARD_TEXT_MAX])
{
    return entry->pass.size > 0 ? member_desk_pass_text(entry->pass, out)
                                : member_desk_card_text(entry->card, &desk->numbers, out);
}

/* Copies a text into a field of size bytes, NUL included. The number of a payment card is no text. */
static bool copy_text(struct span text, char *out, size_t size)
{
    if (text.size >= size || !utf8_is_printable(text))
        return false;
    memset(out, 0, size);
    if (text.size > 0)
        memcpy(out, text.bytes, text.size);
    return !pan_mask(out, text.size);
}

static bool copy_segments(const struct member_entry *entry, kassa_Member *out)
{
    for (uint32_t i = 0; i < entry->segment_count; i++)
        if (!copy_text(entry->segments[i], out->segments[i], sizeof(out->segments[i])))
            return false;
    out->segments_count = (pb_size_t)entry->segment_count;
    return true;
}

static bool copy_consents(const struct member_entry *entry, kassa_Member *out)
{
    for (uint32_t i = 0; i < entry->consent_count; i++) {
        kassa_Consent *consent = &out->consents[i];
        if (!copy_text(entry->consents[i].purpose, consent->purpose, sizeof(consent->purpose)))
            return false;
        consent->given = true;
        consent->version = entry->consents[i].version;
    }
    out->consents_count = (pb_size_t)entry->consent_count;
    return true;
}

#define REFUSE(condition, field, what)                                                                       \
    if (condition) {                                                                                         \
        *out_fault = (struct member_fault){(field), (what)};                                                 \
        return ERR_ARGUMENT;                                                                                 \
    }

static enum err set_tokens(const struct member_desk *desk, const char *card, kassa_Member *member)
{
    struct vault_tokens tokens;
    TRY(vault_card_tokens(&desk->peppers, card, &tokens));
    member->card_tokens_count = 1; /* the newest; the others only find who has the card already */
    member->card_tokens[0].size = TOKEN_SIZE;
    memcpy(member->card_tokens[0].bytes, tokens.rows[0], TOKEN_SIZE);
    return ERR_OK;
}

enum err member_desk_fill(const struct member_desk *desk, const struct member_entry *entry,
                          struct desk_member *out, struct member_fault *out_fault)
{
    char card[CARD_TEXT_MAX];
    struct desk_member made = {.row = crm_Member_init_zero};
    kassa_Member *member = &made.row.member;
    const char *refusal = text_of_entry(desk, entry, card);
    REFUSE(refusal != NULL, entry->pass.size > 0 ? "pass" : "card", refusal);
    REFUSE(!copy_text(entry->first_name, made.person.first_name, sizeof(made.person.first_name)),
           "first_name",
           "is longer than 64 bytes, no UTF-8, or holds a control character or a payment card's number");
    REFUSE(!copy_text(entry->language, member->language, sizeof(member->language)), "language",
           "is longer than 8 bytes or holds a control character");
    REFUSE(!copy_text(entry->tier, member->tier, sizeof(member->tier)), "tier",
           "is longer than 32 bytes or holds a control character");
    REFUSE(!copy_segments(entry, member), "segments",
           "has one longer than 32 bytes or with a control character");
    REFUSE(!copy_consents(entry, member), "consents",
           "has one longer than 32 bytes or with a control character");
    TRY(set_tokens(desk, card, member));
    memcpy(made.card, card, sizeof(made.card));
    made.row.has_member = true;
    made.row.created_unix_ms = desk->now_unix_ms;
    *out = made;
    return ERR_OK;
}

/* What a desk can say of a member; points and versions are not its business. */
static bool is_same_profile(const kassa_Member *a, const kassa_Member *b)
{
    if (strcmp(a->language, b->language) != 0 || strcmp(a->tier, b->tier) != 0 ||
        a->segments_count != b->segments_count || a->consents_count != b->consents_count)
        return false;
    for (size_t i = 0; i < a->segments_count; i++)
        if (strcmp(a->segments[i], b->segments[i]) != 0)
            return false;
    for (size_t i = 0; i < a->consents_count; i++)
        if (strcmp(a->consents[i].purpose, b->consents[i].purpose) != 0 ||
            a->consents[i].given != b->consents[i].given || a->consents[i].version != b->consents[i].version)
            return false;
    return true;
}

/* A list of the desk's adds consents and takes none away: one that it does not name stands as it stands, and
 * one that was withdrawn since stays withdrawn until there is a newer text that was agreed to. */
static enum err keep_consents(const kassa_Member *old, kassa_Member *member)
{
    kassa_Consent named[COUNT_OF(member->consents)];
    size_t named_count = member->consents_count;
    memcpy(named, member->consents, sizeof(named));
    memcpy(member->consents, old->consents, sizeof(member->consents));
    member->consents_count = old->consents_count;
    for (size_t i = 0; i < named_count; i++) {
        size_t at = 0;
        while (at < member->consents_count && strcmp(member->consents[at].purpose, named[i].purpose) != 0)
            at++;
        if (at == COUNT_OF(member->consents))
            return ERR_TOO_LONG;
        if (at == member->consents_count)
            member->consents_count++;
        else if (!member->consents[at].given && named[i].version <= member->consents[at].version)
            continue;
        member->consents[at] = named[i];
    }
    return ERR_OK;
}

/* What the desk does not say stands as it stood. */
static enum err keep_rest(const crm_Member *old, const struct person *was, struct desk_member *member)
{
    kassa_Member *own = &member->row.member;
    memcpy(&own->id, &old->member.id, sizeof(old->member.id));
    memcpy(own->card_tokens, old->member.card_tokens, sizeof(old->member.card_tokens));
    own->card_tokens_count = old->member.card_tokens_count;
    own->allowance_points = old->member.allowance_points;
    memcpy(own->attributes, old->member.attributes, sizeof(old->member.attributes));
    own->attributes_count = old->member.attributes_count;
    member->row.created_unix_ms = old->created_unix_ms;
    memcpy(member->row.enrolled_by, old->enrolled_by, sizeof(old->enrolled_by));
    memcpy(member->row.said, old->said,
           sizeof(old->said)); /* or an older "yes" of a till would count again */
    member->row.said_count = old->said_count;
    member->person.birth_month_day = was->birth_month_day;
    return keep_consents(&old->member, own);
}

static enum err change(const struct member_desk *desk, const struct store_txn *txn, const crm_Member *old,
                       struct desk_member *member, enum member_saved *out_saved)
{
    struct person was CLEANUP(person_wipe) = {.birth_month_day = 0};
    enum err error = person_open(&desk->peppers, txn, &old->member, &was);
    if (person_is_unreadable(error)) {
        member->row = *old;
        *out_saved = MEMBER_UNREADABLE;
        return ERR_OK;
    }
    TRY(error);
    TRY(keep_rest(old, &was, member));
    if (is_same_profile(&member->row.member, &old->member) &&
        strcmp(was.first_name, member->person.first_name) == 0) {
        member->row = *old;
        *out_saved = MEMBER_UNCHANGED;
        return ERR_OK;
    }
    TRY(person_seal(&desk->peppers, txn, desk->random, &member->person, &member->row.member));
    TRY(crm_member_put(txn, &member->row));
    *out_saved = MEMBER_CHANGED;
    return ERR_OK;
}

enum err member_desk_find_card(const struct vault_peppers *peppers, const struct store_txn *txn,
                               const char *card_text, crm_Member *out)
{
    struct vault_tokens tokens;
    TRY(vault_card_tokens(peppers, card_text, &tokens));
    for (size_t i = 0; i < tokens.count; i++) {
        enum err error = crm_member_find_card(txn, tokens.rows[i], out);
        if (error != ERR_NOT_FOUND)
            return error;
    }
    return ERR_NOT_FOUND;
}

void member_desk_wipe(struct desk_member *member)
{
    vault_wipe(member, sizeof(*member));
}

enum err member_desk_save(const struct member_desk *desk, const struct store_txn *txn,
                          struct desk_member *member, enum member_saved *out_saved)
{
    crm_Member old = crm_Member_init_zero;
    kassa_Member *own = &member->row.member;
    enum err error = member_desk_find_card(&desk->peppers, txn, member->card, &old);
    if (error == ERR_OK)
        return change(desk, txn, &old, member, out_saved);
    if (error != ERR_NOT_FOUND)
        return error;
    own->id.size = MEMBER_SIZE;
    TRY(desk->random.fill(desk->random.self, own->id.bytes, MEMBER_SIZE));
    TRY(person_seal(&desk->peppers, txn, desk->random, &member->person, own));
    TRY(crm_member_put(txn, &member->row));
    *out_saved = MEMBER_ADDED;
    return ERR_OK;
}

enum err member_desk_split(struct span text, struct span *out, uint32_t capacity, uint32_t *out_count)
{
    uint32_t count = 0;
    size_t begin = 0;
    for (size_t i = 0; i <= text.size; i++) {
        if (i < text.size && text.bytes[i] != ';')
            continue;
        if (i > begin && count == capacity)
            return ERR_TOO_LONG;
        if (i > begin)
            out[count++] = span_of(text.bytes + begin, i - begin);
        begin = i + 1;
    }
    *out_count = count;
    return ERR_OK;
}

/* "email:2" -> "email", 2. */
static enum err read_consent(struct span text, struct member_consent *out)
{
    size_t size = 0;
    while (size < text.size && text.bytes[size] != ':')
        size++;
    uint32_t version = size == text.size ? 1 : 0;
    for (size_t i = size + 1; i < text.size; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9' || version > 99999)
            return ERR_SYNTAX;
        version = version * 10 + (text.bytes[i] - '0');
    }
    if (size == 0 || version == 0)
        return ERR_SYNTAX;
    *out = (struct member_consent){span_of(text.bytes, size), version};
    return ERR_OK;
}

enum err member_desk_split_consents(struct span text, struct member_entry *entry)
{
    struct span parts[MEMBER_CONSENTS_MAX];
    uint32_t count = 0;
    TRY(member_desk_split(text, parts, MEMBER_CONSENTS_MAX, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(read_consent(parts[i], &entry->consents[i]));
    entry->consent_count = count;
    return ERR_OK;
}
