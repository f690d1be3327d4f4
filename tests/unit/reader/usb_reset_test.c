/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "platform/nfc/usb_reset.h"

/* A machine with one serial adapter on USB, as sysfs shows it, and a line on the board. */
struct machine {
    char folder[64];
};

static void make(const struct machine *machine, const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", machine->folder, name);
    if (text == NULL) {
        assert_int_equal(mkdir(path, 0700), 0);
        return;
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void point(const struct machine *machine, const char *name, const char *target)
{
    char path[256], to[256];
    (void)snprintf(path, sizeof path, "%s/%s", machine->folder, name);
    (void)snprintf(to, sizeof to, "%s/%s", machine->folder, target);
    assert_int_equal(symlink(to, path), 0);
}

static int open_machine(void **state)
{
    static struct machine machine;
    (void)strcpy(machine.folder, "/tmp/kassa-usb-XXXXXX");
    assert_non_null(mkdtemp(machine.folder));
    static const char *const folders[] = {
        "dev",       "sys",       "sys/usb1",      "sys/usb1/1-2",          "sys/usb1/1-2/1-2:1.0",
        "sys/board", "sys/class", "sys/class/tty", "sys/class/tty/ttyUSB0", "sys/class/tty/ttyS0"};
    for (size_t i = 0; i < COUNT_OF(folders); i++)
        make(&machine, folders[i], NULL);
    make(&machine, "sys/usb1/1-2/busnum", "1\n");
    make(&machine, "sys/usb1/1-2/devnum", "42\n");
    make(&machine, "dev/ttyUSB0", "");
    make(&machine, "dev/ttyS0", "");
    point(&machine, "dev/kassa-reader", "dev/ttyUSB0");
    point(&machine, "sys/class/tty/ttyUSB0/device", "sys/usb1/1-2/1-2:1.0");
    point(&machine, "sys/class/tty/ttyS0/device", "sys/board");
    *state = &machine;
    return 0;
}

static int close_machine(void **state)
{
    char command[128];
    const struct machine *machine = *state;
    (void)snprintf(command, sizeof command, "rm -r %s", machine->folder);
    return system(command);
}

/* connstring: with the machine's folder for the %s. */
static enum err node_of(const struct machine *machine, const char *driver, const char *path, char *out,
                        size_t size)
{
    char sysfs[128], connstring[256];
    (void)snprintf(sysfs, sizeof sysfs, "%s/sys", machine->folder);
    (void)snprintf(connstring, sizeof connstring, "%s:%s/%s", driver, machine->folder, path);
    return nfc_usb_node_of(sysfs, connstring, out, size);
}

static void nfc_usb_node_of__finds_the_adapter_behind_a_serial_line(void **state)
{
    char node[64];
    assert_int_equal(node_of(*state, "pn532_uart", "dev/kassa-reader:115200", node, sizeof node), ERR_OK);
    assert_string_equal(node, "/dev/bus/usb/001/042");
    assert_int_equal(node_of(*state, "pn532_uart", "dev/ttyUSB0", node, sizeof node), ERR_OK);
    assert_int_equal(node_of(*state, "pn532_uart", "dev/ttyUSB0", node, 8), ERR_TOO_LONG);
    assert_int_equal(node_of(*state, "pn532_uart", "dev/ttyS0:115200", node, sizeof node), ERR_NOT_FOUND);
    assert_int_equal(node_of(*state, "pn532_uart", "dev/none:115200", node, sizeof node), ERR_NOT_FOUND);
}

static void nfc_usb_node_of__reads_the_address_of_a_reader_on_usb(void **state)
{
    (void)state;
    char node[64];
    assert_int_equal(nfc_usb_node_of("/sys", "pn53x_usb:003:017", node, sizeof node), ERR_OK);
    assert_string_equal(node, "/dev/bus/usb/003/017");
    static const char *const others[] = {"pn53x_usb",        "pn53x_usb:",         "pn53x_usb:3:17",
                                         "pn53x_usb:003:01", "pn53x_usb:003:0171", "acr122_usb:003",
                                         "pcsc:Reader"};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(nfc_usb_node_of("/sys", others[i], node, sizeof node), ERR_NOT_FOUND);
}

static void nfc_usb_reset__says_what_is_no_device_of_usb(void **state)
{
    const struct machine *machine = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/dev/ttyS0", machine->folder);
    assert_int_equal(nfc_usb_reset(path), ERR_IO);
    assert_int_equal(nfc_usb_reset("/dev/bus/usb/000/000"), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nfc_usb_node_of__finds_the_adapter_behind_a_serial_line),
        cmocka_unit_test(nfc_usb_node_of__reads_the_address_of_a_reader_on_usb),
        cmocka_unit_test(nfc_usb_reset__says_what_is_no_device_of_usb),
    };
    return cmocka_run_group_tests(tests, open_machine, close_machine);
}
