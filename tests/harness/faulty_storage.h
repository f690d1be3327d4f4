/* SPDX-License-Identifier: Apache-2.0 */
/* faulty_storage.h - a storage around another one whose k-th operation fails. */
#ifndef KASSA_HARNESS_FAULTY_STORAGE_H
#define KASSA_HARNESS_FAULTY_STORAGE_H

#include "iface/storage.h"

enum fault {
    FAULT_IO,           /* ERR_IO; a commit that fails so did not happen */
    FAULT_IO_COMMITTED, /* ERR_IO; a commit that fails so did happen */
    FAULT_FULL /* ERR_FULL, by operations that may say so (begin, put, remove, commit); others pass */
};

struct faulty_storage {
    struct storage inner;
    enum fault fault;
    uint64_t fail_at;  /* counted from 1; 0: never */
    bool is_sticky;    /* every later operation fails too */
    uint64_t count;    /* operations so far */
    uint64_t failures; /* of them injected */
    struct faulty_handle {
        struct faulty_storage *faulty;
        void *inner; /* NULL: free */
        bool writes;
    } handles[4];
};

struct storage faulty_storage_as_storage(struct faulty_storage *faulty);

#endif
