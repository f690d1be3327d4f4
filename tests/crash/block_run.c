/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/block_run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crash/block_file.h"
#include "crash/record.h"
#include "crash/verifier.h"

#define DISK_SIZE    (UINT64_C(32) << 20)
#define PIECE_SIZE   4096 /* ext4's block: what a disk writes whole, as it takes it to be */
#define ATTACH_TRIES 50
#define PATH_SIZE    400

bool block_may_mount(void)
{
    return access("/dev/fuse", R_OK | W_OK) == 0 && access("/dev/loop-control", R_OK | W_OK) == 0 &&
           unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* ---- files and devices */

static void path_in(const struct scratch *scratch, const char *name, char out[PATH_SIZE])
{
    (void)snprintf(out, PATH_SIZE, "%s/%s", scratch->folder, name);
}

/* The whole of a file, as memory that is the file. */
static uint8_t *map_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    KASSA_ASSERT(fd >= 0 && ftruncate(fd, (off_t)DISK_SIZE) == 0);
    uint8_t *bytes = mmap(NULL, DISK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    KASSA_ASSERT(bytes != MAP_FAILED);
    (void)close(fd);
    return bytes;
}

static void make_file_system(const char *path)
{
    int status = 0;
    pid_t pid = fork();
    KASSA_ASSERT(pid >= 0);
    if (pid == 0) {
        (void)execlp("mkfs.ext4", "mkfs.ext4", "-q", "-F", "-b", "4096", "-E",
                     "lazy_itable_init=0,lazy_journal_init=0", path, (char *)NULL);
        _exit(127);
    }
    KASSA_ASSERT(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A loop device over the file; it goes when nobody has it open or mounted. Its descriptor. */
static int attach(const char *path, char out_device[32])
{
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    int file = open(path, O_RDWR | O_CLOEXEC);
    KASSA_ASSERT(control >= 0 && file >= 0);
    const struct loop_config config = {.fd = (uint32_t)file, .info = {.lo_flags = LO_FLAGS_AUTOCLEAR}};
    int device = -1;
    for (int tries = 0; device < 0 && tries < ATTACH_TRIES;
         tries++) { /* another program may take it before us */
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        (void)snprintf(out_device, 32, "/dev/loop%d", number);
        device = open(out_device, O_RDWR | O_CLOEXEC);
        if (device >= 0 && ioctl(device, LOOP_CONFIGURE, &config) != 0) {
            (void)close(device);
            device = -1;
        }
    }
    KASSA_ASSERT(device >= 0);
    (void)close(control);
    (void)close(file);
    return device;
}

/* False: ext4 does not take it. */
static bool mount_ext4(const char *path, const char *folder)
{
    char device[32];
    int fd = attach(path, device);
    bool is_mounted = mount(device, folder, "ext4", MS_NOATIME, "errors=remount-ro") == 0;
    (void)close(fd);
    return is_mounted;
}

/* ---- the work, on a disk that remembers */

static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    KASSA_ASSERT(fd >= 0 && syncfs(fd) == 0);
    (void)close(fd);
}

/* What was done, and what the disk held before it. */
static void record_on_ext4(const struct run_settings *settings, const struct scratch *scratch, void *model,
                           uint8_t *out_before, struct recorded *out)
{
    char image[PATH_SIZE], folder[PATH_SIZE], disk[PATH_SIZE + sizeof BLOCK_FILE_NAME];
    path_in(scratch, "live", image);
    path_in(scratch, "fuse", folder);
    (void)snprintf(disk, sizeof disk, "%s/" BLOCK_FILE_NAME, folder);
    uint8_t *live = map_file(image);
    make_file_system(image);
    KASSA_ASSERT(mkdir(folder, 0700) == 0 || errno == EEXIST);
    pid_t server = block_file_mount(folder, image, scratch->trace);
    KASSA_ASSERT(server > 0 && mount_ext4(disk, scratch->root));
    sync_folder(scratch->root);
    memcpy(out_before, live, DISK_SIZE);
    record_work(settings, scratch, model, out);
    KASSA_ASSERT(umount2(scratch->root, 0) == 0);
    block_file_unmount(folder, server);
    (void)munmap(live, DISK_SIZE);
    (void)unlink(image);
}

/* ---- what a cut leaves */

struct piece {
    uint64_t offset;
    const uint8_t *bytes;
    size_t size;
};

struct block_replay {
    const struct run_settings *settings;
    const struct scratch *scratch;
    struct tally *tally;
    void *model;
    struct verifier verifier;
    struct seed chance;
    char image_path[PATH_SIZE];
    uint8_t *durable;
    uint8_t *image; /* of the state that is looked at */
    struct piece *pending;
    size_t pending_count;
    size_t pending_room;
    size_t point;
    uint64_t event;
    uint64_t state;
};

static void put_piece(uint8_t *disk, const struct piece *piece)
{
    if (piece->offset <= DISK_SIZE && piece->size <= DISK_SIZE - piece->offset)
        memcpy(disk + piece->offset, piece->bytes, piece->size);
}

static void add_pending(struct block_replay *replay, const struct crash_event *event, const uint8_t *bytes)
{
    for (size_t at = 0; at < event->size; at += PIECE_SIZE) {
        if (replay->pending_count == replay->pending_room) {
            replay->pending_room = replay->pending_room * 2 + 64;
            replay->pending = disk_memory(replay->pending, replay->pending_room * sizeof *replay->pending);
        }
        size_t size = event->size - at < PIECE_SIZE ? event->size - at : PIECE_SIZE;
        replay->pending[replay->pending_count++] = (struct piece){event->offset + at, bytes + at, size};
    }
}

static void apply(struct block_replay *replay, const struct crash_event *event, const uint8_t *bytes)
{
    replay->event++;
    replay->point += event->kind == CRASH_MARK ? 1 : 0;
    if (event->kind == BLOCK_WRITE)
        add_pending(replay, event, bytes);
    if (event->kind != BLOCK_FLUSH)
        return;
    for (size_t i = 0; i < replay->pending_count; i++)
        put_piece(replay->durable, &replay->pending[i]);
    replay->pending_count = 0;
}

enum picking {
    PICK_NONE,
    PICK_ALL,
    PICK_FIRST,
    PICK_LAST,
    PICK_ONE,
    PICK_ALL_BUT_ONE,
    PICK_RANDOM,
    PICK_KINDS
};

static bool is_picked(struct seed *chance, enum picking how, size_t at, size_t i)
{
    const bool fixed[] = {[PICK_NONE] = false,   [PICK_ALL] = true,    [PICK_FIRST] = i < at,
                          [PICK_LAST] = i >= at, [PICK_ONE] = i == at, [PICK_ALL_BUT_ONE] = i != at};
    return how == PICK_RANDOM ? (seed_next(chance) & 1) != 0 : fixed[how];
}

/* The kinds in turn: with few pending pieces many of them are the same, and cost little. */
static void build_image(struct block_replay *replay)
{
    enum picking how = (enum picking)(replay->state % PICK_KINDS);
    size_t at = replay->pending_count == 0 ? 0 : (size_t)seed_below(&replay->chance, replay->pending_count);
    memcpy(replay->image, replay->durable, DISK_SIZE);
    for (size_t i = 0; i < replay->pending_count; i++)
        if (is_picked(&replay->chance, how, at, i))
            put_piece(replay->image, &replay->pending[i]);
}

static void look(struct block_replay *replay, struct verdict *out)
{
    if (!mount_ext4(replay->image_path, replay->scratch->slot)) {
        *out = (struct verdict){.kind = VERDICT_BRICK};
        (void)snprintf(out->why, sizeof out->why, "ext4 cannot be mounted: %s", strerror(errno));
        return;
    }
    verifier_check(&replay->verifier, out);
    if (out->kind != VERDICT_SOUND) /* it may still have the journal open */
        verifier_stop(&replay->verifier);
    KASSA_ASSERT(umount2(replay->scratch->slot, 0) == 0);
    if (out->kind == VERDICT_SOUND)
        replay->settings->subject->judge(replay->model, replay->point, out);
}

static void visit(struct block_replay *replay)
{
    struct verdict verdict;
    struct bad_state *first = &replay->tally->first_bad;
    replay->state++;
    build_image(replay);
    look(replay, &verdict);
    replay->tally->states++;
    replay->tally->images++;
    replay->tally->counts[verdict.kind]++;
    if (verdict.kind == VERDICT_SOUND || first->kind != VERDICT_SOUND)
        return;
    *first = (struct bad_state){
        .kind = verdict.kind, .seed = replay->settings->seed, .state = replay->state, .event = replay->event};
    (void)snprintf(first->why, sizeof first->why, "%s", verdict.why);
}

/* States at random moments: each event is followed by as many as its share, drawn. */
static void replay_all(struct block_replay *replay, const struct recorded *recorded, uint64_t states)
{
    struct crash_event event;
    const uint8_t *payload;
    uint64_t events = 0, done = 0;
    for (size_t at = 0; record_next(recorded, &at, &event, &payload);)
        events += event.kind == CRASH_MARK || event.kind >= BLOCK_WRITE ? 1 : 0;
    for (size_t at = 0; record_next(recorded, &at, &event, &payload);) {
        if (event.kind != CRASH_MARK && event.kind < BLOCK_WRITE)
            continue; /* the program's calls, which the shim wrote down as well */
        apply(replay, &event, payload);
        for (done += states; done >= events; done -= events)
            visit(replay);
    }
}

void block_run(const struct run_settings *settings, const struct scratch *scratch, uint64_t states,
               struct tally *tally)
{
    struct recorded recorded;
    struct block_replay replay = {
        .settings = settings, .scratch = scratch, .tally = tally, .chance = {settings->seed * 7 + 3}};
    replay.model = run_create_model(settings);
    replay.durable = disk_memory(NULL, DISK_SIZE);
    path_in(scratch, "state", replay.image_path);
    replay.image = map_file(replay.image_path);
    record_on_ext4(settings, scratch, replay.model, replay.durable, &recorded);
    record_follow(settings, &recorded, replay.model);
    replay.verifier =
        (struct verifier){.subject = settings->subject, .model = replay.model, .folder = scratch->slot};
    replay_all(&replay, &recorded, states);
    tally->runs++;
    tally->refused += recorded.is_refused ? 1 : 0;
    verifier_stop(&replay.verifier);
    record_forget(&recorded);
    (void)munmap(replay.image, DISK_SIZE);
    (void)unlink(replay.image_path);
    free(replay.pending);
    free(replay.durable);
    settings->subject->destroy(replay.model);
}
