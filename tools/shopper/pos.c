/* SPDX-License-Identifier: Apache-2.0 */
#include "shopper/pos.h"

#include <stdio.h>
#include <unistd.h>

#include "base/money.h"

#define TAP_WAIT_MS      2500
#define POLLS_UNTIL_GONE 10     /* whatever its pace, the reader has seen that nobody is there */
#define AWAY_US          150000 /* longer than a till's reader.away_ms in the demo */
#define RETRY_PAUSE_US   100000
#define ATTEMPTS_MAX     5
#define CASH_STEP_MINOR  500 /* notes handed over are whole fives */

static enum err open_sim(const char *path, struct sim_client *out)
{
    return path == NULL ? ERR_OK : sim_client_open(path, out);
}

enum err pos_open(const struct pos_settings *settings, struct pos *out)
{
    struct pos pos = {.name = settings->name,
                      .sim = {.fd = -1, .path = settings->sim_path},
                      .scanner = {.fd = -1, .path = settings->scanner_path},
                      .wallet = settings->wallet,
                      .seeded = {settings->seed},
                      .return_percent = settings->return_percent,
                      .patience_ms = settings->patience_ms};
    TRY(api_client_open(settings->url, &pos.api));
    enum err error = open_sim(settings->sim_path, &pos.sim);
    if (error == ERR_OK)
        error = open_sim(settings->scanner_path, &pos.scanner);
    if (error != ERR_OK) {
        sim_client_close(&pos.sim);
        api_client_close(pos.api);
        return error;
    }
    *out = pos;
    return ERR_OK;
}

void pos_close(struct pos *pos)
{
    for (size_t i = 0; i < pos->recent_count; i++)
        json_decref(pos->recent[i].receipt);
    sim_client_close(&pos->sim);
    sim_client_close(&pos->scanner);
    api_client_close(pos->api);
    summary_done(&pos->summary);
}

/* Nobody listens, or the till is just being stopped. */
static bool is_away(enum err error, const struct api_answer *answer)
{
    return error == ERR_CLOSED || (error == ERR_OK && answer->status == 503);
}

/* Calls until the till answers: the key makes a write that was done already answer as it did the
 * first time. */
static enum err call(struct pos *pos, const char *method, const char *path, const json_t *body,
                     const char *key, struct api_answer *out)
{
    int64_t deadline_us = api_client_mono_us() + (int64_t)pos->patience_ms * 1000;
    enum err error = api_client_call(pos->api, method, path, body, key, out);
    while (is_away(error, out) && api_client_mono_us() < deadline_us) {
        pos->summary.retried++;
        if (error == ERR_OK)
            json_decref(out->body);
        (void)usleep(RETRY_PAUSE_US);
        error = api_client_call(pos->api, method, path, body, key, out);
    }
    return error;
}

