/* SPDX-License-Identifier: Apache-2.0 */
#include "faces/api/words.h"

const struct field_word words_line_kind[] = {
    {"sale", kassa_LineKind_LINE_SALE},
    {"return", kassa_LineKind_LINE_RETURN},
    {"gift_value", kassa_LineKind_LINE_GIFT_VALUE},
    {"deposit", kassa_LineKind_LINE_DEPOSIT},
    {"fee", kassa_LineKind_LINE_FEE},
    {"correction", kassa_LineKind_LINE_CORRECTION},
    {NULL, 0},
};

const struct field_word words_basket_line_kind[] = {
    {"sale", kassa_LineKind_LINE_SALE},
    {"gift_value", kassa_LineKind_LINE_GIFT_VALUE},
    {"deposit", kassa_LineKind_LINE_DEPOSIT},
    {"fee", kassa_LineKind_LINE_FEE},
    {"correction", kassa_LineKind_LINE_CORRECTION},
    {NULL, 0},
};

const struct field_word words_price_mode[] = {
    {"gross", kassa_PriceMode_PRICE_GROSS},
    {"net", kassa_PriceMode_PRICE_NET},
    {NULL, 0},
};

const struct field_word words_tender[] = {
    {"cash", kassa_TenderKind_TENDER_CASH},
    {"card", kassa_TenderKind_TENDER_CARD},
    {"gift", kassa_TenderKind_TENDER_GIFT},
    {"points", kassa_TenderKind_TENDER_POINTS},
    {"voucher", kassa_TenderKind_TENDER_VOUCHER},
    {"other", kassa_TenderKind_TENDER_OTHER},
    {NULL, 0},
};

const struct field_word words_card_read[] = {
    {"nfc", kassa_CardRead_READ_NFC},
    {"scan", kassa_CardRead_READ_SCAN},
    {"typed", kassa_CardRead_READ_TYPED},
    {"phone", kassa_CardRead_READ_PHONE},
    {NULL, 0},
};

const struct field_word words_card_read_sent[] = {
    {"scan", kassa_CardRead_READ_SCAN},
    {"typed", kassa_CardRead_READ_TYPED},
    {NULL, 0},
};

const struct field_word words_receipt_kind[] = {
    {"sale", kassa_ReceiptKind_RECEIPT_SALE},
    {"return", kassa_ReceiptKind_RECEIPT_RETURN},
    {"exchange", kassa_ReceiptKind_RECEIPT_EXCHANGE},
    {"no_sale", kassa_ReceiptKind_RECEIPT_NO_SALE},
    {NULL, 0},
};
