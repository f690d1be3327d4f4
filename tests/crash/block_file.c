/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/block_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

#define FILE_NODE  2
#define WRITE_MAX  (128 * 1024)
#define BUFFER_MAX (WRITE_MAX + 64 * 1024)
#define MINOR      31

struct service {
    int channel;
    int image;
    const char *trace;
    uint8_t buffer[BUFFER_MAX];
    uint8_t out[WRITE_MAX];
};

struct request {
    const struct fuse_in_header *head;
    const uint8_t *body;
};

static void answer(const struct service *service, const struct request *request, int error, const void *body,
                   size_t size)
{
    struct fuse_out_header head = {
        .len = (uint32_t)(sizeof head + size), .error = -error, .unique = request->head->unique};
    struct iovec pieces[2] = {{&head, sizeof head}, {(void *)(uintptr_t)body, size}};
    (void)!writev(service->channel, pieces, size > 0 ? 2 : 1); /* the asker may have gone */
}

static void note(const struct service *service, uint32_t kind, uint64_t offset, const void *bytes,
                 uint32_t size)
{
    struct crash_event event = {.kind = kind, .offset = offset, .size = size};
    struct iovec pieces[2] = {{&event, sizeof event}, {(void *)(uintptr_t)bytes, size}};
    int trace = open(service->trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                     0600); /* it may be another one by now */
    KASSA_ASSERT(trace >= 0 && writev(trace, pieces, size > 0 ? 2 : 1) == (ssize_t)(sizeof event + size));
    (void)close(trace);
}

static struct fuse_attr attributes(const struct service *service, uint64_t node)
{
    struct stat status = {0};
    if (node != FILE_NODE)
        return (struct fuse_attr){.ino = node, .mode = S_IFDIR | 0700, .nlink = 2, .blksize = 4096};
    (void)fstat(service->image, &status);
    return (struct fuse_attr){.ino = node,
                              .size = (uint64_t)status.st_size,
                              .blocks = (uint64_t)status.st_size / 512,
                              .mode = S_IFREG | 0600,
                              .nlink = 1,
                              .blksize = 4096};
}

static void begin(struct service *service, const struct request *request)
{
    const struct fuse_init_in *in = (const void *)request->body;
    struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
                                .minor = MINOR,
                                .max_readahead = in->max_readahead,
                                .flags = in->flags & FUSE_BIG_WRITES,
                                .max_background = 16,
                                .congestion_threshold = 12,
                                .max_write = WRITE_MAX,
                                .time_gran = 1};
    answer(service, request, 0, &out, sizeof out);
}

static void look_up(struct service *service, const struct request *request)
{
    struct fuse_entry_out out = {.nodeid = FILE_NODE, .attr = attributes(service, FILE_NODE)};
    bool is_it = strcmp((const char *)request->body, BLOCK_FILE_NAME) == 0;
    answer(service, request, is_it ? 0 : ENOENT, &out, is_it ? sizeof out : 0);
}

static void tell_attributes(struct service *service, const struct request *request)
{
    struct fuse_attr_out out = {.attr = attributes(service, request->head->nodeid)};
    answer(service, request, 0, &out, sizeof out);
}

static void open_file(struct service *service, const struct request *request)
{
    struct fuse_open_out out = {0};
    answer(service, request, 0, &out, sizeof out);
}

static void read_file(struct service *service, const struct request *request)
{
    const struct fuse_read_in *in = (const void *)request->body;
    size_t wanted = in->size < sizeof service->out ? in->size : sizeof service->out;
    ssize_t size = pread(service->image, service->out, wanted, (off_t)in->offset);
    answer(service, request, size < 0 ? EIO : 0, service->out, size < 0 ? 0 : (size_t)size);
}

static void write_file(struct service *service, const struct request *request)
{
    const struct fuse_write_in *in = (const void *)request->body;
    const uint8_t *bytes = request->body + sizeof *in;
    struct fuse_write_out out = {.size = in->size};
    note(service, BLOCK_WRITE, in->offset, bytes, in->size);
    bool is_written = pwrite(service->image, bytes, in->size, (off_t)in->offset) == (ssize_t)in->size;
    answer(service, request, is_written ? 0 : EIO, &out, is_written ? sizeof out : 0);
}

static void flush_file(struct service *service, const struct request *request)
{
    note(service, BLOCK_FLUSH, 0, NULL, 0);
    answer(service, request, 0, NULL, 0);
}

static void agree(struct service *service, const struct request *request)
{
    answer(service, request, 0, NULL, 0);
}

static void keep_silent(struct service *service, const struct request *request)
{
    (void)service;
    (void)request;
}

static const struct {
    uint32_t code;
    void (*serve)(struct service *service, const struct request *request);
} services[] = {
    {FUSE_INIT, begin},
    {FUSE_LOOKUP, look_up},
    {FUSE_GETATTR, tell_attributes},
    {FUSE_SETATTR, tell_attributes},
    {FUSE_OPEN, open_file},
    {FUSE_READ, read_file},
    {FUSE_WRITE, write_file},
    {FUSE_FSYNC, flush_file},
    {FUSE_FLUSH, agree},
    {FUSE_RELEASE, agree},
    {FUSE_FORGET, keep_silent},
    {FUSE_BATCH_FORGET, keep_silent},
    {FUSE_INTERRUPT, keep_silent},
};

static void serve_one(struct service *service)
{
    struct request request = {(const void *)service->buffer, service->buffer + sizeof(struct fuse_in_header)};
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (services[i].code == request.head->opcode) {
            services[i].serve(service, &request);
            return;
        }
    }
    answer(service, &request, ENOSYS, NULL, 0);
}

static _Noreturn void serve(int channel, const char *image, const char *trace)
{
    static struct service service;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    service.channel = channel;
    service.trace = trace;
    service.image = open(image, O_RDWR | O_CLOEXEC);
    if (service.image < 0)
        _exit(70);
    for (;;) {
        ssize_t size = read(channel, service.buffer, sizeof service.buffer);
        if (size >= (ssize_t)sizeof(struct fuse_in_header))
            serve_one(&service);
        else if (size >= 0 || (errno != EINTR && errno != ENOENT && errno != EAGAIN))
            _exit(0); /* it was unmounted */
    }
}

pid_t block_file_mount(const char *folder, const char *image, const char *trace)
{
    char options[96];
    int channel = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (channel < 0)
        return -1;
    (void)snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%d,group_id=%d", channel,
                   (int)getuid(), (int)getgid());
    if (mount("kassa-crash", folder, "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
        (void)close(channel);
        return -1;
    }
    pid_t pid = fork();
    KASSA_ASSERT(pid >= 0);
    if (pid == 0)
        serve(channel, image, trace);
    (void)close(channel);
    return pid;
}

void block_file_unmount(const char *folder, pid_t server)
{
    (void)umount2(folder, MNT_DETACH);
    (void)kill(server, SIGKILL);
    (void)waitpid(server, NULL, 0);
}
