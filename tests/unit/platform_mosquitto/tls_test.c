/* SPDX-License-Identifier: Apache-2.0 */
/* A broker that asks for certificates: who gets in, and whom a till trusts. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/authority.h"
#include "harness/ok.h"
#include "harness/process.h"
#include "line.h"

struct place {
    struct folder folder;
    struct authority_party root, other_root;
    struct authority_files root_files, other_files, broker_files;
    uint16_t port;
    struct process broker;
};

static struct authority_files certify(struct place *place, const struct authority_party *by,
                                      enum vault_use use, const char *name, int64_t until_unix_s,
                                      const char *address)
{
    struct authority_party party;
    struct vault_certificate terms = authority_terms(use, name, 9);
    terms.until_unix_s = until_unix_s;
    (void)snprintf(terms.address, sizeof(terms.address), "%s", address);
    authority_certify(&party, &terms, by);
    return authority_write_party(&place->folder, name, &party);
}

static int open_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    assert_non_null(place);
    ok(vault_open());
    place->folder = folder_make();
    struct vault_certificate root = authority_terms(VAULT_USE_AUTHORITY, "root", 1);
    authority_certify(&place->root, &root, &place->root);
    authority_certify(&place->other_root, &root, &place->other_root);
    place->root_files = authority_write_party(&place->folder, "root", &place->root);
    place->other_files = authority_write_party(&place->folder, "other", &place->other_root);
    place->broker_files =
        certify(place, &place->root, VAULT_USE_SERVER, "broker", AUTHORITY_UNTIL_UNIX_S, "127.0.0.1");
    char settings[2048], tls[900];
    place->port = process_free_port();
    (void)snprintf(tls, sizeof(tls),
                   "cafile %s\ncertfile %s\nkeyfile %s\nrequire_certificate true\n"
                   "use_identity_as_username true\nuse_username_as_clientid true\n",
                   place->root_files.certificate, place->broker_files.certificate, place->broker_files.key);
    (void)snprintf(settings, sizeof(settings), "user root\n%slistener %u 127.0.0.2\n%s", tls,
                   (unsigned)place->port, tls);
    place->broker = process_start_broker_with(&place->folder, place->port, settings);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;
    (void)process_end(&place->broker, SIGTERM);
    folder_remove(&place->folder);
    free(place);
    return 0;
}

static struct mosquitto_settings settings_of(const struct place *place, const char *ca,
                                             const struct authority_files *own)
{
    return (struct mosquitto_settings){.host = "127.0.0.1",
                                       .port = place->port,
                                       .client_id = "till-0042",
                                       .keepalive_s = 30,
                                       .ca_file = ca,
                                       .certificate_file = own != NULL ? own->certificate : NULL,
                                       .key_file = own != NULL ? own->key : NULL};
}

static bool gets_in(const struct mosquitto_settings *settings)
{
    struct line line;
    line_open_with(&line, settings);
    if (line.transport.ops->connect(line.transport.self, NULL) == ERR_OK)
        line_turn_until(&line, line.heard.connected + line.heard.disconnected == 1);
    bool is_in = line.heard.connected == 1;
    mosquitto_transport_close(line.mosquitto);
    return is_in;
}

static void mosquitto_transport__carries_long_messages_over_tls(void **state)
{
    struct place *place = *state;
    struct authority_files till =
        certify(place, &place->root, VAULT_USE_CLIENT, "till-0042", AUTHORITY_UNTIL_UNIX_S, "");
    struct mosquitto_settings settings = settings_of(place, place->root_files.certificate, &till);
    struct line line;
    static uint8_t payload[BATCH_SIZE_MAX];
    line_open_with(&line, &settings);
    ok(line.transport.ops->connect(line.transport.self, NULL));
    line_turn_until(&line, line.heard.connected == 1);
    ok(line.transport.ops->subscribe(line.transport.self, "a/+"));
    for (unsigned i = 1; i <= 5; i++) {
        ok(line_publish(&line, "a/b", span_of(payload, sizeof(payload))));
        ok(line_publish(&line, "a/b", span_of(payload, 7)));
        line_turn_until(&line, line.heard.messages == 2 * i);
        assert_int_equal(line.heard.last_size, 7);
    }
    (void)process_end(&place->broker, SIGKILL);
    line_turn_until(&line, line.heard.disconnected == 1);
    mosquitto_transport_close(line.mosquitto);
}

static void mosquitto_transport__trusts_no_broker_of_another_authority_or_address(void **state)
{
    struct place *place = *state;
    struct authority_files till =
        certify(place, &place->root, VAULT_USE_CLIENT, "till-0042", AUTHORITY_UNTIL_UNIX_S, "");
    struct mosquitto_settings settings = settings_of(place, place->root_files.certificate, &till);
    assert_true(gets_in(&settings));
    settings.host = "127.0.0.2"; /* the same broker; its certificate does not name this address */
    assert_false(gets_in(&settings));
    settings = settings_of(place, place->other_files.certificate, &till);
    assert_false(gets_in(&settings));
}

