/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/state.h"

#include "base/bytes.h"

/* ---- time */

static int64_t count_on(const struct trust_state *state, struct trust_reading reading)
{
    int64_t sum;
    uint64_t passed = reading.mono_ms > state->floor_mono_ms ? reading.mono_ms - state->floor_mono_ms : 0;
    if (passed > INT64_MAX || __builtin_add_overflow(state->floor_unix_ms, (int64_t)passed, &sum))
        return INT64_MAX;
    return sum;
}

int64_t trust_now(const struct trust_state *state, struct trust_reading reading)
{
    int64_t known = count_on(state, reading);
    return known > reading.wall_unix_ms ? known : reading.wall_unix_ms;
}

void trust_count_on(struct trust_state *state, struct trust_reading reading)
{
    state->floor_unix_ms = count_on(state, reading);
    state->floor_mono_ms = reading.mono_ms;
}

static void raise_floor(struct trust_state *state, int64_t unix_ms, struct trust_reading reading)
{
    trust_count_on(state, reading);
    if (unix_ms > state->floor_unix_ms)
        state->floor_unix_ms = unix_ms;
}

/* ---- keeping */

#define FORMAT    1
#define TERM_AT   52
#define TERM_SIZE 36
#define SIZES_AT  (TERM_AT + TRUST_TERMS * TERM_SIZE)
#define HEAD_SIZE (SIZES_AT + 8)

static void write_term(const struct trust_term *term, uint8_t *out)
{
    bytes_put_le64(out, term->version);
    bytes_put_le64(out + 8, (uint64_t)term->expires_unix_ms);
    bytes_put_le32(out + 16, term->limits.discount_bp_max);
    bytes_put_le64(out + 20, term->limits.points_per_unit_max);
    bytes_put_le64(out + 28, (uint64_t)term->limits.unit_price_minor_min);
}

static struct trust_term read_term(const uint8_t *at)
{
    return (struct trust_term){.version = bytes_get_le64(at),
                               .expires_unix_ms = (int64_t)bytes_get_le64(at + 8),
                               .limits = {.discount_bp_max = bytes_get_le32(at + 16),
                                          .points_per_unit_max = bytes_get_le64(at + 20),
                                          .unit_price_minor_min = (int64_t)bytes_get_le64(at + 28)}};
}

enum err trust_state_write(const struct trust_state *state, uint8_t *out, size_t capacity, size_t *out_size)
{
    size_t root_size;
    size_t timestamp_size = 0;
    if (capacity < HEAD_SIZE)
        return ERR_TOO_LONG;
    memset(out, 0, HEAD_SIZE);
    TRY(wire_encode(kassa_Signed_fields, &state->root_sealed, out + HEAD_SIZE, capacity - HEAD_SIZE,
                    &root_size));
    size_t used = HEAD_SIZE + root_size;
    if (state->timestamp.issued_unix_ms != 0)
        TRY(wire_encode(kassa_Signed_fields, &state->timestamp_sealed, out + used, capacity - used,
                        &timestamp_size));
    out[0] = FORMAT;
    out[1] = (uint8_t)state->refused_reason;
    out[2] = state->tries;
    bytes_put_le64(out + 4, (uint64_t)state->floor_unix_ms);
    bytes_put_le64(out + 12, state->refused_version);
    memcpy(out + 20, state->refused_hash, HASH_SIZE);
    for (size_t i = 0; i < TRUST_TERMS; i++)
        write_term(&state->terms[i], out + TERM_AT + i * TERM_SIZE);
    bytes_put_le32(out + SIZES_AT, (uint32_t)root_size);
    bytes_put_le32(out + SIZES_AT + 4, (uint32_t)timestamp_size);
    *out_size = used + timestamp_size;
    return ERR_OK;
}

static void read_timestamp(struct span bytes, struct trust_state *state)
{
    if (bytes.size == 0 || wire_decode(kassa_Signed_fields, bytes, &state->timestamp_sealed) != ERR_OK ||
        trust_read_timestamp(&state->root, &state->timestamp_sealed, &state->timestamp) != TRUST_GOOD)
        state->timestamp = (kassa_Timestamp)kassa_Timestamp_init_zero;
}

