/* SPDX-License-Identifier: Apache-2.0 */
#include "office/broker_files.h"

#include "wire/topic.h"

void broker_files_write_conf(FILE *out, const struct broker_terms *terms)
{
    fputs("# mosquitto for Kassa: `kassa broker files` writes it anew. Load changes of revoked.pem with "
          "SIGHUP.\n",
          out);
    if (terms->user[0] != '\0')
        fprintf(out, "user %s\n", terms->user);
    fprintf(out, "pid_file %s/" BROKER_PROCESS_FILE "\n", terms->folder);
    fprintf(out, "listener %u %s\n", (unsigned)terms->port, terms->address);
    fputs(
        "\n# Who may come in: those whom the chain's authority certified, under the name that it gave them.\n"
        "allow_anonymous false\nrequire_certificate true\nuse_identity_as_username true\n"
        "use_username_as_clientid true\n",
        out);
    fprintf(out, "cafile %s/" BROKER_AUTHORITY_FILE "\n", terms->folder);
    fprintf(out, "certfile %s/" BROKER_CERTIFICATE_FILE "\n", terms->folder);
    fprintf(out, "keyfile %s/" BROKER_KEY_FILE "\n", terms->folder);
    fprintf(out, "crlfile %s/" BROKER_REVOKED_FILE "\n", terms->folder);
    fprintf(out, "acl_file %s/" BROKER_RIGHTS_FILE "\n", terms->folder);
    /* SYNC.md 6: measured. A batch has up to 256 KiB and its head. */
    fputs("\n# The tills' journals are the outbox: the broker keeps nothing, and holds no truth.\n"
          "persistence false\nmax_inflight_messages 100\nmax_queued_messages 20000\nmax_packet_size 524288\n"
          "set_tcp_nodelay true\nlog_type error\nlog_type warning\n",
          out);
}

static void write_patterns(FILE *out, bool of_enrolment)
{
    for (enum topic topic = 0; topic < TOPIC_COUNT; topic++) {
        char filter[TOPIC_SIZE_MAX];
        if (topic_is_enrolment(topic) != of_enrolment || topic_is_of_store(topic))
            continue;
        topic_write_right(topic, filter);
        fprintf(out, "pattern %s %s\n", topic_is_from_till(topic) ? "write" : "read", filter);
    }
}

void broker_files_write_rights(FILE *out, const struct broker_terms *terms)
{
    fprintf(
        out,
        "# Rights on the topics of Kassa: `kassa broker files` writes them anew from the table of topics.\n"
        "user %s\ntopic readwrite kassa/1/#\n\n# %%u: a till's name, as its certificate has it\n",
        terms->hub);
    write_patterns(out, /* of_enrolment= */ false);
}

static void write_store_rights(FILE *out, const struct broker_terms *terms, const char *till,
                               bool is_arbiters)
{
    static const enum topic topics[] = {TOPIC_LAN_WORD, TOPIC_LAN_ANSWER};
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        char filter[TOPIC_SIZE_MAX];
        topic_write_store_right(topics[i], terms->store, till, filter);
        fprintf(out, "topic %s %s\n", topic_is_from_till(topics[i]) != is_arbiters ? "write" : "read",
                filter);
    }
}

void broker_files_write_store_rights(FILE *out, const struct broker_terms *terms)
{
    fprintf(out,
            "# Rights at the broker of the store %s: `kassa broker files --at` writes them anew from the "
            "table of "
            "topics.\n# The arbiter hears all tills and answers each.\nuser %s\n",
            terms->store, terms->arbiter);
    write_store_rights(out, terms, "+", /* is_arbiters= */ true);
    write_store_rights(out, terms, terms->arbiter, /* is_arbiters= */ false);
    fputs(
        "\n# The other tills of the store, each for itself; whoever else is certified has no rights here.\n",
        out);
    for (size_t i = 0; i < terms->till_count; i++) {
        fprintf(out, "user %s\n", terms->tills[i].name);
        write_store_rights(out, terms, terms->tills[i].name, /* is_arbiters= */ false);
    }
}

/* ---- the broker for enrolment */

static void write_listener(FILE *out, const struct broker_terms *terms, uint16_t port)
{
    fprintf(out, "\nlistener %u %s\n", (unsigned)port, terms->address);
    fprintf(out, "certfile %s/" BROKER_CERTIFICATE_FILE "\n", terms->folder);
    fprintf(out, "keyfile %s/" BROKER_KEY_FILE "\n", terms->folder);
}

void broker_files_write_enrol_conf(FILE *out, const struct broker_terms *terms)
{
    fputs(
        "# mosquitto for tills that are to be enrolled: `kassa broker files` writes it anew. It may run only "
        "while there are\n# invitations. Nothing that is sold passes here.\n"
        "per_listener_settings true\n",
        out);
    if (terms->user[0] != '\0')
        fprintf(out, "user %s\n", terms->user);
    fprintf(out, "pid_file %s/" BROKER_ENROL_PROCESS_FILE "\n", terms->folder);
    fputs("persistence false\nmax_inflight_messages 20\nmax_queued_messages 100\nmax_packet_size 16384\n"
          "set_tcp_nodelay true\nlog_type error\nlog_type warning\n",
          out);
    write_listener(out, terms, terms->enrol_port);
    fputs("# Anybody: who he is his token proves, to the hub. He sees nothing but the answer to himself.\n"
          "allow_anonymous true\nmax_connections 64\n",
          out);
    fprintf(out, "acl_file %s/" BROKER_ENROL_RIGHTS_FILE "\n", terms->folder);
    write_listener(out, terms, terms->enrol_hub_port);
    fputs("# The hub.\nallow_anonymous false\nrequire_certificate true\nuse_identity_as_username true\n",
          out);
    fprintf(out, "cafile %s/" BROKER_AUTHORITY_FILE "\n", terms->folder);
    fprintf(out, "crlfile %s/" BROKER_REVOKED_FILE "\n", terms->folder);
    fprintf(out, "acl_file %s/" BROKER_ENROL_HUB_FILE "\n", terms->folder);
}

void broker_files_write_enrol_rights(FILE *out, const struct broker_terms *terms)
{
    (void)terms;
    fputs("# Rights of whoever is to be enrolled. %c: the client id that he took\n", out);
    write_patterns(out, /* of_enrolment= */ true);
}

void broker_files_write_enrol_hub_rights(FILE *out, const struct broker_terms *terms)
{
    fprintf(out, "user %s\ntopic readwrite kassa/1/en/#\n", terms->hub);
}
