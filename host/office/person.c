/* SPDX-License-Identifier: Apache-2.0 */
#include "office/person.h"

#include <stdio.h>

static void wipe_key(uint8_t (*key)[VAULT_KEY_SIZE])
{
    vault_wipe(*key, sizeof(*key));
}

void person_wipe(struct person *person)
{
    vault_wipe(person, sizeof(*person));
}

uint32_t person_month_day(const char *text)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    return text[4] == '\0' ? value : 0;
}

static enum err read_key(const struct vault_peppers *peppers, const struct store_txn *txn,
                         const kassa_Member *member, uint8_t out[VAULT_KEY_SIZE])
{
    uint8_t wrapped[MEMBER_KEY_SIZE];
    TRY(crm_member_key_get(txn, member->id.bytes, wrapped));
    return vault_key_unwrap(peppers, member->id.bytes, span_of(wrapped, sizeof(wrapped)), out);
}

static enum err open_field(const uint8_t key[VAULT_KEY_SIZE], const kassa_Member *member,
                           const kassa_Personal *personal, struct person *out)
{
    char text[VAULT_ENVELOPE_TEXT_MAX + 1];
    const struct vault_envelope_of of = {member->id.bytes, (uint8_t)personal->field};
    TRY(vault_envelope_open(key, &of, span_of(personal->envelope.bytes, personal->envelope.size), text));
    if (personal->field == kassa_PersonalField_PERSONAL_FIRST_NAME)
        (void)snprintf(out->first_name, sizeof(out->first_name), "%s", text);
    else if (personal->field == kassa_PersonalField_PERSONAL_BIRTHDAY)
        out->birth_month_day = person_month_day(text);
    vault_wipe(text, sizeof(text));
    return ERR_OK;
}

enum err person_open(const struct vault_peppers *peppers, const struct store_txn *txn,
                     const kassa_Member *member, struct person *out)
{
    struct person person CLEANUP(person_wipe) = {.birth_month_day = 0};
    uint8_t key[VAULT_KEY_SIZE] CLEANUP(wipe_key) = {0};
    struct span there;
    enum err error = store_get(txn, STORE_KEYS, span_of(member->id.bytes, MEMBER_SIZE), &there);
    if (error == ERR_OK && member->personal_count > 0)
        error = read_key(peppers, txn, member, key);
    else if (error == ERR_NOT_FOUND || error == ERR_OK) {
        *out = person;
        return ERR_OK;
    }
    TRY(error);
    for (size_t i = 0; i < member->personal_count; i++)
        TRY(open_field(key, member, &member->personal[i], &person));
    *out = person;
    return ERR_OK;
}

bool person_is_unreadable(enum err error)
{
    return error == ERR_NOT_FOUND || error == ERR_SIGNATURE || error == ERR_SYNTAX;
}

static enum err seal_field(const uint8_t key[VAULT_KEY_SIZE], struct random random, kassa_PersonalField field,
                           const char *text, kassa_Member *member)
{
    const struct vault_envelope_of of = {member->id.bytes, (uint8_t)field};
    size_t size;
    if (text[0] == '\0')
        return ERR_OK;
    kassa_Personal *personal = &member->personal[member->personal_count];
    TRY(vault_envelope_seal(key, &of, span_of_text(text), random, personal->envelope.bytes, &size));
    personal->field = field;
    personal->envelope.size = (pb_size_t)size;
    member->personal_count++;
    return ERR_OK;
}

static enum err find_or_make_key(const struct vault_peppers *peppers, const struct store_txn *txn,
                                 struct random random, const kassa_Member *member,
                                 uint8_t out[VAULT_KEY_SIZE])
{
    uint8_t wrapped[VAULT_WRAPPED_SIZE];
    enum err error = read_key(peppers, txn, member, out);
    if (error != ERR_NOT_FOUND)
        return error;
    TRY(random.fill(random.self, out, VAULT_KEY_SIZE));
    TRY(vault_key_wrap(peppers, member->id.bytes, out, random, wrapped));
    return crm_member_key_put(txn, member->id.bytes, wrapped);
}

enum err person_seal(const struct vault_peppers *peppers, const struct store_txn *txn, struct random random,
                     const struct person *person, kassa_Member *member)
{
    uint8_t key[VAULT_KEY_SIZE] CLEANUP(wipe_key) = {0};
    char birthday[16] = "";
    if (person->birth_month_day > 1231)
        return ERR_ARGUMENT;
    if (person->birth_month_day != 0)
        (void)snprintf(birthday, sizeof(birthday), "%04u", (unsigned)person->birth_month_day);
    member->personal_count = 0;
    if (person->first_name[0] == '\0' && birthday[0] == '\0')
        return ERR_OK;
    TRY(find_or_make_key(peppers, txn, random, member, key));
    TRY(seal_field(key, random, kassa_PersonalField_PERSONAL_FIRST_NAME, person->first_name, member));
    return seal_field(key, random, kassa_PersonalField_PERSONAL_BIRTHDAY, birthday, member);
}
