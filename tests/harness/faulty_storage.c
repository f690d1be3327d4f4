/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/faulty_storage.h"

static enum err injected(struct faulty_storage *faulty, bool may_be_full)
{
    faulty->count++;
    bool is_due = faulty->fail_at != 0 && (faulty->count == faulty->fail_at ||
                                           (faulty->is_sticky && faulty->count > faulty->fail_at));
    if (!is_due || (faulty->fault == FAULT_FULL && !may_be_full))
        return ERR_OK;
    faulty->failures++;
    return faulty->fault == FAULT_FULL ? ERR_FULL : ERR_IO;
}

static enum err op_begin(void *self, enum storage_mode mode, void **out_handle)
{
    struct faulty_storage *faulty = self;
    TRY(injected(faulty, true));
    for (size_t i = 0; i < COUNT_OF(faulty->handles); i++) {
        struct faulty_handle *handle = &faulty->handles[i];
        if (handle->inner != NULL)
            continue;
        TRY(faulty->inner.ops->begin(faulty->inner.self, mode, &handle->inner));
        handle->faulty = faulty;
        handle->writes = mode == STORAGE_WRITE;
        *out_handle = handle;
        return ERR_OK;
    }
    return ERR_FULL;
}

static enum err op_end(void *self, void *handle_, enum storage_ending ending)
{
    struct faulty_storage *faulty = self;
    struct faulty_handle *handle = handle_;
    void *inner = TAKE(handle->inner);
    enum err error = ERR_OK;
    if (handle->writes && ending == STORAGE_COMMIT)
        error = injected(faulty, true);
    if (error != ERR_OK && faulty->fault != FAULT_IO_COMMITTED)
        ending = STORAGE_ABORT;
    enum err inner_error = faulty->inner.ops->end(faulty->inner.self, inner, ending);
    return error != ERR_OK ? error : inner_error;
}

static enum err op_get(void *handle_, unsigned table, struct span key, struct span *out_value)
{
    struct faulty_handle *handle = handle_;
    TRY(injected(handle->faulty, false));
    return handle->faulty->inner.ops->get(handle->inner, table, key, out_value);
}

static enum err op_put(void *handle_, unsigned table, struct span key, struct span value,
                       enum storage_placing placing)
{
    struct faulty_handle *handle = handle_;
    TRY(injected(handle->faulty, true));
    return handle->faulty->inner.ops->put(handle->inner, table, key, value, placing);
}

static enum err op_remove(void *handle_, unsigned table, struct span key)
{
    struct faulty_handle *handle = handle_;
    TRY(injected(handle->faulty, true));
    return handle->faulty->inner.ops->remove(handle->inner, table, key);
}

static enum err op_scan(void *handle_, unsigned table, struct span from, enum storage_order order,
                        storage_visit *visit, void *context)
{
    struct faulty_handle *handle = handle_;
    TRY(injected(handle->faulty, false));
    return handle->faulty->inner.ops->scan(handle->inner, table, from, order, visit, context);
}

static enum err op_usage(void *self, struct storage_usage *out)
{
    struct faulty_storage *faulty = self;
    TRY(injected(faulty, false));
    return faulty->inner.ops->usage(faulty->inner.self, out);
}

struct storage faulty_storage_as_storage(struct faulty_storage *faulty)
{
    static const struct storage_ops ops = {.begin = op_begin,
                                           .end = op_end,
                                           .get = op_get,
                                           .put = op_put,
                                           .remove = op_remove,
                                           .scan = op_scan,
                                           .usage = op_usage};
    return (struct storage){&ops, faulty};
}
