/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/tpm/bounded.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/thread/thread.h"

#define STACK_SIZE (256 * 1024)

struct bounded_call {
    struct sealer sealer;
    bool is_seal;
    uint8_t in[SEALER_SEALED_MAX], out[SEALER_SEALED_MAX];
    size_t in_size, out_size;
    enum err error;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t is_over;
    bool is_done; /* under the mutex: all above is the thread's until then */
    bool is_left; /* the same: nobody asks any more, and the thread frees this */
};

static void free_call(struct bounded_call *call)
{
    (void)pthread_cond_destroy(&call->is_over);
    (void)pthread_mutex_destroy(&call->mutex);
    explicit_bzero(call, sizeof(*call));
    free(call);
}

static void *run_call(void *self)
{
    struct bounded_call *call = self;
    struct span in = span_of(call->in, call->in_size);
    enum err (*op)(void *, struct span, uint8_t *, size_t, size_t *) =
        call->is_seal ? call->sealer.seal : call->sealer.unseal;
    call->error = op(call->sealer.self, in, call->out, sizeof(call->out), &call->out_size);
    (void)pthread_mutex_lock(&call->mutex);
    call->is_done = true;
    bool is_left = call->is_left;
    (void)pthread_cond_signal(&call->is_over);
    (void)pthread_mutex_unlock(&call->mutex);
    if (is_left)
        free_call(call);
    return NULL;
}

static bool is_done_within(struct bounded_call *call, uint32_t wait_ms)
{
    struct timespec until;
    int status = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + (int64_t)(wait_ms % 1000) * 1000000;
    until.tv_sec += wait_ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    (void)pthread_mutex_lock(&call->mutex);
    while (!call->is_done && status == 0)
        status = pthread_cond_timedwait(&call->is_over, &call->mutex, &until);
    bool is_done = call->is_done;
    (void)pthread_mutex_unlock(&call->mutex);
    return is_done;
}

/* By the monotonic clock: the wall clock may be set while somebody waits. */
static void init_locks(struct bounded_call *call)
{
    pthread_condattr_t attributes;
    (void)pthread_mutex_init(&call->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&call->is_over, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

static enum err begin(struct bounded *bounded, bool is_seal, struct span in)
{
    struct bounded_call *call = calloc(1, sizeof(*call));
    if (call == NULL)
        return ERR_MEMORY;
    call->sealer = bounded->sealer;
    call->is_seal = is_seal;
    call->in_size = in.size;
    if (in.size > 0)
        memcpy(call->in, in.bytes, in.size);
    init_locks(call);
    if (thread_start(STACK_SIZE, run_call, call, &call->thread) != ERR_OK) {
        free_call(call);
        return ERR_MEMORY;
    }
    bounded->call = call;
    return ERR_OK;
}

/* Of a call that is done. */
static void end_call(struct bounded *bounded)
{
    (void)pthread_join(bounded->call->thread, NULL);
    free_call(bounded->call);
    bounded->call = NULL;
}

static uint64_t now_mono_ms(const struct bounded *bounded)
{
    return bounded->clock.ops->mono_ms(bounded->clock.self);
}

static enum err rest(struct bounded *bounded, enum err error)
{
    bounded->rest_until_mono_ms = now_mono_ms(bounded) + BOUNDED_REST_MS;
    bounded->rest_error = error;
    return error;
}

static enum err take_answer(struct bounded *bounded, uint8_t *out, size_t capacity, size_t *out_size)
{
    const struct bounded_call *call = bounded->call;
    enum err error = call->error;
    if (error == ERR_OK && call->out_size > capacity)
        error = ERR_TOO_LONG;
    if (error == ERR_OK) {
        memcpy(out, call->out, call->out_size);
        *out_size = call->out_size;
    }
    end_call(bounded);
    return error == ERR_IO ? rest(bounded, error) : error;
}

/* What came too late for who asked then is as good for who asks the same now. */
static bool is_answer(const struct bounded_call *call, bool is_seal, struct span in)
{
    return call->error != ERR_IO && call->is_seal == is_seal &&
           span_is_equal(span_of(call->in, call->in_size), in);
}

static enum err ask(struct bounded *bounded, bool is_seal, struct span in, uint8_t *out, size_t capacity,
                    size_t *out_size)
{
    if (in.size > SEALER_SEALED_MAX)
        return ERR_TOO_LONG;
    if (bounded->call != NULL) {
        if (!is_done_within(bounded->call, 0))
            return ERR_BUSY;
        if (is_answer(bounded->call, is_seal, in))
            return take_answer(bounded, out, capacity, out_size);
        end_call(bounded);
    }
    if (now_mono_ms(bounded) < bounded->rest_until_mono_ms)
        return bounded->rest_error;
    TRY(begin(bounded, is_seal, in));
    if (!is_done_within(bounded->call, bounded->wait_ms))
        return rest(bounded, ERR_BUSY);
    return take_answer(bounded, out, capacity, out_size);
}

static enum err op_seal(void *self, struct span secret, uint8_t *out, size_t capacity, size_t *out_size)
{
    return ask(self, /* is_seal= */ true, secret, out, capacity, out_size);
}

static enum err op_unseal(void *self, struct span sealed, uint8_t *out, size_t capacity, size_t *out_size)
{
    return ask(self, /* is_seal= */ false, sealed, out, capacity, out_size);
}

struct sealer bounded_as_sealer(struct bounded *bounded)
{
    return (struct sealer){op_seal, op_unseal, bounded};
}

void bounded_close(struct bounded *bounded)
{
    struct bounded_call *call = bounded->call;
    if (call == NULL)
        return;
    pthread_t thread = call->thread;
    (void)pthread_mutex_lock(&call->mutex);
    bool is_out = !call->is_done;
    call->is_left = is_out;
    (void)pthread_mutex_unlock(&call->mutex);
    if (is_out)
        (void)pthread_detach(thread);
    else
        end_call(bounded);
    bounded->call = NULL;
}
