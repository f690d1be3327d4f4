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

void agent_load_book(struct agent *agent)
{
    struct book_copy copy = bookcase_get(agent->stores.bookcase, BOOKCASE_ACTIVE);
    if (copy.version == 0)
        return;
    agent_set_terms(agent, NULL);
    enum err error = load_active(agent, &copy);
    if (error == ERR_OK)
        return;
    log_event(LOG_LEVEL_ERROR, "book.unusable", "version=%llu error=%s", (unsigned long long)copy.version,
              err_name(error));
    till_note_fault(agent->till, "book.unusable", err_sentence(error));
    bool is_damaged = error == ERR_CORRUPT || error == ERR_CHECKSUM;
    if (is_damaged && agent->shelf.books != NULL) /* the one before is loaded, if there is one: once */
        (void)!books_give_back(agent->shelf.books, TRUST_NOT_KEPT, "its copy here is damaged");
}
