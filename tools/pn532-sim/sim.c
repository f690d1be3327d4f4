/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/hex.h"
#include "pn532-sim/commands.h"
#include "pn532-sim/sim.h"

void pn532_sim_put(struct pn532_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof(text->text) - text->size;
    int size = vsnprintf(text->text + text->size, room, format, arguments);
    va_end(arguments);
    KASSA_ASSERT(size >= 0 && (size_t)size < room);
    text->size += (size_t)size;
}

void pn532_sim_init(struct pn532_sim *sim, uint32_t baud)
{
    *sim = (struct pn532_sim){.is_plugged = true};
    pn532_chip_init(&sim->chip, &sim->field, baud);
}

static void put_traffic(struct pn532_text *answer, const struct pn532_traffic *now,
                        const struct pn532_slot *slot)
{
    const struct pn532_traffic *before = slot->selected_mono_us != 0 ? &slot->before : now;
    pn532_sim_put(answer,
                  " commands=%" PRIu64 " line_bytes=%" PRIu64 " air_frames=%" PRIu64 " air_bytes=%" PRIu64,
                  now->commands - before->commands, now->line_bytes - before->line_bytes,
                  now->air_frames - before->air_frames, now->air_bytes - before->air_bytes);
}

static void put_card(struct pn532_text *answer, const struct pn532_sim *sim, size_t index)
{
    static const char *const states[] = {[PN532_CARD_UNPOWERED] = "unpowered",
                                         [PN532_CARD_IDLE] = "idle",
                                         [PN532_CARD_ACTIVE] = "active",
                                         [PN532_CARD_HALT] = "halt"};
    const struct pn532_slot *slot = &sim->field.slots[index];
    const struct pn532_card *card = &slot->card;
    char uid[2 * PN532_UID_SIZE_MAX + 1];
    hex_write(span_of(card->uid, card->uid_size), uid);
    pn532_sim_put(answer, "slot=%zu card=%s uid=%s atqa=%02x%02x sak=%02x state=%s", index, card->tech->name,
                  uid, card->atqa[0], card->atqa[1], card->sak, states[card->state]);
    pn532_sim_put(answer, " seen=%d presented_mono_us=%" PRIu64 " selected_mono_us=%" PRIu64, slot->is_seen,
                  slot->presented_mono_us, slot->selected_mono_us);
    pn532_sim_put(answer,
                  " select_sim_us=%" PRIu64 " sim_us=%" PRIu64 " selects=%" PRIu64 " exchanges=%" PRIu64,
                  slot->select_busy_us, slot->busy_us, slot->select_count, slot->exchange_count);
    put_traffic(answer, &sim->chip.traffic, slot);
}

static void answer_list(const struct pn532_sim *sim, struct pn532_text *answer)
{
    size_t count = 0;
    for (size_t i = 0; i < PN532_SLOT_COUNT; i++)
        count += sim->field.slots[i].is_taken;
    pn532_sim_put(answer, "ok plugged=%d field=%d cards=%zu", sim->is_plugged, sim->field.is_on, count);
    for (size_t i = 0; i < PN532_SLOT_COUNT; i++) {
        if (!sim->field.slots[i].is_taken)
            continue;
        pn532_sim_put(answer, " ; ");
        put_card(answer, sim, i);
    }
}

static void answer_stats(const struct pn532_sim *sim, struct pn532_text *answer)
{
    const struct pn532_stats *stats = &sim->chip.stats;
    pn532_sim_put(answer,
                  "ok commands=%" PRIu64 " replies=%" PRIu64 " errors=%" PRIu64 " aborts=%" PRIu64
                  " nacks=%" PRIu64 " bad_frames=%" PRIu64 " spoilt=%" PRIu64,
                  stats->command_count, stats->reply_count, stats->error_count, stats->abort_count,
                  stats->nack_count, stats->bad_frame_count, stats->spoilt_count);
    pn532_sim_put(answer, " polls=%" PRIu64 " taps=%" PRIu64 " sim_us=%" PRIu64, stats->poll_count,
                  stats->tap_count, stats->busy_us);
    pn532_sim_put(answer,
                  " select_sim_us_last=%" PRIu64 " select_sim_us_max=%" PRIu64 " select_sim_us_sum=%" PRIu64,
                  stats->select_busy_us_last, stats->select_busy_us_max, stats->select_busy_us_sum);
    for (const struct pn532_command *command = pn532_commands(); command->name != NULL; command++)
        if (stats->by_code[command->code] != 0)
            pn532_sim_put(answer, " %s=%" PRIu64, command->name, stats->by_code[command->code]);
}

