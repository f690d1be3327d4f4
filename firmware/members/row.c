/* SPDX-License-Identifier: Apache-2.0 */
#include "members/row.h"

#include "base/bytes.h"
#include "base/crc32c.h"

/* The crc also covers the key: a row under another's key is found out. */
static uint32_t crc_of(struct span key, struct span value)
{
    return crc32c(crc32c(0, key), span_of(value.bytes + 4, value.size - 4));
}

size_t members_row_write(const struct member_change *change, uint8_t *out)
{
    size_t tokens_size = change->token_count * TOKEN_SIZE;
    KASSA_ASSERT(change->token_count <= CARDS_PER_MEMBER && change->message.size <= MEMBER_RECORD_SIZE_MAX);
    out[4] = MEMBERS_FORMAT;
    out[5] = (uint8_t)change->token_count;
    out[6] = 0;
    out[7] = 0;
    memcpy(out + MEMBER_HEAD_SIZE, change->tokens, tokens_size);
    if (change->message.size > 0)
        memcpy(out + MEMBER_HEAD_SIZE + tokens_size, change->message.bytes, change->message.size);
    size_t size = MEMBER_HEAD_SIZE + tokens_size + change->message.size;
    bytes_put_le32(out, crc_of(span_of(change->id, MEMBER_SIZE), span_of(out, size)));
    return size;
}

enum err members_row_read(struct span id, struct span value, struct member_row *out)
{
    if (value.size < MEMBER_HEAD_SIZE || value.size > MEMBER_ROW_MAX ||
        bytes_get_le32(value.bytes) != crc_of(id, value))
        return ERR_CORRUPT;
    size_t tokens_size = (size_t)value.bytes[5] * TOKEN_SIZE;
    if (value.bytes[4] != MEMBERS_FORMAT || value.bytes[5] > CARDS_PER_MEMBER ||
        value.size < MEMBER_HEAD_SIZE + tokens_size ||
        value.size - MEMBER_HEAD_SIZE - tokens_size > MEMBER_RECORD_SIZE_MAX)
        return ERR_CORRUPT;
    const uint8_t *tokens = value.bytes + MEMBER_HEAD_SIZE;
    *out = (struct member_row){
        .tokens = span_of(tokens, tokens_size),
        .message = span_of(tokens + tokens_size, value.size - MEMBER_HEAD_SIZE - tokens_size)};
    return ERR_OK;
}

void members_state_write(const struct members_state *state, uint8_t out[MEMBERS_STATE_SIZE])
{
    bytes_put_le32(out + 4, MEMBERS_FORMAT);
    bytes_put_le64(out + 8, state->version);
    bytes_put_le64(out + 16, state->count);
    bytes_put_le32(out, crc_of(span_of_text(MEMBERS_STATE_KEY), span_of(out, MEMBERS_STATE_SIZE)));
}

enum err members_state_read(struct span value, struct members_state *out)
{
    if (value.size != MEMBERS_STATE_SIZE ||
        bytes_get_le32(value.bytes) != crc_of(span_of_text(MEMBERS_STATE_KEY), value))
        return ERR_CORRUPT;
    if (bytes_get_le32(value.bytes + 4) != MEMBERS_FORMAT)
        return ERR_VERSION;
    *out = (struct members_state){bytes_get_le64(value.bytes + 8), bytes_get_le64(value.bytes + 16)};
    return ERR_OK;
}