static int64_t integer_at(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void refuse(struct pos *pos, const char *what, const struct visit *visit,
                   const struct api_answer *answer)
{
    const char *message = json_string_value(json_object_get(answer->body, "message"));
    const char *field = json_string_value(json_object_get(answer->body, "field"));
    pos->summary.refused++;
    (void)fprintf(stderr, "%s: %s of %s refused with %d: %s%s%s\n", pos->name, what, visit->name,
                  answer->status, message == NULL ? "no message" : message, field == NULL ? "" : " at ",
                  field == NULL ? "" : field);
}

static void enrol(struct pos *pos, const struct visit *visit)
{
    const struct shopper *shopper = visit->shopper;
    char key[64];
    (void)snprintf(key, sizeof(key), "%s/%s/enrol", pos->name, visit->name);
    json_t *body = json_pack("{s:s, s:s, s:[{s:s, s:b}]}", "first_name", shopper->first_name, "language",
                             shopper->language, "consents", "purpose", "personal_offers", "given", 1);
    struct api_answer answer = {0};
    if (call(pos, "POST", "/v1/members", body, key, &answer) == ERR_OK) {
        if (answer.status == 201)
            pos->summary.enrolled++;
        else if (answer.status !=
                 409) /* the till was started anew amid it, and the card is no more before it */
            refuse(pos, "enrolment", visit, &answer);
    }
    json_decref(answer.body);
    json_decref(body);
}

/* Every fourth member says something to the first offer. */
static void answer_offer(struct pos *pos, const json_t *offers)
{
    const char *offer = json_string_value(json_object_get(json_array_get(offers, 0), "offer"));
    if (offer == NULL || !seeded_chance(&pos->seeded, 25))
        return;
    json_t *body = json_pack("{s:s, s:b}", "offer", offer, "accepted", seeded_chance(&pos->seeded, 70));
    char key[96];
    (void)snprintf(key, sizeof(key), "%s/answer/%llu", pos->name,
                   (unsigned long long)seeded_next(&pos->seeded));
    struct api_answer answer = {0};
    if (call(pos, "POST", "/v1/offers/answers", body, key, &answer) == ERR_OK && answer.status / 100 == 2)
        pos->summary.offers_answered++;
    json_decref(answer.body);
    json_decref(body);
}

/* What the till made of a card or a code. */
struct answer {
    const char *type; /* "member" or "member_unknown" */
    json_t *data;
    int64_t mono_us;
    char technology[16];
    char trust[16];
};

static void copy_text(const json_t *object, const char *name, char out[16])
{
    const char *text = json_string_value(json_object_get(object, name));
    (void)snprintf(out, 16, "%s", text == NULL ? "?" : text);
}

static bool text_is(const json_t *object, const char *name, const char *wanted)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL && strcmp(text, wanted) == 0;
}

/* Waits for the till to notice what was shown, and then for whom it finds: news of a visit before may
 * still be on its way. ERR_CONFLICT: it was shown before, and the till takes it once. */
static enum err await_answer(struct pos *pos, const char *wanted_read, struct answer *out)
{
    static const char *const notices[] = {"card", "fault", NULL};
    static const char *const answers[] = {"member", "member_unknown", NULL};
    bool is_shown = false, is_replay = false;
    while (!is_shown && !is_replay) {
        TRY(api_client_wait_event(pos->api, notices, TAP_WAIT_MS, &out->type, &out->data, &out->mono_us));
        is_shown = text_is(out->data, "read", wanted_read);
        is_replay = text_is(out->data, "code", "card.replayed");
        copy_text(out->data, "technology", out->technology);
        copy_text(out->data, "trust", out->trust);
        json_decref(out->data);
    }
    if (is_replay)
        return ERR_CONFLICT;
    return api_client_wait_event(pos->api, answers, TAP_WAIT_MS, &out->type, &out->data, &out->mono_us);
}

/* The simulator's own time is taken out of a tap; a scanner's code goes out at once. */
static void measure(struct pos *pos, const struct answer *answer, int64_t shown_us, bool is_tap)
{
    struct sim_tap tap;
    int64_t took_us = answer->mono_us - shown_us;
    if (is_tap) {
        if (sim_client_seen(&pos->sim, 1000, &tap) != ERR_OK)
            return;
        took_us = answer->mono_us - tap.selected_mono_us - tap.sim_us;
        summary_add_sample(&pos->summary.tap_to_offer, took_us);
        summary_add_sample(&pos->summary.card_to_offer, answer->mono_us - tap.presented_mono_us);
    }
    struct summary_card *row = summary_find_card(&pos->summary, answer->technology, answer->trust);
    if (row != NULL)
        summary_add_sample(&row->known_after, took_us);
}

static void count_answer(struct pos *pos, const struct visit *visit, const struct answer *answer)
{
    struct summary_card *row = summary_find_card(&pos->summary, answer->technology, answer->trust);
    bool is_known = strcmp(answer->type, "member") == 0;
    if (strcmp(answer->technology, visit->shopper->kind->technology) != 0) {
        pos->summary.mistaken++;
        (void)fprintf(stderr, "%s: %s: %s was taken for %s\n", pos->name, visit->name,
                      visit->shopper->kind->technology, answer->technology);
    }
    if (row == NULL)
        return;
    row->shown++;
    row->known += is_known ? 1 : 0;
}

