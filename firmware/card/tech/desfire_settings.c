/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of DESFire cards, checked. Apart from the protocol, as the agent holds them and never speaks it. */
#include "card/tech/desfire.h"

static bool name_is_sound(const struct card_desfire_settings *settings)
{
    return settings->name_size == 0 || settings->name_size == CARD_DESFIRE_AID_SIZE ||
           (settings->name_size >= 5 && settings->name_size <= CARD_DESFIRE_NAME_MAX);
}

/* Without a size it is left out. */
static bool place_is_sound(const struct card_place *place)
{
    return place->size <= CARD_PLACE_SIZE_MAX && place->form < CARD_PLACE_FORM_COUNT;
}

static bool key_is_sound(const struct card_key *key)
{
    return key->diversify < CARD_DIVERSIFY_COUNT && key->input_size <= CARD_KEY_INPUT_MAX;
}

enum err card_desfire_check(const struct card_desfire_settings *settings)
{
    bool is_sound =
        name_is_sound(settings) && place_is_sound(&settings->place) &&
        settings->scheme < CARD_DESFIRE_SCHEME_COUNT && settings->mode < CARD_DESFIRE_MODE_COUNT &&
        settings->identity < CARD_DESFIRE_BY_COUNT && settings->file <= CARD_DESFIRE_FILE_LAST &&
        settings->key_number <= CARD_DESFIRE_KEY_LAST && settings->uid_key_number <= CARD_DESFIRE_KEY_LAST &&
        settings->key_count <= CARD_DESFIRE_KEYS_MAX;
    for (size_t i = 0; is_sound && i < settings->key_count; i++)
        is_sound = key_is_sound(&settings->keys[i]);
    return is_sound ? ERR_OK : ERR_SYNTAX;
}
