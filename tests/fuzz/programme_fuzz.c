/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in a programme's file: it is taken whole, and then every bound holds, or refused with a sentence that
 * holds no key. */
#include "fuzz/phone_tag.h"
#include "platform/programme/programme_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct card_programme programme;
    struct settings_faults faults;
    memset(&programme, 0, sizeof programme);
    programme.order_count = 77;
    phone_tag_expect(vault_open() == ERR_OK);
    enum err error = programme_file_read_text(span_of(data, size), &programme, &faults);
    if (error == ERR_OK) {
        phone_tag_expect(card_programme_check(&programme) == ERR_OK && programme.order_count > 0);
        phone_tag_expect(!card_programme_takes(&programme, READER_VAS) || programme.vas.is_on);
        return 0;
    }
    phone_tag_expect(programme.order_count == 77 && faults.count > 0);
    for (size_t i = 0; i < faults.count; i++)
        phone_tag_expect(memchr(faults.rows[i].text, '\0', sizeof faults.rows[i].text) != NULL);
    return 0;
}
