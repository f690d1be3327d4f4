/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "sync/internal.h"

#define ASK_AGAIN_MS 1000 /* between questions for missing members */

/* ---- members */

static bool is_change_sound(const kassa_Member *member)
{
    for (size_t i = 0; i < member->card_tokens_count; i++) {
        if (member->card_tokens[i].size != TOKEN_SIZE)
            return false;
    }
    return member->id.size == MEMBER_SIZE && (member->key.size == 0 || member->key.size == MEMBER_KEY_SIZE);
}

/* The cache keeps each member as the message that it is, without his key, which it keeps apart; the decoded one is
 * encoded again. */
static enum err fill_change(struct inbox *inbox, kassa_Member *member, size_t index, size_t *used)
{
    if (!is_change_sound(member))
        return ERR_SYNTAX;
    struct member_change *change = &inbox->changes[index];
    size_t size, key_size = member->key.size;
    member->key.size = 0;
    TRY(wire_encode(kassa_Member_fields, member, inbox->messages + *used, sizeof(inbox->messages) - *used,
                    &size));
    *change = (struct member_change){.is_erased = member->erased,
                                     .message = span_of(inbox->messages + *used, size),
                                     .key = span_of(member->key.bytes, key_size),
                                     .token_count = member->card_tokens_count};
    memcpy(change->id, member->id.bytes, MEMBER_SIZE);
    for (size_t i = 0; i < member->card_tokens_count; i++)
        memcpy(change->tokens[i], member->card_tokens[i].bytes, TOKEN_SIZE);
    *used += size;
    return ERR_OK;
}

static enum err apply_updates(struct sync *sync, const struct wire_member_updates *updates)
{
    size_t used = 0;
    for (size_t i = 0; i < updates->member_count; i++)
        TRY(fill_change(&sync->inbox, &updates->members[i], i, &used));
    struct members_update update = {.from_version = updates->head.from_version,
                                    .to_version = updates->head.to_version,
                                    .changes = sync->inbox.changes,
                                    .count = updates->member_count};
    return members_apply(sync->parts.members, &update);
}

static void ask_for_missing_members(struct sync *sync)
{
    if (sync_now(sync) < sync->inbox.ask_due_mono_ms) /* the rest of a broken push shows the gap again */
        return;
    sync->inbox.ask_due_mono_ms = sync_now(sync) + ASK_AGAIN_MS;
    kassa_Request request = kassa_Request_init_zero;
    request.which_question = kassa_Request_members_from_tag;
    request.question.members_from = members_version(sync->parts.members);
    (void)sync_send_request(sync, &request);
}

static void answer_question(struct sync *sync, const struct wire_member_updates *updates)
{
    for (size_t i = 0; i < SYNC_QUESTIONS_MAX; i++) {
        struct sync_question *question = &sync->inbox.questions[i];
        if (!question->is_open || question->id != updates->head.request)
            continue;
        question->is_open = false;
        const kassa_Member *member = updates->member_count == 1 ? &updates->members[0] : NULL;
        if (member != NULL && !is_change_sound(member))
            return;
        if (sync->handler.on_member != NULL)
            sync->handler.on_member(sync->handler.context, question->token, member);
        return;
    }
}

static void take_updates(struct sync *sync, struct span payload, struct arena *arena)
{
    struct wire_member_updates updates;
    if (payload.size > 2 * MEMBER_UPDATE_SIZE_MAX ||
        wire_member_updates_decode(payload, arena, &updates) != ERR_OK)
        return; /* the gap that it leaves shows at the next one */
    if (updates.head.request != 0) {
        answer_question(sync, &updates);
        return;
    }
    uint64_t before = members_version(sync->parts.members);
    enum err error = apply_updates(sync, &updates);
    if (error == ERR_GAP)
        ask_for_missing_members(sync);
    if (error == ERR_OK && members_version(sync->parts.members) != before && sync->handler.on_members != NULL)
        sync->handler.on_members(sync->handler.context);
}

/* Keys of members went through it: nothing of them stays in memory. */
void sync_inbox_take_members(struct sync *sync, struct span payload)
{
    struct arena arena = arena_of(sync->inbox.arena_block, INBOX_ARENA_SIZE);
    take_updates(sync, payload, &arena);
    vault_wipe(arena.block, arena.used);
}

/* ---- reservations, receipts of other tills, gift cards, our certificate */

