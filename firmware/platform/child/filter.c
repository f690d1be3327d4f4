/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/child/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A processor that has no such call of its own (recv, mmap2, the 64-bit times of 32-bit ones) gets no rule for it. */
static const int plain_calls[] = {
    /* descriptors that are open: the device, the parent's channel, the manager's, standard error */
    SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(recvfrom),
    SCMP_SYS(recv), SCMP_SYS(send),
    /* waiting */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(ppoll_time64), SCMP_SYS(select), SCMP_SYS(_newselect),
    SCMP_SYS(pselect6), SCMP_SYS(pselect6_time64), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clock_nanosleep_time64), SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield), SCMP_SYS(futex),
    SCMP_SYS(futex_time64),
    /* clocks and randomness, where they are no call of the C library's own */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_gettime64), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(getrandom),
    /* memory; what takes more of it is bounded by child_confine */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    /* signals to itself, as abort() needs them; tgkill is below */
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn),
    SCMP_SYS(sigaltstack), SCMP_SYS(getpid), SCMP_SYS(gettid),
    /* the end */
    SCMP_SYS(exit), SCMP_SYS(exit_group)};

/* No library does one of these by accident: who does is not us any more. */
static const int deadly_calls[] = {SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(ptrace),
                                   SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev)};

static const int fcntl_commands[] = {F_GETFL, F_SETFL, F_GETFD, F_SETFD};

static int add_calls(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++)
        status = seccomp_rule_add(filter, action, calls[i], 0);
    return status;
}

/* Allows a call whose argument of that index, under the mask, has the value. */
static int add_if(scmp_filter_ctx filter, int call, unsigned index, scmp_datum_t mask, scmp_datum_t value)
{
    struct scmp_arg_cmp condition = {
        .arg = index, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value};
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition);
}

static int add_memory(scmp_filter_ctx filter)
{
    static const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)};
    int status = 0;
    for (size_t i = 0; i < COUNT_OF(calls) && status == 0; i++)
        status = add_if(filter, calls[i], /* protection */ 2, PROT_EXEC, 0);
    return status;
}

/* An address would reach sockets of others: only what is connected is sent to. Signals go to this process alone. */
static int add_bounded_calls(scmp_filter_ctx filter)
{
    int status = add_if(filter, SCMP_SYS(sendto), /* address */ 4, UINT64_MAX, 0);
    if (status == 0)
        status = add_if(filter, SCMP_SYS(tgkill), /* process */ 0, UINT32_MAX, (scmp_datum_t)getpid());
    for (size_t i = 0; i < COUNT_OF(fcntl_commands) && status == 0; i++) {
        status =
            add_if(filter, SCMP_SYS(fcntl), /* command */ 1, UINT32_MAX, (scmp_datum_t)fcntl_commands[i]);
        if (status == 0)
            status = add_if(filter, SCMP_SYS(fcntl64), 1, UINT32_MAX, (scmp_datum_t)fcntl_commands[i]);
    }
    return status;
}

/* The kernel looks at 32 bits of a request. */
static int add_ioctls(scmp_filter_ctx filter, const unsigned long *ioctls, size_t count)
{
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++)
        status =
            add_if(filter, SCMP_SYS(ioctl), /* request */ 1, UINT32_MAX, (scmp_datum_t)(uint32_t)ioctls[i]);
    return status;
}

static enum err fill(scmp_filter_ctx filter, const unsigned long *ioctls, size_t ioctl_count)
{
    int status = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (status == 0)
        status = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (status == 0)
        status = add_calls(filter, SCMP_ACT_ALLOW, plain_calls, COUNT_OF(plain_calls));
    if (status == 0)
        status = add_calls(filter, SCMP_ACT_KILL_PROCESS, deadly_calls, COUNT_OF(deadly_calls));
    if (status == 0)
        status = add_memory(filter);
    if (status == 0)
        status = add_bounded_calls(filter);
    if (status == 0)
        status = add_ioctls(filter, ioctls, ioctl_count);
    if (status == 0)
        status = seccomp_load(filter);
    if (status == -ENOMEM)
        return ERR_MEMORY;
    return status == 0 ? ERR_OK : ERR_IO;
}

/* seccomp(2): a kernel that knows filters looks for this one where it is not. */
static bool has_filters(void)
{
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0 && errno == EFAULT;
}

enum err child_filter_calls(const unsigned long *ioctls, size_t ioctl_count)
{
    if (!has_filters())
        return ERR_UNSUPPORTED;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return ERR_MEMORY;
    enum err error = fill(filter, ioctls, ioctl_count);
    seccomp_release(filter);
    return error;
}
