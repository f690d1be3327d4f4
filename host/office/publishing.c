/* SPDX-License-Identifier: Apache-2.0 */
#include "office/publishing.h"

#include "office/programme.h"

/* ---- roots */

enum err publish_root_in_force(const struct store_txn *txn, struct trust_root *out)
{
    kassa_Signed sealed = kassa_Signed_init_zero;
    TRY(crm_root_get(txn, 0, &sealed));
    return trust_root_begin(&sealed, out) == TRUST_GOOD ? ERR_OK : ERR_CORRUPT;
}

static enum err judge_root(const struct store_txn *txn, const kassa_Signed *sealed, struct trust_root *out,
                           enum trust_reason *out_reason)
{
    struct trust_root before;
    enum err error = publish_root_in_force(txn, &before);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    *out_reason = error == ERR_OK ? trust_root_follow(&before, sealed, out) : trust_root_begin(sealed, out);
    return ERR_OK;
}

static enum err look_at_book(const struct store_txn *txn, const struct trust_root *root,
                             bool *out_is_book_unsigned)
{
    crm_Rollout rollout;
    kassa_Signed sealed = kassa_Signed_init_zero;
    TRY(crm_rollout_get(txn, &rollout));
    enum err error =
        rollout.version != 0 ? crm_book_get_signed(txn, rollout.version, &sealed) : ERR_NOT_FOUND;
    *out_is_book_unsigned = rollout.version != 0 &&
                            (error == ERR_NOT_FOUND || trust_verify(&root->body, kassa_TrustRole_TRUST_RULES,
                                                                    WIRE_SIGNED_BOOK, &sealed) != TRUST_GOOD);
    return error == ERR_NOT_FOUND ? ERR_OK : error;
}

enum err publish_root(const struct store_txn *txn, const kassa_Signed *sealed, int64_t now_unix_ms,
                      enum trust_reason *out_reason, bool *out_is_book_unsigned)
{
    struct trust_root root;
    TRY(judge_root(txn, sealed, &root, out_reason));
    if (*out_reason == TRUST_GOOD && root.body.expires_unix_ms <= now_unix_ms)
        *out_reason = TRUST_EXPIRED;
    if (*out_reason == TRUST_GOOD && trust_grant_of(&root.body, kassa_TrustRole_TRUST_TIMESTAMP) == NULL)
        *out_reason = TRUST_UNLISTED;
    if (*out_reason != TRUST_GOOD)
        return ERR_OK;
    TRY(look_at_book(txn, &root, out_is_book_unsigned));
    return crm_root_put(txn, root.body.version, sealed);
}

/* ---- books */

static enum err judge_version(const struct store_txn *txn, uint64_t version, uint64_t base,
                              enum trust_reason *out_reason)
{
    kassa_BookManifest newest = kassa_BookManifest_init_zero;
    enum err error = crm_book_current(txn, &newest);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    uint64_t from = newest.version > base ? newest.version : base;
    if (version <= from)
        *out_reason = TRUST_ROLLBACK;
    else if (version - from > BOOK_VERSION_STEP_MAX)
        *out_reason = TRUST_FAST_FORWARD;
    return ERR_OK;
}

static enum err judge_book(const struct store_txn *txn, const struct signed_book *signed_book,
                           int64_t now_unix_ms, enum trust_reason *out_reason)
{
    struct trust_root root;
    TRY(publish_root_in_force(txn, &root));
    *out_reason = signed_book_judge(signed_book, &root, now_unix_ms);
    if (*out_reason == TRUST_GOOD)
        return judge_version(txn, signed_book->manifest.version, root.body.book_version_base, out_reason);
    return ERR_OK;
}

/* The points' rules are those of the book that the most tills have. */
static enum err put_programme(const struct store_txn *txn, uint64_t version)
{
    struct span bytes;
    crm_Programme programme;
    TRY(crm_book_get(txn, version, &bytes));
    TRY(programme_of_book(bytes, &programme));
    return crm_programme_put(txn, &programme);
}

static enum err follow_rollout(const struct store_txn *txn)
{
    crm_Rollout rollout;
    TRY(crm_rollout_get(txn, &rollout));
    bool is_newest = crm_rollout_is_whole(&rollout) || rollout.previous == 0;
    return put_programme(txn, is_newest ? rollout.version : rollout.previous);
}

enum err publish_book(const struct store_txn *txn, const struct signed_book *signed_book,
                      const struct crm_rollout_plan *plan, enum trust_reason *out_reason)
{
    *out_reason = TRUST_GOOD;
    TRY(judge_book(txn, signed_book, plan->unix_ms, out_reason));
    if (*out_reason != TRUST_GOOD)
        return ERR_OK;
    TRY(crm_rollout_begin(txn, &signed_book->manifest, signed_book->book, plan));
    TRY(crm_book_put_signed(txn, signed_book->manifest.version, &signed_book->sealed));
    return follow_rollout(txn);
}

enum err publish_step(const struct store_txn *txn, int64_t now_unix_ms, bool *out_has_stepped)
{
    TRY(crm_rollout_step(txn, now_unix_ms, out_has_stepped));
    return *out_has_stepped ? follow_rollout(txn) : ERR_OK;
}

