/* SPDX-License-Identifier: Apache-2.0 */
/* What tills hear of books under a root of trust: roots, the timestamp that says which book stands for whom, and
 * the manifest of the book that is theirs. */
#include <inttypes.h>

#include "base/log.h"
#include "hub/internal.h"
#include "office/publishing.h"

#define COMPLAIN_MS 3600000 /* of what somebody has to mend: once an hour */

static int64_t wall_unix_ms(const struct hub *hub)
{
    return hub->parts.clock.ops->wall_unix_ms(hub->parts.clock.self);
}

/* ---- the rollout */

static void log_rollout(const crm_Rollout *rollout)
{
    static const char *const states[] = {[crm_RolloutState_ROLLOUT_RUNNING] = "running",
                                         [crm_RolloutState_ROLLOUT_HALTED] = "halted",
                                         [crm_RolloutState_ROLLOUT_ROLLED_BACK] = "rolled_back"};
    bool is_alarm = rollout->state == crm_RolloutState_ROLLOUT_HALTED && rollout->by_itself;
    log_event(is_alarm ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE, is_alarm ? "rollout.halted" : "rollout.changed",
              "version=%" PRIu64 " state=%s share_bp=%u previous=%" PRIu64 " bad_tills=%u reason=\"%s\"",
              rollout->version, states[rollout->state], (unsigned)rollout->share_bp, rollout->previous,
              (unsigned)rollout->bad_tills, rollout->reason);
}

/* What the timestamp says of it. */
static bool is_same(const crm_Rollout *a, const crm_Rollout *b)
{
    return a->version == b->version && a->previous == b->previous && a->share_bp == b->share_bp &&
           a->state == b->state && a->withdrawn_count == b->withdrawn_count;
}

