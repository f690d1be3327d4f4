/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash/record.h"
#include "crash/verifier.h"

#define SEEN_AT_FIRST 4096

const char *verdict_name(enum verdict_kind kind)
{
    static const char *const names[VERDICT_KINDS] = {"sound", "bricked", "lost",   "phantom",
                                                     "torn",  "later",   "signal", "hang"};
    return names[kind];
}

bool tally_is_clean(const struct tally *tally)
{
    uint64_t bad = tally->refused;
    for (unsigned kind = VERDICT_SOUND + 1; kind < VERDICT_KINDS; kind++)
        bad += tally->counts[kind];
    return bad == 0;
}

void tally_add(struct tally *sum, const struct tally *more)
{
    sum->runs += more->runs;
    sum->states += more->states;
    sum->images += more->images;
    sum->cuts += more->cuts;
    sum->faults += more->faults;
    sum->refused += more->refused;
    for (unsigned kind = 0; kind < VERDICT_KINDS; kind++)
        sum->counts[kind] += more->counts[kind];
    if (sum->first_bad.kind == VERDICT_SOUND)
        sum->first_bad = more->first_bad;
}

/* ---- where it works */

static bool is_usable(const char *folder)
{
    return access(folder, W_OK | X_OK) == 0;
}

void scratch_make(struct scratch *scratch)
{
    const char *given = getenv("TMPDIR");
    const char *parent = is_usable("/dev/shm") ? "/dev/shm" : given != NULL ? given : "/tmp";
    (void)snprintf(scratch->folder, sizeof scratch->folder, "%.200s/kassa-crash-XXXXXX", parent);
    KASSA_ASSERT(mkdtemp(scratch->folder) != NULL);
    (void)snprintf(scratch->root, sizeof scratch->root, "%s/root", scratch->folder);
    (void)snprintf(scratch->slot, sizeof scratch->slot, "%s/slot", scratch->folder);
    (void)snprintf(scratch->trace, sizeof scratch->trace, "%s/trace", scratch->folder);
    KASSA_ASSERT(mkdir(scratch->root, 0700) == 0 && mkdir(scratch->slot, 0700) == 0);
}

void scratch_remove(const struct scratch *scratch)
{
    image_clear_folder(scratch->folder);
    (void)rmdir(scratch->folder);
}

/* ---- what was seen already */

struct seen {
    uint64_t hash;
    struct verdict *verdict; /* NULL: free */
};

struct seen_set {
    struct seen *places;
    size_t room; /* a power of two */
    size_t count;
};

static struct seen *find_seen(const struct seen_set *set, uint64_t hash)
{
    size_t at = (size_t)hash & (set->room - 1);
    while (set->places[at].verdict != NULL && set->places[at].hash != hash)
        at = (at + 1) & (set->room - 1);
    return &set->places[at];
}

static void resize_seen(struct seen_set *set, size_t room)
{
    struct seen_set larger = {.places = disk_memory(NULL, room * sizeof *larger.places), .room = room};
    memset(larger.places, 0, room * sizeof *larger.places);
    for (size_t i = 0; i < set->room; i++)
        if (set->places[i].verdict != NULL)
            *find_seen(&larger, set->places[i].hash) = set->places[i];
    larger.count = set->count;
    free(set->places);
    *set = larger;
}

static void add_seen(struct seen_set *set, uint64_t hash, const struct verdict *verdict)
{
    if (set->count * 2 >= set->room)
        resize_seen(set, set->room == 0 ? SEEN_AT_FIRST : set->room * 2);
    struct seen *place = find_seen(set, hash);
    place->hash = hash;
    place->verdict = disk_memory(NULL, sizeof *verdict);
    *place->verdict = *verdict;
    set->count++;
}

static void free_seen(struct seen_set *set)
{
    for (size_t i = 0; i < set->room; i++)
        free(set->places[i].verdict);
    free(set->places);
}

/* ---- replaying */

struct replay {
    const struct run_settings *settings;
    const struct scratch *scratch;
    struct tally *tally;
    void *model;
    struct verifier verifier;
    struct disk disk;
    struct image image;
    struct seen_set seen;
    size_t point;
    uint64_t event;
    uint64_t state;
};

static void note_bad(struct replay *replay, const struct verdict *verdict)
{
    struct bad_state *first = &replay->tally->first_bad;
    if (first->kind != VERDICT_SOUND)
        return;
    *first = (struct bad_state){.kind = verdict->kind,
                                .seed = replay->settings->seed,
                                .fault = replay->settings->fault,
                                .state = replay->state,
                                .event = replay->event};
    (void)snprintf(first->why, sizeof first->why, "%s", verdict->why);
}

