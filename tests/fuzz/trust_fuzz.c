/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a root file or where a till keeps its trust: an error, or a root that holds to its own keys. The
 * first byte chooses; bytes of a sound one are the base, so that a change of a few reaches far. */
#include <stdlib.h>

#include "harness/trust_kit.h"
#include "trust/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct trust_kit kit;
static uint8_t sound[TRUST_STATE_SIZE_MAX];
static size_t sound_size;
static uint8_t file[ROOT_FILE_SIZE_MAX];
static size_t file_size;

static void open_once(void)
{
    static struct trust_state state;
    kassa_TrustRoot root;
    kassa_Signed sealed;
    trust_kit_open(&kit);
    trust_kit_root(&kit, &root);
    trust_kit_sign_root(&kit, &root, &sealed);
    KASSA_ASSERT(trust_root_file_write(&sealed, file, &file_size) == ERR_OK);
    KASSA_ASSERT(trust_state_begin(&sealed, (struct span){NULL, 0}, KIT_TENANT, (struct trust_reading){0},
                                   &state) == TRUST_GOOD);
    KASSA_ASSERT(trust_state_write(&state, sound, sizeof sound, &sound_size) == ERR_OK);
}

static void try_state(struct span bytes)
{
    static struct trust_state state;
    static uint8_t again[TRUST_STATE_SIZE_MAX];
    size_t size = 0;
    if (bytes.size > TRUST_STATE_SIZE_MAX ||
        trust_state_read(bytes, (struct trust_reading){0}, &state) != ERR_OK)
        return;
    KASSA_ASSERT(trust_root_check(&state.root.body) == TRUST_GOOD);
    KASSA_ASSERT(trust_state_write(&state, again, sizeof again, &size) == ERR_OK);
    KASSA_ASSERT(trust_state_read(span_of(again, size), (struct trust_reading){0}, &state) == ERR_OK);
}

static void try_root(struct span bytes)
{
    kassa_Signed sealed = kassa_Signed_init_zero;
    struct trust_root root;
    if (trust_root_file_read(bytes, &sealed) != ERR_OK || trust_root_begin(&sealed, &root) != TRUST_GOOD)
        return;
    KASSA_ASSERT(trust_count_signatures(&root.body, kassa_TrustRole_TRUST_ROOT, WIRE_SIGNED_ROOT, &sealed) >=
                 trust_grant_of(&root.body, kassa_TrustRole_TRUST_ROOT)->threshold);
}

/* The sound bytes with those of the input written over them at a place of its own. */
static struct span overwritten(const uint8_t *base, size_t base_size, const uint8_t *data, size_t size)
{
    static uint8_t bytes[TRUST_STATE_SIZE_MAX];
    memcpy(bytes, base, base_size);
    size_t at = (data[0] | (size_t)data[1] << 8) % base_size;
    size_t room = base_size - at;
    memcpy(bytes + at, data + 2, size - 2 < room ? size - 2 : room);
    return span_of(bytes, base_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (sound_size == 0)
        open_once();
    if (size < 4)
        return 0;
    switch (data[0] % 4) {
    case 0:
        try_state(span_of(data + 1, size - 1));
        break;
    case 1:
        try_root(span_of(data + 1, size - 1));
        break;
    case 2:
        try_state(overwritten(sound, sound_size, data + 1, size - 1));
        break;
    default:
        try_root(overwritten(file, file_size, data + 1, size - 1));
        break;
    }
    return 0;
}