static void mosquitto_transport__is_refused_without_a_valid_certificate_of_the_chain(void **state)
{
    struct place *place = *state;
    const char *ca = place->root_files.certificate;
    struct mosquitto_settings nobody = settings_of(place, ca, NULL);
    assert_false(gets_in(&nobody));
    struct authority_files stranger =
        certify(place, &place->other_root, VAULT_USE_CLIENT, "till-0043", AUTHORITY_UNTIL_UNIX_S, "");
    struct mosquitto_settings settings = settings_of(place, ca, &stranger);
    assert_false(gets_in(&settings));
    struct authority_files expired =
        certify(place, &place->root, VAULT_USE_CLIENT, "till-0044", AUTHORITY_FROM_UNIX_S + 60, "");
    settings = settings_of(place, ca, &expired);
    assert_false(gets_in(&settings));
    settings = settings_of(place, ca, &place->broker_files); /* a server is no client */
    assert_false(gets_in(&settings));
}

static void mosquitto_transport__says_so_under_tls_when_nobody_listens(void **state)
{
    struct place *place = *state;
    struct mosquitto_settings settings = settings_of(place, place->root_files.certificate, NULL);
    settings.port = process_free_port();
    assert_false(gets_in(&settings));
}

static void mosquitto_transport__reads_a_renewed_certificate_at_the_next_attempt(void **state)
{
    struct place *place = *state;
    struct authority_files till =
        certify(place, &place->root, VAULT_USE_CLIENT, "till-0042", AUTHORITY_FROM_UNIX_S + 60, "");
    struct mosquitto_settings settings = settings_of(place, place->root_files.certificate, &till);
    struct line line;
    line_open_with(&line, &settings);
    if (line.transport.ops->connect(line.transport.self, NULL) == ERR_OK)
        line_turn_until(&line, line.heard.disconnected == 1);
    (void)certify(place, &place->root, VAULT_USE_CLIENT, "till-0042", AUTHORITY_UNTIL_UNIX_S, "");
    ok(line.transport.ops->connect(line.transport.self, NULL));
    line_turn_until(&line, line.heard.connected == 1);
    mosquitto_transport_close(line.mosquitto);
}

static void mosquitto_transport__wants_certificate_key_and_authority_together(void **state)
{
    struct place *place = *state;
    struct mosquitto_transport *transport = NULL;
    struct mosquitto_settings settings = settings_of(place, "", &place->root_files);
    assert_int_equal(mosquitto_transport_open(&settings, &transport), ERR_ARGUMENT);
    settings = settings_of(place, place->root_files.certificate, &place->root_files);
    settings.key_file = "";
    assert_int_equal(mosquitto_transport_open(&settings, &transport), ERR_ARGUMENT);
    assert_null(transport);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)
    const struct CMUnitTest tests[] = {
        IN_PLACE(mosquitto_transport__carries_long_messages_over_tls),
        IN_PLACE(mosquitto_transport__trusts_no_broker_of_another_authority_or_address),
        IN_PLACE(mosquitto_transport__is_refused_without_a_valid_certificate_of_the_chain),
        IN_PLACE(mosquitto_transport__says_so_under_tls_when_nobody_listens),
        IN_PLACE(mosquitto_transport__reads_a_renewed_certificate_at_the_next_attempt),
        IN_PLACE(mosquitto_transport__wants_certificate_key_and_authority_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
