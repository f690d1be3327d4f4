/* SPDX-License-Identifier: Apache-2.0 */
/* zone.h - what the clocks of a named place showed at a moment, by the zone files of this machine (RFC 8536). */
#ifndef KASSA_OFFICE_ZONE_H
#define KASSA_OFFICE_ZONE_H

#include "base/base.h"

#define ZONE_FOLDER   "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64

/* "Europe/Berlin": seconds east of UTC. ERR_NOT_FOUND: no such zone here; ERR_SYNTAX: the name or the file is none. */
NODISCARD
enum err zone_offset(struct span name, int64_t unix_s, int32_t *out_offset_s);

/* The same out of the bytes of a zone file. ERR_SYNTAX. */
NODISCARD
enum err zone_offset_in(struct span file, int64_t unix_s, int32_t *out_offset_s);

#endif
