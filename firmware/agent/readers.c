/* SPDX-License-Identifier: Apache-2.0 */
/* What tells the till who is there: kassa-reader through its minder, and a barcode scanner. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "base/log.h"
#include "wire/coupon.h"

#define SCANNER_RETRY_MS 1000

/* Both name a technology by the same number. */
static kassa_CardTechnology technology_of(enum reader_technology technology)
{
    _Static_assert((int)READER_UID == kassa_CardTechnology_CARD_UID &&
                       (int)READER_SUN == kassa_CardTechnology_CARD_SUN &&
                       (int)READER_GS1 == kassa_CardTechnology_CARD_GS1 &&
                       (int)READER_TECHNOLOGY_COUNT == _kassa_CardTechnology_ARRAYSIZE,
                   "one list of technologies");
    return (kassa_CardTechnology)technology;
}

/* Nobody can say whether a tap was there before: that is said once, until it can be said again. */
static void note_unproven(struct agent *agent, enum err error)
{
    bool was_unproven = agent->readers.is_unproven;
    agent->readers.is_unproven = error != ERR_OK;
    if (error == ERR_OK || was_unproven)
        return;
    log_event(LOG_LEVEL_WARNING, "card.unproven", "error=%s", err_name(error));
    till_note_fault(agent->till, "card.unproven", "it cannot be told whether a tap was there before");
}

/* Who stands at the till would tap again and again if nobody told him why. */
static void refuse_card(struct agent *agent, enum err why, uint8_t reader)
{
    agent->readers.refused = (struct agent_refused){why, reader, uv_hrtime() / 1000};
    api_tell_refused(agent->faces.api);
    agent->has_news = true;
}

void agent_forget_refused(struct agent *agent)
{
    if (agent->readers.refused.why == ERR_OK)
        return;
    agent->readers.refused.why = ERR_OK;
    api_tell_refused(agent->faces.api);
    agent->has_news = true;
}

/* A copy of a link, or of what a phone said once, tells itself by being old. Somebody tries it, so head office hears. */
static enum err take_proof(struct agent *agent, struct card_identity *identity, uint8_t reader)
{
    struct card_fresh *fresh = &agent->readers.fresh;
    char text[120];
    enum err unknown = ERR_OK;
    fresh->storage = lmdb_storage_as_storage(agent->stores.cache_storage);
    fresh->table = AGENT_TAPS_TABLE;
    enum err error =
        card_fresh_take(fresh, identity, agent->clock.ops->wall_unix_ms(agent->clock.self) / 1000, &unknown);
    if (identity->freshness.kind != READER_FRESH_NONE)
        note_unproven(agent, unknown);
    if (error == ERR_OK)
        return ERR_OK;
    if (till_is_here(agent->till,
                     identity->text)) { /* it says nothing new of him, and nobody is let in by it */
        identity->freshness = (struct reader_freshness){.kind = READER_FRESH_NONE};
        identity->trust = CARD_TRUST_IDENTIFY;
        return ERR_OK;
    }
    if (error == ERR_RANGE) { /* too old to know it: no sign of fraud */
        log_event(LOG_LEVEL_INFO, "card.nobody", "why=\"%s\"", card_tag_refusal(error));
        refuse_card(agent, error, reader);
        return error;
    }
    log_event(LOG_LEVEL_WARNING, "card.replayed", "technology=%s error=%s",
              card_technology_name(identity->technology), err_name(error));
    (void)snprintf(text, sizeof(text), "%s: a tap that was taken before was shown again",
                   card_technology_name(identity->technology));
    if (card_fresh_is_news(fresh, &identity->freshness, agent->clock.ops->mono_ms(agent->clock.self)))
        till_note_fault(agent->till, "card.replayed", text);
    refuse_card(agent, error, reader);
    return error;
}

enum err agent_take_proof(void *self, struct card_identity *identity)
{
    return take_proof(self, identity, 0);
}

/* how: by what way he came. */
static void see(struct agent *agent, const struct card_identity *named, const struct till_card *how)
{
    struct card_identity identity = *named;
    struct till_card card = *how;
    if (take_proof(agent, &identity, how->reader) != ERR_OK)
        return;
    card.text = identity.text;
    card.technology = technology_of(identity.technology);
    card.trust = identity.trust;
    card.freshness = identity.freshness;
    card.arrived_us = uv_hrtime() / 1000;
    enum err error = till_see_card(agent->till, &card);
    if (error != ERR_OK)
        log_event(LOG_LEVEL_WARNING, "card.refused", "error=%s", err_name(error));
    else
        agent_forget_refused(agent); /* also if it is the member's who is here: then the till tells nothing */
}

