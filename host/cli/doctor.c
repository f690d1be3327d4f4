/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "card/device_text.h"

#define PATH_SIZE  PATH_MAX
#define NAME_SIZE  64
#define GROUPS_MAX 64

/* How a reader is reached, and so what can be wrong with it. */
enum way {
    WAY_LINE = CARD_DEVICE_LINE,
    WAY_BUS = CARD_DEVICE_BUS,
    WAY_USB = CARD_DEVICE_USB,
    WAY_PCSC = CARD_DEVICE_PCSC,
    WAY_NONE = 16 /* no device was named */
};

#define WAYS_BY_FILE (WAY_LINE | WAY_BUS)

struct visit {
    const struct doctor_case *sick;
    enum way way;
    char path[PATH_SIZE]; /* of the port; empty: it has none, or it is not there */
    doctor_tell tell;
    void *self;
    unsigned trouble_count;
};

static void say(struct visit *visit, bool is_trouble, const char *advice, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void say(struct visit *visit, bool is_trouble, const char *advice, const char *format, ...)
{
    struct doctor_finding finding = {.is_trouble = is_trouble};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(finding.what, sizeof(finding.what), format, arguments);
    va_end(arguments);
    (void)snprintf(finding.advice, sizeof(finding.advice), "%s", advice);
    visit->trouble_count += is_trouble;
    visit->tell(visit->self, &finding);
}

/* --- looking around --- */

static bool path_below(const struct visit *visit, const char *path, char out[PATH_SIZE])
{
    int size = snprintf(out, PATH_SIZE, "%s%s", visit->sick->root, path);
    return size > 0 && size < PATH_SIZE;
}

/* The first line, without its end. */
static bool read_line(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool has_line = fgets(out, (int)size, file) != NULL;
    (void)fclose(file);
    if (has_line)
        out[strcspn(out, "\n")] = '\0';
    return has_line;
}

/* Goes through a folder until `take` says that it is enough. */
static void each_entry(const char *folder, bool (*take)(void *self, const char *folder, const char *name),
                       void *self)
{
    DIR *list = opendir(folder);
    if (list == NULL)
        return;
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list))
        if (entry->d_name[0] != '.' && take(self, folder, entry->d_name))
            break;
    (void)closedir(list);
}

struct search {
    const char *wanted; /* a process's name, or the file that it has open */
    long pid;           /* found; 0: not */
    char name[NAME_SIZE];
};

static bool read_name_of_process(const char *folder, const char *pid, char out[NAME_SIZE])
{
    char path[PATH_SIZE];
    if (pid[0] < '0' || pid[0] > '9')
        return false;
    int size = snprintf(path, sizeof(path), "%s/%s/comm", folder, pid);
    return size > 0 && (size_t)size < sizeof(path) && read_line(path, out, NAME_SIZE);
}

static bool has_name(void *self, const char *folder, const char *pid)
{
    struct search *search = self;
    if (!read_name_of_process(folder, pid, search->name) || strcmp(search->name, search->wanted) != 0)
        return false;
    search->pid = strtol(pid, NULL, 10);
    return true;
}

static bool has_open(void *self, const char *folder, const char *number)
{
    struct search *search = self;
    char path[PATH_SIZE], target[PATH_SIZE];
    int size = snprintf(path, sizeof(path), "%s/%s", folder, number);
    ssize_t got = size > 0 && (size_t)size < sizeof(path) ? readlink(path, target, sizeof(target) - 1) : -1;
    if (got < 0)
        return false;
    target[got] = '\0';
    if (strcmp(target, search->wanted) != 0)
        return false;
    search->pid = 1;
    return true;
}

static bool process_has_open(void *self, const char *folder, const char *pid)
{
    struct search *search = self;
    char descriptors[PATH_SIZE];
    struct search inner = {.wanted = search->wanted};
    int size = snprintf(descriptors, sizeof(descriptors), "%s/%s/fd", folder, pid);
    if (size < 0 || (size_t)size >= sizeof(descriptors) || strtol(pid, NULL, 10) == (long)getpid())
        return false;
    each_entry(descriptors, has_open, &inner);
    if (inner.pid == 0 || !read_name_of_process(folder, pid, search->name))
        return false;
    search->pid = strtol(pid, NULL, 10);
    return true;
}

static struct search search_processes(const struct visit *visit, const char *wanted,
                                      bool (*take)(void *self, const char *folder, const char *pid))
{
    struct search search = {.wanted = wanted};
    char folder[PATH_SIZE];
    if (path_below(visit, "/proc", folder))
        each_entry(folder, take, &search);
    return search;
}

/* --- the checks --- */

