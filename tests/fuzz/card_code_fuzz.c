/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a scanner sends, as one code or several: an error and nothing else, or a member whose number is no payment card's, by a technology
 * that is taken. The first byte chooses the rules. */
#include <stdlib.h>

#include "base/pan.h"
#include "card/code.h"
#include "card/gs1.h"
#include "vault/vault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void try_gs1(struct span bytes)
{
    char gsrn[CARD_GSRN_SIZE];
    if (card_gs1_find_member(bytes, '^', gsrn) == ERR_OK || card_gs1_link_find_member(bytes, gsrn) == ERR_OK)
        for (size_t i = 0; i < sizeof gsrn; i++)
            expect(gsrn[i] >= '0' && gsrn[i] <= '9');
}

static bool is_digits(const char *text)
{
    return text[strspn(text, "0123456789")] == '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || vault_open() != ERR_OK)
        return 0;
    struct card_number_rules numbers = card_number_rules_default();
    struct card_code_settings settings = card_code_settings_default();
    struct card_links links = {.count = 2, .heads = {"loyalty.example/c/", "id.club.example/"}};
    numbers.check = (enum card_check)(data[0] % 3);
    settings.taken = data[0] >= 128 ? settings.taken | 1U << READER_DYNAMIC : 1U << READER_BARCODE;
    settings.separator = '^';
    settings.dynamic.has_key = true;
    const struct card_code_rules rules = {&numbers, &settings, &links, 1800000000};
    struct card_identity identity = {.text = "untouched"};
    struct span rest = span_of(data + 1, size - 1);
    try_gs1(rest);
    if (card_read_code(rest, &rules, &identity) != ERR_OK) {
        expect(strcmp(identity.text, "untouched") == 0);
        return 0;
    }
    const char *number = identity.text + 4;
    expect(card_text_is_valid(span_of_text(identity.text)) && memcmp(identity.text, "num:", 4) == 0);
    expect((settings.taken & 1U << identity.technology) != 0);
    expect(!is_digits(number) || !pan_is(span_of_text(number)));
    expect((identity.technology == READER_DYNAMIC) == (identity.freshness.kind == READER_FRESH_TIME));
    return 0;
}