static void answer_help(struct pn532_text *answer)
{
    pn532_sim_put(answer, "ok");
    for (size_t i = 0; pn532_order_usage(i) != NULL; i++)
        pn532_sim_put(answer, "%s %s", i > 0 ? " ;" : "", pn532_order_usage(i));
    for (const struct pn532_fault_kind *kind = pn532_fault_kinds(); kind->name != NULL; kind++)
        pn532_sim_put(answer, " ; fault %s: %s", kind->name, kind->help);
    for (const struct pn532_tech *tech = pn532_techs(); tech->name != NULL; tech++)
        pn532_sim_put(answer, " ; card %s %s", tech->name, tech->help);
}

static void answer_dump(const struct pn532_sim *sim, size_t index, struct pn532_text *answer)
{
    const struct pn532_slot *slot = &sim->field.slots[index];
    char hex[2 * PN532_MEMORY_SIZE_MAX + 1];
    if (!slot->is_taken) {
        pn532_sim_put(answer, "error no card lies in slot %zu", index);
        return;
    }
    hex_write(span_of(slot->card.memory, slot->card.memory_size), hex);
    pn532_sim_put(answer, "ok %s", hex);
}

static void lay_down(struct pn532_sim *sim, const struct pn532_order *order, uint64_t now_mono_us,
                     struct pn532_text *answer)
{
    enum err error = order->verb == PN532_VERB_SWAP
                         ? pn532_field_swap(&sim->field, order->slot, &order->card, now_mono_us)
                         : pn532_field_present(&sim->field, order->slot, &order->card, now_mono_us);
    if (error != ERR_OK) {
        pn532_sim_put(answer, "error slot %u is taken, or a card of that UID lies there already",
                      order->slot);
        return;
    }
    pn532_chip_tick(&sim->chip, now_mono_us);
    pn532_sim_put(answer, "ok ");
    put_card(answer, sim, order->slot);
}

static void take_away(struct pn532_sim *sim, const struct pn532_order *order, struct pn532_text *answer)
{
    size_t count = 0;
    for (size_t i = 0; i < PN532_SLOT_COUNT; i++)
        if (order->verb == PN532_VERB_REMOVE_ALL || i == order->slot)
            count += pn532_field_remove(&sim->field, i);
    if (count == 0 && order->verb == PN532_VERB_REMOVE)
        pn532_sim_put(answer, "error no card lies in slot %u", order->slot);
    else
        pn532_sim_put(answer, "ok removed=%zu", count);
}

static void add_fault(struct pn532_sim *sim, const struct pn532_order *order, struct pn532_text *answer)
{
    struct pn532_faults *faults = &sim->chip.faults;
    if (order->verb == PN532_VERB_GARBAGE)
        faults->count = 0;
    if (pn532_faults_add(faults, &order->fault) != ERR_OK)
        pn532_sim_put(answer, "error %u faults are under way, and no more can be", PN532_FAULT_COUNT_MAX);
    else
        pn532_sim_put(answer, "ok");
}

static void set_plugged(struct pn532_sim *sim, bool is_plugged)
{
    sim->is_plugged = is_plugged;
    pn532_chip_reset(&sim->chip);
}

void pn532_sim_unplug(struct pn532_sim *sim)
{
    set_plugged(sim, false);
}

static void turn_plug(struct pn532_sim *sim, bool is_plugged, struct pn532_text *answer)
{
    if (sim->is_plugged == is_plugged) {
        pn532_sim_put(answer, "error it is %s already", is_plugged ? "plugged in" : "unplugged");
        return;
    }
    set_plugged(sim, is_plugged);
    pn532_sim_put(answer, "ok");
}

