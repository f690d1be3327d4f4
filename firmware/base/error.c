/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base.h"

struct error_row {
    const char *name;
    const char *sentence;
    enum err_fault fault;
};

static const struct error_row rows[ERR_COUNT] = {
    [ERR_OK] = {"ok", "done", FAULT_NONE},
    [ERR_ARGUMENT] = {"argument", "an argument is not allowed", FAULT_CALLER},
    [ERR_STATE] = {"state", "not possible in the present state", FAULT_CALLER},
    [ERR_FOLDER] = {"folder", "it is a folder, and a file is wanted", FAULT_CALLER},
    [ERR_CONFLICT] = {"conflict", "the same key was used with other content", FAULT_CALLER},
    [ERR_RANGE] = {"range", "a number is outside its bounds", FAULT_CALLER},
    [ERR_THROTTLED] = {"throttled", "asked too often: wait a little", FAULT_CALLER},
    [ERR_UNBALANCED] = {"unbalanced", "the sums of the receipt do not agree", FAULT_CALLER},
    [ERR_SYNTAX] = {"syntax", "the bytes are not of the expected format", FAULT_PEER},
    [ERR_TRUNCATED] = {"truncated", "the bytes end too early", FAULT_PEER},
    [ERR_TOO_LONG] = {"too_long", "longer than the limit", FAULT_PEER},
    [ERR_CHECKSUM] = {"checksum", "a check digit, crc or hash does not fit", FAULT_PEER},
    [ERR_SIGNATURE] = {"signature", "the signature does not verify", FAULT_PEER},
    [ERR_VERSION] = {"version", "unknown version, or older than what stands", FAULT_PEER},
    [ERR_UNSUPPORTED] = {"unsupported", "well-formed, but not known here", FAULT_PEER},
    [ERR_FORK] = {"fork", "the same record number with other bytes", FAULT_PEER},
    [ERR_GAP] = {"gap", "something is missing before this", FAULT_PEER},
    [ERR_FULL] = {"full", "no space is left", FAULT_RESOURCE},
    [ERR_IO] = {"io", "the operating system or a device failed", FAULT_RESOURCE},
    [ERR_MEMORY] = {"memory", "no memory is left", FAULT_RESOURCE},
    [ERR_CORRUPT] = {"corrupt", "stored bytes are damaged", FAULT_RESOURCE},
    [ERR_BUSY] = {"busy", "another process holds it", FAULT_RESOURCE},
    [ERR_NOT_FOUND] = {"not_found", "there is no such thing", FAULT_EXPECTED},
    [ERR_EXISTS] = {"exists", "it is there already", FAULT_EXPECTED},
    [ERR_TIMEOUT] = {"timeout", "no answer within the deadline", FAULT_EXPECTED},
    [ERR_CLOSED] = {"closed", "the other side is gone", FAULT_EXPECTED},
    [ERR_PENDING] = {"pending", "somebody was asked and has not answered yet", FAULT_EXPECTED},
};

static const struct error_row unknown = {"unknown", "an error that has no name", FAULT_RESOURCE};

static const struct error_row *row_of(enum err error)
{
    unsigned index = (unsigned)error;
    return index < COUNT_OF(rows) && rows[index].name != NULL ? &rows[index] : &unknown;
}

const char *err_name(enum err error)
{
    return row_of(error)->name;
}

const char *err_sentence(enum err error)
{
    return row_of(error)->sentence;
}

enum err_fault err_fault_of(enum err error)
{
    return row_of(error)->fault;
}
