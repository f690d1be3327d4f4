/* SPDX-License-Identifier: Apache-2.0 */
/* topic.h - the MQTT topics, one row each (SPEC.md "Topics"): at most seven slashes, safe for MQTT 3.1.1.
 * Pure. */
#ifndef KASSA_WIRE_TOPIC_H
#define KASSA_WIRE_TOPIC_H

#include "base/base.h"
#include "kassa/limits.h"

#define TOPIC_SIZE_MAX 96

enum topic {
    TOPIC_UP,       /* kassa/1/up/<bucket>/<till>     Batch         till -> hub */
    TOPIC_STATE,    /* kassa/1/st/<bucket>/<till>     TillState     till -> hub, and the will */
    TOPIC_REQUEST,  /* kassa/1/rq/<bucket>/<till>     Request       till -> hub */
    TOPIC_ACK,      /* kassa/1/dn/<till>/ack          Ack           hub -> till */
    TOPIC_MEMBERS,  /* kassa/1/dn/<till>/mem          MemberUpdates hub -> till */
    TOPIC_REPAIR,   /* kassa/1/dn/<till>/book/<n>     BookChunk     hub -> till; n = "m": BookManifest */
    TOPIC_ANSWER,   /* kassa/1/dn/<till>/ans          Answer        hub -> till */
    TOPIC_MANIFEST, /* kassa/1/book/<cohort>/m        BookManifest  hub -> tills */
    TOPIC_CHUNK,    /* kassa/1/book/c/<version>/<n>   BookChunk     hub -> tills */
    TOPIC_ENROL,    /* kassa/1/en/<id>/q              EnrolRequest  a till without a certificate -> hub */
    TOPIC_ENROLLED, /* kassa/1/en/<id>/a              EnrolAnswer   hub -> it; id: its MQTT client id */
    TOPIC_LAN_WORD, /* kassa/1/lan/<store>/up/<till> LanWord     till -> arbiter, at the store's own broker */
    TOPIC_LAN_ANSWER, /* kassa/1/lan/<store>/dn/<till> LanAnswer   arbiter -> till */
    TOPIC_COUNT
};

/* What stands in a topic; which members are used is the topic's row. */
struct topic_parts {
    char till[TILL_ID_MAX + 1]; /* of enrolment: the client id */
    char cohort[TILL_ID_MAX + 1];
    char store[TILL_ID_MAX + 1];
    uint64_t version;
    uint32_t index;   /* a chunk's number */
    bool is_manifest; /* TOPIC_REPAIR: the manifest */
};

/* [a-z0-9-]{3,32}: safe as topic level, MQTT user name and certificate's name (SYNC.md 5). */
bool topic_is_till_id(struct span text);

/* The shard of a till: CRC-32C of its id, modulo BUCKETS. */
uint32_t topic_bucket(const char *till);

/* Writes the topic, NUL-terminated. parts->till must be a till id where the topic has one. */
void topic_write(enum topic topic, const struct topic_parts *parts, char out[TOPIC_SIZE_MAX]);

/* Recognises a topic. ERR_SYNTAX: none of ours, a malformed till id, or a bucket that is not the till's. */
NODISCARD
enum err topic_read(struct span text, enum topic *out_topic, struct topic_parts *out_parts);

/* Subscriptions: the hub's for all tills ("kassa/1/up/+/+"), a till's own ("kassa/1/dn/<till>/#"). */
void topic_write_filter(enum topic topic, char out[TOPIC_SIZE_MAX]);
void topic_write_till_filter(const char *till, char out[TOPIC_SIZE_MAX]);

/* Rights at the broker: the topic with the till's name as mosquitto's "%u" ("kassa/1/up/+/%u"), and whether it is
 * the till's to write or to read. Those of enrolment have "%c", the client id, and are another broker's. */
void topic_write_right(enum topic topic, char out[TOPIC_SIZE_MAX]);
bool topic_is_from_till(enum topic topic);
bool topic_is_enrolment(enum topic topic);
/* Whether it is spoken at a store's own broker, and nowhere else. */
bool topic_is_of_store(enum topic topic);

/* The same within a store: "kassa/1/lan/<store>/up/%u"; till "+": the arbiter's, of all its tills. */
void topic_write_store_right(enum topic topic, const char *store, const char *till, char out[TOPIC_SIZE_MAX]);

#endif