void sync_inbox_take_answer(struct sync *sync, struct span payload)
{
    struct arena arena = arena_of(sync->inbox.arena_block, INBOX_ARENA_SIZE);
    struct wire_answer answer;
    const struct sync_handler *handler = &sync->handler;
    if (wire_answer_decode(payload, &arena, &answer) != ERR_OK)
        return; /* who asked goes on without */
    if (answer.kind == WIRE_ANSWER_RECEIPT && handler->on_receipt != NULL)
        handler->on_receipt(handler->context, &answer.receipt);
    else if (answer.kind == WIRE_ANSWER_GIFT && handler->on_gift != NULL)
        handler->on_gift(handler->context, &answer.gift);
    else if (answer.kind == WIRE_ANSWER_RENEWED && handler->on_renewed != NULL)
        handler->on_renewed(handler->context, &answer.renewed);
    else if (answer.kind == WIRE_ANSWER_RESERVATION && handler->on_reservation != NULL)
        handler->on_reservation(handler->context, &answer.reservation);
}

/* ---- books */

static uint32_t chunk_count(const kassa_BookManifest *manifest)
{
    return (manifest->size + BOOK_CHUNK_SIZE - 1) / BOOK_CHUNK_SIZE;
}

static bool has_chunk(const struct inbox_book *book, uint32_t index)
{
    return (book->have[index / 64] >> (index % 64) & 1) != 0;
}

static bool is_whole(const struct inbox_book *book)
{
    for (uint32_t i = 0; i < chunk_count(&book->manifest); i++) {
        if (!has_chunk(book, i))
            return false;
    }
    return true;
}

static void time_pull(struct sync *sync)
{
    uint64_t jitter = sync_draw(sync) % ((uint64_t)sync->settings.chunk_pull_ms_max + 1);
    sync->inbox.book.pull_due_mono_ms = sync_now(sync) + sync->settings.chunk_pull_ms_max / 4 + jitter;
}

static void close_book(struct sync *sync)
{
    sync->inbox.book.is_open = false;
    sync->inbox.book.pull_due_mono_ms = STEP_NEVER;
}

static bool is_in_scope(const struct sync *sync, const kassa_BookManifest *manifest)
{
    bool is_ours = manifest->stores_count == 0;
    for (size_t i = 0; i < manifest->stores_count; i++)
        is_ours = is_ours || strcmp(manifest->stores[i], sync->store) == 0;
    return is_ours && (manifest->tenant[0] == '\0' || strcmp(manifest->tenant, sync->tenant) == 0);
}

static enum err verify_signature(const struct sync *sync, const kassa_BookManifest *manifest)
{
    uint8_t statement[WIRE_BOOK_STATEMENT_SIZE_MAX];
    size_t size;
    if (manifest->signature.size != VAULT_SIGNATURE_SIZE || manifest->key_id.size != VAULT_KEY_ID_SIZE)
        return ERR_SIGNATURE;
    TRY(wire_book_statement(manifest, statement, sizeof(statement), &size));
    for (size_t i = 0; i < sync->settings.trusted_key_count; i++) {
        uint8_t id[VAULT_KEY_ID_SIZE];
        TRY(vault_key_id(sync->keys[i], id));
        if (memcmp(id, manifest->key_id.bytes, VAULT_KEY_ID_SIZE) == 0)
            return vault_verify(sync->keys[i], span_of(statement, size), manifest->signature.bytes);
    }
    return ERR_SIGNATURE;
}

static enum err check_manifest(const struct sync *sync, const kassa_BookManifest *manifest)
{
    TRY(verify_signature(sync, manifest));
    if (manifest->hash.size != HASH_SIZE || manifest->chunk_size != BOOK_CHUNK_SIZE || manifest->size == 0 ||
        manifest->size > BOOK_SIZE_MAX || manifest->version == 0)
        return ERR_RANGE;
    return ERR_OK;
}

/* What survived a restart need not come again. */
static enum err open_book(struct sync *sync, const kassa_BookManifest *manifest)
{
    struct inbox_book *book = &sync->inbox.book;
    struct book_copy copy = {.version = manifest->version, .size = manifest->size};
    memcpy(copy.hash, manifest->hash.bytes, HASH_SIZE);
    TRY(bookcase_receive(sync->parts.bookcase, &copy));
    *book = (struct inbox_book){.is_open = true, .manifest = *manifest};
    memset(book->have, 0xff, sizeof(book->have));
    uint32_t missing = 0;
    while (bookcase_next_missing(sync->parts.bookcase, missing, &missing) == ERR_OK) {
        book->have[missing / 64] &= ~(UINT64_C(1) << (missing % 64));
        missing++;
    }
    time_pull(sync);
    return ERR_OK;
}

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

