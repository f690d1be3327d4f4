/* SPDX-License-Identifier: Apache-2.0 */
#include "card/inflate.h"

#include <limits.h>

#include <zlib.h>

#include "vault/vault.h"

#define GRAIN 16

/* Blocks are cut off the front and never given back: zlib takes two, and the room goes with the call. */
struct room {
    _Alignas(GRAIN) uint8_t bytes[CARD_INFLATE_ROOM];
    size_t used;
};

static voidpf take_block(voidpf opaque, uInt count, uInt size)
{
    struct room *room = opaque;
    size_t wanted = ((size_t)count * size + GRAIN - 1) / GRAIN * GRAIN;
    if (wanted > sizeof room->bytes - room->used)
        return Z_NULL;
    room->used += wanted;
    return room->bytes + room->used - wanted;
}

static void leave_block(voidpf opaque, voidpf block)
{
    (void)opaque;
    (void)block;
}

/* What was packed stood sealed before: its window is wiped. */
static void wipe_room(struct room *room)
{
    vault_wipe(room->bytes, room->used);
}

static void end_stream(z_stream *stream)
{
    (void)inflateEnd(stream);
}

/* One call with all there is and all the room there is: either it comes to the end, or it says what it lacks. */
static enum err err_of(int status, const z_stream *stream)
{
    if (status == Z_STREAM_END)
        return stream->avail_in == 0 ? ERR_OK : ERR_SYNTAX;
    if (status == Z_MEM_ERROR)
        return ERR_MEMORY;
    if (status != Z_OK && status != Z_BUF_ERROR)
        return ERR_SYNTAX;
    return stream->avail_out == 0 ? ERR_TOO_LONG : ERR_TRUNCATED;
}

enum err card_inflate(struct span packed, uint8_t *out, size_t capacity, size_t *out_size)
{
    struct room room CLEANUP(wipe_room);
    room.used = 0;
    z_stream stream CLEANUP(end_stream) = {.zalloc = take_block, .zfree = leave_block, .opaque = &room};
    if (packed.size == 0)
        return ERR_TRUNCATED;
    if (packed.size > UINT_MAX || capacity > UINT_MAX)
        return ERR_TOO_LONG;
    if (inflateInit(&stream) != Z_OK)
        return ERR_MEMORY;
    stream.next_in =
        (z_const Bytef *)(uintptr_t)packed.bytes; /* without ZLIB_CONST it is no pointer to const */
    stream.avail_in = (uInt)packed.size;
    stream.next_out = out;
    stream.avail_out = (uInt)capacity;
    TRY(err_of(inflate(&stream, Z_FINISH), &stream));
    *out_size = capacity - stream.avail_out;
    return ERR_OK;
}
