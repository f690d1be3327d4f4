/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/scanner/hid_pos.h"

/* HID 1.11, 6.2.2.2: an item is one byte (tag, type, size of what follows) and up to four bytes. */
enum item_kind {
    ITEM_INPUT = 0x80,
    ITEM_USAGE_PAGE = 0x04,
    ITEM_REPORT_SIZE = 0x74,
    ITEM_REPORT_ID = 0x84,
    ITEM_REPORT_COUNT = 0x94,
    ITEM_USAGE = 0x08,
    ITEM_USAGE_MINIMUM = 0x18,
    ITEM_USAGE_MAXIMUM = 0x28,
    ITEM_PUSH = 0xA4,
    ITEM_POP = 0xB4
};

#define ITEM_TYPE_MASK 0x0C
#define ITEM_TYPE_MAIN 0x00
#define ITEM_LONG      0xFE
#define INPUT_CONSTANT 0x01

/* A usage is its page and its number. */
#define USAGE(page, number) ((uint32_t)(page) << 16 | (number))
#define PAGE_SCANNER        0x8C
enum {
    USAGE_BYTE_COUNT = USAGE(0x01, 0x3B),
    USAGE_AIM_FIRST = USAGE(PAGE_SCANNER, 0xFB), /* three in a row */
    USAGE_DATA = USAGE(PAGE_SCANNER, 0xFE),
    USAGE_CONTINUED = USAGE(PAGE_SCANNER, 0xFF),
};

#define USAGES_MAX  16
#define PUSHES_MAX  4
#define REPORTS_MAX 16 /* kinds of reports that are told apart while reading */
#define BITS_MAX    (HID_POS_REPORT_MAX * 8)

struct globals {
    uint32_t page, size_bits, count;
    uint8_t number;
};

struct report {
    struct hid_pos fields; /* with the report's number */
    uint32_t bits;         /* that are taken */
};

struct reader {
    struct globals globals;
    struct globals pushed[PUSHES_MAX];
    size_t pushed_count;
    uint32_t usages[USAGES_MAX]; /* local: of the next main item */
    size_t usage_count;
    uint32_t usage_minimum;
    struct report reports[REPORTS_MAX];
    size_t report_count;
};

static uint32_t value_of(struct span bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < bytes.size; i++)
        value |= (uint32_t)bytes.bytes[i] << (8 * i);
    return value;
}

/* A usage of four bytes brings its page along. */
static uint32_t usage_of(const struct reader *reader, struct span bytes)
{
    uint32_t value = value_of(bytes);
    return bytes.size == 4 ? value : USAGE(reader->globals.page, value);
}

static void add_usage(struct reader *reader, uint32_t usage)
{
    if (reader->usage_count < USAGES_MAX)
        reader->usages[reader->usage_count++] = usage;
}

static void add_usages(struct reader *reader, uint32_t last)
{
    for (uint32_t usage = reader->usage_minimum; usage <= last && reader->usage_count < USAGES_MAX; usage++)
        add_usage(reader, usage);
}

/* The present report. NULL: too many kinds of them. */
static struct report *report_of(struct reader *reader)
{
    uint8_t number = reader->globals.number;
    for (size_t i = 0; i < reader->report_count; i++)
        if (reader->reports[i].fields.number == number)
            return &reader->reports[i];
    if (reader->report_count == REPORTS_MAX)
        return NULL;
    struct report *report = &reader->reports[reader->report_count++];
    *report = (struct report){.fields = {.number = number}, .bits = number != 0 ? 8 : 0};
    return report;
}

/* A field of whole bytes at a whole byte; else none. */
static struct hid_pos_field field_at(uint32_t bit, uint32_t size_bits)
{
    if (bit % 8 != 0 || size_bits % 8 != 0)
        return (struct hid_pos_field){0, 0};
    return (struct hid_pos_field){(uint16_t)(bit / 8), (uint16_t)(size_bits / 8)};
}

static void note_field(struct hid_pos *fields, uint32_t usage, uint32_t bit, uint32_t size_bits)
{
    struct hid_pos_field field = field_at(bit, size_bits);
    if (usage == USAGE_DATA && fields->data.size == 0)
        fields->data = field;
    else if (usage == USAGE_BYTE_COUNT && field.size <= sizeof(uint16_t))
        fields->count = field;
    else if (usage >= USAGE_AIM_FIRST && usage < USAGE_AIM_FIRST + HID_POS_AIM_SIZE && field.size == 1)
        fields->aim[usage - USAGE_AIM_FIRST] = field;
    else if (usage == USAGE_CONTINUED)
        fields->continued_bit = bit;
}

/* HID 1.11, 6.2.2.8: each usage is one of the count's elements, the last one all that are left. */
static enum err take_input(struct reader *reader, uint32_t flags)
{
    const struct globals *globals = &reader->globals;
    struct report *report = report_of(reader);
    if (report == NULL || globals->size_bits > BITS_MAX || globals->count > BITS_MAX ||
        globals->size_bits * (uint64_t)globals->count > BITS_MAX - report->bits)
        return ERR_UNSUPPORTED;
    size_t usage_count = (flags & INPUT_CONSTANT) != 0 ? 0 : reader->usage_count;
    for (uint32_t i = 0; i < usage_count && i < globals->count; i++) {
        uint32_t elements = i + 1 == usage_count ? globals->count - i : 1;
        note_field(&report->fields, reader->usages[i], report->bits + i * globals->size_bits,
                   elements * globals->size_bits);
    }
    report->bits += globals->size_bits * globals->count;
    return ERR_OK;
}