static bool list_port(void *self, const char *folder, const char *name)
{
    char path[PATH_SIZE];
    char *ports = self;
    int size = snprintf(path, sizeof(path), "%s/%s/device", folder, name);
    if (size < 0 || (size_t)size >= sizeof(path) || access(path, F_OK) != 0)
        return false;
    size_t used = strlen(ports);
    (void)snprintf(ports + used, NAME_SIZE * 4 - used, "%s/dev/%.60s", used > 0 ? ", " : "", name);
    return used > NAME_SIZE * 2;
}

/* Nobody plugs in a bus of the board's own. */
static const struct bus_row {
    const char *head;
    const char *advice;
} buses[] = {
    {"pn532_spi:",
     "Switch the bus on (a Raspberry Pi: dtparam=spi=on in config.txt; else the board's overlay), and "
     "modprobe spidev. ls /dev/spidev* shows what is there."},
    {"pn532_i2c:",
     "Switch the bus on (a Raspberry Pi: dtparam=i2c_arm=on in config.txt; else the board's overlay), "
     "and modprobe i2c-dev. ls /dev/i2c-* shows what is there."},
};

static const char *advice_for_bus(const char *device)
{
    for (size_t i = 0; i < COUNT_OF(buses); i++)
        if (strncmp(device, buses[i].head, strlen(buses[i].head)) == 0)
            return buses[i].advice;
    return NULL;
}

static void say_missing(struct visit *visit, const char *path)
{
    char folder[PATH_SIZE], ports[NAME_SIZE * 4] = "", advice[512];
    const char *bus = advice_for_bus(visit->sick->device);
    if (bus != NULL) {
        say(visit, true, bus, "there is no %s", path);
        return;
    }
    if (path_below(visit, "/sys/class/tty", folder))
        each_entry(folder, list_port, ports);
    (void)snprintf(advice, sizeof(advice), "Plug it in, and look for its name in /dev/serial/by-id. %s%s",
                   ports[0] != '\0' ? "Ports of this machine: " : "", ports);
    say(visit, true, advice, "there is no %s", path);
}

/* "driver:/path:speed": libnfc splits at each colon. */
static void check_port(struct visit *visit)
{
    const char *device = visit->sick->device;
    const char *path = strchr(device, ':') + 1;
    size_t size = strcspn(path, ":");
    const char *behind = path[size] == ':' ? strchr(path + size + 1, ':') : NULL;
    if (path[0] != '/' || size >= PATH_SIZE) {
        say(visit, true, "Name it: driver:/dev/kassa-reader:115200.", "%s names no port", device);
        return;
    }
    if (behind != NULL) {
        say(visit, true,
            "libnfc takes none. Give the port a name without by a udev rule: SUBSYSTEM==\"tty\", "
            "ATTRS{serial}==\"...\", SYMLINK+=\"kassa-reader\".",
            "the port's path holds a colon: %s", path);
        return;
    }
    char named[PATH_SIZE];
    memcpy(named, path, size);
    named[size] = '\0';
    if (realpath(named, visit->path) == NULL) {
        visit->path[0] = '\0';
        say_missing(visit, named);
        return;
    }
    say(visit, false, "", "the port is there: %s", visit->path);
}

