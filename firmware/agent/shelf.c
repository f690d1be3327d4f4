/* SPDX-License-Identifier: Apache-2.0 */
/* Which book this till takes, bound to its till and its log: tried before it is put in force, given back when the
 * engine fails with it, and every refusal in the journal, so that head office hears of it. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "base/log.h"
#include "platform/linux/linux_file.h"

#define BOOK_FAULTS_MAX 3 /* of the engine, with one book */
#define TRIAL_SLICE_MS  4 /* of a trial: then who waits at the counter has his turn */

/* ---- putting a book in force */

static void free_bytes(uint8_t **bytes)
{
    free(*bytes);
}

static struct till_limits limits_of(const kassa_BookManifest *manifest)
{
    const kassa_BookLimits *limits = &manifest->limits;
    if (!manifest->has_limits)
        return (struct till_limits){0};
    return (struct till_limits){.discount_bp_max = limits->discount_bp_max,
                                .points_per_unit_max = limits->points_per_unit_max,
                                .unit_price_minor_min = limits->unit_price_minor_min};
}

void agent_set_terms(struct agent *agent, const kassa_BookManifest *manifest)
{
    struct till_book_terms terms = {0};
    struct books_status status;
    if (agent->shelf.books != NULL) {
        books_get_status(agent->shelf.books, &status);
        terms.root_version = status.root_version;
        terms.signed_unix_ms = status.signed_unix_ms;
        terms.limits = (struct till_limits){.discount_bp_max = status.limits.discount_bp_max,
                                            .points_per_unit_max = status.limits.points_per_unit_max,
                                            .unit_price_minor_min = status.limits.unit_price_minor_min};
    }
    if (manifest != NULL)
        terms.limits = limits_of(manifest);
    till_set_book_terms(agent->till, &terms);
}

static enum trust_reason judge_trial(const struct till_trial *trial)
{
    log_event(LOG_LEVEL_INFO, "book.tried", "receipts=%u faults=%u over_limits=%u first=%llu",
              (unsigned)trial->receipts, (unsigned)trial->faults, (unsigned)trial->over_limits,
              (unsigned long long)trial->receipt);
    if (trial->faults > 0)
        return TRUST_FAULTY;
    return trial->over_limits > 0 ? TRUST_LIMIT : TRUST_GOOD;
}

static enum trust_reason begin_trial(struct agent *agent, const struct books_trial *trial)
{
    struct till_limits limits = limits_of(trial->manifest);
    struct book *book = &agent->shelf.tried;
    if (book_open(trial->bytes, book) != ERR_OK || book->header.version != trial->manifest->version)
        return TRUST_UNREADABLE;
    enum err error = till_begin_trial(agent->till, book, &limits);
    if (error == ERR_ARGUMENT) /* another currency */
        return TRUST_UNREADABLE;
    return error == ERR_OK ? TRUST_GOOD : TRUST_NOT_KEPT;
}

static bool try_on(void *context, const struct books_trial *trial, enum trust_reason *out_reason)
{
    struct agent *agent = context;
    struct till_trial result;
    bool is_done = false;
    enum trust_reason reason = agent->is_ending  ? TRUST_NOT_KEPT
                               : trial->is_begin ? begin_trial(agent, trial)
                                                 : TRUST_GOOD;
    if (reason == TRUST_GOOD && till_go_on_trial(agent->till, TRIAL_SLICE_MS, &is_done, &result) != ERR_OK)
        reason = TRUST_NOT_KEPT;
    if (reason == TRUST_GOOD && !is_done)
        return false;
    *out_reason = reason == TRUST_GOOD ? judge_trial(&result) : reason;
    return true;
}

static enum trust_reason use(void *context, const kassa_BookManifest *manifest, struct span bytes)
{
    struct agent *agent = context;
    if (agent->is_ending)
        return TRUST_NOT_KEPT;
    uint8_t *copy CLEANUP(free_bytes) = malloc(bytes.size);
    if (copy == NULL)
        return TRUST_NOT_KEPT;
    memcpy(copy, bytes.bytes, bytes.size);
    agent_set_terms(agent, manifest);
    if (agent_use_book(agent, &copy, bytes.size, manifest->hash.bytes) != ERR_OK)
        return TRUST_NOT_KEPT;
    log_event(LOG_LEVEL_NOTICE, "book.activated", "version=%llu size=%zu offers=%u",
              (unsigned long long)manifest->version, bytes.size,
              (unsigned)book_offer_count(&agent->book.book));
    return TRUST_GOOD;
}

/* ---- what is told */

static void go_back(void *context)
{
    struct agent *agent = context;
    if (!agent->is_ending)
        agent_load_book(agent);
}

