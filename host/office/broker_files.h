/* SPDX-License-Identifier: Apache-2.0 */
/* broker_files.h - mosquitto's settings and rights for a chain, from the one table of topics: certificates on both
 * sides, each till its own topics and nothing else. Texts; the caller writes the files. */
#ifndef KASSA_OFFICE_BROKER_FILES_H
#define KASSA_OFFICE_BROKER_FILES_H

#include <stdio.h>

#include "base/base.h"
#include "kassa/limits.h"

#define BROKER_TILLS_MAX 256 /* of a store: as many as its arbiter knows */
struct broker_till {
    char name[TILL_ID_MAX + 1];
};

struct broker_terms {
    const char *folder;  /* where the files will stand, absolute */
    const char *address; /* to listen on, numeric */
    uint16_t port;
    const char *hub;         /* the hub's name in its certificate */
    const char *user;        /* whom mosquitto becomes; "" as it is set up */
    uint16_t enrol_port;     /* of the broker for enrolment: tills without a certificate */
    uint16_t enrol_hub_port; /* the same broker's, for the hub */
    const char *store;       /* of a store's own broker; "" of the chain's */
    const char *arbiter;     /* of that: the till whose agent judges claims ... */
    const struct broker_till *tills;
    size_t till_count; /* ... and the others that may speak there, without it */
};

#define BROKER_CONF_FILE        "mosquitto.conf"
#define BROKER_RIGHTS_FILE      "rights.acl"
#define BROKER_CERTIFICATE_FILE "broker.pem"
#define BROKER_KEY_FILE         "broker.key"
#define BROKER_AUTHORITY_FILE   "authority.pem"
#define BROKER_REVOKED_FILE     "revoked.pem"
#define BROKER_PROCESS_FILE     "mosquitto.pid" /* written by mosquitto: whom to tell of a new revoked.pem */

/* A second mosquitto: whoever has no certificate yet speaks with a process that carries no sales, and cannot throw
 * off a till there by taking its client id. */
#define BROKER_ENROL_CONF_FILE    "enrol.conf"
#define BROKER_ENROL_RIGHTS_FILE  "enrol.acl"
#define BROKER_ENROL_HUB_FILE     "enrol-hub.acl"
#define BROKER_ENROL_PROCESS_FILE "enrol.pid"

void broker_files_write_conf(FILE *out, const struct broker_terms *terms);
void broker_files_write_rights(FILE *out, const struct broker_terms *terms);
/* Of a store's own broker: its tills, by their names, speak there with its arbiter, and of nothing else. */
void broker_files_write_store_rights(FILE *out, const struct broker_terms *terms);
void broker_files_write_enrol_conf(FILE *out, const struct broker_terms *terms);
void broker_files_write_enrol_rights(FILE *out, const struct broker_terms *terms);
void broker_files_write_enrol_hub_rights(FILE *out, const struct broker_terms *terms);

#endif
