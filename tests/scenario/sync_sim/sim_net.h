/* SPDX-License-Identifier: Apache-2.0 */
/* sim_net.h - a broker and the network around it, in simulated time: two-way lines that break, messages that
 * get lost, doubled and overtaken, as chance has it. */
#ifndef KASSA_SIM_NET_H
#define KASSA_SIM_NET_H

#include "harness/seed.h"
#include "iface/clock.h"
#include "iface/transport.h"

#define SIM_ENDS_MAX 4

struct sim_net;

struct sim_end {
    struct sim_net *net;
    char till[TILL_ID_MAX + 1]; /* empty: the hub */
    struct transport_handler handler;
    bool is_trying;
    bool is_up;
    uint64_t connect_due_ms;
    char will_topic[96];
    uint8_t will[512];
    size_t will_size;
    unsigned epoch; /* of the connection: what was on its way to the last one is gone */
};

struct sim_message {
    uint64_t due_ms;
    struct sim_end *to;
    unsigned epoch;
    char topic[96];
    uint8_t *payload;
    size_t size;
};

struct sim_net {
    struct seed *seed;
    uint64_t now_ms;
    unsigned loss_percent;
    unsigned double_percent;
    uint64_t delay_ms_max;
    bool forges_acks; /* the planted fault: the broker's word is taken for the hub's */
    struct sim_end ends[SIM_ENDS_MAX];
    size_t end_count;
    struct sim_message *messages;
    size_t message_count;
    size_t message_capacity;
    uint64_t delivered, lost, doubled;
};

void sim_net_open(struct sim_net *net, struct seed *seed);
void sim_net_close(struct sim_net *net);
struct sim_end *sim_net_add(struct sim_net *net, const char *till);
struct transport sim_end_as_transport(struct sim_end *end);
struct clock sim_net_as_clock(struct sim_net *net);

/* Time goes on; what is due arrives. */
void sim_net_advance(struct sim_net *net, uint64_t ms);

/* The line breaks: the will is published, the handler is told. */
void sim_end_cut(struct sim_end *end);

#endif
