/* SPDX-License-Identifier: Apache-2.0 */
/* sealed.h - members with a name and a birthday, as head office would send them to a till. */
#ifndef KASSA_HARNESS_SEALED_H
#define KASSA_HARNESS_SEALED_H

#include <stdio.h>
#include <stdlib.h>

#include "kassa.pb.h"
#include "vault/pepper.h"

static inline void sealed_expect(enum err error, const char *what)
{
    if (error == ERR_OK)
        return;
    (void)fprintf(stderr, "sealed: %s: %s\n", what, err_name(error));
    abort();
}

static inline void sealed_put(const uint8_t key[VAULT_KEY_SIZE], struct random random,
                              kassa_PersonalField field, const char *text, kassa_Member *member)
{
    size_t size = 0;
    const struct vault_envelope_of of = {member->id.bytes, (uint8_t)field};
    kassa_Personal *personal = &member->personal[member->personal_count++];
    personal->field = field;
    sealed_expect(vault_envelope_seal(key, &of, span_of_text(text), random, personal->envelope.bytes, &size),
                  text);
    personal->envelope.size = (pb_size_t)size;
}

/* Seals both under a key that is drawn, and puts that wrapped into member->key. month_day 0: not told. */
static inline void sealed_fill(const struct vault_peppers *peppers, struct random random,
                               const char *first_name, unsigned month_day, kassa_Member *member)
{
    uint8_t key[VAULT_KEY_SIZE];
    char birthday[16];
    sealed_expect(random.fill(random.self, key, sizeof key), "random");
    member->personal_count = 0;
    sealed_put(key, random, kassa_PersonalField_PERSONAL_FIRST_NAME, first_name, member);
    (void)snprintf(birthday, sizeof birthday, "%04u", month_day % 10000);
    if (month_day != 0)
        sealed_put(key, random, kassa_PersonalField_PERSONAL_BIRTHDAY, birthday, member);
    sealed_expect(vault_key_wrap(peppers, member->id.bytes, key, random, member->key.bytes), "wrap");
    member->key.size = MEMBER_KEY_SIZE;
}

/* The chain of most tests: one pepper, 32 bytes of that value. */
static inline struct vault_peppers sealed_peppers(uint8_t value)
{
    struct vault_peppers peppers = {.count = 0};
    uint8_t bytes[VAULT_PEPPER_SIZE];
    memset(bytes, value, sizeof bytes);
    sealed_expect(vault_pepper_add(&peppers, 1, bytes), "pepper");
    return peppers;
}

#endif
