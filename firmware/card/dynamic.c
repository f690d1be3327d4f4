/* SPDX-License-Identifier: Apache-2.0 */
#include "card/dynamic.h"

#include "card/card.h"
#include "vault/agree.h"
#include "vault/vault.h"

static const char PURPOSE[] = "kassa dynamic 1:";
#define PURPOSE_SIZE (sizeof PURPOSE - 1)

static void wipe_key(uint8_t (*key)[HASH_SIZE])
{
    vault_wipe(*key, sizeof(*key));
}

enum err card_dynamic_key(const uint8_t programme_key[HASH_SIZE], struct span number, uint8_t out[HASH_SIZE])
{
    uint8_t text[PURPOSE_SIZE + CARD_NUMBER_SIZE_MAX];
    if (number.size == 0 || number.size > CARD_NUMBER_SIZE_MAX)
        return ERR_SYNTAX;
    memcpy(text, PURPOSE, PURPOSE_SIZE);
    memcpy(text + PURPOSE_SIZE, number.bytes, number.size);
    return vault_mac(span_of(programme_key, HASH_SIZE), span_of(text, PURPOSE_SIZE + number.size), out);
}

/* RFC 4226 5.3: the last four bits of the MAC say where in it the 31 bits stand. */
static uint32_t truncate_mac(const uint8_t mac[HASH_SIZE])
{
    const uint8_t *at = mac + (mac[HASH_SIZE - 1] & 0x0F);
    return (uint32_t)(at[0] & 0x7F) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

enum err card_dynamic_make(const uint8_t member_key[HASH_SIZE], uint64_t step, struct card_dynamic_code *out)
{
    uint8_t counter[8];
    uint8_t mac[HASH_SIZE];
    for (size_t i = 0; i < sizeof counter; i++)
        counter[i] = (uint8_t)(step >> (8 * (sizeof counter - 1 - i)));
    TRY(vault_mac(span_of(member_key, HASH_SIZE), span_of(counter, sizeof counter), mac));
    uint32_t code = truncate_mac(mac);
    for (size_t i = CARD_DYNAMIC_DIGITS; i-- > 0; code /= 10)
        out->digits[i] = (char)('0' + code % 10);
    out->digits[CARD_DYNAMIC_DIGITS] = '\0';
    memcpy(out->about, mac, sizeof out->about);
    return ERR_OK;
}

static bool are_digits(struct span text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < '0' || text.bytes[i] > '9')
            return false;
    return true;
}

/* In the same time wherever the two differ. */
static bool is_code(const struct card_dynamic_code *code, struct span digits)
{
    unsigned difference = 0;
    for (size_t i = 0; i < CARD_DYNAMIC_DIGITS; i++)
        difference |= (unsigned)(uint8_t)code->digits[i] ^ digits.bytes[i];
    return difference == 0;
}

enum err card_dynamic_check(const struct card_dynamic_settings *settings, struct span number,
                            struct span digits, uint64_t now_unix_s, struct reader_freshness *out)
{
    uint8_t key[HASH_SIZE] CLEANUP(wipe_key);
    if (!settings->has_key)
        return ERR_UNSUPPORTED;
    if (digits.size != CARD_DYNAMIC_DIGITS || !are_digits(digits))
        return ERR_SYNTAX;
    TRY(card_dynamic_key(settings->key, number, key));
    uint64_t now = now_unix_s / CARD_DYNAMIC_STEP_S;
    uint64_t window = settings->window_steps;
    uint64_t first = now > window ? now - window : 0;
    for (uint64_t step = first; step <= now + window; step++) {
        struct card_dynamic_code code;
        TRY(card_dynamic_make(key, step, &code));
        if (!is_code(&code, digits))
            continue;
        *out = (struct reader_freshness){.kind = READER_FRESH_TIME, .value = step * CARD_DYNAMIC_STEP_S};
        memcpy(out->about, code.about, sizeof out->about);
        return ERR_OK;
    }
    return ERR_SIGNATURE;
}