enum err trust_state_read(struct span bytes, struct trust_reading reading, struct trust_state *out)
{
    if (bytes.size < HEAD_SIZE || bytes.bytes[1] >= TRUST_REASON_COUNT)
        return ERR_CORRUPT;
    if (bytes.bytes[0] != FORMAT)
        return ERR_VERSION;
    size_t rest = bytes.size - HEAD_SIZE;
    size_t root_size = bytes_get_le32(bytes.bytes + SIZES_AT);
    size_t timestamp_size = bytes_get_le32(bytes.bytes + SIZES_AT + 4);
    if (root_size > rest || timestamp_size != rest - root_size)
        return ERR_CORRUPT;
    memset(out, 0, sizeof *out);
    out->refused_reason = (enum trust_reason)bytes.bytes[1];
    out->tries = bytes.bytes[2];
    out->floor_unix_ms = (int64_t)bytes_get_le64(bytes.bytes + 4);
    out->floor_mono_ms = reading.mono_ms;
    out->refused_version = bytes_get_le64(bytes.bytes + 12);
    memcpy(out->refused_hash, bytes.bytes + 20, HASH_SIZE);
    for (size_t i = 0; i < TRUST_TERMS; i++)
        out->terms[i] = read_term(bytes.bytes + TERM_AT + i * TERM_SIZE);
    if (wire_decode(kassa_Signed_fields, span_of(bytes.bytes + HEAD_SIZE, root_size), &out->root_sealed) !=
            ERR_OK ||
        trust_root_begin(&out->root_sealed, &out->root) != TRUST_GOOD)
        return ERR_CORRUPT;
    read_timestamp(span_of(bytes.bytes + HEAD_SIZE + root_size, timestamp_size), out);
    return ERR_OK;
}

enum trust_reason trust_state_begin(const kassa_Signed *first, struct span kept, const char *tenant,
                                    struct trust_reading reading, struct trust_state *out)
{
    struct trust_root root;
    enum trust_reason reason = trust_root_begin(first, &root);
    if (reason != TRUST_GOOD)
        return reason;
    if (strcmp(root.body.tenant, tenant) != 0)
        return TRUST_TENANT;
    if (kept.size > 0 && trust_state_read(kept, reading, out) == ERR_OK &&
        strcmp(out->root.body.tenant, tenant) == 0 &&
        (out->root.body.version > root.body.version || memcmp(out->root.hash, root.hash, HASH_SIZE) == 0))
        return TRUST_GOOD;
    memset(out, 0, sizeof *out);
    out->root = root;
    out->root_sealed = *first;
    out->floor_unix_ms = root.body.created_unix_ms;
    out->floor_mono_ms = reading.mono_ms;
    return TRUST_GOOD;
}

/* ---- roots and timestamps */

static void forget_timestamp(struct trust_state *state, struct trust_reading reading)
{
    state->timestamp = (kassa_Timestamp)kassa_Timestamp_init_zero;
    state->floor_unix_ms = state->root.body.created_unix_ms;
    state->floor_mono_ms = reading.mono_ms;
}

static void forget_refusal(struct trust_state *state)
{
    state->refused_version = 0;
    state->refused_reason = TRUST_GOOD;
    state->tries = 0;
    memset(state->refused_hash, 0, HASH_SIZE);
}

enum trust_reason trust_take_root(struct trust_state *state, const kassa_Signed *sealed,
                                  struct trust_reading reading, struct trust_effect *out)
{
    struct trust_root after;
    *out = (struct trust_effect){0};
    enum trust_reason reason = trust_root_follow(&state->root, sealed, &after);
    if (reason != TRUST_GOOD || memcmp(after.hash, state->root.hash, HASH_SIZE) == 0)
        return reason;
    const kassa_TrustRoot *old = &state->root.body;
    bool is_time_changed = trust_is_role_changed(old, &after.body, kassa_TrustRole_TRUST_TIMESTAMP);
    out->is_new = true;
    out->resets_books = trust_is_role_changed(old, &after.body, kassa_TrustRole_TRUST_RULES) ||
                        old->book_version_base != after.body.book_version_base;
    state->root = after;
    state->root_sealed = *sealed;
    if (is_time_changed)
        forget_timestamp(state, reading);
    else
        raise_floor(state, after.body.created_unix_ms, reading);
    if (out->resets_books)
        forget_refusal(state);
    return TRUST_GOOD;
}

static enum trust_reason compare_timestamp(const struct trust_state *state, const kassa_Timestamp *fresh,
                                           int64_t now_unix_ms)
{
    if (fresh->issued_unix_ms < state->timestamp.issued_unix_ms)
        return TRUST_ROLLBACK;
    if (fresh->issued_unix_ms == state->timestamp.issued_unix_ms)
        return TRUST_CONFLICT;
    if (fresh->root_version == state->root.body.version &&
        memcmp(fresh->root_hash.bytes, state->root.hash, HASH_SIZE) != 0)
        return TRUST_CONFLICT;
    bool is_over = fresh->expires_unix_ms <= now_unix_ms || state->root.body.expires_unix_ms <= now_unix_ms;
    return is_over ? TRUST_EXPIRED : TRUST_GOOD;
}