static void take_answer(struct pos *pos, const struct visit *visit, const struct answer *answer)
{
    count_answer(pos, visit, answer);
    if (strcmp(answer->type, "member") == 0) {
        const char *id = json_string_value(json_object_get(json_object_get(answer->data, "member"), "id"));
        (void)snprintf(pos->member, sizeof(pos->member), "%s", id == NULL ? "" : id);
        pos->summary.offers_shown += json_array_size(json_object_get(answer->data, "offers"));
        answer_offer(pos, json_object_get(answer->data, "offers"));
    } else if (visit->shopper->is_new) {
        enrol(pos, visit);
    }
}

static bool has_chip(const struct pos *pos, const struct card_kind *kind)
{
    return kind != NULL && kind->present != NULL && pos->sim.fd >= 0;
}

static bool has_code(const struct pos *pos, const struct card_kind *kind)
{
    return kind != NULL && kind->scan != NULL && pos->scanner.fd >= 0;
}

/* Lays the card down, or holds the code before the scanner. */
static enum err show_card(struct pos *pos, const struct shopper *shopper, bool is_tap)
{
    char text[WALLET_TEXT_MAX];
    const char *form = is_tap ? shopper->kind->present : shopper->kind->scan;
    TRY(wallet_fill(pos->wallet, form, shopper, api_client_unix_ms(), text));
    return is_tap ? sim_client_present(&pos->sim, text) : sim_client_scan(&pos->scanner, text);
}

/* What a busy till had still to say of the card that was taken away comes before this answer, and is no news of the next. */
static void hear_out(struct pos *pos)
{
    struct api_answer answer = {0};
    if (call(pos, "GET", "/v1/status", NULL, NULL, &answer) == ERR_OK)
        json_decref(answer.body);
}

/* Nobody is so quick as a simulator: a card that is back at once is a flicker to the reader, and a phone in the place of
 * another the same one, as phones change their UIDs. */
static void take_away(struct pos *pos, bool is_for_long)
{
    (void)!sim_client_remove(&pos->sim); /* an error: none lies there */
    if (!is_for_long)
        return;
    (void)!sim_client_await_polls(&pos->sim, POLLS_UNTIL_GONE, TAP_WAIT_MS);
    (void)usleep(AWAY_US);
    hear_out(pos);
}

static bool is_phone(const struct card_kind *kind)
{
    return strstr(kind->present, "{nonce}") != NULL;
}

/* What became of a card of which the till told nobody. */
static void count_silence(struct pos *pos, const struct visit *visit, enum err error)
{
    *(error == ERR_CONFLICT ? &pos->summary.replayed : &pos->summary.unread) += 1;
    if (error != ERR_CONFLICT)
        (void)fprintf(stderr, "%s: %s: the till says nothing of %s (%s)\n", pos->name, visit->name,
                      visit->shopper->kind->technology, err_name(error));
}

/* Shows the card and waits for what the till says of it. False: it was not taken in time, or not at all. */
static bool show(struct pos *pos, const struct visit *visit)
{
    bool is_tap = has_chip(pos, visit->shopper->kind);
    struct answer answer = {0};
    pos->member[0] = '\0';
    if (is_tap && pos->last_tapped == visit->shopper)
        take_away(pos, /* is_for_long= */ true);
    pos->last_tapped = is_tap ? visit->shopper : pos->last_tapped;
    api_client_clear_events(pos->api);
    int64_t shown_us = api_client_mono_us();
    enum err error = show_card(pos, visit->shopper, is_tap);
    if (error == ERR_OK)
        error = await_answer(pos, is_tap ? "nfc" : "scan", &answer);
    if (error != ERR_OK) {
        count_silence(pos, visit, error);
        return false;
    }
    *(is_tap ? &pos->summary.taps : &pos->summary.scans) += 1;
    measure(pos, &answer, shown_us, is_tap);
    take_answer(pos, visit, &answer);
    json_decref(answer.data);
    return true;
}