static enum err push(struct reader *reader)
{
    if (reader->pushed_count == PUSHES_MAX)
        return ERR_UNSUPPORTED;
    reader->pushed[reader->pushed_count++] = reader->globals;
    return ERR_OK;
}

static enum err pop(struct reader *reader)
{
    if (reader->pushed_count == 0)
        return ERR_SYNTAX;
    reader->globals = reader->pushed[--reader->pushed_count];
    return ERR_OK;
}

/* Items that say nothing of where a code stands are passed over. */
static enum err take_item(struct reader *reader, unsigned kind, struct span bytes)
{
    uint32_t value = value_of(bytes);
    switch (kind) {
    case ITEM_INPUT:
        return take_input(reader, value);
    case ITEM_USAGE_PAGE:
        reader->globals.page = value & 0xFFFF;
        return ERR_OK;
    case ITEM_REPORT_SIZE:
        reader->globals.size_bits = value;
        return ERR_OK;
    case ITEM_REPORT_COUNT:
        reader->globals.count = value;
        return ERR_OK;
    case ITEM_REPORT_ID:
        reader->globals.number = (uint8_t)value;
        return value >= 1 && value <= UINT8_MAX ? ERR_OK : ERR_SYNTAX;
    case ITEM_PUSH:
        return push(reader);
    case ITEM_POP:
        return pop(reader);
    case ITEM_USAGE:
        add_usage(reader, usage_of(reader, bytes));
        return ERR_OK;
    case ITEM_USAGE_MINIMUM:
        reader->usage_minimum = usage_of(reader, bytes);
        return ERR_OK;
    case ITEM_USAGE_MAXIMUM:
        add_usages(reader, usage_of(reader, bytes));
        return ERR_OK;
    default:
        return ERR_OK;
    }
}

static enum err read_items(struct reader *reader, struct span rest)
{
    static const uint8_t sizes[] = {0, 1, 2, 4};
    while (rest.size > 0) {
        uint8_t head = rest.bytes[0];
        bool is_long = head == ITEM_LONG;
        size_t head_size = is_long ? 3 : 1;
        size_t size = is_long && rest.size > 1 ? rest.bytes[1] : sizes[head & 3];
        if (rest.size < head_size + size)
            return ERR_TRUNCATED;
        if (!is_long)
            TRY(take_item(reader, head & 0xFCU, span_of(rest.bytes + 1, size)));
        if (!is_long && (head & ITEM_TYPE_MASK) == ITEM_TYPE_MAIN) {
            reader->usage_count = 0;
            reader->usage_minimum = 0;
        }
        rest = span_of(rest.bytes + head_size + size, rest.size - head_size - size);
    }
    return ERR_OK;
}

enum err scanner_hid_read_descriptor(struct span descriptor, struct hid_pos *out)
{
    struct reader reader = {.report_count = 0};
    if (descriptor.size > HID_POS_DESCRIPTOR_MAX)
        return ERR_TOO_LONG;
    TRY(read_items(&reader, descriptor));
    for (size_t i = 0; i < reader.report_count; i++) {
        if (reader.reports[i].fields.data.size == 0)
            continue;
        *out = reader.reports[i].fields;
        out->has_numbers = out->number != 0;
        return ERR_OK;
    }
    return ERR_UNSUPPORTED;
}

/* --- reports --- */

static bool is_within(struct hid_pos_field field, struct span report)
{
    return (size_t)field.offset + field.size <= report.size;
}

static struct span bytes_of(struct hid_pos_field field, struct span report)
{
    return span_of(report.bytes + field.offset, field.size);
}

/* ']' and two more, or nothing: some scanners leave the field empty. */
static void read_aim(const struct hid_pos *hid_pos, struct span report, uint8_t out[HID_POS_AIM_SIZE])
{
    uint8_t aim[HID_POS_AIM_SIZE] = {0};
    for (size_t i = 0; i < HID_POS_AIM_SIZE; i++)
        if (hid_pos->aim[i].size == 1 && is_within(hid_pos->aim[i], report))
            aim[i] = report.bytes[hid_pos->aim[i].offset];
    if (aim[0] == ']' && aim[1] != 0 && aim[2] != 0)
        memcpy(out, aim, HID_POS_AIM_SIZE);
}

static size_t size_of_data(const struct hid_pos *hid_pos, struct span report, struct span data)
{
    if (hid_pos->count.size == 0 || !is_within(hid_pos->count, report)) {
        const uint8_t *end = memchr(data.bytes, '\0', data.size);
        return end != NULL ? (size_t)(end - data.bytes) : data.size;
    }
    size_t count = value_of(bytes_of(hid_pos->count, report));
    return count < data.size ? count : data.size;
}

enum err scanner_hid_read_report(const struct hid_pos *hid_pos, struct span report, struct hid_pos_part *out)
{
    if (report.size == 0 || (hid_pos->has_numbers && report.bytes[0] != hid_pos->number))
        return ERR_NOT_FOUND;
    if (!is_within(hid_pos->data, report))
        return ERR_TRUNCATED;
    struct hid_pos_part part = {.is_continued = false};
    struct span data = bytes_of(hid_pos->data, report);
    part.data = span_of(data.bytes, size_of_data(hid_pos, report, data));
    read_aim(hid_pos, report, part.aim);
    uint32_t bit = hid_pos->continued_bit;
    if (bit != 0 && bit / 8 < report.size)
        part.is_continued = (report.bytes[bit / 8] >> (bit % 8) & 1) != 0;
    *out = part;
    return ERR_OK;
}
