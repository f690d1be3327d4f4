/* SPDX-License-Identifier: Apache-2.0 */
/* trace.h - what a card is asked and why it was not taken, told step by step to a person who looks for the reason.
 * Inside card/ and for who listens. */
#ifndef KASSA_CARD_TRACE_H
#define KASSA_CARD_TRACE_H

#include <stddef.h>

/* Is told each step in words that hold no secret. */
struct card_trace {
    void (*say)(void *self, const char *text);
    void *self;
};

/* trace: NULL: nobody listens. */
static inline void card_trace_say(const struct card_trace *trace, const char *text)
{
    if (trace != NULL)
        trace->say(trace->self, text);
}

#endif