/* What this image shows; images that were seen are not opened again. */
static void look(struct replay *replay, struct verdict *out)
{
    if (replay->seen.room > 0) {
        const struct seen *seen = find_seen(&replay->seen, replay->image.hash);
        if (seen->verdict != NULL) {
            *out = *seen->verdict;
            return;
        }
    }
    image_write(&replay->image, replay->scratch->slot);
    verifier_check(&replay->verifier, out);
    add_seen(&replay->seen, replay->image.hash, out);
    replay->tally->images++;
}

static void show_cut(const struct replay *replay, const struct cut *cut)
{
    printf("state %" PRIu64 ", after event %" PRIu64 ", %zu pending; on the disk:", replay->state,
           replay->event, replay->disk.pending_count);
    for (size_t i = 0; i < replay->disk.pending_count; i++) {
        const struct disk_unit *unit = &replay->disk.pending[i];
        if (!cut->picked[i])
            continue;
        if (unit->kind == DISK_NAME)
            printf(" name %s", unit->entry.name);
        else
            printf(" %s %zu", unit->kind == DISK_PAGE ? "page" : "size", unit->page_index);
        if (i == cut->torn)
            printf(" (sectors %02x)", cut->torn_mask);
    }
    printf("%s\n", cut->is_size_ahead ? ", sizes ahead" : "");
    for (size_t i = 0; i < replay->image.count; i++)
        printf("  %s %" PRIu64 "\n", replay->image.files[i].path, replay->image.files[i].size);
    if (replay->settings->keep != NULL)
        image_write(&replay->image, replay->settings->keep);
}

static void visit(void *context, const struct cut *cut)
{
    struct replay *replay = context;
    struct verdict verdict;
    replay->state++;
    if (replay->settings->only_state != 0 && replay->settings->only_state != replay->state)
        return;
    image_build(&replay->image, &replay->disk, cut);
    if (replay->settings->only_state != 0)
        show_cut(replay, cut);
    look(replay, &verdict);
    if (verdict.kind == VERDICT_SOUND)
        replay->settings->subject->judge(replay->model, replay->point, &verdict);
    replay->tally->counts[verdict.kind]++;
    replay->tally->states++;
    if (verdict.kind != VERDICT_SOUND)
        note_bad(replay, &verdict);
}

static void replay_all(struct replay *replay, const struct recorded *recorded)
{
    struct crash_event event;
    const uint8_t *payload;
    struct seed chance = {replay->settings->seed + 77};
    cut_each(&replay->disk, &replay->settings->limits, &chance, visit, replay);
    for (size_t at = 0; record_next(recorded, &at, &event, &payload);) {
        bool is_another = disk_apply(&replay->disk, &event, payload);
        replay->event++;
        replay->point += event.kind == CRASH_MARK ? 1 : 0;
        if (is_another || event.kind == CRASH_MARK)
            cut_each(&replay->disk, &replay->settings->limits, &chance, visit, replay);
    }
}

static void begin_replay(struct replay *replay)
{
    replay->verifier = (struct verifier){
        .subject = replay->settings->subject, .model = replay->model, .folder = replay->scratch->slot};
    image_init(&replay->image);
}

static void end_replay(struct replay *replay)
{
    verifier_stop(&replay->verifier);
    image_done(&replay->image);
    free_seen(&replay->seen);
    disk_done(&replay->disk);
}

static void note_refusal(const struct run_settings *settings, const struct recorded *recorded,
                         struct tally *tally)
{
    if (!recorded->is_refused)
        return;
    tally->refused++;
    if (tally->first_bad.kind != VERDICT_SOUND)
        return;
    tally->first_bad =
        (struct bad_state){.kind = VERDICT_TORN, .seed = settings->seed, .fault = settings->fault};
    (void)snprintf(tally->first_bad.why, sizeof tally->first_bad.why, "the work itself: %.180s",
                   recorded->why);
}

void *run_create_model(const struct run_settings *settings)
{
    const struct subject_settings wanted = {.seed = settings->seed,
                                            .operations = settings->operations,
                                            .controls = settings->misuse.controls,
                                            .fault = settings->fault};
    return settings->subject->create(&wanted);
}

static void prepare_root(const struct run_settings *settings, const struct scratch *scratch, void *model)
{
    image_clear_folder(scratch->root);
    if (settings->subject->prepare != NULL)
        settings->subject->prepare(model, scratch->root);
}

void run_cuts(const struct run_settings *settings, const struct scratch *scratch, struct tally *tally)
{
    struct recorded recorded;
    struct replay replay = {.settings = settings, .scratch = scratch, .tally = tally};
    replay.model = run_create_model(settings);
    disk_init(&replay.disk);
    prepare_root(settings, scratch, replay.model);
    disk_load(&replay.disk, scratch->root);
    record_work(settings, scratch, replay.model, &recorded);
    record_follow(settings, &recorded, replay.model);
    begin_replay(&replay);
    replay_all(&replay, &recorded);
    note_refusal(settings, &recorded, tally);
    tally->runs++;
    record_forget(&recorded);
    end_replay(&replay);
    settings->subject->destroy(replay.model);
}

