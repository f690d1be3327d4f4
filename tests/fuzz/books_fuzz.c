/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever comes down to a till's books, as news or as chunks: each message is a byte of kind, two of size
 * (little-endian) and its payload. No book that nobody signed is ever put in force, and the one that is stays whole. */
#include <stdlib.h>

#include "harness/book_stall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stall *stall;

static void at_end(void)
{
    stall_delete(stall);
}

static void open_once(void)
{
    stall = stall_new();
    stall_publish(stall, 5);
    kassa_BookManifest manifest = stall_manifest(6); /* and one on its way */
    kassa_Signed book, stamp;
    stall_sign_book(stall, &manifest, &book);
    stall->wall_unix_ms += 1000;
    kassa_Timestamp timestamp = stall_timestamp(stall, &book, 6);
    stall_sign_timestamp(stall, &timestamp, &stamp);
    stall_tell(stall, NULL, &stamp, &book);
    KASSA_ASSERT(atexit(at_end) == 0);
}

static size_t take_message(const uint8_t *data, size_t size)
{
    size_t wanted = data[1] | (size_t)data[2] << 8;
    size_t have = wanted < size - 3 ? wanted : size - 3;
    if (data[0] % 2 == 0)
        books_take_news(stall->books, span_of(data + 3, have));
    else
        books_take_chunk(stall->books, span_of(data + 3, have));
    return 3 + have;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (stall == NULL)
        open_once();
    for (size_t at = 0; at + 3 < size;)
        at += take_message(data + at, size - at);
    stall->mono_ms += 1;
    (void)books_run(stall->books);
    stall_forget(stall);
    struct books_status status;
    books_get_status(stall->books, &status);
    KASSA_ASSERT(status.root_version == 1 && (status.book_version == 5 || status.book_version == 6));
    KASSA_ASSERT(status.incoming_version == 0 || status.incoming_version == 6);
    return 0;
}