static json_t *decimal(int64_t value, unsigned decimals, unsigned min_decimals)
{
    char text[32];
    (void)money_format_decimal(value, decimals, min_decimals, text);
    return json_string(text);
}

static json_t *line_to_json(const struct visit_line *line, bool is_return)
{
    json_t *out =
        json_pack("{s:s, s:s, s:s}", "sku", line->sku, "description", line->description, "unit", line->unit);
    int64_t sign =
        is_return && line->quantity_milli < 0 ? -1 : 1; /* a return's quantities are what comes back */
    json_object_set_new(out, "quantity", decimal(sign * line->quantity_milli, 3, 0));
    json_object_set_new(out, "unit_price", decimal(line->price_e5, 5, 2));
    if (line->category != NULL)
        json_object_set_new(out, "categories", json_pack("[s]", line->category));
    if (line->department != NULL)
        json_object_set_new(out, "department", json_string(line->department));
    if (line->tax_rate_bp != 0)
        json_object_set_new(out, "tax_rate_bp", json_integer(line->tax_rate_bp));
    if (line->unit[0] == 'k')
        json_object_set_new(out, "weighed", json_true());
    if (line->is_correction)
        json_object_set_new(out, "kind", json_string("correction"));
    return out;
}

static json_t *lines_to_json(const struct visit *visit, size_t line_count)
{
    json_t *out = json_array();
    for (size_t i = 0; i < line_count; i++)
        json_array_append_new(out, line_to_json(&visit->lines[i], visit->kind == VISIT_RETURN));
    return out;
}

/* The number is handed on: by a scanner of the POS's own where the till has none, else the cashier types what is printed on the card. */
static void add_card(const struct pos *pos, const struct visit *visit, json_t *body)
{
    const struct card_kind *kind = visit->shopper->kind;
    char number[SHOPPER_SPOKEN_SIZE];
    plan_spoken_number(visit->shopper, number);
    bool is_typed = has_chip(pos, kind) || has_code(pos, kind);
    json_object_set_new(body, "card",
                        json_pack("{s:s, s:s}", "number", number, "read", is_typed ? "typed" : "scan"));
}

static void basket_name(const struct pos *pos, const struct visit *visit, char out[80])
{
    (void)snprintf(out, 80, "%s/%s", pos->name, visit->name);
}

/* Puts the first line_count lines into the till. */
static enum err put_basket(struct pos *pos, const struct visit *visit, size_t line_count, bool with_card,
                           struct api_answer *out)
{
    char name[80];
    basket_name(pos, visit, name);
    json_t *body = json_pack("{s:s, s:s, s:o}", "basket", name, "operator", pos->name, "lines",
                             lines_to_json(visit, line_count));
    if (with_card)
        add_card(pos, visit, body);
    enum err error = call(pos, "PUT", "/v1/basket", body, NULL, out);
    json_decref(body);
    return error;
}

static json_t *tenders_for(struct pos *pos, int64_t total_minor)
{
    bool in_cash = total_minor <= 0 || seeded_chance(&pos->seeded, 40);
    int64_t amount_minor = total_minor;
    if (in_cash && total_minor > 0)
        amount_minor = (total_minor + CASH_STEP_MINOR - 1) / CASH_STEP_MINOR * CASH_STEP_MINOR;
    return json_pack("[{s:s, s:I}]", "kind", in_cash ? "cash" : "card", "amount_minor",
                     (json_int_t)amount_minor);
}

static void count_offers_given(struct pos *pos, const json_t *basket)
{
    size_t index;
    json_t *offer;
    json_array_foreach(json_object_get(basket, "offers"), index, offer)
    {
        if (json_is_true(json_object_get(offer, "given")))
            pos->summary.offers_given++;
    }
}

static void remember(struct pos *pos, const struct visit *visit, const json_t *receipt)
{
    uint32_t line = seeded_below(&pos->seeded, (uint32_t)visit->line_count);
    if (pos->return_percent == 0)
        return;
    if (pos->recent_count == RECENT_MAX) {
        json_decref(pos->recent[0].receipt);
        memmove(pos->recent, pos->recent + 1, (RECENT_MAX - 1) * sizeof(struct recent));
        pos->recent_count--;
    }
    pos->recent[pos->recent_count++] =
        (struct recent){json_incref((json_t *)(uintptr_t)receipt), line + 1,
                        visit->lines[line].quantity_milli, visit->lines[line].unit[0] == 'k'};
}

