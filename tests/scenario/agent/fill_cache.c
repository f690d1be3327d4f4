/* SPDX-License-Identifier: Apache-2.0 */
/* Fills a till's cache with members, as head office would over a day. usage: fill_cache CACHE-FOLDER COUNT
 * Member n has the card num:290000000000<n> in twelve digits under a pepper of 32 bytes 5a. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/sealed.h"
#include "members/members.h"
#include "platform/linux/linux_clock.h"
#include "platform/lmdb/lmdb_storage.h"
#include "vault/vault.h"
#include "wire/message.h"

#define MAP_SIZE  (UINT64_C(512) << 20)
#define CARD_TEXT 40

/* As firmware/agent/stores.c has them. */
static const char *const tables[] = {MEMBERS_TABLES, "book_chunks", "book_meta"};

static void check(enum err error, const char *what)
{
    if (error == ERR_OK)
        return;
    (void)fprintf(stderr, "fill_cache: %s: %s\n", what, err_sentence(error));
    exit(1);
}

static void make_member(uint32_t n, uint8_t *bytes, size_t size, uint8_t key[MEMBER_KEY_SIZE],
                        struct member_change *out)
{
    static struct vault_peppers peppers;
    char card[CARD_TEXT], name[32];
    size_t used = 0;
    kassa_Member member = kassa_Member_init_zero;
    if (peppers.count == 0)
        peppers = sealed_peppers(0x5a);
    (void)snprintf(card, sizeof card, "num:29%010u", n);
    (void)snprintf(name, sizeof name, "Member %u", n);
    (void)snprintf(member.language, sizeof member.language, "lt");
    (void)snprintf(member.segments[0], sizeof member.segments[0], "coffee");
    member.segments_count = 1;
    member.points = n % 1000;
    member.version = n + 1;
    member.id.size = MEMBER_SIZE;
    for (size_t i = 0; i < 4; i++)
        member.id.bytes[i] = (uint8_t)((n * 2654435761u) >> (8 * i));
    memcpy(member.id.bytes + 4, &n, sizeof n);
    sealed_fill(&peppers, linux_random(), name, 0, &member);
    memcpy(key, member.key.bytes, MEMBER_KEY_SIZE);
    member.key.size = 0;
    *out = (struct member_change){.token_count = 1, .key = span_of(key, MEMBER_KEY_SIZE)};
    check(vault_card_token(&peppers.rows[0], card, out->tokens[0]), "token");
    check(wire_encode(kassa_Member_fields, &member, bytes, size, &used), "member");
    memcpy(out->id, member.id.bytes, MEMBER_SIZE);
    out->message = span_of(bytes, used);
}

int main(int argc, char **argv)
{
    static struct member_change changes[MEMBERS_CHANGES_MAX];
    static uint8_t messages[MEMBERS_CHANGES_MAX][320];
    static uint8_t keys[MEMBERS_CHANGES_MAX][MEMBER_KEY_SIZE];
    struct lmdb_storage *lmdb CLEANUP(lmdb_storage_closep) = NULL;
    struct members *members CLEANUP(members_closep) = NULL;
    if (argc != 3)
        return 64;
    uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
    struct lmdb_options options = {
        .path = argv[1], .tables = tables, .table_count = COUNT_OF(tables), .map_size_bytes = MAP_SIZE};
    options.random = linux_random();
    check(vault_open(), "vault");
    check(lmdb_storage_open(&options, &lmdb), argv[1]);
    check(members_open(lmdb_storage_as_storage(lmdb), 0, &members), "members");
    for (uint32_t n = 0; n < count; n += MEMBERS_CHANGES_MAX) {
        uint32_t left = count - n < MEMBERS_CHANGES_MAX ? count - n : MEMBERS_CHANGES_MAX;
        for (uint32_t i = 0; i < left; i++)
            make_member(n + i, messages[i], sizeof messages[i], keys[i], &changes[i]);
        struct members_update update = {n, n + left, changes, left};
        check(members_apply(members, &update), "apply");
    }
    return 0;
}
