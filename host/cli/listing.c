/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/listing.h"

#include "cli/screen.h"

struct listing listing_of(const struct call *call)
{
    return (struct listing){call->out, call_has(call, "json") ? json_array() : NULL, 0};
}

enum exit_code listing_end(const struct call *call, const struct listing *listing, enum err error,
                           const char *one)
{
    char what[32];
    if (error != ERR_OK) {
        json_decref(listing->rows);
        return call_fail(call, error, "the store", "");
    }
    if (listing->rows == NULL) {
        fprintf(call->out, "%llu %s%s\n", (unsigned long long)listing->count, one,
                listing->count == 1 ? "" : "s");
        return EXIT_DONE;
    }
    (void)snprintf(what, sizeof(what), "the %ss", one);
    error = screen_json(call->out, listing->rows);
    return error == ERR_OK ? EXIT_DONE : call_fail(call, error, what, "");
}