static void count_receipt(struct pos *pos, const json_t *body, bool is_return)
{
    int64_t total_minor = integer_at(body, "total_minor");
    const json_t *points = json_object_get(body, "points");
    *(is_return ? &pos->summary.returns : &pos->summary.purchases) += 1;
    *(is_return ? &pos->summary.returns_minor : &pos->summary.sales_minor) += total_minor;
    if (json_is_object(points)) {
        pos->summary.member_minor += total_minor;
        pos->summary.points += integer_at(points, "earned");
    }
}

static enum err commit(struct pos *pos, const struct visit *visit, const json_t *basket,
                       struct api_answer *out)
{
    char name[80], key[96];
    basket_name(pos, visit, name);
    (void)snprintf(key, sizeof(key), "%s/commit", name);
    json_t *body = json_pack("{s:s, s:o}", "basket", name, "tenders",
                             tenders_for(pos, integer_at(basket, "total_minor")));
    int64_t start_us = api_client_mono_us();
    enum err error = call(pos, "POST", "/v1/basket/commit", body, key, out);
    if (error == ERR_OK && out->status == 201)
        summary_add_sample(&pos->summary.commit, api_client_mono_us() - start_us);
    json_decref(body);
    return error;
}

/* The lines go into the till in three steps, as a cashier scans them; the last answer is the
 * priced basket. */
static enum err scan_lines(struct pos *pos, const struct visit *visit, bool with_card, struct api_answer *out)
{
    for (size_t step = 1; step <= 2 && visit->line_count >= 6; step++) {
        struct api_answer partial = {0};
        TRY(put_basket(pos, visit, visit->line_count * step / 3, with_card, &partial));
        json_decref(partial.body);
    }
    return put_basket(pos, visit, visit->line_count, with_card, out);
}

/* The cashier looks at the screen: is it this shopper whom the till has, and not one of before whose card was
 * read late? Who enrols, or has his number scanned, is right by what he did. */
static bool is_right_person(const struct pos *pos, const struct visit *visit, bool with_card,
                            const json_t *basket)
{
    const char *id = json_string_value(json_object_get(json_object_get(basket, "member"), "id"));
    if (visit->shopper->kind == NULL)
        return id == NULL;
    return with_card || pos->member[0] == '\0' || (id != NULL && strcmp(id, pos->member) == 0);
}

static void send_away(struct pos *pos)
{
    struct api_answer answer = {0};
    if (call(pos, "DELETE", "/v1/member", NULL, NULL, &answer) == ERR_OK)
        json_decref(answer.body);
}

/* One go at a sale. *out_done is false when the till had to start anew in its middle, so that it must be
 * repeated. */
static enum err try_sale(struct pos *pos, const struct visit *visit, bool with_card, bool *out_done)
{
    struct api_answer basket = {0}, paid = {0};
    enum err error = scan_lines(pos, visit, with_card, &basket);
    *out_done = true;
    if (error == ERR_OK && basket.status != 200) {
        refuse(pos, "basket", visit, &basket);
        json_decref(basket.body);
        return ERR_OK;
    }
    if (error == ERR_OK && !is_right_person(pos, visit, with_card, basket.body)) {
        send_away(pos);
        pos->is_still_here = false;
        json_decref(basket.body);
        *out_done = false;
        return ERR_OK;
    }
    if (error == ERR_OK)
        error = commit(pos, visit, basket.body, &paid);
    if (error == ERR_OK && paid.status == 201) {
        pos->summary.lines += visit->line_count;
        pos->summary.discount_minor += integer_at(basket.body, "discount_minor");
        count_offers_given(pos, basket.body);
        count_receipt(pos, paid.body, false);
        remember(pos, visit, json_object_get(paid.body, "receipt"));
    } else if (error == ERR_OK && (paid.status == 404 || paid.status == 409 || paid.status == 422)) {
        *out_done =
            false; /* the basket was lost with the till's memory, or what was promised is used up by now */
        pos->is_still_here = paid.status != 404 && pos->member[0] != '\0';
    } else if (error == ERR_OK) {
        refuse(pos, "commit", visit, &paid);
    }
    json_decref(basket.body);
    json_decref(paid.body);
    return error;
}

