/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is compiled or refused with findings that have places within it; what is compiled is a book. */
#include "office/book_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_places(struct span text, const struct findings *findings)
{
    struct place end = place_of_offset(text, text.size);
    for (size_t i = 0; i < findings->count; i++) {
        const struct place place = findings->rows[i].place;
        KASSA_ASSERT(place.line <= end.line + 1); /* jansson's own may stand on the line behind the last */
        KASSA_ASSERT(findings->rows[i].what[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct findings findings = FINDINGS_NONE;
    struct book_image image = {0};
    struct book book;
    enum err error = book_json_compile(span_of(data, size), &findings, &image);
    KASSA_ASSERT(error == ERR_OK || error == ERR_SYNTAX || error == ERR_TOO_LONG || error == ERR_MEMORY);
    KASSA_ASSERT((error == ERR_SYNTAX) == (findings.error_count > 0));
    KASSA_ASSERT(error != ERR_OK || book_open(image.bytes, &book) == ERR_OK);
    check_places(span_of(data, size), &findings);
    findings_done(&findings);
    book_image_done(&image);
    return 0;
}