static bool is_in_group(const struct passwd *user, gid_t group)
{
    gid_t groups[GROUPS_MAX];
    int count = GROUPS_MAX;
    if (getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0)
        return false;
    for (int i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

static bool may_open(const char *name, const struct stat *status, bool *out_is_user)
{
    const struct passwd *user = getpwnam(name);
    *out_is_user = user != NULL;
    if (user == NULL)
        return false;
    mode_t needed = S_IROTH | S_IWOTH;
    if (status->st_uid == user->pw_uid)
        needed = S_IRUSR | S_IWUSR;
    else if (is_in_group(user, status->st_gid))
        needed = S_IRGRP | S_IWGRP;
    return user->pw_uid == 0 || (status->st_mode & needed) == needed;
}

static void check_rights(struct visit *visit)
{
    struct stat status;
    if (visit->path[0] == '\0' || stat(visit->path, &status) != 0)
        return;
    const struct group *group = getgrgid(status.st_gid);
    const char *user = visit->sick->user;
    bool is_user = true;
    bool is_allowed =
        user != NULL ? may_open(user, &status, &is_user) : access(visit->path, R_OK | W_OK) == 0;
    char advice[512];
    if (group == NULL || status.st_gid == 0) /* nobody is to be made one of root's */
        (void)snprintf(advice, sizeof(advice),
                       "Give the port to dialout by a udev rule: GROUP=\"dialout\", MODE=\"0660\".");
    else
        (void)snprintf(advice, sizeof(advice),
                       "It is of the group %s: add the user (usermod -aG %s %s; in a unit "
                       "SupplementaryGroups=%s), or give the port to dialout by a "
                       "udev rule: GROUP=\"dialout\", MODE=\"0660\".",
                       group->gr_name, group->gr_name, user != NULL ? user : "USER", group->gr_name);
    if (!is_user)
        say(visit, true, "kassa-reader is made by `systemd-sysusers`, or name another.",
            "there is no user %s", user);
    else if (!is_allowed)
        say(visit, true, advice, "%s may not read and write %s", user != NULL ? user : "this user",
            visit->path);
    else
        say(visit, false, "", "%s may read and write it", user != NULL ? user : "this user");
}

static void check_kind(struct visit *visit)
{
    struct termios port;
    if (visit->path[0] == '\0')
        return;
    int fd = open(visit->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return; /* the rights are told of already */
    if (visit->way == WAY_LINE && tcgetattr(fd, &port) != 0)
        say(visit, true, "Look for the reader's own name in /dev/serial/by-id.", "%s is no serial line",
            visit->path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        say(visit, true, "One reader is one process's: stop the other one, or give each its own port.",
            "another kassa-reader has locked %s", visit->path);
    (void)close(fd);
}

static void check_holder(struct visit *visit)
{
    if (visit->path[0] == '\0')
        return;
    struct search holder = search_processes(visit, visit->path, process_has_open);
    if (holder.pid != 0)
        say(visit, true, "Stop it, or tell it to leave this port alone: two on one port break both.",
            "%s (process %ld) has %s open", holder.name, holder.pid, visit->path);
}

/* Programs that open serial ports which are not theirs, to see what is there. */
static const struct grabber_row {
    const char *name;
    const char *advice;
} grabbers[] = {
    {"brltty",
     "It takes USB serial adapters for braille displays: apt remove brltty, or systemctl mask brltty-udev."},
    {"ModemManager", "It talks to new ports as to modems: ENV{ID_MM_DEVICE_IGNORE}=\"1\" in a udev rule, or "
                     "systemctl mask ModemManager."},
    {"gpsd", "It listens to new ports: USBAUTO=\"false\" in /etc/default/gpsd."},
};

static void check_grabbers(struct visit *visit)
{
    for (size_t i = 0; i < COUNT_OF(grabbers); i++) {
        struct search found = search_processes(visit, grabbers[i].name, has_name);
        if (found.pid != 0)
            say(visit, true, grabbers[i].advice, "%s runs (process %ld)", grabbers[i].name, found.pid);
    }
}

/* Linux's own drivers for readers take them away from libnfc and pcscd. */
static const char *const kernel_modules[] = {"pn533_usb", "pn533_i2c", "pn532_uart", "pn533", "nfc"};

static bool is_reader_module(const char *line)
{
    size_t size = strcspn(line, " ");
    for (size_t i = 0; i < COUNT_OF(kernel_modules); i++)
        if (strlen(kernel_modules[i]) == size && strncmp(line, kernel_modules[i], size) == 0)
            return true;
    return false;
}

static void check_modules(struct visit *visit)
{
    char path[PATH_SIZE], line[512], found[NAME_SIZE * 3] = "";
    FILE *file = path_below(visit, "/proc/modules", path) ? fopen(path, "re") : NULL;
    if (file == NULL)
        return;
    while (fgets(line, sizeof(line), file) != NULL) {
        size_t used = strlen(found);
        if (is_reader_module(line))
            (void)snprintf(found + used, sizeof(found) - used, "%s%.*s", used > 0 ? " " : "",
                           (int)strcspn(line, " "), line);
    }
    (void)fclose(file);
    if (found[0] != '\0')
        say(visit, true,
            "modprobe -r pn533_usb pn533 nfc, and for good: lines `blacklist pn533_usb`, `blacklist pn533`, "
            "`blacklist nfc` in "
            "/etc/modprobe.d/kassa.conf.",
            "the kernel's own drivers for card readers are loaded: %s", found);
}

static void check_pcscd_away(struct visit *visit)
{
    struct search pcscd = search_processes(visit, "pcscd", has_name);
    if (pcscd.pid != 0)
        say(visit, true,
            "Let it have the reader: device = pcsc: and how the reader's name begins. Or stop it: systemctl "
            "disable --now pcscd.socket "
            "pcscd.",
            "pcscd runs (process %ld) and takes USB readers for itself", pcscd.pid);
}

static void check_pcscd_there(struct visit *visit)
{
    char path[PATH_SIZE];
    const char *name = visit->sick->device + strlen("pcsc:");
    bool is_there = path_below(visit, "/run/pcscd/pcscd.comm", path) && access(path, F_OK) == 0;
    if (name[0] == '/') /* another pcscd's socket */
        is_there = snprintf(path, sizeof(path), "%.*s", (int)strcspn(name, ":"), name) > 0 &&
                   access(path, F_OK) == 0;
    if (is_there)
        say(visit, false, "", "pcscd listens at %s", path);
    else
        say(visit, true,
            "apt install pcscd, then systemctl enable --now pcscd.socket; pcsc_scan -r (pcsc-tools) lists "
            "its readers.",
            "no pcscd listens at %s", path);
}

struct usb {
    unsigned count;
    char names[NAME_SIZE * 4];
};

/* Readers by their USB numbers, and which of libnfc's drivers fits; "": none does, pcscd has one. */
static const struct usb_row {
    const char *vendor, *product, *name, *driver;
} usb_readers[] = {
    {"072f", "2200", "ACS ACR122U", "acr122_usb"}, {"072f", "90cc", "Touchatag", "acr122_usb"},
    {"04cc", "2533", "NXP PN533", "pn53x_usb"},    {"04cc", "0531", "NXP PN531", "pn53x_usb"},
    {"04e6", "5591", "SCM SCL3711", "pn53x_usb"},  {"04e6", "5594", "SCM SCL3712", "pn53x_usb"},
    {"054c", "0193", "Sony PN531", "pn53x_usb"},   {"1fd3", "0608", "ASK LoGO", "pn53x_usb"},
    {"072f", "223b", "ACS ACR1252U", ""},
};

static bool list_usb_reader(void *self, const char *folder, const char *name)
{
    struct usb *usb = self;
    char path[PATH_SIZE], vendor[8] = "", product[8] = "";
    (void)snprintf(path, sizeof(path), "%.3000s/%.200s/idVendor", folder, name);
    bool is_device = read_line(path, vendor, sizeof(vendor));
    (void)snprintf(path, sizeof(path), "%.3000s/%.200s/idProduct", folder, name);
    if (!is_device || !read_line(path, product, sizeof(product)))
        return false;
    for (size_t i = 0; i < COUNT_OF(usb_readers); i++) {
        const struct usb_row *row = &usb_readers[i];
        size_t used = strlen(usb->names);
        if (strcmp(row->vendor, vendor) != 0 || strcmp(row->product, product) != 0)
            continue;
        usb->count++;
        (void)snprintf(usb->names + used, sizeof(usb->names) - used, "%s%s (%s)", used > 0 ? ", " : "",
                       row->name, row->driver[0] != '\0' ? row->driver : "pcsc");
    }
    return false;
}

static void check_usb(struct visit *visit)
{
    char folder[PATH_SIZE];
    struct usb usb = {.count = 0};
    if (path_below(visit, "/sys/bus/usb/devices", folder))
        each_entry(folder, list_usb_reader, &usb);
    if (usb.count > 0)
        say(visit, false, "", "readers at USB, and what drives them: %s", usb.names);
    else if (visit->way == WAY_USB)
        say(visit, true, "Plug it in, at another port or without a hub; `lsusb` shows what the machine sees.",
            "no reader that libnfc drives is at USB");
}

static const struct check_row {
    unsigned ways; /* for which it is made */
    void (*check)(struct visit *visit);
} checks[] = {
    {WAYS_BY_FILE, check_port},
    {WAYS_BY_FILE, check_rights},
    {WAYS_BY_FILE, check_kind},
    {WAYS_BY_FILE, check_holder},
    {WAY_LINE, check_grabbers},
    {WAY_USB | WAY_PCSC | WAY_NONE, check_usb},
    {WAY_USB | WAY_BUS | WAY_PCSC | WAY_NONE, check_modules},
    {WAY_USB, check_pcscd_away},
    {WAY_PCSC, check_pcscd_there},
};

/* 0: no driver has such a name. */
static enum way way_of(const char *device)
{
    if (device == NULL)
        return WAY_NONE;
    enum way way = (enum way)card_device_way(device);
    return strchr(device, ':') != NULL || way == WAY_USB ? way : (enum way)0;
}

unsigned doctor_look(const struct doctor_case *sick, doctor_tell tell, void *self)
{
    struct visit visit = {.sick = sick, .way = way_of(sick->device), .tell = tell, .self = self};
    if (visit.way == 0)
        say(&visit, true,
            "It begins with pn532_uart:, pn532_spi:, pn532_i2c:, arygon:, acr122s:, pn53x_usb, acr122_usb or "
            "pcsc:.",
            "%s is no reader's device", sick->device);
    if (visit.way == WAY_NONE)
        say(&visit, false, "Name it as [reader] device has it: --reader DEVICE.",
            "no reader was named: its port was not looked at");
    for (size_t i = 0; i < COUNT_OF(checks); i++)
        if ((checks[i].ways & visit.way) != 0)
            checks[i].check(&visit);
    return visit.trouble_count;
}
