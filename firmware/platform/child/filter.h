/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h - the system calls that are left to a confined child: those of its loop, and nothing that opens, starts or
 * reaches anything. The only room that links libseccomp. */
#ifndef KASSA_CHILD_FILTER_H
#define KASSA_CHILD_FILTER_H

#include "base/base.h"

/* From now on, for this thread and all that there are: reading, writing and waiting on descriptors that are open already,
 * sending to whom they are connected, private memory that no code runs from, the clocks, and its own end. ioctl takes the
 * given requests alone. Running a program, or looking into another process, ends the process at once; any other call gets
 * EPERM. ERR_UNSUPPORTED: this kernel knows no such filters. ERR_IO: it refused; ERR_MEMORY. */
NODISCARD
enum err child_filter_calls(const unsigned long *ioctls, size_t ioctl_count);

#endif
