/* SPDX-License-Identifier: Apache-2.0 */
/* What a process can still do once it confined itself: each try is made by a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/child/child.h"

#define UNCONFINED 120 /* exit codes beside those of errno */
#define UNFILTERED 121
#define SUCCEEDED  0

/* Opened before, as a device and a channel are. */
static int pipe_fds[2];
static int datagram_fd;

static const unsigned long allowed_ioctls[] = {FIONREAD};

static long try_open(void)
{
    return open("/dev/null", O_RDONLY);
}

static long try_create(void)
{
    return open("/tmp", O_TMPFILE | O_WRONLY, 0600);
}

static long try_stat(void)
{
    struct stat status;
    return stat("/", &status);
}

static long try_unlink(void)
{
    return unlink("/tmp/kassa-that-is-not-there");
}

static long try_network_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long try_local_socket(void)
{
    return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static long try_send_elsewhere(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    return sendto(datagram_fd, "x", 1, MSG_DONTWAIT, (const struct sockaddr *)&address, sizeof address);
}

static long try_connect(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    return connect(datagram_fd, (const struct sockaddr *)&address, sizeof address);
}

static long try_fork(void)
{
    return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static long try_signal_the_parent(void)
{
    return kill(getppid(), 0);
}

static long try_signal_a_thread_of_the_parent(void)
{
    return syscall(SYS_tgkill, 1, 1, 0);
}

static long try_code_in_new_memory(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long try_code_in_own_memory(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? 0 : mprotect(memory, 4096, PROT_READ | PROT_EXEC);
}

static long try_another_ioctl(void)
{
    int on = 1;
    return ioctl(pipe_fds[0], FIONBIO, &on);
}

static long try_file_without_a_name(void)
{
    return syscall(SYS_memfd_create, "x", 0);
}

static long try_program(void)
{
    return execl("/bin/true", "true", NULL);
}

static long try_look_into_the_parent(void)
{
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

/* --- what its loop does --- */

static long use_descriptors(void)
{
    char byte = 'x';
    int waiting = 0;
    struct pollfd ready = {.fd = pipe_fds[0], .events = POLLIN};
    bool is_well = write(pipe_fds[1], &byte, 1) == 1 && poll(&ready, 1, 1000) == 1 &&
                   ioctl(pipe_fds[0], FIONREAD, &waiting) == 0 && waiting == 1 &&
                   read(pipe_fds[0], &byte, 1) == 1 && fcntl(pipe_fds[0], F_GETFL) >= 0 &&
                   close(pipe_fds[0]) == 0;
    return is_well ? 0 : -1;
}

static long use_clocks(void)
{
    const struct timespec wait = {.tv_nsec = 1000};
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 && nanosleep(&wait, NULL) == 0 ? 0 : -1;
}

static long use_memory(void)
{
    enum { SIZE = 4 * 1024 * 1024 };
    char *bytes = malloc(SIZE);
    if (bytes == NULL)
        return -1;
    memset(bytes, 1, SIZE);
    free(bytes);
    return 0;
}

static long use_standard_error(void)
{
    return fprintf(stderr, "confined, and heard\n") > 0 ? 0 : -1;
}

static long fall_over(void)
{
    abort();
}

/* 128 + a signal, or the exit code: 0 or the errno of what was tried. */
static int end_of(long (*try)(void))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        enum err error = child_confine(NULL, allowed_ioctls, COUNT_OF(allowed_ioctls));
        if (error != ERR_OK)
            _exit(error == ERR_UNSUPPORTED ? UNFILTERED : UNCONFINED);
        _exit(try() < 0 ? errno : SUCCEEDED);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define DIES_OF(signal_number) (128 + (signal_number))

static const struct attempt {
    const char *what;
    long (*try)(void);
    int end;
} attempts[] = {
    {"opens a file", try_open, EPERM},
    {"makes a file", try_create, EPERM},
    {"asks after a file", try_stat, EPERM},
    {"removes a file", try_unlink, EPERM},
    {"opens a socket of the network", try_network_socket, EPERM},
    {"opens a local socket", try_local_socket, EPERM},
    {"sends to another's socket", try_send_elsewhere, EPERM},
    {"connects to another's socket", try_connect, EPERM},
    {"makes a process", try_fork, EPERM},
    {"signals its parent", try_signal_the_parent, EPERM},
    {"signals another's thread", try_signal_a_thread_of_the_parent, EPERM},
    {"maps code", try_code_in_new_memory, EPERM},
    {"turns memory into code", try_code_in_own_memory, EPERM},
    {"asks a device for more than it needs", try_another_ioctl, EPERM},
    {"makes a file without a name", try_file_without_a_name, EPERM},
    {"runs a program", try_program, DIES_OF(SIGSYS)},
    {"looks into its parent", try_look_into_the_parent, DIES_OF(SIGSYS)},
    {"uses descriptors", use_descriptors, SUCCEEDED},
    {"uses clocks", use_clocks, SUCCEEDED},
    {"uses memory", use_memory, SUCCEEDED},
    {"uses standard error", use_standard_error, SUCCEEDED},
    {"aborts", fall_over, DIES_OF(SIGABRT)},
};

static void child_confine__leaves_the_calls_of_the_loop_and_no_other(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < COUNT_OF(attempts); i++) {
        int end = end_of(attempts[i].try);
        if (end == UNFILTERED) /* an emulated processor's kernel */
            skip();
        if (end != attempts[i].end)
            print_error("a confined process %s: ended with %d instead of %d\n", attempts[i].what, end,
                        attempts[i].end);
        wrong += end != attempts[i].end;
    }
    assert_int_equal(wrong, 0);
}

static int open_descriptors(void **state)
{
    (void)state;
    datagram_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    return pipe(pipe_fds) == 0 && datagram_fd >= 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_confine__leaves_the_calls_of_the_loop_and_no_other),
    };
    return cmocka_run_group_tests(tests, open_descriptors, NULL);
}
