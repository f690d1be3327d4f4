/* SPDX-License-Identifier: Apache-2.0 */
#include "card/gs1.h"

#include "card/check_digit.h"

#define VALUE_SIZE_MAX 90 /* of any element */

/* How long an application identifier is, by its first two digits, and, where the value's size is fixed for all of them (General
 * Specifications figure 7.8.5-2), how long that is. */
static const struct ai_range {
    uint8_t first;
    uint8_t last;
    uint8_t ai_size;
    uint8_t value_size; /* 0: up to a separator */
} AI_RANGES[] = {
    {0, 0, 2, 18},  {1, 3, 2, 14},   {4, 4, 2, 16},  {10, 10, 2, 0}, {11, 19, 2, 6}, {20, 20, 2, 2},
    {21, 22, 2, 0}, {23, 25, 3, 0},  {30, 30, 2, 0}, {31, 36, 4, 6}, {37, 37, 2, 0}, {39, 39, 4, 0},
    {40, 40, 3, 0}, {41, 41, 3, 13}, {42, 42, 3, 0}, {43, 43, 4, 0}, {70, 70, 4, 0}, {71, 71, 3, 0},
    {72, 72, 4, 0}, {80, 82, 4, 0},  {90, 99, 2, 0},
};

enum role {
    ROLE_OTHER = 0,
    ROLE_MEMBER = 1,
    ROLE_PROVIDER = 2,
    ROLE_INSTANCE = 4, /* of a relation of service: the key stays the member's */
    ROLE_COUPON = 8,
    ROLE_GCN = 16,
    ROLE_POINTS = 32 /* that a coupon gives */
};

/* A coupon out of a positive offer file: format | VLI, funder (VLI + 6) | offer (6) | VLI, serial (VLI + 6). */
static bool is_digital_coupon(struct span value)
{
    if (value.size < 2 || value.bytes[0] > '1' || value.bytes[1] > '6')
        return false;
    size_t serial = 2 + (size_t)(value.bytes[1] - '0') + 6 + 6; /* where its VLI is */
    return serial < value.size && value.size == serial + 1 + (size_t)(value.bytes[serial] - '0') + 6;
}

/* The elements whose meaning matters, in digits alone. */
static const struct element_row {
    const char *ai;
    uint8_t size_min; /* with the check digit as the last of them */
    uint8_t size_max;
    bool has_check;
    uint8_t roles;
    bool (*is_valid)(struct span value); /* or NULL */
} ELEMENTS[] = {
    {"00", 18, 18, true, ROLE_OTHER, NULL},
    {"01", 14, 14, true, ROLE_OTHER, NULL},
    {"414", 13, 13, true, ROLE_OTHER, NULL},
    {"417", 13, 13, true, ROLE_OTHER, NULL},
    {"255", 13, 25, true, ROLE_COUPON | ROLE_GCN, NULL},
    {"8017", 18, 18, true, ROLE_PROVIDER, NULL},
    {"8018", 18, 18, true, ROLE_MEMBER, NULL},
    {"8019", 1, 10, false, ROLE_INSTANCE, NULL},
    {"8100", 6, 6, false, ROLE_COUPON, NULL}, /* 8100 to 8102: North America's coupons beside a UPC */
    {"8101", 10, 10, false, ROLE_COUPON, NULL},
    {"8102", 2, 2, false, ROLE_COUPON, NULL},
    {"8110", 21, 70, false, ROLE_COUPON, NULL}, /* 21: the shortest of its fields, each at its least */
    {"8111", 4, 4, false, ROLE_POINTS, NULL},
    {"8112", 21, 70, false, ROLE_COUPON, is_digital_coupon},
};

struct element {
    struct span ai;
    struct span value;
};

static bool are_digits(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
    return true;
}

static const struct ai_range *find_range(struct span elements)
{
    if (elements.size < 2 || !are_digits(span_of(elements.bytes, 2)))
        return NULL;
    unsigned head = (unsigned)(elements.bytes[0] - '0') * 10 + (unsigned)(elements.bytes[1] - '0');
    for (size_t i = 0; i < COUNT_OF(AI_RANGES); i++)
        if (head >= AI_RANGES[i].first && head <= AI_RANGES[i].last)
            return &AI_RANGES[i];
    return NULL;
}

