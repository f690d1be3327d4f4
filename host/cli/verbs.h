/* SPDX-License-Identifier: Apache-2.0 */
/* verbs.h - the table of all that `kassa` can do. Help, completion and parsing come from its rows. */
#ifndef KASSA_CLI_VERBS_H
#define KASSA_CLI_VERBS_H

#include "cli/call.h"

size_t verbs_count(void);
const struct verb *verbs_at(size_t i);

/* NULL: there is none. name NULL: the noun alone. */
const struct verb *verbs_find(const char *noun, const char *name);
bool verbs_is_noun(const char *noun);

/* The rows stand with their functions, in verbs/<noun>_<verb>.c. */
extern const struct verb verb_authority_create, verb_authority_sign, verb_broker_files, verb_book_cases,
    verb_book_check, verb_book_compile, verb_book_diff, verb_coupon_give, verb_coupon_issue,
    verb_book_publish, verb_book_rollout, verb_book_halt, verb_book_rollback, verb_book_status, verb_key_init,
    verb_key_create, verb_key_draft, verb_key_sign, verb_key_show, verb_key_rotate, verb_key_revoke,
    verb_key_publish, verb_key_list, verb_book_show, verb_book_sign, verb_book_try, verb_book_verify,
    verb_card_doctor, verb_card_code, verb_card_key, verb_card_make, verb_card_programme, verb_card_read,
    verb_card_verify_sun, verb_cel_cases, verb_cel_check, verb_cel_eval, verb_completion, verb_help,
    verb_hub_debts, verb_hub_fraud, verb_hub_limits, verb_hub_totals, verb_journal_cat, verb_journal_export,
    verb_journal_import, verb_journal_snapshot, verb_journal_verify, verb_member_add, verb_member_adjust,
    verb_pepper_renew, verb_pepper_retire, verb_pepper_rotate, verb_member_erase, verb_member_erasures,
    verb_member_export, verb_member_import, verb_member_list, verb_member_show, verb_record_decode,
    verb_release_sign, verb_release_verify, verb_till_list, verb_till_request, verb_till_revoke,
    verb_till_invite, verb_till_invitations, verb_till_enrol, verb_version;

#endif
