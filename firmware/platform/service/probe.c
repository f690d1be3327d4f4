/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/service/probe.h"

#include <fcntl.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform/thread/thread.h"

#define BLOCK_SIZE 4096 /* what O_DIRECT takes of any disk in use */
#define PATH_SIZE  4096
#define STACK_SIZE (128 * 1024)

/* Who goes away while a question is open leaves the probe to its thread, which may never come back from the disk. */
enum state { STATE_ANSWERED, STATE_ASKED, STATE_ENDING, STATE_LEFT };

struct probe {
    char path[PATH_SIZE];
    pthread_t thread;
    sem_t question;
    _Atomic enum state state;
    uint32_t question_count; /* the thread's own, as what follows */
    int fd;
    void *block;
};

static int open_file(const struct probe *probe)
{
    int fd = open(probe->path, O_RDWR | O_CREAT | O_CLOEXEC | O_DIRECT, 0600);
    return fd >= 0 ? fd : open(probe->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* a file system in memory */
}

static void look(struct probe *probe)
{
    if (probe->fd < 0)
        probe->fd = open_file(probe);
    if (probe->fd < 0)
        return;
    bool is_written = probe->question_count++ % PROBE_WRITE_EVERY == 0;
    if (is_written && pwrite(probe->fd, probe->block, BLOCK_SIZE, 0) == BLOCK_SIZE)
        (void)fdatasync(probe->fd);
    if (!is_written)
        (void)!pread(probe->fd, probe->block, BLOCK_SIZE, 0); /* that it came back at all is the answer */
}

static void free_probe(struct probe *probe)
{
    if (probe->fd >= 0)
        (void)close(probe->fd);
    (void)sem_destroy(&probe->question);
    free(probe->block);
    free(probe);
}

static bool move_state(struct probe *probe, enum state from, enum state to)
{
    return atomic_compare_exchange_strong(&probe->state, &from, to);
}

static void *answer_questions(void *self)
{
    struct probe *probe = self;
    for (;;) {
        while (sem_wait(&probe->question) != 0)
            ; /* a debugger's stop ends it early */
        if (atomic_load(&probe->state) == STATE_ENDING)
            return NULL;
        look(probe);
        if (!move_state(probe, STATE_ASKED, STATE_ANSWERED)) {
            free_probe(probe);
            return NULL;
        }
    }
}

enum err probe_open(const char *folder, struct probe **out_probe)
{
    struct probe *probe = calloc(1, sizeof(*probe));
    if (probe == NULL)
        return ERR_MEMORY;
    probe->fd = -1;
    atomic_init(&probe->state, STATE_ANSWERED);
    (void)sem_init(&probe->question, /* pshared= */ 0, 0);
    int size = snprintf(probe->path, sizeof(probe->path), "%s/%s", folder, PROBE_FILE_NAME);
    enum err error = size < 0 || (size_t)size >= sizeof(probe->path) ? ERR_TOO_LONG : ERR_OK;
    if (error == ERR_OK && posix_memalign(&probe->block, BLOCK_SIZE, BLOCK_SIZE) != 0)
        error = ERR_MEMORY;
    if (error == ERR_OK) {
        memset(probe->block, 0, BLOCK_SIZE);
        error = thread_start(STACK_SIZE, answer_questions, probe, &probe->thread);
    }
    if (error != ERR_OK) {
        free_probe(probe);
        return error;
    }
    *out_probe = probe;
    return ERR_OK;
}

bool probe_has_answered(const struct probe *probe)
{
    return atomic_load(&probe->state) == STATE_ANSWERED;
}

void probe_ask(struct probe *probe)
{
    KASSA_ASSERT(probe_has_answered(probe));
    atomic_store(&probe->state, STATE_ASKED);
    (void)sem_post(&probe->question);
}

void probe_close(struct probe *probe)
{
    if (probe == NULL)
        return;
    pthread_t thread = probe->thread;
    if (move_state(probe, STATE_ASKED, STATE_LEFT)) {
        (void)pthread_detach(thread);
        return;
    }
    atomic_store(&probe->state, STATE_ENDING);
    (void)sem_post(&probe->question);
    (void)pthread_join(thread, NULL);
    free_probe(probe);
}
