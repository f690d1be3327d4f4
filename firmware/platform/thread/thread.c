/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/thread/thread.h"

#include <signal.h>

enum err thread_start(size_t stack_size, void *(*run)(void *), void *self, pthread_t *out_thread)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    if (pthread_attr_init(&attributes) != 0)
        return ERR_MEMORY;
    (void)pthread_attr_setstacksize(&attributes, stack_size);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(out_thread, &attributes, run, self);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return status == 0 ? ERR_OK : ERR_MEMORY;
}