static const struct till_card scanned = {.read = kassa_CardRead_READ_SCAN};

static uint8_t number_of(const struct agent_reader *reader)
{
    return (uint8_t)(reader - reader->agent->readers.all + 1);
}

static void on_card(void *self, const struct card_identity *identity, uint32_t read_us)
{
    struct agent_reader *reader = self;
    struct agent *agent = reader->agent;
    const struct till_card tapped = {
        .read = kassa_CardRead_READ_NFC, .reader = number_of(reader), .read_us = read_us};
    read_times_add(&agent->readers.times[identity->technology], read_us);
    see(agent, identity, &tapped);
}

/* The member stays when the card goes: the till's own deadline lets go of him. */
static void on_gone(void *self, const char *text)
{
    (void)self;
    (void)text;
}

/* The child tells sentences, so that it needs no second list. ERR_COUNT: none that is known here. */
static size_t error_of_sentence(const char *why)
{
    size_t i = ERR_OK + 1;
    while (i < ERR_COUNT && strcmp(why, card_tag_refusal((enum err)i)) != 0)
        i++;
    return i;
}

/* A child that was taken over may write what it likes into the log, and nothing onto the pages. */
static void on_unknown(void *self, const char *why)
{
    const struct agent_reader *reader = self;
    size_t i = error_of_sentence(why);
    log_event(LOG_LEVEL_INFO, "card.nobody", "why=\"%s\"", why);
    if (i < ERR_COUNT)
        reader->agent->readers.refusals[i]++;
    refuse_card(reader->agent, i < ERR_COUNT ? (enum err)i : ERR_IO, number_of(reader));
}

static void on_state(void *self, enum minder_state state, const char *what)
{
    struct agent_reader *reader = self;
    struct agent *agent = reader->agent;
    (void)snprintf(reader->what, sizeof(reader->what), "%s", what);
    log_event(state == MINDER_READY ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING, "reader.state",
              "reader=%d state=%s what=\"%s\"", (int)(reader - agent->readers.all + 1),
              minder_state_name(state), what);
    if (state == MINDER_OUT || state == MINDER_UNSTABLE)
        till_note_fault(agent->till, state == MINDER_OUT ? "reader.out" : "reader.unstable", what);
    api_tell_reader(agent->faces.api);
    agent->has_news = true;
}

static const char *number_text(struct agent_readers *readers, size_t index, int64_t value)
{
    (void)snprintf(readers->texts[index], sizeof(readers->texts[index]), "%lld", (long long)value);
    return readers->texts[index];
}

static void set_arguments(struct agent *agent, size_t index)
{
    struct agent_reader *reader = &agent->readers.all[index];
    const struct agent_settings *settings = &agent->settings;
    const char *arguments[] = {"--device",
                               settings->reader_devices[index],
                               "--user",
                               settings->reader_user,
                               "--poll-ms",
                               number_text(&agent->readers, 0, settings->reader_poll_ms),
                               "--away-ms",
                               number_text(&agent->readers, 1, settings->reader_away_ms),
                               "--await-programme",
                               NULL};
    _Static_assert(sizeof(arguments) <= sizeof(reader->arguments), "room for all of them");
    memcpy(reader->arguments, arguments, sizeof(arguments));
}

/* What the settings say where the chain has no programme of its own. */
static enum err make_programme(const struct agent_settings *settings, struct card_programme *out)
{
    struct agent_list list;
    *out = card_programme_default();
    TRY(agent_list_read(settings->card_links, &list));
    for (size_t i = 0; i < list.count; i++)
        TRY(card_links_add(&out->links, span_of_text(list.entries[i])));
    if (settings->uid_is_refused)
        card_programme_refuse_uid(out);
    return ERR_OK;
}

enum err agent_open_programme(struct agent *agent, bool is_check, struct agent_fault *fault)
{
    if (agent->settings.programme_file[0] != '\0')
        return agent_read_programme(agent, is_check, fault);
    enum err error = make_programme(&agent->settings, &agent->readers.programme);
    return error == ERR_OK ? ERR_OK : agent_fail(fault, error, "card.links", err_sentence(error));
}

/* kassa-reader stands beside kassa-agent unless it is told otherwise. */
static enum err find_program(struct agent *agent)
{
    char *program = agent->readers.program;
    size_t size = AGENT_PATH_MAX - sizeof("/kassa-reader");
    if (agent->settings.reader_program[0] != '\0') {
        (void)snprintf(program, AGENT_PATH_MAX, "%s", agent->settings.reader_program);
        return ERR_OK;
    }
    if (uv_exepath(program, &size) != 0)
        return ERR_IO;
    char *name = strrchr(program, '/');
    memcpy(name == NULL ? program : name, "/kassa-reader", sizeof("/kassa-reader"));
    return ERR_OK;
}

