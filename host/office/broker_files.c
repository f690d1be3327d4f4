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

void broker_files_write_rights(FILE *out, const struct broker_terms *terms)
{
    fprintf(
        out,
        "# Rights on the topics of Kassa: `kassa broker files` writes them anew from the table of topics.\n"
        "user %s\ntopic readwrite kassa/1/#\n\n# %%u: a till's name, as its certificate has it\n",
        terms->hub);
    for (enum topic topic = 0; topic < TOPIC_COUNT; topic++) {
        char filter[TOPIC_SIZE_MAX];
        topic_write_right(topic, filter);
        fprintf(out, "pattern %s %s\n", topic_is_from_till(topic) ? "write" : "read", filter);
    }
}