static bool is_same_content(const kassa_Signed *a, const kassa_Signed *b)
{
    return span_is_equal(span_of(a->content.bytes, a->content.size),
                         span_of(b->content.bytes, b->content.size));
}

enum trust_reason trust_take_timestamp(struct trust_state *state, const kassa_Signed *sealed,
                                       struct trust_reading reading, struct trust_effect *out)
{
    kassa_Timestamp fresh;
    *out = (struct trust_effect){0};
    if (state->timestamp.issued_unix_ms != 0 && is_same_content(sealed, &state->timestamp_sealed)) {
        out->lacks_roots = state->timestamp.root_version > state->root.body.version;
        return TRUST_GOOD;
    }
    enum trust_reason reason = trust_read_timestamp(&state->root, sealed, &fresh);
    if (reason == TRUST_GOOD)
        reason = compare_timestamp(state, &fresh, trust_now(state, reading));
    if (reason != TRUST_GOOD)
        return reason;
    state->timestamp = fresh;
    state->timestamp_sealed = *sealed;
    raise_floor(state, fresh.issued_unix_ms, reading);
    out->is_new = true;
    out->lacks_roots = fresh.root_version > state->root.body.version;
    return TRUST_GOOD;
}

/* ---- books */

static bool is_listed(const char *id, const char *ids, size_t count, size_t stride)
{
    bool is_there = count == 0;
    for (size_t i = 0; i < count; i++)
        is_there = is_there || strcmp(ids + i * stride, id) == 0;
    return is_there;
}

static bool is_in_scope(const kassa_BookManifest *manifest, const struct trust_place_of_till *who)
{
    return strcmp(manifest->tenant, who->tenant) == 0 &&
           is_listed(who->store, manifest->stores[0], manifest->stores_count, sizeof manifest->stores[0]) &&
           is_listed(who->till, manifest->tills[0], manifest->tills_count, sizeof manifest->tills[0]);
}

static const kassa_BookShare *share_naming(const kassa_Timestamp *timestamp,
                                           const struct trust_manifest *manifest)
{
    for (size_t i = 0; i < timestamp->books_count; i++) {
        const kassa_BookShare *share = &timestamp->books[i];
        if (share->version == manifest->body.version &&
            memcmp(share->manifest_hash.bytes, manifest->hash, HASH_SIZE) == 0)
            return share;
    }
    return NULL;
}

/* A book that was withdrawn holds nobody to its version: then the one in force does, or none. */
static uint64_t version_floor(const struct trust_state *state, const struct trust_stand *stand)
{
    if (!trust_is_withdrawn(&state->timestamp, stand->version_max))
        return stand->version_max;
    bool is_known_good =
        stand->known_version != 0 && !trust_is_withdrawn(&state->timestamp, stand->known_version);
    return is_known_good ? stand->known_version : state->root.body.book_version_base;
}

bool trust_may_come(const struct trust_state *state, const struct trust_stand *stand, uint64_t version)
{
    return version > version_floor(state, stand) || (version != 0 && version == stand->damaged_version);
}

static bool is_other(const kassa_BookManifest *body, uint64_t version, const uint8_t hash[HASH_SIZE])
{
    return body->version == version && memcmp(body->hash.bytes, hash, HASH_SIZE) != 0;
}

/* One that may come, or the very one that is here, or one that stands for others, who are behind. */
static enum trust_reason compare_version(const struct trust_state *state, const struct trust_stand *stand,
                                         const struct trust_manifest *manifest)
{
    const kassa_BookManifest *body = &manifest->body;
    if (is_other(body, stand->known_version, stand->known_hash) ||
        is_other(body, stand->damaged_version, stand->damaged_hash))
        return TRUST_CONFLICT;
    if (body->version > stand->version_max)
        return body->version - stand->version_max > BOOK_VERSION_STEP_MAX ? TRUST_FAST_FORWARD : TRUST_GOOD;
    bool is_known = body->version == stand->known_version;
    return is_known || share_naming(&state->timestamp, manifest) != NULL ? TRUST_GOOD : TRUST_ROLLBACK;
}

static enum trust_reason check_time(const struct trust_state *state, const kassa_BookManifest *manifest,
                                    int64_t now_unix_ms)
{
    if (state->root.body.expires_unix_ms <= now_unix_ms)
        return TRUST_EXPIRED;
    if (state->timestamp.expires_unix_ms <= now_unix_ms) /* also where there is none */
        return TRUST_FROZEN;
    bool is_over = manifest->expires_unix_ms != 0 && manifest->expires_unix_ms <= now_unix_ms;
    return is_over ? TRUST_EXPIRED : TRUST_GOOD;
}