enum err publish_widen(const struct store_txn *txn, const struct crm_rollout_plan *plan)
{
    TRY(crm_rollout_widen(txn, plan));
    return follow_rollout(txn);
}

enum err publish_roll_back(const struct store_txn *txn, const char *reason, int64_t now_unix_ms)
{
    TRY(crm_rollout_roll_back(txn, reason, now_unix_ms));
    return follow_rollout(txn);
}

/* ---- the timestamp */

static enum err add_book(const struct store_txn *txn, uint64_t version, uint32_t share_bp,
                         kassa_Timestamp *out)
{
    kassa_Signed sealed = kassa_Signed_init_zero;
    enum err error = version != 0 ? crm_book_get_signed(txn, version, &sealed) : ERR_NOT_FOUND;
    if (error != ERR_OK) /* one of before there was a root: no till that has one would take it */
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    kassa_BookShare *share = &out->books[out->books_count];
    share->version = version;
    share->share_bp = share_bp;
    share->manifest_hash.size = HASH_SIZE;
    TRY(vault_sha256(span_of(sealed.content.bytes, sealed.content.size), share->manifest_hash.bytes));
    out->books_count++;
    return ERR_OK;
}

/* The one that all have first, then the newer one with its share. */
static enum err fill_books(const struct store_txn *txn, kassa_Timestamp *out)
{
    crm_Rollout rollout;
    TRY(crm_rollout_get(txn, &rollout));
    out->rollout = rollout.version;
    TRY(add_book(txn, rollout.previous, CRM_SHARE_ALL, out));
    if (rollout.state != crm_RolloutState_ROLLOUT_ROLLED_BACK)
        TRY(add_book(txn, rollout.version, rollout.share_bp, out));
    if (rollout.state == crm_RolloutState_ROLLOUT_HALTED)
        out->halted[out->halted_count++] = rollout.version;
    out->withdrawn_count = rollout.withdrawn_count;
    memcpy(out->withdrawn, rollout.withdrawn, sizeof(out->withdrawn));
    return ERR_OK;
}

/* Whether tills forgot the timestamps of before, with a root whose timestamp role differs from that root's. */
static enum err is_forgotten(const struct store_txn *txn, const struct trust_root *root,
                             uint64_t root_version, bool *out)
{
    kassa_Signed sealed = kassa_Signed_init_zero;
    kassa_TrustRoot before = kassa_TrustRoot_init_zero;
    *out = false;
    if (root_version == root->body.version)
        return ERR_OK;
    enum err error = crm_root_get(txn, root_version, &sealed);
    if (error == ERR_OK)
        error =
            wire_decode(kassa_TrustRoot_fields, span_of(sealed.content.bytes, sealed.content.size), &before);
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    *out = trust_is_role_changed(&before, &root->body, kassa_TrustRole_TRUST_TIMESTAMP);
    return ERR_OK;
}

/* Each timestamp is later than the one before, whatever the clock says; but for those that tills forgot, so that a
 * clock that once stood years ahead is undone. */
static enum err issue_after(const struct store_txn *txn, const struct trust_root *root, int64_t now_unix_ms,
                            int64_t *out_issued)
{
    kassa_Signed sealed = kassa_Signed_init_zero;
    kassa_Timestamp before = kassa_Timestamp_init_zero;
    bool is_over;
    enum err error = crm_timestamp_get(txn, &sealed);
    *out_issued = now_unix_ms;
    if (error != ERR_OK)
        return error == ERR_NOT_FOUND ? ERR_OK : error;
    if (trust_read_timestamp(root, &sealed, &before) != TRUST_GOOD)
        return ERR_OK;
    TRY(is_forgotten(txn, root, before.root_version, &is_over));
    if (!is_over && before.issued_unix_ms >= now_unix_ms)
        *out_issued = before.issued_unix_ms + 1;
    return ERR_OK;
}

enum err publish_timestamp(const struct store_txn *txn, const uint8_t private_key[VAULT_PRIVATE_SIZE],
                           int64_t now_unix_ms, int64_t life_ms, kassa_Signed *out)
{
    struct trust_root root;
    kassa_Timestamp stamp = kassa_Timestamp_init_zero;
    kassa_Signed sealed = kassa_Signed_init_zero;
    TRY(publish_root_in_force(txn, &root));
    memcpy(stamp.tenant, root.body.tenant, sizeof(stamp.tenant));
    stamp.root_version = root.body.version;
    stamp.root_hash.size = HASH_SIZE;
    memcpy(stamp.root_hash.bytes, root.hash, HASH_SIZE);
    TRY(fill_books(txn, &stamp));
    TRY(issue_after(txn, &root, now_unix_ms, &stamp.issued_unix_ms));
    stamp.expires_unix_ms = stamp.issued_unix_ms + life_ms;
    TRY(trust_seal(kassa_Timestamp_fields, &stamp, &sealed));
    TRY(trust_sign(&sealed, WIRE_SIGNED_TIMESTAMP, private_key));
    kassa_Timestamp read;
    if (trust_read_timestamp(&root, &sealed, &read) != TRUST_GOOD)
        return ERR_SIGNATURE;
    TRY(crm_timestamp_put(txn, &sealed));
    *out = sealed;
    return ERR_OK;
}
