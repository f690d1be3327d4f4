/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/sim_store.h"

static enum err op_begin(void *self, enum store_mode mode, void **out_txn)
{
    struct sim_store *sim = self;
    TRY(sim->inner.ops->begin(sim->inner.self, mode, &sim->txn.inner));
    sim->is_writing = mode == STORE_WRITE;
    sim->txn.sim = sim;
    *out_txn = &sim->txn;
    return ERR_OK;
}

static enum err op_end(void *self, void *txn, enum store_ending ending)
{
    struct sim_store *sim = self;
    struct sim_txn *own = txn;
    bool lies = sim->is_writing && ending == STORE_COMMIT && seed_below(sim->seed, 100) < sim->lie_percent;
    if (sim->is_crashed || lies) {
        (void)sim->inner.ops->end(sim->inner.self, own->inner, STORE_ABORT);
        return lies ? ERR_OK : ERR_IO;
    }
    return sim->inner.ops->end(sim->inner.self, own->inner, ending);
}

static enum err op_append(void *txn, const struct wire_batch *batch, struct store_appended *out)
{
    struct sim_txn *own = txn;
    enum err error = own->sim->inner.ops->append(own->inner, batch, out);
    if (error == ERR_OK && own->sim->forgets_to_dedupe)
        out->first_new = 0;
    return error;
}

static enum err op_mark(void *txn, const char *till, uint64_t incarnation, struct store_mark *out)
{
    struct sim_txn *own = txn;
    return own->sim->inner.ops->mark(own->inner, till, incarnation, out);
}

static enum err op_scan_records(void *txn, const struct store_record_id *from, store_visit_record *visit,
                                void *context)
{
    struct sim_txn *own = txn;
    return own->sim->inner.ops->scan_records(own->inner, from, visit, context);
}

static enum err op_get(void *txn, enum store_kind kind, struct span key, struct span *out_body)
{
    struct sim_txn *own = txn;
    return own->sim->inner.ops->get(own->inner, kind, key, out_body);
}

static enum err op_put(void *txn, enum store_kind kind, struct span key, struct span body)
{
    struct sim_txn *own = txn;
    return own->sim->inner.ops->put(own->inner, kind, key, body);
}

static enum err op_scan(void *txn, enum store_kind kind, struct span from, store_visit *visit, void *context)
{
    struct sim_txn *own = txn;
    return own->sim->inner.ops->scan(own->inner, kind, from, visit, context);
}

static void op_close(void *self)
{
    struct sim_store *sim = self;
    store_close(&sim->inner);
}

struct store sim_store_as_store(struct sim_store *sim)
{
    static const struct store_ops ops = {.begin = op_begin,
                                         .end = op_end,
                                         .append = op_append,
                                         .mark = op_mark,
                                         .scan_records = op_scan_records,
                                         .get = op_get,
                                         .put = op_put,
                                         .scan = op_scan,
                                         .close = op_close};
    return (struct store){&ops, sim};
}