static void start_wait(const struct pn532_sim *sim, const struct pn532_order *order, uint64_t now_mono_us,
                       struct pn532_text *answer, struct pn532_wait *out_wait)
{
    const struct pn532_slot *slot = &sim->field.slots[order->slot];
    if (order->verb == PN532_VERB_WAIT_SEEN && !slot->is_taken) {
        pn532_sim_put(answer, "error no card lies in slot %u", order->slot);
        return;
    }
    *out_wait = (struct pn532_wait){
        .is_on = true,
        .verb = order->verb,
        .slot = order->slot,
        .link = slot->link,
        .poll_count = sim->chip.stats.poll_count + order->count,
        .until_mono_us = now_mono_us + (uint64_t)order->timeout_ms * 1000,
    };
    pn532_sim_wait_check(sim, out_wait, now_mono_us, answer);
}

void pn532_sim_obey(struct pn532_sim *sim, const struct pn532_order *order, uint64_t now_mono_us,
                    struct pn532_text *out_answer, struct pn532_wait *out_wait)
{
    out_answer->size = 0;
    out_wait->is_on = false;
    switch (order->verb) {
    case PN532_VERB_PRESENT:
    case PN532_VERB_SWAP:
        lay_down(sim, order, now_mono_us, out_answer);
        break;
    case PN532_VERB_REMOVE:
    case PN532_VERB_REMOVE_ALL:
        take_away(sim, order, out_answer);
        break;
    case PN532_VERB_LIST:
        answer_list(sim, out_answer);
        break;
    case PN532_VERB_DUMP:
        answer_dump(sim, order->slot, out_answer);
        break;
    case PN532_VERB_STATS:
        answer_stats(sim, out_answer);
        break;
    case PN532_VERB_STATS_RESET:
        answer_stats(sim, out_answer);
        sim->chip.stats = (struct pn532_stats){0};
        break;
    case PN532_VERB_MUTE:
        sim->chip.faults.mute = order->mute;
        pn532_sim_put(out_answer, "ok");
        break;
    case PN532_VERB_GARBAGE:
    case PN532_VERB_FAULT:
        add_fault(sim, order, out_answer);
        break;
    case PN532_VERB_FAULTS_OFF:
        sim->chip.faults.count = 0;
        pn532_sim_put(out_answer, "ok");
        break;
    case PN532_VERB_SEED:
        sim->chip.faults.seed = order->count;
        pn532_sim_put(out_answer, "ok");
        break;
    case PN532_VERB_UNPLUG:
    case PN532_VERB_PLUG:
        turn_plug(sim, order->verb == PN532_VERB_PLUG, out_answer);
        break;
    case PN532_VERB_WAIT_SEEN:
    case PN532_VERB_WAIT_POLL:
        start_wait(sim, order, now_mono_us, out_answer, out_wait);
        break;
    case PN532_VERB_HELP:
        answer_help(out_answer);
        break;
    }
}

static void check_seen(const struct pn532_sim *sim, struct pn532_wait *wait, struct pn532_text *answer)
{
    const struct pn532_slot *slot = &sim->field.slots[wait->slot];
    if (!slot->is_taken || slot->link != wait->link) {
        pn532_sim_put(answer, "error the card was taken away before it was seen");
        wait->is_on = false;
    } else if (slot->is_seen) {
        pn532_sim_put(answer, "ok ");
        put_card(answer, sim, wait->slot);
        wait->is_on = false;
    }
}

static void check_poll(const struct pn532_sim *sim, struct pn532_wait *wait, struct pn532_text *answer)
{
    uint64_t count = sim->chip.stats.poll_count;
    if (count < wait->poll_count)
        return;
    pn532_sim_put(answer, "ok polls=%" PRIu64, count);
    wait->is_on = false;
}

void pn532_sim_wait_check(const struct pn532_sim *sim, struct pn532_wait *wait, uint64_t now_mono_us,
                          struct pn532_text *out_answer)
{
    if (!wait->is_on)
        return;
    out_answer->size = 0;
    if (wait->verb == PN532_VERB_WAIT_SEEN)
        check_seen(sim, wait, out_answer);
    else
        check_poll(sim, wait, out_answer);
    if (wait->is_on && now_mono_us >= wait->until_mono_us) {
        pn532_sim_put(out_answer, "error timeout");
        wait->is_on = false;
    }
}
