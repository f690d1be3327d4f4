/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs.h"

/* In the order in which help shows them; the verbs of a noun stand together. */
static const struct verb *const table[] = {
    &verb_authority_create, &verb_authority_sign, &verb_broker_files,     &verb_book_check,
    &verb_book_compile,     &verb_book_sign,      &verb_book_verify,      &verb_book_show,
    &verb_book_try,         &verb_book_diff,      &verb_book_cases,       &verb_book_publish,
    &verb_book_rollout,     &verb_book_halt,      &verb_book_rollback,    &verb_book_status,
    &verb_key_init,         &verb_key_create,     &verb_key_draft,        &verb_key_sign,
    &verb_key_show,         &verb_key_rotate,     &verb_key_revoke,       &verb_key_publish,
    &verb_key_list,         &verb_cel_check,      &verb_cel_eval,         &verb_cel_cases,
    &verb_coupon_give,      &verb_coupon_issue,   &verb_card_doctor,      &verb_card_read,
    &verb_card_programme,   &verb_card_key,       &verb_card_code,        &verb_card_make,
    &verb_card_verify_sun,  &verb_member_list,    &verb_member_show,      &verb_member_add,
    &verb_member_import,    &verb_member_adjust,  &verb_member_export,    &verb_member_erase,
    &verb_member_erasures,  &verb_pepper_rotate,  &verb_pepper_renew,     &verb_pepper_retire,
    &verb_till_list,        &verb_till_invite,    &verb_till_invitations, &verb_till_enrol,
    &verb_till_request,     &verb_till_revoke,    &verb_hub_totals,       &verb_hub_debts,
    &verb_hub_fraud,        &verb_hub_limits,     &verb_journal_cat,      &verb_journal_verify,
    &verb_journal_export,   &verb_journal_import, &verb_journal_snapshot, &verb_record_decode,
    &verb_release_sign,     &verb_release_verify, &verb_completion,       &verb_help,
    &verb_version,
};

size_t verbs_count(void)
{
    return COUNT_OF(table);
}

const struct verb *verbs_at(size_t i)
{
    return table[i];
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

const struct verb *verbs_find(const char *noun, const char *name)
{
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (is_same(table[i]->noun, noun) && is_same(table[i]->name, name))
            return table[i];
    return NULL;
}

bool verbs_is_noun(const char *noun)
{
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (strcmp(table[i]->noun, noun) == 0)
            return true;
    return false;
}
