/* SPDX-License-Identifier: Apache-2.0 */
/* A release's manifest and its signature: each line that is read is written again as it was. */
#include <stdlib.h>

#include "office/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint8_t no_key[VAULT_PUBLIC_SIZE] = {4};
    struct span rest = span_of(bytes, size);
    struct release_line line;
    char text[RELEASE_LINE_MAX];
    if (release_verify(no_key, span_of("", 0), rest) == ERR_OK)
        abort();
    for (struct span before = rest; release_read_line(&rest, &line) == ERR_OK; before = rest) {
        if (release_write_line(&line, text) != ERR_OK || strlen(text) != before.size - rest.size)
            abort();
    }
    return 0;
}
