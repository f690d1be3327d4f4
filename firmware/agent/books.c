/* SPDX-License-Identifier: Apache-2.0 */
/* The book in force: from the bookcase at the start, and from head office later. */
#include <stdlib.h>

#include "agent/agent.h"
#include "base/log.h"

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

enum err agent_use_book(struct agent *agent, uint8_t **bytes, size_t size, const uint8_t hash[HASH_SIZE])
{
    struct agent_book fresh = {.bytes = *bytes};
    TRY(book_open(span_of(*bytes, size), &fresh.book));
    struct agent_book before = agent->book;
    agent->book = fresh;
    enum err error = till_use_book(agent->till, &agent->book.book, hash);
    if (error != ERR_OK) {
        agent->book = before;
        return error;
    }
    *bytes = NULL;
    free(before.bytes);
    return ERR_OK;
}

static enum err load_active(struct agent *agent, const struct book_copy *copy)
{
    uint8_t *bytes CLEANUP(free_bytes) = malloc(copy->size);
    uint8_t hash[HASH_SIZE];
    if (bytes == NULL)
        return ERR_MEMORY;
    TRY(bookcase_read(agent->stores.bookcase, BOOKCASE_ACTIVE, bytes, copy->size));
    /* The hash was signed when the book came: it stands for the signature. */
    TRY(vault_sha256(span_of(bytes, copy->size), hash));
    if (memcmp(hash, copy->hash, HASH_SIZE) != 0)
        return ERR_CHECKSUM;
    return agent_use_book(agent, &bytes, copy->size, copy->hash);
}

static void use_none(struct agent *agent)
{
    static const uint8_t none[HASH_SIZE];
    if (agent->book.bytes == NULL || till_use_book(agent->till, NULL, none) != ERR_OK)
        return;
    free(agent->book.bytes);
    agent->book.bytes = NULL;
}

static void tell_unusable(struct agent *agent, uint64_t version, enum err error)
{
    log_event(LOG_LEVEL_ERROR, "book.unusable", "version=%llu error=%s", (unsigned long long)version,
              err_name(error));
    till_note_fault(agent->till, "book.unusable", err_sentence(error));
}

void agent_load_book(struct agent *agent)
{
    struct books *books = agent->shelf.books;
    struct book_copy copy = bookcase_get(agent->stores.bookcase, BOOKCASE_ACTIVE);
    if (copy.version == 0 || (books != NULL && !books_may_use(books))) {
        use_none(agent);
        return;
    }
    agent_set_terms(agent, NULL);
    enum err error = load_active(agent, &copy);
    if (error == ERR_OK)
        return;
    tell_unusable(agent, copy.version, error);
    bool is_damaged = error == ERR_CORRUPT || error == ERR_CHECKSUM;
    /* The one before is loaded, if there is one: once. */
    if (is_damaged && books != NULL &&
        books_give_back(books, TRUST_NOT_KEPT, "its copy here is damaged") == ERR_OK)
        return;
    use_none(agent);
}
