/* SPDX-License-Identifier: Apache-2.0 */
/* samples.h - one record of each kind, with every list and most fields in use; the golden bytes are theirs.
 */
#ifndef KASSA_TESTS_WIRE_SAMPLES_H
#define KASSA_TESTS_WIRE_SAMPLES_H

#include "wire/record.h"

#define SAMPLE_COUNT 13

/* The sample of a kind (1 to SAMPLE_COUNT). Its lists are static. */
void sample_record(kassa_RecordKind kind, struct wire_record *out);

/* A purchase or a return that uses all that points, coupons, stamps, limits and gift value write. */
#define POINTS_SAMPLE_COUNT 2
const char *sample_points_record(int index,
                                 struct wire_record *out); /* 0 or 1; answers its golden file's name */

#endif
