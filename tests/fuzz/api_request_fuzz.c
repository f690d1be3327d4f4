/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever body comes to the API: it is read whole, or refused with a sentence. The first byte says to which
 * route it comes. */
#include "card/code.h"
#include "faces/api/api.h"
#include "faces/api/requests.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct room {
    struct till_settings settings;
    struct api_world world;
    struct request_rules rules;
    struct till_basket basket;
    struct till_return back;
    kassa_Line lines[LINES_MAX];
    struct till_line_back backs[LINES_MAX];
    char coupons[TILL_COUPONS_MAX][COUPON_CODE_MAX + 1];
    union {
        struct request_commit commit;
        struct till_void voided;
        struct request_card card;
        struct request_enrol enrol;
        kassa_ConsentChanged consent;
        kassa_OfferAnswered offer_answer;
        kassa_AnswerGiven answer;
        struct request_gift gift;
        struct request_coupon coupon;
        struct request_named named;
        int64_t points;
    } small;
};

/* As a till without a programme's file does, but with links. */
static enum err read_code(void *self, struct span text, struct card_identity *out)
{
    const struct room *room = self;
    struct card_code_settings settings = card_code_settings_default();
    static const struct card_links links = {.count = 1, .heads = {"loyalty.example/c/"}};
    settings.separator = '^';
    const struct card_code_rules rules = {
        .numbers = &room->settings.numbers, .settings = &settings, .links = &links};
    return card_read_code(text, &rules, out);
}

static enum err read_basket(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    room->basket = (struct till_basket){
        .lines = room->lines, .exchange = {.back = room->backs}, .coupons = room->coupons};
    enum err error = request_read_basket(json, &room->rules, &room->basket, refusal);
    KASSA_ASSERT(error != ERR_OK || room->basket.line_count <= LINES_MAX);
    for (size_t i = 0; error == ERR_OK && i < room->basket.line_count; i++)
        KASSA_ASSERT(room->lines[i].categories_count <= CATEGORIES_PER_LINE_MAX);
    return error;
}

static enum err read_return(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    room->back = (struct till_return){.lines = room->lines, .back = room->backs};
    enum err error = request_read_return(json, &room->rules, &room->back, refusal);
    KASSA_ASSERT(error != ERR_OK || room->back.tenders.rest <= room->back.tenders.count);
    return error;
}

static enum err read_commit(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    enum err error = request_read_commit(json, &room->settings, &room->small.commit, refusal);
    KASSA_ASSERT(error != ERR_OK || room->small.commit.tenders.count <= TENDERS_MAX);
    return error;
}

static enum err read_void(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    return request_read_void(json, &room->small.voided, refusal);
}

static enum err read_card(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    enum err error = request_read_card(json, &room->rules, "card.", &room->small.card, refusal);
    KASSA_ASSERT(error != ERR_OK || card_text_is_valid(span_of_text(room->small.card.text)));
    return error;
}

static enum err read_enrol(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    return request_read_enrol(json, &room->rules, &room->small.enrol, refusal);
}

static enum err read_consent(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    return request_read_consent(json, &room->small.consent, refusal);
}

static enum err read_offer_answer(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    return request_read_offer_answer(json, &room->small.offer_answer, refusal);
}

static enum err read_answer(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    return request_read_answer(json, &room->small.answer, refusal);
}

static enum err read_gift(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    enum err error = request_read_gift(json, &room->settings.numbers, &room->small.gift, refusal);
    KASSA_ASSERT(error != ERR_OK || card_text_is_valid(span_of_text(room->small.gift.code)));
    return error;
}

static enum err read_burn(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    return request_read_burn(json, &room->small.points, refusal);
}

static enum err read_coupon(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    return request_read_coupon(json, &room->small.coupon, refusal);
}

static enum err read_named(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    return request_read_named(json, &room->small.named, refusal);
}

static enum err read_reserve(const json_t *json, struct room *room, struct till_refusal *refusal)
{
    return request_read_reserve(json, &room->settings, &room->small.commit, refusal);
}

/* A text without digits, as long as an API's names are. */
static enum err name_anew(void *self, struct span text, char out[API_NAME_SIZE])
{
    (void)self;
    (void)text;
    memset(out, 'n', API_NAME_SIZE - 1);
    out[API_NAME_SIZE - 1] = '\0';
    return ERR_OK;
}

/* Once the numbers of payment cards are hidden, there is nothing more to hide. */
static enum err hide(json_t *json, struct till_refusal *refusal)
{
    static const struct api_world world = {.name_anew = name_anew};
    TRY(request_hide_payment_cards(json, &world, refusal));
    json_t *hidden = json_deep_copy(json);
    KASSA_ASSERT(request_hide_payment_cards(json, &world, refusal) == ERR_OK &&
                 json_equal(json, hidden) != 0);
    json_decref(hidden);
    return ERR_OK;
}

typedef enum err reading(const json_t *json, struct room *room, struct till_refusal *refusal);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static reading *const readings[] = {read_basket, read_return,  read_commit,       read_void,   read_card,
                                        read_enrol,  read_consent, read_offer_answer, read_answer, read_gift,
                                        read_burn,   read_coupon,  read_named,        read_reserve};
    static struct room room;
    json_t *json = NULL;
    struct till_refusal refusal = {0};
    if (size == 0)
        return 0;
    room.settings.numbers = card_number_rules_default();
    room.world = (struct api_world){.self = &room, .read_code = read_code};
    room.rules = (struct request_rules){&room.settings, &room.world, false};
    enum err error = request_parse(span_of(data + 1, size - 1), &json, &refusal);
    if (error == ERR_OK)
        error = hide(json, &refusal);
    if (error == ERR_OK)
        error = readings[data[0] % COUNT_OF(readings)](json, &room, &refusal);
    KASSA_ASSERT(error == ERR_OK || refusal.reason[0] != '\0');
    json_decref(json);
    return 0;
}
