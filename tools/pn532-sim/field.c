/* SPDX-License-Identifier: Apache-2.0 */
#include "pn532-sim/field.h"

#include "pn532-sim/isodep.h"

static void power_off(struct pn532_card *card)
{
    if (card->tech->power_off != NULL)
        card->tech->power_off(card);
    pn532_isodep_leave(card);
    card->state = PN532_CARD_UNPOWERED;
    card->was_halted = false;
}

static bool holds_uid(const struct pn532_field *field, const struct pn532_card *card, size_t except)
{
    for (size_t i = 0; i < PN532_SLOT_COUNT; i++) {
        const struct pn532_slot *slot = &field->slots[i];
        if (i != except && slot->is_taken &&
            span_is_equal(span_of(slot->card.uid, slot->card.uid_size), span_of(card->uid, card->uid_size)))
            return true;
    }
    return false;
}

enum err pn532_field_swap(struct pn532_field *field, size_t slot, const struct pn532_card *card,
                          uint64_t now_mono_us)
{
    KASSA_ASSERT(slot < PN532_SLOT_COUNT);
    if (holds_uid(field, card, slot))
        return ERR_EXISTS;
    field->slots[slot] = (struct pn532_slot){
        .is_taken = true,
        .link = ++field->link_last,
        .order = ++field->order_last,
        .card = *card,
        .presented_mono_us = now_mono_us,
    };
    field->slots[slot].card.state = field->is_on ? PN532_CARD_IDLE : PN532_CARD_UNPOWERED;
    return ERR_OK;
}

enum err pn532_field_present(struct pn532_field *field, size_t slot, const struct pn532_card *card,
                             uint64_t now_mono_us)
{
    KASSA_ASSERT(slot < PN532_SLOT_COUNT);
    if (field->slots[slot].is_taken)
        return ERR_EXISTS;
    return pn532_field_swap(field, slot, card, now_mono_us);
}

bool pn532_field_remove(struct pn532_field *field, size_t slot)
{
    KASSA_ASSERT(slot < PN532_SLOT_COUNT);
    bool was_taken = field->slots[slot].is_taken;
    field->slots[slot] = (struct pn532_slot){.is_taken = false};
    return was_taken;
}

void pn532_field_switch(struct pn532_field *field, bool is_on)
{
    if (field->is_on == is_on)
        return;
    field->is_on = is_on;
    for (size_t i = 0; i < PN532_SLOT_COUNT; i++) {
        struct pn532_slot *slot = &field->slots[i];
        if (!slot->is_taken)
            continue;
        if (is_on)
            slot->card.state = PN532_CARD_IDLE;
        else
            power_off(&slot->card);
    }
}

void pn532_field_drop(struct pn532_slot *slot)
{
    struct pn532_card *card = &slot->card;
    if (card->state != PN532_CARD_ACTIVE || card->layer_4.is_entered)
        return;
    card->state = card->was_halted ? PN532_CARD_HALT : PN532_CARD_IDLE;
    card->opened = false;
}

static struct pn532_slot *first_in_state(struct pn532_field *field, enum pn532_card_state state,
                                         struct span uid)
{
    struct pn532_slot *first = NULL;
    for (size_t i = 0; i < PN532_SLOT_COUNT; i++) {
        struct pn532_slot *slot = &field->slots[i];
        if (!slot->is_taken || slot->card.state != state || slot->card.is_asleep)
            continue;
        if (uid.size != 0 && !span_is_equal(uid, span_of(slot->card.uid, slot->card.uid_size)))
            continue;
        if (first == NULL || slot->order < first->order)
            first = slot;
    }
    return first;
}

struct pn532_slot *pn532_field_active(struct pn532_field *field)
{
    struct pn532_slot *slot = pn532_field_find(field, field->link_active);
    return field->is_on && slot != NULL && slot->card.state == PN532_CARD_ACTIVE ? slot : NULL;
}

struct pn532_slot *pn532_field_select(struct pn532_field *field, struct span uid)
{
    if (!field->is_on)
        return NULL;
    struct pn532_slot *active = pn532_field_active(field);
    if (active != NULL)
        pn532_field_drop(active);
    struct pn532_slot *found = first_in_state(field, PN532_CARD_IDLE, uid);
    bool was_halted = found == NULL;
    if (found == NULL)
        found = first_in_state(field, PN532_CARD_HALT, uid);
    if (found == NULL)
        return NULL;
    found->card.state = PN532_CARD_ACTIVE;
    found->card.was_halted = was_halted;
    field->link_active = found->link;
    return found;
}

struct pn532_slot *pn532_field_find(struct pn532_field *field, uint32_t link)
{
    for (size_t i = 0; i < PN532_SLOT_COUNT; i++)
        if (field->slots[i].is_taken && field->slots[i].link == link)
            return &field->slots[i];
    return NULL;
}

void pn532_field_halt(struct pn532_field *field, struct pn532_slot *slot)
{
    if (slot->card.state != PN532_CARD_ACTIVE)
        return;
    pn532_isodep_leave(&slot->card);
    slot->card.state = PN532_CARD_HALT;
    slot->card.opened = false;
    slot->order = ++field->order_last;
}

static enum pn532_air exchange_block(struct pn532_field *field, struct pn532_slot *slot, struct span frame,
                                     struct pn532_answer *answer)
{
    bool was_entered = slot->card.layer_4.is_entered;
    enum pn532_air air = pn532_isodep_exchange(&slot->card, frame, answer);
    if (was_entered && !slot->card.layer_4.is_entered)
        pn532_field_halt(field, slot);
    return air;
}

void pn532_field_hear(struct pn532_field *field, struct span frame)
{
    for (size_t i = 0; field->is_on && i < PN532_SLOT_COUNT; i++) {
        struct pn532_slot *slot = &field->slots[i];
        if (slot->is_taken && slot->card.tech->hear != NULL)
            slot->card.tech->hear(&slot->card, frame);
    }
}

enum pn532_air pn532_field_exchange(struct pn532_field *field, struct span frame, struct pn532_answer *answer)
{
    static const uint8_t hlta[] = {0x50, 0x00};
    struct pn532_slot *slot = pn532_field_active(field);
    answer->size = 0;
    if (slot == NULL || frame.size == 0)
        return PN532_AIR_SILENCE;
    bool is_layer_4 = slot->card.layer_4.is_entered;
    if (!is_layer_4 && span_is_equal(frame, span_of(hlta, sizeof(hlta)))) {
        pn532_field_halt(field, slot);
        return PN532_AIR_SILENCE;
    }
    slot->exchange_count++;
    if (is_layer_4 || slot->card.tech->transmit != NULL)
        return exchange_block(field, slot, frame, answer);
    enum pn532_air air = slot->card.tech->exchange(&slot->card, frame, answer);
    if (air == PN532_AIR_NAK)
        pn532_field_drop(slot);
    return air;
}
