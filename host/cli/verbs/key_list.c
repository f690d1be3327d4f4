/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"
#include "cli/desk.h"
#include "cli/keys.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "crm/crm.h"

static enum exit_code read_root(const struct call *call, struct keys_root *out)
{
    struct store store CLEANUP(store_close) = {0};
    struct store_txn txn CLEANUP(store_abort) = {0};
    *out = (struct keys_root){.sealed = kassa_Signed_init_zero, .body = kassa_TrustRoot_init_zero};
    enum exit_code code = desk_begin(call, STORE_READ, &store, &txn);
    if (code != EXIT_DONE)
        return code;
    enum err error = crm_root_get(&txn, 0, &out->sealed);
    if (error == ERR_NOT_FOUND)
        return call_fail(call, error, "a root of trust", "kassa key publish gives the hub one");
    if (error == ERR_OK)
        error = wire_decode(kassa_TrustRoot_fields,
                            span_of(out->sealed.content.bytes, out->sealed.content.size), &out->body);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, "the store", "");
}

static bool has_role(const kassa_TrustGrant *grant, const uint8_t id[VAULT_KEY_ID_SIZE])
{
    for (size_t i = 0; grant != NULL && i < grant->key_ids_count; i++)
        if (memcmp(grant->key_ids[i].bytes, id, VAULT_KEY_ID_SIZE) == 0)
            return true;
    return false;
}

static json_t *json_of(const kassa_TrustRoot *root, const kassa_TrustKey *key,
                       const uint8_t id[VAULT_KEY_ID_SIZE], const char *hex)
{
    json_t *roles = json_array();
    for (int role = kassa_TrustRole_TRUST_ROOT; role <= kassa_TrustRole_TRUST_COUPONS; role++)
        if (has_role(trust_grant_of(root, (kassa_TrustRole)role), id))
            json_array_append_new(roles, json_string(root_role_name((kassa_TrustRole)role)));
    return json_pack("{s:s,s:s,s:s,s:o}", "id", hex, "name", key->name, "person", key->person, "roles",
                     roles);
}

static enum err print_key(const struct call *call, const kassa_TrustRoot *root, const kassa_TrustKey *key)
{
    uint8_t id[VAULT_KEY_ID_SIZE];
    char hex[2 * VAULT_KEY_ID_SIZE + 1];
    TRY(vault_key_id(key->public_key.bytes, id));
    hex_write(span_of(id, sizeof(id)), hex);
    if (call_has(call, "json"))
        return screen_json(call->out, json_of(root, key, id, hex));
    fprintf(call->out, "  %s  ", hex);
    screen_column(call->out, span_of_text(key->name), 20);
    for (int role = kassa_TrustRole_TRUST_ROOT; role <= kassa_TrustRole_TRUST_COUPONS; role++)
        if (has_role(trust_grant_of(root, (kassa_TrustRole)role), id))
            fprintf(call->out, " %s", root_role_name((kassa_TrustRole)role));
    fputc('\n', call->out);
    return ERR_OK;
}

static enum exit_code run(const struct call *call)
{
    struct keys_root root;
    enum exit_code code = read_root(call, &root);
    if (code != EXIT_DONE)
        return code;
    if (!call_has(call, "json"))
        keys_print_root(call->out, &root.body);
    for (size_t i = 0; i < root.body.keys_count; i++) {
        enum err error = print_key(call, &root.body, &root.body.keys[i]);
        if (error != ERR_OK)
            return call_fail(call, error, "the list", "");
    }
    return EXIT_DONE;
}

static const struct call_option options[] = {
    DESK_OPTIONS,
    {.name = "json", .help = "one JSON object a key"},
};
const struct verb verb_key_list = {.noun = "key",
                                   .name = "list",
                                   .operands = "",
                                   .summary = "List the keys of the root that stands, and what each may sign",
                                   .options = options,
                                   .option_count = COUNT_OF(options),
                                   .run = run};
