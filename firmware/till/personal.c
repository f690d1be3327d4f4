/* SPDX-License-Identifier: Apache-2.0 */
/* personal.c - names and birthdays: in clear for the one who is here and while he is here, sealed everywhere
 * else. A member's key is made with him; it stands in the members' cache and goes to head office beside the record. */
#include <stdio.h>

#include "till/internal.h"

static void wipe_key(uint8_t (*key)[VAULT_KEY_SIZE])
{
    vault_wipe(*key, sizeof *key);
}

/* ---- reading */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "0229" -> 229; anything else is no birthday. */
static uint16_t month_day_of(const char *text)
{
    for (size_t i = 0; i < 4; i++) {
        if (!is_digit(text[i]))
            return 0;
    }
    return text[4] != '\0' ? 0
                           : (uint16_t)((text[0] - '0') * 1000 + (text[1] - '0') * 100 +
                                        (text[2] - '0') * 10 + (text[3] - '0'));
}

static void take_field(struct till_member *customer, kassa_PersonalField field, const char *text)
{
    if (field == kassa_PersonalField_PERSONAL_FIRST_NAME)
        (void)snprintf(customer->first_name, sizeof customer->first_name, "%s", text);
    else if (field == kassa_PersonalField_PERSONAL_BIRTHDAY)
        customer->birth_month_day = month_day_of(text);
}

/* A field that cannot be opened is as if he had not told it: the sale goes on. */
void till_open_personal(struct till *till, struct till_member *customer)
{
    const kassa_Member *member = &customer->member;
    uint8_t key[VAULT_KEY_SIZE] CLEANUP(wipe_key) = {0};
    till_hide_personal(customer);
    if (member->personal_count == 0 || member->key.size == 0)
        return;
    enum err error = vault_key_unwrap(&till->settings.peppers, member->id.bytes,
                                      span_of(member->key.bytes, member->key.size), key);
    for (pb_size_t i = 0; error == ERR_OK && i < member->personal_count; i++) {
        const kassa_Personal *personal = &member->personal[i];
        char text[VAULT_ENVELOPE_TEXT_MAX + 1];
        const struct vault_envelope_of of = {member->id.bytes, (uint8_t)personal->field};
        error =
            vault_envelope_open(key, &of, span_of(personal->envelope.bytes, personal->envelope.size), text);
        if (error == ERR_OK)
            take_field(customer, personal->field, text);
        vault_wipe(text, sizeof text);
    }
    if (error != ERR_OK)
        till_note_fault(till, "members.key", err_sentence(error));
}

void till_hide_personal(struct till_member *customer)
{
    vault_wipe(customer->first_name, sizeof customer->first_name);
    customer->birth_month_day = 0;
}

/* ---- writing */

static enum err seal_field(const struct till *till, const uint8_t key[VAULT_KEY_SIZE],
                           kassa_PersonalField field, struct span text, kassa_MemberEnrolled *out)
{
    _Static_assert(VAULT_ENVELOPE_SIZE_MAX == PERSONAL_SIZE_MAX, "kassa.options");
    const struct vault_envelope_of of = {out->member.bytes, (uint8_t)field};
    size_t size;
    if (text.size == 0)
        return ERR_OK;
    kassa_Personal *personal = &out->personal[out->personal_count];
    TRY(vault_envelope_seal(key, &of, text, till->settings.random, personal->envelope.bytes, &size));
    personal->field = field;
    personal->envelope.size = (pb_size_t)size;
    out->personal_count++;
    return ERR_OK;
}

enum err till_seal_personal(struct till *till, const struct till_enrolment *enrolment,
                            kassa_MemberEnrolled *out)
{
    uint8_t key[VAULT_KEY_SIZE] CLEANUP(wipe_key) = {0};
    uint8_t wrapped[VAULT_WRAPPED_SIZE];
    char birthday[16] = "";
    const struct till_settings *settings = &till->settings;
    unsigned month_day = enrolment->birth_month_day;
    if (month_day > 1231)
        return ERR_ARGUMENT;
    if (month_day != 0)
        (void)snprintf(birthday, sizeof birthday, "%04u", month_day);
    out->personal_count = 0;
    if (enrolment->first_name[0] == '\0' && month_day == 0)
        return ERR_OK;
    TRY(settings->random.fill(settings->random.self, key, sizeof key));
    TRY(seal_field(till, key, kassa_PersonalField_PERSONAL_FIRST_NAME, span_of_text(enrolment->first_name),
                   out));
    enum err error =
        seal_field(till, key, kassa_PersonalField_PERSONAL_BIRTHDAY, span_of_text(birthday), out);
    vault_wipe(birthday, sizeof birthday);
    TRY(error);
    TRY(vault_key_wrap(&settings->peppers, out->member.bytes, key, settings->random, wrapped));
    return members_put_key(settings->members, out->member.bytes, span_of(wrapped, sizeof wrapped));
}

/* ---- erasure */

void till_forget_member(struct till *till, const uint8_t id[MEMBER_SIZE])
{
    for (size_t i = 0; i < ENROLLED_MAX; i++) {
        kassa_Member *member = &till->enrolled[i].member;
        if (member->id.size == MEMBER_SIZE && memcmp(member->id.bytes, id, MEMBER_SIZE) == 0)
            till->enrolled[i] = (struct enrolled){.member = kassa_Member_init_zero};
    }
    struct till_member *customer = &till->customer;
    if (!till->has_customer || !customer->is_known || memcmp(customer->member.id.bytes, id, MEMBER_SIZE) != 0)
        return;
    customer->member.personal_count = 0;
    customer->member.key.size = 0;
    till_hide_personal(customer);
    if (till_check_step(till, SALE_MEMBER_LEFT) == ERR_OK)
        till_take_step(till, SALE_MEMBER_LEFT);
}

enum err till_note_erased(struct till *till, const uint8_t (*ids)[MEMBER_SIZE], size_t count)
{
    struct till_outcome outcome;
    const struct till_request request = {.key = {NULL, 0}};
    for (size_t i = 0; i < count; i++) {
        kassa_MemberErased *body = &till_blank_record(till)->body.member_erased;
        body->member.size = MEMBER_SIZE;
        memcpy(body->member.bytes, ids[i], MEMBER_SIZE);
        TRY(till_write(till, kassa_RecordKind_RECORD_MEMBER_ERASED, &request, NULL, &outcome));
    }
    return ERR_OK;
}
