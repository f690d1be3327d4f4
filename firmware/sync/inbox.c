/* SPDX-License-Identifier: Apache-2.0 */
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

/* Without books/ a till takes none. */
void sync_inbox_take_manifest(struct sync *sync, struct span payload)
{
    if (sync->parts.books != NULL)
        books_take_news(sync->parts.books, payload);
}

void sync_inbox_take_chunk(struct sync *sync, struct span payload)
{
    if (sync->parts.books != NULL)
        books_take_chunk(sync->parts.books, payload);
}

/* What time does to books it does without a line too; what is missing is asked for where there is one. */
void sync_inbox_run(struct sync *sync)
{
    kassa_Request request = kassa_Request_init_zero;
    request.which_question = kassa_Request_book_tag;
    if (sync->parts.books == NULL)
        return;
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
