/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h - the files of the kiosk's and the cashier's page, gzipped, as they are served.
 *
 * The bytes go out as they are, with Content-Encoding: gzip (RFC 9110 8.4.1.3): every browser that can show
 * the pages takes it. The etag is a strong one (RFC 9110 8.8.3), quotes included; it changes with the
 * content.
 *
 * Threads    the table is constant. */
#ifndef KASSA_FACES_PAGES_H
#define KASSA_FACES_PAGES_H

#include "base/base.h"

/* For the Content-Security-Policy header of every file here: all comes from the agent, nothing is inline. */
#define PAGES_SECURITY_POLICY                                                                                \
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"

struct pages_file {
    const char *path;         /* of the URL, "/kiosk" */
    const char *content_type; /* "text/html; charset=utf-8" */
    const char *etag;         /* "\"0123456789abcdef\"" */
    const uint8_t *bytes;     /* gzip, RFC 1952 */
    size_t size;
};

extern const struct pages_file pages_files[]; /* ascending by path */
extern const size_t pages_file_count;

/* The file of that path (without query); NULL if there is none. */
const struct pages_file *pages_find(struct span path);

#endif
