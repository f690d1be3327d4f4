/* SPDX-License-Identifier: Apache-2.0 */
#include "faces/pages/pages.h"

const struct pages_file *pages_find(struct span path)
{
    for (size_t i = 0; i < pages_file_count; i++) {
        if (span_is_equal(path, span_of_text(pages_files[i].path)))
            return &pages_files[i];
    }
    return NULL;
}