static void tell(void *context, enum trust_reason reason, uint64_t version, const char *text)
{
    struct agent *agent = context;
    char code[TILL_ID_MAX + 1];
    (void)snprintf(code, sizeof(code), "book.%s", trust_reason_code(reason));
    log_event(LOG_LEVEL_ERROR, "book.alarm", "reason=%s version=%llu text=\"%s\"", trust_reason_code(reason),
              (unsigned long long)version, text);
    if (!agent->is_ending)
        till_note_book_fault(agent->till, code, version, text);
}

static void take_keys(void *context)
{
    struct agent *agent = context;
    struct agent_shelf *shelf = &agent->shelf;
    size_t count = books_coupon_keys(shelf->books, shelf->coupon_keys);
    struct books_status status;
    books_get_status(shelf->books, &status);
    log_event(LOG_LEVEL_NOTICE, "trust.root", "version=%llu", (unsigned long long)status.root_version);
    if (!agent->is_ending)
        till_use_coupon_keys(agent->till, (const uint8_t(*)[VAULT_PUBLIC_SIZE])shelf->coupon_keys, count);
}

void agent_watch_book(struct agent *agent)
{
    struct agent_shelf *shelf = &agent->shelf;
    uint64_t version = agent->book.bytes == NULL ? 0 : agent->book.book.header.version;
    if (shelf->books == NULL || version == 0 || version == shelf->stuck_version ||
        till_count_book_faults(agent->till) < BOOK_FAULTS_MAX)
        return;
    if (books_give_back(shelf->books, TRUST_FAULTY, trust_reason_sentence(TRUST_FAULTY)) != ERR_OK)
        shelf->stuck_version = version; /* its baskets go without the offers that fail */
}

/* ---- opening */

static enum err read_root(struct agent *agent, uint8_t file[ROOT_FILE_SIZE_MAX], size_t *size,
                          struct agent_fault *fault)
{
    const char *path = agent->settings.root_file;
    enum err error = linux_file_read(path, file, ROOT_FILE_SIZE_MAX, size);
    return error == ERR_OK ? ERR_OK : agent_fail(fault, error, path, err_sentence(error));
}

enum err agent_check_root(struct agent *agent, struct agent_fault *fault)
{
    uint8_t file[ROOT_FILE_SIZE_MAX];
    size_t size = 0;
    kassa_Signed sealed = kassa_Signed_init_zero;
    struct trust_root root;
    const char *path = agent->settings.root_file;
    if (path[0] == '\0')
        return ERR_OK;
    enum err error = vault_open();
    if (error != ERR_OK)
        return agent_fail(fault, error, "vault", err_sentence(error));
    TRY(read_root(agent, file, &size, fault));
    if (trust_root_file_read(span_of(file, size), &sealed) != ERR_OK)
        return agent_fail(fault, ERR_SYNTAX, path, "is no root file");
    enum trust_reason reason = trust_root_begin(&sealed, &root);
    if (reason == TRUST_GOOD && strcmp(root.body.tenant, agent->settings.tenant) != 0)
        reason = TRUST_TENANT;
    return reason == TRUST_GOOD ? ERR_OK
                                : agent_fail(fault, ERR_SIGNATURE, path, trust_reason_sentence(reason));
}

static struct books_witness witness_of(const struct agent *agent)
{
    struct till_book_witness known;
    till_get_book_witness(agent->till, &known);
    struct books_witness witness = {
        .version = known.version, .root_version = known.root_version, .signed_unix_ms = known.signed_unix_ms};
    memcpy(witness.hash, known.hash, HASH_SIZE);
    return witness;
}

enum err agent_open_books(struct agent *agent, struct agent_fault *fault)
{
    uint8_t file[ROOT_FILE_SIZE_MAX];
    size_t size = 0;
    const struct agent_settings *settings = &agent->settings;
    enum trust_reason reason = TRUST_GOOD;
    if (settings->root_file[0] == '\0') {
        log_event(LOG_LEVEL_NOTICE, "trust.none", "text=\"without book.root_file no book is taken\"");
        return ERR_OK;
    }
    TRY(read_root(agent, file, &size, fault));
    const struct books_settings up = {.tenant = settings->tenant,
                                      .store = settings->store,
                                      .till = settings->id,
                                      .first_root = span_of(file, size),
                                      .witness = witness_of(agent),
                                      .pull_ms_max = (uint32_t)settings->chunk_pull_ms};
    const struct books_parts parts = {
        .clock = agent->clock, .random = agent->random, .bookcase = agent->stores.bookcase};
    const struct books_handler handler = {.try_on = try_on,
                                          .use = use,
                                          .go_back = go_back,
                                          .tell = tell,
                                          .take_keys = take_keys,
                                          .context = agent};
    enum err error = books_open(&up, &parts, &handler, &reason, &agent->shelf.books);
    if (error != ERR_OK)
        return agent_fail(fault, error, settings->root_file,
                          error == ERR_SIGNATURE ? trust_reason_sentence(reason) : err_sentence(error));
    take_keys(agent);
    return ERR_OK;
}

void agent_close_books(struct agent *agent)
{
    books_close(agent->shelf.books);
    agent->shelf.books = NULL;
}
