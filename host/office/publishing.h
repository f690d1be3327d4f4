/* SPDX-License-Identifier: Apache-2.0 */
/* publishing.h - what head office gives to the tills: roots, books, and which tills take which. Everything that a
 * till would refuse is refused here, before a version is used up. Works on the caller's store transaction; errors
 * of the store everywhere. */
#ifndef KASSA_OFFICE_PUBLISHING_H
#define KASSA_OFFICE_PUBLISHING_H

#include "crm/crm.h"
#include "office/signed_book.h"

/* The newest root. ERR_NOT_FOUND: there is none. ERR_CORRUPT: it is not sound. */
NODISCARD
enum err publish_root_in_force(const struct store_txn *txn, struct trust_root *out);

/* Puts the root that follows the one in force (or the first) into the store, if *out_reason is TRUST_GOOD; a root
 * under which nobody may sign timestamps is TRUST_UNLISTED. *out_is_book_unsigned: the book in force has too few
 * signatures of it. */
NODISCARD
enum err publish_root(const struct store_txn *txn, const kassa_Signed *sealed, int64_t now_unix_ms,
                      enum trust_reason *out_reason, bool *out_is_book_unsigned);

/* Puts a book into the store and begins its rollout, if *out_reason is TRUST_GOOD: judged under the root in force
 * as signed_book_judge does; TRUST_ROLLBACK: its version is not above the newest and the root's base, TRUST_FAST_FORWARD: it is more
 * than 10,000 above. ERR_NOT_FOUND: there is no root. ERR_STATE, ERR_RANGE: crm_rollout_begin. */
NODISCARD
enum err publish_book(const struct store_txn *txn, const struct signed_book *signed_book,
                      const struct crm_rollout_plan *plan, enum trust_reason *out_reason);

/* Goes on to the rollout's next step if it is due. */
NODISCARD
enum err publish_step(const struct store_txn *txn, int64_t now_unix_ms, bool *out_has_stepped);

/* As crm_rollout_widen and crm_rollout_roll_back. The points' rules for the whole chain are those of the book that
 * all tills shall have: they change with it. */
NODISCARD
enum err publish_widen(const struct store_txn *txn, const struct crm_rollout_plan *plan);
NODISCARD
enum err publish_roll_back(const struct store_txn *txn, const char *reason, int64_t now_unix_ms);

/* Says which book stands for whom, signed by the hub: from now for life_ms, and always later than the timestamp
 * before, which is kept. ERR_NOT_FOUND: there is no root. ERR_SIGNATURE: the key is not one of the root's
 * timestamp role. */
NODISCARD
enum err publish_timestamp(const struct store_txn *txn, const uint8_t private_key[VAULT_PRIVATE_SIZE],
                           int64_t now_unix_ms, int64_t life_ms, kassa_Signed *out);

#endif
