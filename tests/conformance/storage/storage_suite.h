/* SPDX-License-Identifier: Apache-2.0 */
/* storage_suite.h - what every implementation of iface/storage.h must do. The state of each case is a
 * struct storage_fixture over an empty storage of SUITE_TABLES tables, made and removed by the
 * implementation's test. */
#ifndef KASSA_STORAGE_SUITE_H
#define KASSA_STORAGE_SUITE_H

#include "iface/storage.h"

#define SUITE_TABLES 2

struct storage_fixture {
    struct storage storage;
    /* Closes and opens it again, as after a restart of the program. */
    void (*reopen)(struct storage_fixture *fixture);
    void *self;
};

int storage_suite_run(int (*setup)(void **state), int (*teardown)(void **state));

#endif
