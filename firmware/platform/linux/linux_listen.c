/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/linux/linux_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024 /* callers in a flood wait here, and a POS among them is not sent away */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

static int take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

enum err linux_listen_loopback(uint16_t port, int *out_fd, uint16_t *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t size = sizeof(address);
    int yes = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd CLEANUP(close_fd) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0)
        return ERR_IO;
    if (bind(fd, (const struct sockaddr *)&address, size) != 0 || listen(fd, BACKLOG) != 0)
        return errno == EADDRINUSE ? ERR_BUSY : ERR_IO;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return ERR_IO;
    *out_port = ntohs(address.sin_port);
    *out_fd = take_fd(&fd);
    return ERR_OK;
}

/* A socket file outlives a process that was killed: it goes if nobody answers behind it. */
static enum err remove_stale(const struct sockaddr_un *address)
{
    struct stat there;
    if (lstat(address->sun_path, &there) != 0)
        return errno == ENOENT ? ERR_OK : ERR_IO;
    if (!S_ISSOCK(there.st_mode))
        return ERR_EXISTS;
    int fd CLEANUP(close_fd) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return ERR_IO;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN)
        return ERR_BUSY; /* EAGAIN: somebody listens, and is behind with his callers */
    if (errno != ECONNREFUSED)
        return ERR_IO; /* not ours to ask: another user's may well be alive */
    return unlink(address->sun_path) == 0 ? ERR_OK : ERR_IO;
}

enum err linux_listen_unix(const char *path, int *out_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return ERR_TOO_LONG;
    memcpy(address.sun_path, path, strlen(path));
    TRY(remove_stale(&address));
    int fd CLEANUP(close_fd) = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return ERR_IO;
    if (chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0) {
        (void)unlink(path);
        return ERR_IO;
    }
    *out_fd = take_fd(&fd);
    return ERR_OK;
}

bool linux_peer_is_ours(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return false;
    return peer.uid == geteuid() || peer.uid == 0;
}