static bool is_set(const struct agent_settings *settings, size_t index)
{
    return settings->reader_devices[index][0] != '\0' || settings->reader_sockets[index][0] != '\0';
}

/* Each reader has a child of its own: what one does is not felt by another. */
static enum err open_minder(struct agent *agent, size_t index)
{
    struct agent_reader *reader = &agent->readers.all[index];
    const char *socket_path = agent->settings.reader_sockets[index];
    if (!is_set(&agent->settings, index))
        return ERR_OK;
    reader->agent = agent;
    set_arguments(agent, index);
    const struct minder_options options = {.loop = &agent->loop,
                                           .socket_path = socket_path[0] != '\0' ? socket_path : NULL,
                                           .program = agent->readers.program,
                                           .arguments = reader->arguments,
                                           .programme = &agent->readers.programme,
                                           .listener = {reader, on_card, on_gone, on_unknown, on_state},
                                           .random = agent->random};
    return minder_open(&options, &reader->minder);
}

static enum err open_minders(struct agent *agent, struct agent_fault *fault)
{
    enum err error = find_program(agent);
    for (size_t i = 0; i < AGENT_READERS_MAX && error == ERR_OK; i++)
        error = open_minder(agent, i);
    return error == ERR_OK ? ERR_OK : agent_fail(fault, error, "reader", err_sentence(error));
}

/* In the order in which a reader is better off. */
static const uint8_t worth[MINDER_STATE_COUNT] = {
    [MINDER_OUT] = 0, [MINDER_UNSTABLE] = 1, [MINDER_LOST] = 2, [MINDER_STARTING] = 3, [MINDER_READY] = 4};

const struct agent_reader *agent_best_reader(const struct agent *agent)
{
    const struct agent_reader *best = NULL;
    for (size_t i = 0; i < AGENT_READERS_MAX; i++) {
        const struct agent_reader *reader = &agent->readers.all[i];
        if (reader->minder == NULL)
            continue;
        if (best == NULL || worth[minder_state_of(reader->minder)] > worth[minder_state_of(best->minder)])
            best = reader;
    }
    return best;
}

/* A coupon's token says itself what it is. */
static void present_coupon(struct agent *agent, struct span line)
{
    char code[COUPON_CODE_MAX + 1] = {0};
    struct till_refusal refusal = {0};
    if (line.size <= COUPON_CODE_MAX)
        memcpy(code, line.bytes, line.size);
    if (till_present_coupon(agent->till, code, &refusal) != ERR_OK)
        log_event(LOG_LEVEL_INFO, "scan.no_coupon", "why=\"%s\"", refusal.reason);
    agent->has_news = true;
}

/* A link that a tag signed, as a QR code or as a phone copied it. ERR_NOT_FOUND: it is none of the programme's. */
static enum err read_signed_link(const struct card_programme *programme, struct span line,
                                 struct card_identity *out)
{
    struct card_identity identity = {.technology = READER_SUN, .trust = card_trust_of(READER_SUN)};
    struct card_link link;
    if (!card_programme_takes(programme, READER_SUN) || !card_link_of_text(line, &link))
        return ERR_NOT_FOUND;
    TRY(card_sun_identify(&programme->sun, &link, &identity));
    *out = identity;
    return ERR_OK;
}

enum err agent_read_code(void *self, struct span line, struct card_identity *out)
{
    const struct agent *agent = self;
    const struct card_programme *programme = &agent->readers.programme;
    int64_t now_ms = agent->clock.ops->wall_unix_ms(agent->clock.self);
    const struct card_code_rules rules = {.numbers = &till_get_settings(agent->till)->numbers,
                                          .settings = &programme->codes,
                                          .links = &programme->links,
                                          .now_unix_s = now_ms > 0 ? (uint64_t)now_ms / 1000 : 0};
    enum err error = read_signed_link(programme, line, out);
    if (error == ERR_NOT_FOUND)
        return card_read_code(line, &rules, out);
    return error == ERR_OK ? ERR_OK : ERR_SIGNATURE;
}

