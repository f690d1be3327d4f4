/* SPDX-License-Identifier: Apache-2.0 */
#include "shopper/summary.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct figure {
    const char *name;
    size_t offset;
};

static const struct figure counts[] = {
    {"visits", offsetof(struct summary, visits)},
    {"taps", offsetof(struct summary, taps)},
    {"scans", offsetof(struct summary, scans)},
    {"purchases", offsetof(struct summary, purchases)},
    {"returns", offsetof(struct summary, returns)},
    {"lines", offsetof(struct summary, lines)},
    {"enrolled", offsetof(struct summary, enrolled)},
    {"offers_shown", offsetof(struct summary, offers_shown)},
    {"offers_given", offsetof(struct summary, offers_given)},
    {"offers_answered", offsetof(struct summary, offers_answered)},
    {"retried", offsetof(struct summary, retried)},
    {"refused", offsetof(struct summary, refused)},
    {"unread", offsetof(struct summary, unread)},
    {"replayed", offsetof(struct summary, replayed)},
    {"mistaken", offsetof(struct summary, mistaken)},
    {"sales_minor", offsetof(struct summary, sales_minor)},
    {"returns_minor", offsetof(struct summary, returns_minor)},
    {"member_minor", offsetof(struct summary, member_minor)},
    {"discount_minor", offsetof(struct summary, discount_minor)},
    {"points_tills", offsetof(struct summary, points)},
};

static const struct figure timings[] = {
    {"tap_to_offer_ms", offsetof(struct summary, tap_to_offer)},
    {"card_to_offer_ms", offsetof(struct summary, card_to_offer)},
    {"commit_ms", offsetof(struct summary, commit)},
};

static int64_t *count_at(struct summary *summary, const struct figure *figure)
{
    return (int64_t *)(void *)((char *)summary + figure->offset);
}

static struct samples *samples_at(struct summary *summary, const struct figure *figure)
{
    return (struct samples *)(void *)((char *)summary + figure->offset);
}

void summary_add_sample(struct samples *samples, int64_t us)
{
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity == 0 ? 1024 : 2 * samples->capacity;
        int64_t *larger = realloc(samples->us, capacity * sizeof(int64_t));
        if (larger == NULL)
            return;
        samples->us = larger;
        samples->capacity = capacity;
    }
    samples->us[samples->count++] = us;
}

struct summary_card *summary_find_card(struct summary *summary, const char *technology, const char *trust)
{
    for (size_t i = 0; i < summary->card_count; i++) {
        struct summary_card *row = &summary->cards[i];
        if (strcmp(row->technology, technology) == 0 && strcmp(row->trust, trust) == 0)
            return row;
    }
    if (summary->card_count == SUMMARY_CARDS_MAX)
        return NULL;
    struct summary_card *row = &summary->cards[summary->card_count++];
    (void)snprintf(row->technology, sizeof(row->technology), "%s", technology);
    (void)snprintf(row->trust, sizeof(row->trust), "%s", trust);
    return row;
}

static void merge_samples(struct samples *sum, const struct samples *other)
{
    for (size_t i = 0; i < other->count; i++)
        summary_add_sample(sum, other->us[i]);
}

static void merge_cards(struct summary *sum, const struct summary *other)
{
    for (size_t i = 0; i < other->card_count; i++) {
        const struct summary_card *from = &other->cards[i];
        struct summary_card *row = summary_find_card(sum, from->technology, from->trust);
        if (row == NULL)
            continue;
        row->shown += from->shown;
        row->known += from->known;
        merge_samples(&row->known_after, &from->known_after);
    }
}

void summary_merge(struct summary *sum, const struct summary *other)
{
    struct summary copy = *other;
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        *count_at(sum, &counts[i]) += *count_at(&copy, &counts[i]);
    for (size_t i = 0; i < COUNT_OF(timings); i++) {
        merge_samples(samples_at(sum, &timings[i]), samples_at(&copy, &timings[i]));
    }
    merge_cards(sum, other);
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Nearest rank: the smallest sample that at least so many per mille do not exceed. */
static double percentile_ms(const struct samples *sorted, size_t per_mille)
{
    if (sorted->count == 0)
        return 0;
    size_t rank = (sorted->count * per_mille + 999) / 1000;
    return (double)sorted->us[rank == 0 ? 0 : rank - 1] / 1000.0;
}

static void sort(struct samples *samples)
{
    if (samples->count > 0)
        qsort(samples->us, samples->count, sizeof(int64_t), by_size);
}

static json_t *cards_to_json(struct summary *summary)
{
    json_t *out = json_array();
    for (size_t i = 0; i < summary->card_count; i++) {
        struct summary_card *row = &summary->cards[i];
        sort(&row->known_after);
        json_array_append_new(out, json_pack("{s:s, s:s, s:I, s:I, s:f, s:f}", "technology", row->technology,
                                             "trust", row->trust, "shown", (json_int_t)row->shown, "known",
                                             (json_int_t)row->known, "p50_ms",
                                             percentile_ms(&row->known_after, 500), "p95_ms",
                                             percentile_ms(&row->known_after, 950)));
    }
    return out;
}

json_t *summary_to_json(struct summary *summary, double seconds)
{
    json_t *out = json_object();
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        json_object_set_new(out, counts[i].name, json_integer(*count_at(summary, &counts[i])));
    for (size_t i = 0; i < COUNT_OF(timings); i++) {
        struct samples *samples = samples_at(summary, &timings[i]);
        sort(samples);
        json_object_set_new(out, timings[i].name,
                            json_pack("{s:f, s:f, s:f, s:I}", "p50", percentile_ms(samples, 500), "p99",
                                      percentile_ms(samples, 990), "max", percentile_ms(samples, 1000),
                                      "count", (json_int_t)samples->count));
    }
    json_object_set_new(out, "cards", cards_to_json(summary));
    json_object_set_new(out, "seconds", json_real(seconds));
    double receipts = (double)(summary->purchases + summary->returns);
    json_object_set_new(out, "receipts_per_s", json_real(seconds > 0 ? receipts / seconds : 0));
    return out;
}

static void print_cards(const json_t *rows)
{
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        (void)printf("%-18s %-8s shown %lld  known %lld  p50 %.2f  p95 %.2f\n",
                     json_string_value(json_object_get(row, "technology")),
                     json_string_value(json_object_get(row, "trust")),
                     (long long)json_integer_value(json_object_get(row, "shown")),
                     (long long)json_integer_value(json_object_get(row, "known")),
                     json_real_value(json_object_get(row, "p50_ms")),
                     json_real_value(json_object_get(row, "p95_ms")));
    }
}

static void print_figure(const char *name, const json_t *value)
{
    if (json_is_array(value))
        print_cards(value);
    else if (json_is_object(value))
        (void)printf(
            "%-18s p50 %.2f  p99 %.2f  max %.2f\n", name, json_real_value(json_object_get(value, "p50")),
            json_real_value(json_object_get(value, "p99")), json_real_value(json_object_get(value, "max")));
    else if (json_is_real(value))
        (void)printf("%-18s %.1f\n", name, json_real_value(value));
    else
        (void)printf("%-18s %lld\n", name, (long long)json_integer_value(value));
}

void summary_print(json_t *summary)
{
    const char *name;
    json_t *value;
    json_object_foreach(summary, name, value) print_figure(name, value);
}

void summary_done(struct summary *summary)
{
    for (size_t i = 0; i < COUNT_OF(timings); i++)
        free(samples_at(summary, &timings[i])->us);
    for (size_t i = 0; i < summary->card_count; i++)
        free(summary->cards[i].known_after.us);
}