static const struct element_row *find_row(struct span ai)
{
    for (size_t i = 0; i < COUNT_OF(ELEMENTS); i++)
        if (span_is_equal(ai, span_of_text(ELEMENTS[i].ai)))
            return &ELEMENTS[i];
    return NULL;
}

bool card_gs1_begins(struct span elements)
{
    const struct ai_range *range = find_range(elements);
    return range != NULL && elements.size > range->ai_size &&
           are_digits(span_of(elements.bytes, range->ai_size));
}

static bool is_separator(uint8_t c, uint8_t separator)
{
    return c == CARD_GS1_SEPARATOR || (separator != 0 && c == separator);
}

static void skip_separators(struct span *rest, uint8_t separator)
{
    while (rest->size > 0 && is_separator(rest->bytes[0], separator))
        *rest = span_of(rest->bytes + 1, rest->size - 1);
}

/* How much of `rest` is the value: of fixed size, or up to a separator. */
static enum err measure(struct span rest, size_t fixed, uint8_t separator, size_t *out)
{
    size_t size = 0;
    while (size < rest.size && (fixed == 0 || size < fixed) && !is_separator(rest.bytes[size], separator))
        size++;
    if (size < fixed || size == 0)
        return ERR_TRUNCATED;
    *out = size;
    return size > VALUE_SIZE_MAX ? ERR_TOO_LONG : ERR_OK;
}

static enum err take_element(struct span *rest, uint8_t separator, struct element *out)
{
    if (!card_gs1_begins(*rest))
        return ERR_SYNTAX;
    const struct ai_range *range = find_range(*rest);
    out->ai = span_of(rest->bytes, range->ai_size);
    *rest = span_of(rest->bytes + range->ai_size, rest->size - range->ai_size);
    const struct element_row *row = find_row(out->ai);
    bool is_fixed = row != NULL && row->size_min == row->size_max;
    size_t size = 0;
    TRY(measure(*rest, is_fixed ? row->size_min : range->value_size, separator, &size));
    out->value = span_of(rest->bytes, size);
    *rest = span_of(rest->bytes + size, rest->size - size);
    skip_separators(rest, separator);
    return ERR_OK;
}

static enum err check_element(const struct element_row *row, struct span value)
{
    if (value.size < row->size_min)
        return ERR_TRUNCATED;
    if (value.size > row->size_max)
        return ERR_TOO_LONG;
    if (!are_digits(value) || (row->is_valid != NULL && !row->is_valid(value)))
        return ERR_SYNTAX;
    bool holds = !row->has_check || card_check_gs1_holds(span_of(value.bytes, row->size_min));
    return holds ? ERR_OK : ERR_CHECKSUM;
}

/* 8017 and 8018 exclude each other; 8019 and 8111 say more about another element. */
static enum err judge(unsigned roles)
{
    unsigned relation = roles & (ROLE_MEMBER | ROLE_PROVIDER);
    if (relation == (ROLE_MEMBER | ROLE_PROVIDER) || ((roles & ROLE_INSTANCE) != 0 && relation == 0) ||
        ((roles & ROLE_POINTS) != 0 && (roles & ROLE_GCN) == 0))
        return ERR_SYNTAX;
    if ((roles & ROLE_MEMBER) != 0)
        return ERR_OK;
    return (roles & ROLE_COUPON) != 0 ? ERR_STATE : ERR_UNSUPPORTED;
}

enum err card_gs1_find_member(struct span elements, uint8_t separator, char out_gsrn[CARD_GSRN_SIZE])
{
    unsigned roles = 0;
    struct span member = span_of(NULL, 0);
    skip_separators(&elements, separator);
    if (elements.size == 0)
        return ERR_TRUNCATED;
    while (elements.size > 0) {
        struct element element;
        TRY(take_element(&elements, separator, &element));
        const struct element_row *row = find_row(element.ai);
        if (row == NULL)
            continue;
        TRY(check_element(row, element.value));
        roles |= row->roles;
        if (row->roles != ROLE_MEMBER)
            continue;
        if (member.size > 0 && !span_is_equal(member, element.value))
            return ERR_CONFLICT;
        member = element.value;
    }
    TRY(judge(roles));
    memcpy(out_gsrn, member.bytes, CARD_GSRN_SIZE);
    return ERR_OK;
}
