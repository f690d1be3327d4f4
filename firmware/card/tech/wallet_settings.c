/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of wallets, made and checked. Apart from the protocols, as the agent holds them and never speaks those. */
#include "card/tech/smart_tap.h"
#include "card/tech/vas.h"

static bool ends(const char *text, size_t capacity)
{
    return memchr(text, '\0', capacity) != NULL;
}

static bool want_is_sound(const struct card_vas_want *want)
{
    if (!ends(want->pass_type_id, sizeof want->pass_type_id) || !ends(want->url, sizeof want->url) ||
        want->key_count > CARD_VAS_KEYS_MAX)
        return false;
    return want->is_url_only ? want->url[0] != '\0' : want->pass_type_id[0] != '\0';
}

enum err card_vas_check(const struct card_vas_settings *settings)
{
    if ((unsigned)settings->mode >= CARD_VAS_MODE_COUNT || settings->want_count > CARD_VAS_WANTS_MAX)
        return ERR_SYNTAX;
    for (size_t i = 0; i < settings->want_count; i++)
        if (!want_is_sound(&settings->wants[i]))
            return ERR_SYNTAX;
    return ERR_OK;
}

enum err card_smart_tap_check(const struct card_smart_tap_settings *settings)
{
    return settings->type_count <= CARD_SMART_TAP_TYPES_MAX ? ERR_OK : ERR_SYNTAX;
}

enum err card_vas_key_make(const uint8_t private_key[VAULT_PRIVATE_SIZE], struct card_vas_key *out)
{
    uint8_t public_key[VAULT_PUBLIC_SIZE];
    uint8_t hash[HASH_SIZE];
    TRY(vault_public_key_of(private_key, public_key));
    TRY(vault_sha256(span_of(public_key + 1, 32), hash));
    memcpy(out->private_key, private_key, VAULT_PRIVATE_SIZE);
    memcpy(out->id, hash, sizeof(out->id));
    return ERR_OK;
}
