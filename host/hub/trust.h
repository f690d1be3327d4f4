/* SPDX-License-Identifier: Apache-2.0 */
/* trust.h - the program's certificates: the authority that renews those of tills, and the hub's own. */
#ifndef KASSA_HUB_TRUST_H
#define KASSA_HUB_TRUST_H

#include "hub/settings.h"
#include "iface/clock.h"
#include "office/authority.h"

/* The authority that the settings name; der_size stays 0 if they name none. What is wrong with it is told. */
NODISCARD
enum err trust_read(const struct hub_settings *settings, struct authority *out);

/* The timestamp role's private key that the settings name; *out_has_key stays false if they name none. What is wrong
 * with it is told. */
NODISCARD
enum err trust_read_timestamp_key(const struct hub_settings *settings, uint8_t out[VAULT_PRIVATE_SIZE],
                                  bool *out_has_key);

struct trust_watch {
    const char *file; /* the hub's certificate; "" none */
    uint64_t due_mono_ms;
};

/* Once an hour: the log warns of the hub's own certificate from two thirds of its life on. */
void trust_look(struct trust_watch *watch, struct clock clock);

#endif
