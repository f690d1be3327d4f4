/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/card/script_tag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness/ok.h"

static enum err script_transmit(void *self, struct span tx, uint8_t *rx, size_t rx_capacity,
                                size_t *out_rx_size)
{
    struct script_tag *script = self;
    char hex[2 * TAG_APDU_SIZE_MAX + 1];
    assert_true(tx.size <= TAG_APDU_SIZE_MAX && script->transmit_count < script->row_count);
    const struct script_row *row = &script->rows[script->transmit_count++];
    hex_write(tx, hex);
    if (row->command != NULL)
        assert_string_equal(hex, row->command);
    if (row->answer == NULL)
        return row->error;
    size_t size = strlen(row->answer) / 2;
    if (size > rx_capacity)
        return ERR_TOO_LONG;
    ok(hex_read(span_of_text(row->answer), rx, size));
    *out_rx_size = size;
    return ERR_OK;
}

static enum err script_authenticate(void *self, const struct tag_key *key)
{
    uint8_t tx[2 + TAG_KEY_SIZE] = {key->kind == TAG_KEY_A ? 0x60 : 0x61, key->block};
    uint8_t rx[1];
    size_t size = 0;
    memcpy(tx + 2, key->bytes, TAG_KEY_SIZE);
    return script_transmit(self, span_of(tx, sizeof tx), rx, sizeof rx, &size);
}

static enum err script_select_again(void *self)
{
    struct script_tag *script = self;
    script->select_again_count++;
    return script->select_again_error;
}

static enum err script_release(void *self)
{
    struct script_tag *script = self;
    script->release_count++;
    script->released_after = script->transmit_count;
    return ERR_OK;
}

struct tag script_tag_as_tag(struct script_tag *script)
{
    static const struct tag_ops ops = {.exchange = script_transmit,
                                       .transmit = script_transmit,
                                       .authenticate = script_authenticate,
                                       .select_again = script_select_again,
                                       .release = script_release};
    return (struct tag){
        .ops = &ops,
        .self = script,
        .target = {.uid = {0x08, 0xA1, 0xB2, 0xC3}, .uid_size = 4, .sak = 0x20, .atqa = 0x0004},
    };
}

static enum err script_fill(void *self, uint8_t *out, size_t size)
{
    struct script_random *queue = self;
    if (size > queue->size - queue->at)
        return ERR_IO;
    memcpy(out, queue->bytes + queue->at, size);
    queue->at += size;
    return ERR_OK;
}

struct random script_random_of(struct script_random *queue, const char *hex)
{
    *queue = (struct script_random){.size = strlen(hex) / 2};
    assert_true(queue->size <= sizeof(queue->bytes));
    ok(hex_read(span_of_text(hex), queue->bytes, queue->size));
    return (struct random){script_fill, queue};
}