static enum err offer_book(struct sync *sync)
{
    const kassa_BookManifest *manifest = &sync->inbox.book.manifest;
    uint8_t *bytes CLEANUP(free_bytes) = malloc(manifest->size);
    if (bytes == NULL)
        return ERR_MEMORY;
    TRY(bookcase_read(sync->parts.bookcase, BOOKCASE_INCOMING, bytes, manifest->size));
    uint8_t hash[HASH_SIZE];
    TRY(vault_sha256(span_of(bytes, manifest->size), hash));
    if (memcmp(hash, manifest->hash.bytes, HASH_SIZE) != 0)
        return ERR_CHECKSUM;
    if (sync->handler.on_book == NULL)
        return ERR_OK;
    return sync->handler.on_book(sync->handler.context, manifest, span_of(bytes, manifest->size));
}

/* A chunk that did not belong shows only in the hash of the whole: then all of it is asked for again. */
static void finish_book(struct sync *sync)
{
    enum err error = offer_book(sync);
    if (error == ERR_CHECKSUM || error == ERR_CORRUPT) {
        memset(sync->inbox.book.have, 0, sizeof(sync->inbox.book.have));
        time_pull(sync);
    } else {
        close_book(sync);
    }
    if (error != ERR_OK)
        sync_tell_fault(sync, SYNC_FAULT_BOOK_REFUSED, err_name(error));
}

void sync_inbox_take_manifest(struct sync *sync, struct span payload)
{
    kassa_BookManifest manifest;
    if (sync->parts.books != NULL) {
        books_take_news(sync->parts.books, payload);
        return;
    }
    if (wire_decode(kassa_BookManifest_fields, payload, &manifest) != ERR_OK)
        return;
    const struct inbox_book *book = &sync->inbox.book;
    bool is_known = book->is_open && book->manifest.version >= manifest.version;
    if (is_known || manifest.version <= bookcase_version_max(sync->parts.bookcase) ||
        !is_in_scope(sync, &manifest))
        return;
    enum err error = check_manifest(sync, &manifest);
    if (error == ERR_OK)
        error = open_book(sync, &manifest);
    if (error != ERR_OK)
        sync_tell_fault(sync, SYNC_FAULT_BOOK_REFUSED, err_name(error));
    else if (is_whole(book))
        finish_book(sync);
}

void sync_inbox_take_chunk(struct sync *sync, struct span payload)
{
    struct inbox_book *book = &sync->inbox.book;
    struct arena arena = arena_of(sync->inbox.arena_block, INBOX_ARENA_SIZE);
    struct wire_book_chunk chunk;
    if (sync->parts.books != NULL) {
        books_take_chunk(sync->parts.books, payload);
        return;
    }
    if (!book->is_open || wire_book_chunk_decode(payload, &arena, &chunk) != ERR_OK ||
        chunk.version != book->manifest.version || chunk.index >= chunk_count(&book->manifest) ||
        has_chunk(book, chunk.index))
        return;
    if (bookcase_put_chunk(sync->parts.bookcase, chunk.index, chunk.bytes) != ERR_OK)
        return; /* pulled again later */
    book->have[chunk.index / 64] |= UINT64_C(1) << (chunk.index % 64);
    if (is_whole(book))
        finish_book(sync);
    else
        time_pull(sync);
}

/* What time does to books it does without a line too; what is missing is asked for where there is one. */
static void run_books(struct sync *sync)
{
    kassa_Request request = kassa_Request_init_zero;
    request.which_question = kassa_Request_book_tag;
    sync->inbox.books_due_mono_ms = books_run(sync->parts.books);
    if (sync->step.state == SYNC_LIVE && books_next_pull(sync->parts.books, &request.question.book))
        (void)sync_send_request(sync, &request);
}

uint64_t sync_inbox_due(const struct sync *sync)
{
    if (sync->parts.books == NULL)
        return STEP_NEVER;
    uint64_t due = sync->inbox.books_due_mono_ms;
    uint64_t pull = sync->step.state == SYNC_LIVE ? books_pull_due(sync->parts.books) : BOOKS_NEVER;
    return pull < due ? pull : due;
}

void sync_inbox_run(struct sync *sync)
{
    struct inbox_book *book = &sync->inbox.book;
    if (sync->parts.books != NULL) {
        run_books(sync);
        return;
    }
    if (!book->is_open || sync->step.state != SYNC_LIVE || sync_now(sync) < book->pull_due_mono_ms)
        return;
    kassa_Request request = kassa_Request_init_zero;
    request.which_question = kassa_Request_book_tag;
    kassa_BookPull *pull = &request.question.book;
    pull->version = book->manifest.version;
    for (uint32_t i = 0; i < chunk_count(&book->manifest) && pull->chunks_count < INBOX_CHUNKS_A_PULL; i++) {
        if (!has_chunk(book, i))
            pull->chunks[pull->chunks_count++] = i;
    }
    (void)sync_send_request(sync, &request);
    time_pull(sync);
}
