/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_check.c - looks at a storage in a child process. What would kill a reader (a page that cannot be read, a
 * file that is shorter than it says, an assertion of LMDB's) kills the child, and is an answer. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/lmdb/lmdb_internal.h"

#define CHECK_MS_MAX 60000 /* a healthy one takes a second for a million records */

static enum err run_walk(const struct lmdb_options *options)
{
    return lmdb_home_inspect(options, /* is_walked= */ true);
}

/* The child's own storage: read-only, and only of the tables that the check looks at. */
static enum err run_check(const struct lmdb_options *options)
{
    struct lmdb_options own = *options;
    own.access = LMDB_READ_ONLY;
    own.table_count = options->check->table_count;
    own.check = NULL;
    struct lmdb_storage *storage CLEANUP(lmdb_storage_closep) = NULL;
    TRY(lmdb_storage_open_unlocked(&own, &storage));
    return options->check->run(options->check->context, lmdb_storage_as_storage(storage));
}

_Noreturn static void be_child(enum err (*run)(const struct lmdb_options *options),
                               const struct lmdb_options *options)
{
    static const int deadly[] = {SIGTERM, SIGINT, SIGBUS, SIGSEGV, SIGABRT};
    const struct rlimit no_core = {0, 0};
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) /* what LMDB says while it dies is no news of the agent's */
        (void)dup2(nowhere, STDERR_FILENO);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    for (size_t i = 0; i < COUNT_OF(deadly); i++)
        (void)signal(deadly[i], SIG_DFL);
    _exit((int)run(options));
}

struct child {
    pid_t pid;
    int end_fd; /* readable once the child has ended: nothing is ever written into its pipe */
};

static enum err start(struct child *child, enum err (*run)(const struct lmdb_options *options),
                      const struct lmdb_options *options)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return ERR_IO;
    pid_t pid = fork();
    if (pid == 0)
        be_child(run, options); /* the other end stays open until it ends */
    (void)close(ends[1]);
    if (pid < 0)
        (void)close(ends[0]);
    if (pid < 0)
        return ERR_MEMORY;
    *child = (struct child){pid, ends[0]};
    return ERR_OK;
}

static enum err collect(const struct child *child)
{
    struct pollfd end = {.fd = child->end_fd, .events = POLLIN};
    int status = 0;
    int ready;
    pid_t ended;
    do
        ready = poll(&end, 1, CHECK_MS_MAX);
    while (ready < 0 && errno == EINTR);
    (void)close(child->end_fd);
    if (ready == 0)
        (void)kill(child->pid, SIGKILL);
    do
        ended = waitpid(child->pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (ended != child->pid)
        return ERR_IO;
    if (!WIFEXITED(status) || WEXITSTATUS(status) >= ERR_COUNT)
        return ERR_CORRUPT;
    return (enum err)WEXITSTATUS(status);
}

/* Both at once: what the check makes of a broken tree does not count, and may be its death. */
static enum err check_once(const struct lmdb_options *options)
{
    struct child walker;
    struct child checker;
    TRY(start(&walker, run_walk, options));
    enum err started = start(&checker, run_check, options);
    enum err checked = started == ERR_OK ? collect(&checker) : started;
    TRY(collect(&walker));
    return checked == ERR_CORRUPT ? ERR_CHECKSUM : checked;
}

/* A child may also die of what has nothing to do with the file: no memory or no file left at its fork. Damage
 * is there when one looks again; only then is it believed, since what follows sets a journal aside. */
enum err lmdb_check_in_child(const struct lmdb_options *options)
{
    enum err error = check_once(options);
    return error == ERR_CORRUPT || error == ERR_CHECKSUM ? check_once(options) : error;
}
