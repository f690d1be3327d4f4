/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of wallets that come from elsewhere, checked. Apart from the protocols, as the agent checks and never speaks
 * them. */
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