static enum err root_version(const struct store_txn *txn, uint64_t *out)
{
    kassa_Signed sealed = kassa_Signed_init_zero;
    kassa_TrustRoot root = kassa_TrustRoot_init_zero;
    *out = 0;
    enum err error = crm_root_get(txn, 0, &sealed);
    if (error == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(error);
    TRY(wire_decode(kassa_TrustRoot_fields, span_of(sealed.content.bytes, sealed.content.size), &root));
    *out = root.version;
    return ERR_OK;
}

static enum err read_store(struct hub *hub, crm_Rollout *out_rollout, uint64_t *out_root_version)
{
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(store_begin(hub->parts.store, STORE_READ, &txn));
    TRY(crm_rollout_get(&txn, out_rollout));
    return root_version(&txn, out_root_version);
}

static enum err take_step(struct hub *hub, const crm_Rollout *rollout)
{
    bool has_stepped;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    bool is_due = rollout->state == crm_RolloutState_ROLLOUT_RUNNING && rollout->next_unix_ms != 0 &&
                  rollout->next_unix_ms <= wall_unix_ms(hub);
    if (!is_due)
        return ERR_OK;
    TRY(store_begin(hub->parts.store, STORE_WRITE, &txn));
    TRY(publish_step(&txn, wall_unix_ms(hub), &has_stepped));
    return store_commit(&txn);
}

/* ---- the timestamp */

static bool may_complain(struct hub *hub)
{
    if (hub_now(hub) < hub->news.complain_due_mono_ms)
        return false;
    hub->news.complain_due_mono_ms = hub_now(hub) + COMPLAIN_MS;
    return true;
}

static enum err issue(struct hub *hub)
{
    struct news *news = &hub->news;
    int64_t life_ms = (int64_t)hub->options.timestamp_hours * 3600000;
    kassa_Signed sealed;
    struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
    TRY(store_begin(hub->parts.store, STORE_WRITE, &txn));
    TRY(publish_timestamp(&txn, hub->parts.timestamp_key, wall_unix_ms(hub), life_ms, &sealed));
    TRY(wire_encode(kassa_Signed_fields, &sealed, news->timestamp, sizeof(news->timestamp),
                    &news->timestamp_size));
    return store_commit(&txn);
}

static void renew(struct hub *hub)
{
    struct news *news = &hub->news;
    enum err error = hub->parts.timestamp_key != NULL ? issue(hub) : ERR_NOT_FOUND;
    if (error == ERR_OK) {
        news->renew_due_mono_ms = hub_now(hub) + (uint64_t)hub->options.timestamp_hours * 3600000 / 2;
        news->owes_news = true;
        return;
    }
    news->timestamp_size = 0;
    news->renew_due_mono_ms = hub_now(hub) + hub->options.poll_ms;
    if (may_complain(hub))
        log_event(LOG_LEVEL_ERROR, "timestamp.failed", "error=%s text=\"%s\"", err_name(error),
                  error == ERR_NOT_FOUND   ? "trust.timestamp_key_file is not set: tills take no new book"
                  : error == ERR_SIGNATURE ? "the key of trust.timestamp_key_file is not the root's, or the "
                                             "clock is outside the root's life: tills take no new book"
                                           : "");
}

static void want_manifest(void *context, struct session *session)
{
    struct hub *hub = context;
    if (!session->is_online)
        return;
    session->wants_manifest = true;
    hub_sessions_make_ready(&hub->sessions, session);
}

/* A book for all goes out once, to all; of one for a share each till asks for its chunks. */
static void begin_broadcast(struct hub *hub)
{
    bool is_for_all = crm_rollout_is_whole(&hub->news.rollout);
    uint64_t version = is_for_all ? hub->news.rollout.version : 0;
    hub->broadcast = (struct broadcast){.version = version};
}

/* ERR_OK also where nothing is new. */
enum err hub_news_poll(struct hub *hub)
{
    struct news *news = &hub->news;
    crm_Rollout rollout;
    uint64_t root;
    TRY(read_store(hub, &rollout, &root));
    TRY(take_step(hub, &rollout));
    bool is_changed = !is_same(&rollout, &news->rollout);
    bool is_new = is_changed || root != news->root_version;
    bool is_book_new = is_changed && news->is_loaded;
    if (is_changed && rollout.version != 0 && news->is_loaded)
        log_rollout(&rollout);
    news->rollout = rollout;
    news->root_version = root;
    news->is_loaded = true;
    if (root == 0 || (!is_new && hub_now(hub) < news->renew_due_mono_ms))
        return ERR_OK;
    renew(hub);
    if (is_new)
        hub_sessions_visit(&hub->sessions, want_manifest, hub);
    if (is_book_new)
        begin_broadcast(hub);
    return ERR_OK;
}

/* ---- to tills */

static bool is_named(const char (*names)[TILL_ID_MAX + 1], size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return count == 0;
}

static enum err put_signed(struct hub *hub, size_t part, const kassa_Signed *sealed, struct span *out)
{
    size_t size;
    uint8_t *bytes = hub->news.parts[part];
    TRY(wire_encode(kassa_Signed_fields, sealed, bytes, sizeof(hub->news.parts[part]), &size));
    *out = span_of(bytes, size);
    return ERR_OK;
}

static enum err add_roots(struct hub *hub, const struct store_txn *txn, uint64_t after,
                          struct wire_book_news *news)
{
    for (uint64_t version = after + 1; version <= hub->news.root_version; version++) {
        kassa_Signed sealed = kassa_Signed_init_zero;
        if (news->root_count == NEWS_ROOTS_MAX)
            return ERR_OK; /* it asks for the rest */
        enum err error = crm_root_get(txn, version, &sealed);
        if (error == ERR_NOT_FOUND) /* of before the first that this store was given */
            continue;
        TRY(error);
        TRY(put_signed(hub, news->root_count, &sealed, &news->roots[news->root_count]));
        news->root_count++;
    }
    return ERR_OK;
}

/* The version that a till should be given now; 0: none. One that has a higher one keeps it, or gives it back by itself
 * and asks for what it lacks then. */
static enum err due_version(struct hub *hub, const struct store_txn *txn, const struct session *session,
                            uint64_t *out_version)
{
    uint32_t place;
    crm_Till row = crm_Till_init_zero;
    const crm_Rollout *rollout = &hub->news.rollout;
    TRY(trust_place(rollout->version, session->till, &place));
    uint64_t version = rollout->state == crm_RolloutState_ROLLOUT_HALTED
                           ? rollout->previous
                           : crm_rollout_version_for(rollout, place);
    enum err error = crm_till_get(txn, session->till, &row);
    if (error != ERR_OK && error != ERR_NOT_FOUND)
        return error;
    *out_version = version > row.book_version || version == session->lacks_book ? version : 0;
    return ERR_OK;
}

static enum err add_manifest(struct hub *hub, const struct store_txn *txn, const struct session *session,
                             struct wire_book_news *news)
{
    uint64_t version;
    kassa_BookManifest manifest = kassa_BookManifest_init_zero;
    kassa_Signed sealed = kassa_Signed_init_zero;
    TRY(due_version(hub, txn, session, &version));
    if (version == 0)
        return ERR_OK;
    enum err error = crm_book_get_signed(txn, version, &sealed);
    if (error == ERR_NOT_FOUND)
        return ERR_OK;
    TRY(error);
    TRY(wire_decode(kassa_BookManifest_fields, span_of(sealed.content.bytes, sealed.content.size),
                    &manifest));
    if (!is_named((const char(*)[TILL_ID_MAX + 1]) manifest.stores, manifest.stores_count, session->store) ||
        !is_named((const char(*)[TILL_ID_MAX + 1]) manifest.tills, manifest.tills_count, session->till))
        return ERR_OK;
    return put_signed(hub, NEWS_ROOTS_MAX, &sealed, &news->manifest);
}

static enum err publish_news(struct hub *hub, enum topic topic, const struct topic_parts *parts,
                             const struct wire_book_news *news)
{
    size_t size;
    TRY(wire_book_news_encode(news, hub->out, sizeof(hub->out), &size));
    return hub_publish(hub, topic, parts, span_of(hub->out, size));
}

/* News for one till: all that it may lack. Where it was asked, or born, it gets an answer also if that is little. */
enum err hub_news_send(struct hub *hub, struct session *session, const struct topic_parts *parts)
{
    struct wire_book_news news = {.timestamp = span_of(hub->news.timestamp, hub->news.timestamp_size)};
    {
        struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
        TRY(store_begin(hub->parts.store, STORE_READ, &txn));
        TRY(add_roots(hub, &txn, session->root_version, &news));
        TRY(add_manifest(hub, &txn, session, &news));
    }
    if (!session->wants_news && news.manifest.size == 0)
        return ERR_OK;
    TRY(publish_news(hub, TOPIC_REPAIR, parts, &news));
    session->wants_news = false;
    session->lacks_book = 0;
    return ERR_OK;
}

/* To all: the newest root, the timestamp; the manifest each gets for itself, or asks for. */
enum err hub_news_announce(struct hub *hub, const struct topic_parts *parts)
{
    struct wire_book_news news = {.timestamp = span_of(hub->news.timestamp, hub->news.timestamp_size)};
    if (hub->news.root_version > 0) {
        struct store_txn txn CLEANUP(store_abort) = {.handle = NULL};
        TRY(store_begin(hub->parts.store, STORE_READ, &txn));
        TRY(add_roots(hub, &txn, hub->news.root_version - 1, &news));
    }
    TRY(publish_news(hub, TOPIC_MANIFEST, parts, &news));
    hub->news.owes_news = false;
    return ERR_OK;
}

bool hub_news_may_pull(const struct hub *hub, uint64_t version)
{
    const crm_Rollout *rollout = &hub->news.rollout;
    return version != rollout->version || rollout->state == crm_RolloutState_ROLLOUT_RUNNING;
}