/* What shim_fate_of is asked for. */
static bool could_fail(const struct crash_event *event)
{
    return event->kind != CRASH_MARK && (event->kind != CRASH_OPEN || (event->flags & O_CREAT) != 0);
}

void run_count(const struct run_settings *settings, const struct scratch *scratch, uint32_t *out_calls,
               uint32_t *out_syncs)
{
    struct recorded recorded;
    struct crash_event event;
    const uint8_t *payload;
    void *model = run_create_model(settings);
    prepare_root(settings, scratch, model);
    record_work(settings, scratch, model, &recorded);
    *out_calls = 0;
    *out_syncs = 0;
    for (size_t at = 0; record_next(&recorded, &at, &event, &payload);) {
        *out_calls += could_fail(&event) ? 1 : 0;
        *out_syncs += event.kind == CRASH_SYNC || (event.flags & CRASH_SYNCED) != 0 ? 1 : 0;
    }
    record_forget(&recorded);
    settings->subject->destroy(model);
}

/* ---- chains */

struct choice {
    struct replay *replay;
    uint64_t wanted; /* the how manieth cut it is to be */
    uint64_t count;
};

static void visit_chosen(void *context, const struct cut *cut)
{
    struct choice *choice = context;
    if (choice->count++ == choice->wanted)
        image_build(&choice->replay->image, &choice->replay->disk, cut);
}

static uint64_t count_events(const struct recorded *recorded)
{
    struct crash_event event;
    const uint8_t *payload;
    uint64_t count = 0;
    for (size_t at = 0; record_next(recorded, &at, &event, &payload);)
        count++;
    return count;
}

/* Cuts at event `stop` (counted from 0: before the first) and leaves one image of it. */
static void cut_somewhere(struct replay *replay, const struct recorded *recorded, struct seed *chance)
{
    struct crash_event event;
    const uint8_t *payload;
    uint64_t stop = seed_below(chance, count_events(recorded) + 1);
    size_t at = 0;
    for (uint64_t i = 0; i < stop && record_next(recorded, &at, &event, &payload); i++) {
        (void)disk_apply(&replay->disk, &event, payload);
        replay->event++;
        replay->point += event.kind == CRASH_MARK ? 1 : 0;
    }
    const struct seed before = *chance;
    struct choice choice = {.replay = replay, .wanted = UINT64_MAX};
    struct seed again = before;
    cut_each(&replay->disk, &replay->settings->limits, &again, visit_chosen, &choice);
    choice = (struct choice){.replay = replay, .wanted = seed_below(chance, choice.count)};
    again = before;
    cut_each(&replay->disk, &replay->settings->limits, &again, visit_chosen, &choice);
}

/* One link; false: it broke. */
static bool run_link(const struct run_settings *settings, const struct scratch *scratch, void *model,
                     struct seed *chance, uint64_t number, struct tally *tally)
{
    struct recorded recorded;
    struct verdict verdict;
    struct replay replay = {.settings = settings, .scratch = scratch, .tally = tally, .model = model};
    replay.point = settings->subject->points(model) - 1;
    replay.state = number;
    disk_init(&replay.disk);
    disk_load(&replay.disk, scratch->root);
    record_work(settings, scratch, model, &recorded);
    record_follow(settings, &recorded, model);
    begin_replay(&replay);
    cut_somewhere(&replay, &recorded, chance);
    image_write(&replay.image, scratch->slot);
    verifier_check(&replay.verifier, &verdict);
    if (verdict.kind == VERDICT_SOUND)
        settings->subject->judge(model, replay.point, &verdict);
    tally->counts[verdict.kind]++;
    tally->states++;
    tally->images++;
    tally->cuts++;
    if (verdict.kind != VERDICT_SOUND)
        note_bad(&replay, &verdict);
    else
        settings->subject->restart(model, replay.point, &verdict);
    image_write(&replay.image, scratch->root);
    note_refusal(settings, &recorded, tally);
    record_forget(&recorded);
    end_replay(&replay);
    return verdict.kind == VERDICT_SOUND;
}

void run_chain(const struct run_settings *settings, const struct scratch *scratch, uint32_t links,
               struct tally *tally)
{
    struct seed chance = {settings->seed * 31 + 5};
    void *model = run_create_model(settings);
    bool goes_on = true;
    image_clear_folder(scratch->root);
    for (uint32_t i = 0; goes_on && i < links; i++)
        goes_on = run_link(settings, scratch, model, &chance, i + 1, tally);
    tally->runs++;
    settings->subject->destroy(model);
}
