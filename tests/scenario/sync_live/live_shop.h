/* SPDX-License-Identifier: Apache-2.0 */
/* live_shop.h - a till as far as sync sees it, a hub as it is, and Debian's mosquitto on a port of its own. */
#ifndef KASSA_SYNC_LIVE_SHOP_H
#define KASSA_SYNC_LIVE_SHOP_H

#include "harness/process.h"
#include "harness/sync_till.h"
#include "harness/trust_kit.h"
#include "platform/mosquitto/mosquitto_transport.h"
#include "store/store.h"

#define DEADLINE_MS 15000

struct shop {
    struct folder folder;
    uint16_t port;
    struct process broker;
    struct process hub;
    struct mosquitto_transport *line;
    struct sync_till till;
    struct trust_kit kit;
    uint8_t root_file[ROOT_FILE_SIZE_MAX];
    size_t root_size;
    char store_path[128];
    char time_key_path[128];
};

int shop_set_up(void **state);
int shop_tear_down(void **state);
void shop_start_hub(struct shop *shop);
void shop_open_till(struct shop *shop);
void shop_close_till(struct shop *shop);
uint64_t shop_now_ms(void);
void shop_turn(struct shop *shop); /* one turn of the till's loop: at most 20 ms */
void shop_turn_for(struct shop *shop, uint64_t ms);
void shop_turn_until_empty(struct shop *shop);
struct store shop_open_store(const struct shop *shop);
/* At the hub, as the journal has them, byte for byte, from the first to the last. */
void shop_expect_all_kept_once(struct shop *shop, uint64_t count);

#endif
