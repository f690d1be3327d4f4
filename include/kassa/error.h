/* SPDX-License-Identifier: Apache-2.0 */
/* error.h - every way in which something of Kassa's can fail, with whose fault it is.
 *
 * ERR_OK is 0 and the only success. A function that fails leaves its outputs untouched. Libraries return an
 * error; only a main logs it, once. The names and sentences stand in base/error.c, one row each. */
#ifndef KASSA_ERROR_H
#define KASSA_ERROR_H

#define NODISCARD __attribute__((warn_unused_result))

enum err {
    ERR_OK = 0,
    ERR_ARGUMENT,    /* caller: an argument that the contract forbids */
    ERR_STATE,       /* caller: not allowed in the present state */
    ERR_FOLDER,      /* caller: a folder where a file is wanted */
    ERR_CONFLICT,    /* caller: the same key with other content */
    ERR_RANGE,       /* caller: a number outside its bounds, or an overflow */
    ERR_THROTTLED,   /* caller: asked too often; later it may be asked again */
    ERR_UNBALANCED,  /* caller: the sums of a receipt do not agree */
    ERR_SYNTAX,      /* peer: bytes that are not of the format */
    ERR_TRUNCATED,   /* peer: bytes that end too early */
    ERR_TOO_LONG,    /* peer: more than the limit */
    ERR_CHECKSUM,    /* peer: crc, check digit or hash does not fit */
    ERR_SIGNATURE,   /* peer: signature does not verify, or unknown key */
    ERR_VERSION,     /* peer: a version that this program does not know, or an older one than what stands */
    ERR_UNSUPPORTED, /* peer: well-formed, but not known here */
    ERR_FORK,        /* peer: same record number with other bytes */
    ERR_GAP,         /* peer: something is missing before this */
    ERR_FULL,        /* resource: disk, map, pool or ring is full */
    ERR_IO,          /* resource: the operating system or a device failed */
    ERR_MEMORY,      /* resource: no memory (only while starting) */
    ERR_CORRUPT,     /* resource: stored bytes are damaged */
    ERR_BUSY,        /* resource: another process holds it */
    ERR_NOT_FOUND,   /* expected: there is no such thing */
    ERR_EXISTS,      /* expected: it is there already */
    ERR_TIMEOUT,     /* expected: no answer within the deadline */
    ERR_CLOSED,      /* expected: the other side is gone */
    ERR_PENDING,     /* expected: somebody was asked; call again when the answer is there */
    ERR_COUNT
};

enum err_fault { FAULT_NONE, FAULT_CALLER, FAULT_PEER, FAULT_RESOURCE, FAULT_EXPECTED };

#endif
