/* SPDX-License-Identifier: Apache-2.0 */
/* broker_files.h - mosquitto's settings and rights for a chain, from the one table of topics: certificates on both
 * sides, each till its own topics and nothing else. Texts; the caller writes the files. */
#ifndef KASSA_OFFICE_BROKER_FILES_H
#define KASSA_OFFICE_BROKER_FILES_H

#include <stdio.h>

#include "base/base.h"

struct broker_terms {
    const char *folder;  /* where the files will stand, absolute */
    const char *address; /* to listen on, numeric */
    uint16_t port;
    const char *hub;  /* the hub's name in its certificate */
    const char *user; /* whom mosquitto becomes; "" as it is set up */
};

#define BROKER_CONF_FILE        "mosquitto.conf"
#define BROKER_RIGHTS_FILE      "rights.acl"
#define BROKER_CERTIFICATE_FILE "broker.pem"
#define BROKER_KEY_FILE         "broker.key"
#define BROKER_AUTHORITY_FILE   "authority.pem"
#define BROKER_REVOKED_FILE     "revoked.pem"

void broker_files_write_conf(FILE *out, const struct broker_terms *terms);
void broker_files_write_rights(FILE *out, const struct broker_terms *terms);

#endif