static bool is_last_tried(const struct trust_state *state, const struct trust_manifest *manifest)
{
    return state->refused_version == manifest->body.version &&
           memcmp(state->refused_hash, manifest->hash, HASH_SIZE) == 0;
}

static bool is_refused(const struct trust_state *state, const struct trust_manifest *manifest)
{
    return state->refused_reason != TRUST_GOOD && is_last_tried(state, manifest);
}

/* Of those that are named: is it the one for this till, and not here yet? */
static enum trust_reason is_for_us(const struct trust_state *state, const struct trust_stand *stand,
                                   const struct trust_manifest *manifest, bool *out_is_wanted)
{
    uint32_t place;
    if (trust_place(state->timestamp.rollout, stand->who.till, &place) != ERR_OK)
        return TRUST_UNLISTED;
    const kassa_BookShare *ours = trust_share_of(&state->timestamp, place);
    *out_is_wanted = ours != NULL && ours->version == manifest->body.version &&
                     trust_may_come(state, stand, manifest->body.version) && !is_refused(state, manifest);
    return TRUST_GOOD;
}

enum trust_reason trust_judge(const struct trust_state *state, const struct trust_stand *stand,
                              const kassa_Signed *sealed, struct trust_manifest *out, bool *out_is_wanted)
{
    enum trust_reason reason = trust_read_manifest(&state->root, sealed, out);
    *out_is_wanted = false;
    if (reason != TRUST_GOOD)
        return reason;
    if (!is_in_scope(&out->body, &stand->who))
        return strcmp(out->body.tenant, stand->who.tenant) == 0 ? TRUST_SCOPE : TRUST_TENANT;
    reason = compare_version(state, stand, out);
    if (reason != TRUST_GOOD || !trust_may_come(state, stand, out->body.version))
        return reason;
    reason = check_time(state, &out->body, trust_now(state, stand->reading));
    if (reason == TRUST_GOOD && share_naming(&state->timestamp, out) == NULL)
        reason = TRUST_UNLISTED;
    if (reason == TRUST_GOOD && out->body.size > BOOK_SIZE_MAX)
        reason = TRUST_TOO_LARGE;
    return reason == TRUST_GOOD ? is_for_us(state, stand, out, out_is_wanted) : reason;
}

/* ---- what is in force */

void trust_note_active(struct trust_state *state, const struct trust_manifest *manifest)
{
    state->terms[1] = state->terms[0];
    state->terms[0] = (struct trust_term){.version = manifest->body.version,
                                          .expires_unix_ms = manifest->body.expires_unix_ms};
    if (manifest->body.has_limits)
        state->terms[0].limits = manifest->body.limits;
    forget_refusal(state);
}

void trust_note_fallen_back(struct trust_state *state, uint64_t version)
{
    struct trust_term term = state->terms[0];
    if (state->terms[1].version == version)
        state->terms[0] = state->terms[1];
    else
        state->terms[0] = (struct trust_term){.version = version};
    state->terms[1] = term;
}

bool trust_note_trial(struct trust_state *state, const struct trust_manifest *manifest)
{
    if (!is_last_tried(state, manifest)) {
        forget_refusal(state);
        state->refused_version = manifest->body.version;
        memcpy(state->refused_hash, manifest->hash, HASH_SIZE);
    }
    if (state->tries >= TRUST_TRIES_MAX)
        return false;
    state->tries++;
    return true;
}

void trust_note_refused(struct trust_state *state, uint64_t version, const uint8_t *hash,
                        enum trust_reason reason)
{
    forget_refusal(state);
    state->refused_version = version;
    state->refused_reason = reason;
    if (hash != NULL)
        memcpy(state->refused_hash, hash, HASH_SIZE);
}

enum trust_reason trust_alarm(const struct trust_state *state, uint64_t version, struct trust_reading reading)
{
    int64_t now = trust_now(state, reading);
    const struct trust_term *term = &state->terms[0];
    bool is_frozen = state->timestamp.issued_unix_ms != 0 && state->timestamp.expires_unix_ms <= now;
    if (is_frozen)
        return TRUST_FROZEN;
    bool is_over = version != 0 && term->version == version && term->expires_unix_ms != 0 &&
                   term->expires_unix_ms <= now;
    return is_over ? TRUST_OUTLIVED : TRUST_GOOD;
}