/* Whether the card's number must be handed on instead, because the till has no reader for it or did not read it. */
static bool needs_number(struct pos *pos, const struct visit *visit)
{
    const struct card_kind *kind = visit->shopper->kind;
    bool can_show = has_chip(pos, kind) || has_code(pos, kind);
    bool is_read = can_show && show(pos, visit);
    return kind != NULL && !plan_is_by_uid(kind) && !is_read;
}

static enum err serve_sale(struct pos *pos, const struct visit *visit)
{
    bool done = false, with_number = false;
    pos->member[0] = '\0';
    pos->is_still_here = false;
    for (int attempt = 0; !done && attempt < ATTEMPTS_MAX; attempt++) {
        if (!pos->is_still_here) /* again when the till forgot the basket, or had somebody else */
            with_number = needs_number(pos, visit);
        TRY(try_sale(pos, visit, with_number, &done));
    }
    pos->summary.scans += with_number ? 1 : 0;
    if (!done) {
        pos->summary.refused++;
        (void)fprintf(stderr, "%s: %s could not be paid in %d attempts\n", pos->name, visit->name,
                      ATTEMPTS_MAX);
    }
    if (has_chip(pos, visit->shopper->kind))
        take_away(pos, is_phone(visit->shopper->kind));
    return ERR_OK;
}

static enum err send_return(struct pos *pos, const struct visit *visit, json_t *body, const char *key_part)
{
    char key[96];
    (void)snprintf(key, sizeof(key), "%s/%s/%s", pos->name, visit->name, key_part);
    struct api_answer answer = {0};
    enum err error = call(pos, "POST", "/v1/returns", body, key, &answer);
    if (error == ERR_OK && answer.status == 201)
        count_receipt(pos, answer.body, true);
    else if (error == ERR_OK)
        refuse(pos, "return", visit, &answer);
    json_decref(answer.body);
    json_decref(body);
    return error;
}

/* Goods without an earlier receipt. */
static enum err serve_unverified_return(struct pos *pos, const struct visit *visit)
{
    json_t *body = json_pack("{s:n, s:s, s:s, s:o}", "original", "reason", "brought back", "operator",
                             pos->name, "lines", lines_to_json(visit, visit->line_count));
    if (visit->shopper->kind != NULL)
        add_card(pos, visit, body);
    pos->summary.scans += visit->shopper->kind != NULL ? 1 : 0;
    pos->summary.lines += visit->line_count;
    return send_return(pos, visit, body, "return");
}

/* Somebody brings back one line of a receipt of before. */
static enum err bring_back(struct pos *pos, const struct visit *visit)
{
    size_t index = seeded_below(&pos->seeded, (uint32_t)pos->recent_count);
    struct recent recent = pos->recent[index];
    pos->recent[index] = pos->recent[--pos->recent_count];
    int64_t quantity_milli = recent.is_weighed ? recent.quantity_milli : 1000;
    json_t *body = json_pack("{s:o, s:s, s:s, s:[{s:i, s:o}]}", "original", recent.receipt, "reason",
                             "damaged", "operator", pos->name, "lines", "line", (int)recent.line, "quantity",
                             decimal(quantity_milli, 3, 0));
    return send_return(pos, visit, body, "bring-back");
}

enum err pos_serve(struct pos *pos, const struct visit *visit)
{
    pos->summary.visits++;
    if (visit->kind == VISIT_RETURN)
        return serve_unverified_return(pos, visit);
    TRY(serve_sale(pos, visit));
    if (pos->recent_count > 0 && seeded_chance(&pos->seeded, pos->return_percent))
        return bring_back(pos, visit);
    return ERR_OK;
}
