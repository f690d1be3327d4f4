/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors of NXP AN12304. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hex.h"
#include "harness/ok.h"
#include "vault/lrp.h"
#include "vault/vault.h"

#define BYTES_MAX 160

struct bytes {
    size_t size;
    uint8_t bytes[BYTES_MAX];
};

static struct bytes bytes_of(const char *hex)
{
    struct bytes out = {.size = strlen(hex) / 2};
    assert_true(out.size <= sizeof out.bytes);
    if (out.size > 0)
        ok(hex_read(span_of_text(hex), out.bytes, out.size));
    return out;
}

static struct vault_lrp lrp_of(const char *key, unsigned update)
{
    struct vault_lrp lrp;
    struct bytes bytes = bytes_of(key);
    ok(vault_lrp_make(bytes.bytes, update, &lrp));
    return lrp;
}

static void expect(const uint8_t *got, const char *hex)
{
    struct bytes wanted = bytes_of(hex);
    assert_memory_equal(got, wanted.bytes, wanted.size);
}

static void vault_lrp_make__draws_plaintexts_and_keys(void **state)
{
    (void)state;
    static const char key[] = "567826B8DA8E768432A9548DBE4AA3A0";
    struct vault_lrp lrp = lrp_of(key, 0);
    expect(lrp.plaintexts[0], "AC20D39F5341FE98DFCA21DA86BA7914");
    expect(lrp.plaintexts[15], "71B444AF257A93215311D758DD333247");
    expect(lrp.key, "163D14ED24ED935373568EC521E96CF4");
    lrp = lrp_of(key, 2);
    expect(lrp.key, "FE30AB50467E61783BFE6B5E0560160E");
    vault_lrp_wipe(&lrp);
    expect(lrp.key, "00000000000000000000000000000000");
}

static void vault_lrp_evaluate__fits_its_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *input;
        const char *output;
    } rows[] = {
        {"567826B8DA8E768432A9548DBE4AA3A0", "1359", "1BA2C0C578996BC497DD181C6885A9DD"},
        {"88B95581002057A93E421EFE4076338B", "77299D", "E9C04556A214AC3297B83E4BDF46F142"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct vault_lrp lrp = lrp_of(rows[i].key, 2);
        struct bytes input = bytes_of(rows[i].input);
        uint8_t out[VAULT_AES_SIZE];
        ok(vault_lrp_evaluate(&lrp, span_of(input.bytes, input.size), out));
        expect(out, rows[i].output);
    }
}

static void vault_lrp_cmac__fits_its_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *message;
        const char *mac;
    } rows[] = {
        {"63A0169B4D9FE42C72B2784C806EAC21", "", "0E07C601970814A4176FDA633C6FC3DE"},
        {"8195088CE6C393708EBBE6C7914ECB0B", "BBD5B85772C7", "AD8595E0B49C5C0DB18E77355F5AAFF6"},
        {"5AA9F6C6DE5138113DF5D6B6C77D5D52", "A4434D740C2CB665FE5396959189383F",
         "8B43ADF767E46B692E8F24E837CB5EFC"},
        {"11ED02022570CB10502BC1DACF64B21F", "E825603F896A85CAB45E6730D89DD4CE78010599",
         "4A1577C366D53080D0DFD1CC47EE3CC7"},
        {"651312D289F4DE957C208D35827C07E4",
         "D39E4B336C46FCDCFDF803A49EB3A603851CFCFA72B3A5F843768EBDEDEB939891059275C79F1DADE2B97E288A91E3",
         "9B1530F1AD35213EB8903D5610BFD7C4"},
        {"D66C19216297BAA60D7EA7C13E7839F9",
         "56076C610CAFB99D0EFAB679C360F34202655178EE7E7236E8BFCC1C66BDDA17F2F67F65ADBF55E70009FE84F0477B18"
         "45B7E5B48231FBD89436794CE39D36511F9F86CCE08E95430F6977E57FEE45A044B3D7AFD72694C1FAA6D07645080363"
         "D2AC6451C1AE37B621A1",
         "EFFA1488A73FDBCE5B91BBF9B8D51775"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct vault_lrp lrp = lrp_of(rows[i].key, 0);
        struct bytes message = bytes_of(rows[i].message);
        uint8_t mac[VAULT_AES_SIZE];
        ok(vault_lrp_cmac(&lrp, span_of(message.bytes, message.size), mac));
        expect(mac, rows[i].mac);
    }
}

static void vault_lrp_decrypt__counts_from_block_to_block(void **state)
{
    (void)state;
    static const uint8_t counter[] = {0xC3, 0x31, 0x5D, 0xBF};
    struct vault_lrp lrp = lrp_of("E0C4935FF0C254CD2CEF8FDDC32460CF", 0);
    struct bytes sealed = bytes_of("FCBBACAA4F29182464F99DE41085266F480E863E487BAAF687B43ED1ECE0D623");
    struct span bytes = span_of(sealed.bytes, sealed.size);
    ok(vault_lrp_decrypt(&lrp, span_of(counter, sizeof counter), bytes, sealed.bytes));
    expect(sealed.bytes, "012D7F1653CAF6503C6AB0C1010E8CB080000000000000000000000000000000");
    /* the counter runs over: what the second block of FF..FF is, the first one of 00..00 is */
    static const uint8_t last[] = {0xFF, 0xFF};
    static const uint8_t first[] = {0x00, 0x00};
    struct bytes a = bytes_of("FCBBACAA4F29182464F99DE41085266F480E863E487BAAF687B43ED1ECE0D623");
    struct bytes b = bytes_of("480E863E487BAAF687B43ED1ECE0D623");
    ok(vault_lrp_decrypt(&lrp, span_of(last, 2), span_of(a.bytes, a.size), a.bytes));
    ok(vault_lrp_decrypt(&lrp, span_of(first, 2), span_of(b.bytes, b.size), b.bytes));
    assert_memory_equal(a.bytes + VAULT_AES_SIZE, b.bytes, VAULT_AES_SIZE);
    assert_int_equal(vault_lrp_decrypt(&lrp, span_of(first, 2), span_of(b.bytes, 15), b.bytes), ERR_ARGUMENT);
    assert_int_equal(vault_lrp_decrypt(&lrp, span_of(a.bytes, 17), span_of(b.bytes, 16), b.bytes),
                     ERR_ARGUMENT);
}

static int open_vault(void **state)
{
    (void)state;
    return vault_open() == ERR_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vault_lrp_make__draws_plaintexts_and_keys),
        cmocka_unit_test(vault_lrp_evaluate__fits_its_vectors),
        cmocka_unit_test(vault_lrp_cmac__fits_its_vectors),
        cmocka_unit_test(vault_lrp_decrypt__counts_from_block_to_block),
    };
    return cmocka_run_group_tests(tests, open_vault, NULL);
}
