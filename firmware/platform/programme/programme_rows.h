/* SPDX-License-Identifier: Apache-2.0 */
/* programme_rows.h - every setting of a programme's file, one row each. Who includes it, amid a table, says by TEXT, NUMBER and
 * FLAG what a row becomes there: who reads a file needs no help, which is long, and a till has little room. */
#define PASS(n, help)                                                                                        \
    TEXT("vas", "pass" #n, passes[n - 1].type, "", help),                                                    \
        TEXT(                                                                                                \
            "vas", "key" #n, passes[n - 1].keys, "",                                                         \
            "its private keys, 64 hexadecimal digits each, the newest first; nothing: it is not encrypted"), \
        TEXT("vas", "url" #n, passes[n - 1].url, "", "where who has no such pass can get one: https://..."), \
        FLAG("vas", "url_only" #n, passes[n - 1].is_url_only, "no", "offers the link and asks for no pass")

TEXT("programme", "name", name, "", "what people call it"),
    TEXT("programme", "order", order, "ndef, type4, classic, uid",
         "technologies in the order in which they are tried; others are not taken"),
    TEXT("programme", "redeem_from", redeem_from, "static",
         "how sure the till must be of a member before value is taken out: none, identify, static, genuine, "
         "proven"),
    TEXT("programme", "links", links, "",
         "heads of member links on cards: loyalty.example/c/, comma between"),
    TEXT("codes", "take", codes_take, "barcode, gs1, link",
         "what scanners may read: barcode, gs1 (GSRN, also as a GS1 Digital Link), link, dynamic (codes with "
         "a "
         "time)"),
    TEXT("codes", "separator", codes_separator, "",
         "the byte that scanners send for FNC1 where they do not send GS, as 2 hexadecimal digits: 5e for ^"),
    TEXT("codes", "key", codes_key, "",
         "of codes with a time: the programme's key, 64 hexadecimal digits; each member's own is made of it"),
    NUMBER("codes", "window_steps", codes_window_steps, 0, CARD_DYNAMIC_WINDOW_MAX, 1,
           "how many steps of 30 s a phone's clock may be off, either way"),
    TEXT("type2", "password", type2_password, "",
         "NTAG21x, Ultralight EV1: the password before the data is read, 8 hexadecimal digits"),
    TEXT("type2", "pack", type2_pack, "", "what such a tag must answer to it, 4 hexadecimal digits"),
    TEXT("originality", "identity", originality_identity, "uid",
         "whom a tag means whose maker signed its UID: uid, or number (the one written on it, which nobody "
         "signed)"),
    TEXT("mad", "aid", mad_aid, "",
         "MIFARE Classic with a directory: the programme's application, 4 hexadecimal digits as they stand "
         "there (code, cluster): NFC Forum's is 03e1"),
    TEXT("mad", "directory_key", mad_directory_key, "a0a1a2a3a4a5",
         "key A of the directory's sectors, 12 hexadecimal digits"),
    TEXT("mad", "key", mad_key, "", "the key of the application's sectors, 12 hexadecimal digits"),
    TEXT("mad", "key_kind", mad_key_kind, "a", "which of a sector's keys that is: a, b"),
    TEXT("mad", "form", mad_form, "text",
         "how the number stands there: text, bcd, hex; or ndef: an NDEF message, wherever it stands"),
    NUMBER("mad", "block", mad_block, 0, CARD_MAD_OFFSET_MAX / 16, 0,
           "in which of the application's data blocks, from 0, trailers left out"),
    NUMBER("mad", "offset", mad_offset, 0, 15, 0, "at which of its bytes, from 0"),
    NUMBER("mad", "length", mad_length, 0, CARD_PLACE_SIZE_MAX, 16,
           "how many bytes; it may run on into the next block"),
    TEXT("sun", "links", sun_links, "",
         "NTAG 424 DNA: heads of links that the tag signs: tap.example/s, comma between"),
    TEXT("sun", "mode", sun_mode, "aes", "how the tag was set up to encrypt and sign: aes, lrp"),
    TEXT("sun", "meta_key", sun_meta_key, "",
         "SDMMetaRead key of encrypted UID and counter, 32 hexadecimal digits; empty: they stand in clear"),
    TEXT("sun", "file_key", sun_file_key, "",
         "SDMFileRead key, 32 hexadecimal digits; or the master key of all cards'"),
    TEXT("sun", "diversify", sun_diversify, "none",
         "how a card's key is made of the master key and its UID: none, an10922, cmac"),
    TEXT("sun", "diversify_input", sun_diversify_input, "",
         "what follows the UID in that, up to 16 bytes in hexadecimal digits"),
    TEXT("sun", "identity", sun_identity, "uid",
         "whom a tap means: uid, file (the number in the encrypted file data), link (the number behind the "
         "head)"),
    TEXT("sun", "picc_name", sun_picc_name, "picc_data",
         "the link's parameter with encrypted UID and counter"),
    TEXT("sun", "uid_name", sun_uid_name, "uid", "the one with the UID in clear"),
    TEXT("sun", "counter_name", sun_counter_name, "ctr", "the one with the counter in clear"),
    TEXT("sun", "enc_name", sun_enc_name, "enc", "the one with encrypted file data"),
    TEXT("sun", "mac_name", sun_mac_name, "cmac", "the one with the MAC"),
    TEXT("sun", "mac_from", sun_mac_from, "",
         "the MAC covers the link from this parameter's value on; *: from the host on; empty: from the "
         "encrypted file "
         "data if there is any, else nothing"),
    TEXT("desfire", "aid", desfire_aid, "",
         "MIFARE DESFire: the application, 6 hexadecimal digits (f58840); or its name of 5 to 16 bytes"),
    TEXT("desfire", "identity", desfire_identity, "number",
         "whom a card means: number (in a file), uid (of the card, which its key vouches for)"),
    NUMBER("desfire", "file", desfire_file, 0, CARD_DESFIRE_FILE_LAST, 0, "the file with the number"),
    NUMBER("desfire", "offset", desfire_offset, 0, UINT16_MAX, 0, "where the number begins in it, in bytes"),
    NUMBER("desfire", "length", desfire_length, 0, CARD_PLACE_SIZE_MAX, 0, "how many bytes it has there"),
    TEXT("desfire", "form", desfire_form, "text",
         "how it stands there: text, bcd (two digits a byte, filled up with f), hex (the digits of its "
         "bytes)"),
    NUMBER("desfire", "key_number", desfire_key_number, 0, CARD_DESFIRE_KEY_LAST, 0,
           "which of the application's keys reads it"),
    TEXT("desfire", "key", desfire_key, "",
         "that AES key, 32 hexadecimal digits, or the master key of all cards'; two with a blank between "
         "while cards are renewed; empty: everybody may read the file"),
    TEXT("desfire", "diversify", desfire_diversify, "none",
         "how a card's key is made of the master key and its UID: none, an10922, cmac"),
    TEXT("desfire", "diversify_input", desfire_diversify_input, "",
         "what follows the UID in that, up to 16 bytes in hexadecimal digits"),
    TEXT("desfire", "authenticate", desfire_authenticate, "auto",
         "how the key is proven: ev1 (AuthenticateAES), ev2 (AuthenticateEV2First), auto (ev1, and ev2 where "
         "the card knows no ev1)"),
    TEXT("desfire", "mode", desfire_mode, "auto",
         "how the file is read: plain, maced, enciphered, auto (as the card says that it is set, which costs "
         "a question)"),
    NUMBER("desfire", "uid_key_number", desfire_uid_key_number, 0, CARD_DESFIRE_KEY_LAST, 0,
           "for cards that hide their UID: which key gets it"),
    TEXT("desfire", "uid_key", desfire_uid_key, "",
         "and that key, the same on all cards, 32 hexadecimal digits"),
    FLAG("vas", "approved", vas_is_approved, "no",
         "passes in Apple Wallet are for programmes that Apple has approved: NFC pass certificate, certified "
         "terminals"),
    TEXT("vas", "mode", vas_mode, "only", "what the till wants of an iPhone: only, or_pay, and_pay"),
    NUMBER("vas", "window_s", vas_window_s, 0, 86400, CARD_VAS_WINDOW_S,
           "seconds that a phone's clock may be off; 0: two days, as far as a till remembers taps"),
    PASS(1, "a pass type: pass.com.example.club"), PASS(2, "another one, asked for after it"),
    PASS(3, "another one"), PASS(4, "another one"),
    FLAG("smart_tap", "approved", smart_tap_is_approved, "no",
         "passes in Google Wallet are for collectors whose terminals Google has certified"),
    NUMBER("smart_tap", "collector", smart_tap_collector, 0, INT64_MAX, 0,
           "the collector id that Google gave"),
    NUMBER("smart_tap", "key_version", smart_tap_key_version, 0, UINT32_MAX, 1,
           "which of the collector's keys this is"),
    TEXT("smart_tap", "key", smart_tap_key, "", "the collector's private key, 64 hexadecimal digits"),
    TEXT("smart_tap", "types", smart_tap_types, "loyalty",
         "what is asked for: all, loyalty, offer, gift_card, private_label, event, flight, transit, generic, "
         "customer"),
    FLAG("smart_tap", "presigned", smart_tap_is_presigned, "no",
         "the signature leaves the phone's nonce out: only where Google says so"),