static void on_code(void *self, enum err error, struct span line)
{
    struct agent *agent = self;
    struct card_identity identity;
    if (error == ERR_OK && wire_coupon_is_token(line)) {
        present_coupon(agent, line);
        return;
    }
    if (error == ERR_OK)
        error = agent_read_code(agent, line, &identity);
    if (error != ERR_OK) { /* goods are scanned too: those are the POS's business */
        log_event(LOG_LEVEL_INFO, "scan.not_a_member", "why=\"%s\"", card_refusal(error));
        if (error == ERR_SIGNATURE) /* no goods: a member's code, whose time is over most of all */
            refuse_card(agent, ERR_RANGE, 0);
        return;
    }
    see(agent, &identity, &scanned);
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

static void look_for_scanner(uv_timer_t *timer);

/* From time to time, beginning now. */
static void search_scanner(struct agent *agent)
{
    (void)uv_timer_start(&agent->readers.scanner_timer, look_for_scanner, 0, SCANNER_RETRY_MS);
}

static void on_scanner_silence(uv_timer_t *timer);

/* Of a code that has no end but silence. */
static void await_silence(struct agent *agent)
{
    struct agent_readers *readers = &agent->readers;
    uint64_t now = agent->clock.ops->mono_ms(agent->clock.self);
    uint32_t wait_ms = scanner_rest(readers->scanner, now, on_code, agent);
    (void)uv_timer_stop(&readers->scanner_timer);
    if (wait_ms != UINT32_MAX)
        (void)uv_timer_start(&readers->scanner_timer, on_scanner_silence, wait_ms, 0);
}

static void on_scanner_silence(uv_timer_t *timer)
{
    await_silence(timer->data);
}

static void close_scanner(struct agent *agent)
{
    struct agent_readers *readers = &agent->readers;
    if (readers->scanner_poll != NULL) {
        (void)uv_poll_stop(readers->scanner_poll);
        uv_close((uv_handle_t *)readers->scanner_poll, free_handle);
        readers->scanner_poll = NULL;
    }
    scanner_closep(&readers->scanner);
    readers->scanner = NULL;
}

static void on_scanner(uv_poll_t *poll, int status, int events)
{
    (void)events;
    struct agent *agent = poll->data;
    enum err error = ERR_CLOSED;
    if (status >= 0)
        error = scanner_read(agent->readers.scanner, agent->clock.ops->mono_ms(agent->clock.self), on_code,
                             agent);
    if (error == ERR_OK) {
        await_silence(agent);
        return;
    }
    log_event(LOG_LEVEL_WARNING, "scanner.lost", "error=%s", err_name(error));
    close_scanner(agent);
    search_scanner(agent);
}

static void look_for_scanner(uv_timer_t *timer)
{
    struct agent *agent = timer->data;
    struct agent_readers *readers = &agent->readers;
    enum err error = scanner_open(agent->settings.scanner_device, (uint32_t)agent->settings.scanner_gap_ms,
                                  &readers->scanner);
    if (error != ERR_OK && error != readers->scanner_error)
        log_event(LOG_LEVEL_WARNING, "scanner.missing", "device=%s error=%s", agent->settings.scanner_device,
                  err_name(error));
    readers->scanner_error = error;
    if (error != ERR_OK)
        return;
    readers->scanner_poll = calloc(1, sizeof(*readers->scanner_poll));
    if (readers->scanner_poll == NULL ||
        uv_poll_init(&agent->loop, readers->scanner_poll, scanner_fd(readers->scanner)) != 0) {
        free(readers->scanner_poll);
        readers->scanner_poll = NULL;
        close_scanner(agent);
        return;
    }
    readers->scanner_poll->data = agent;
    (void)uv_timer_stop(timer);
    (void)uv_poll_start(readers->scanner_poll, UV_READABLE | UV_DISCONNECT, on_scanner);
    log_event(LOG_LEVEL_NOTICE, "scanner.found", "device=%s", agent->settings.scanner_device);
}

enum err agent_open_readers(struct agent *agent, struct agent_fault *fault)
{
    struct agent_readers *readers = &agent->readers;
    (void)uv_timer_init(&agent->loop, &readers->scanner_timer);
    readers->scanner_timer.data = agent;
    if (agent->settings.scanner_device[0] != '\0')
        search_scanner(agent);
    return open_minders(agent, fault);
}

void agent_close_readers(struct agent *agent)
{
    struct agent_readers *readers = &agent->readers;
    close_scanner(agent);
    agent_close_handle((uv_handle_t *)&readers->scanner_timer);
    for (size_t i = 0; i < AGENT_READERS_MAX; i++) {
        if (readers->all[i].minder != NULL)
            minder_close(readers->all[i].minder, NULL, NULL);
        readers->all[i].minder = NULL;
    }
}
