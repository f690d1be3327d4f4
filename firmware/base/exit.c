/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exit.h"

static const char *const meanings[EXIT_CODE_COUNT] = {
    [EXIT_DONE] = "done; a check found nothing",
    [EXIT_FINDING] = "the check failed: findings, a wrong signature, a damaged record",
    [EXIT_USAGE] = "what was typed or set makes no call",
    [EXIT_NOT_FOUND] = "there is no such file, member, till or book",
    [EXIT_DATA] = "the data is not of the format, damaged, or of another version",
    [EXIT_DEVICE] = "disk full, read or write error, or another process holds it",
};

static const enum exit_code codes[ERR_COUNT] = {
    [ERR_OK] = EXIT_DONE,          [ERR_ARGUMENT] = EXIT_USAGE,    [ERR_STATE] = EXIT_USAGE,
    [ERR_CONFLICT] = EXIT_FINDING, [ERR_RANGE] = EXIT_USAGE,       [ERR_UNBALANCED] = EXIT_FINDING,
    [ERR_SYNTAX] = EXIT_DATA,      [ERR_TRUNCATED] = EXIT_DATA,    [ERR_TOO_LONG] = EXIT_DATA,
    [ERR_CHECKSUM] = EXIT_FINDING, [ERR_SIGNATURE] = EXIT_FINDING, [ERR_VERSION] = EXIT_DATA,
    [ERR_UNSUPPORTED] = EXIT_DATA, [ERR_FORK] = EXIT_FINDING,      [ERR_GAP] = EXIT_FINDING,
    [ERR_FULL] = EXIT_DEVICE,      [ERR_IO] = EXIT_DEVICE,         [ERR_MEMORY] = EXIT_DEVICE,
    [ERR_CORRUPT] = EXIT_DATA,     [ERR_BUSY] = EXIT_DEVICE,       [ERR_NOT_FOUND] = EXIT_NOT_FOUND,
    [ERR_EXISTS] = EXIT_FINDING,   [ERR_TIMEOUT] = EXIT_DEVICE,    [ERR_CLOSED] = EXIT_DEVICE,
    [ERR_FOLDER] = EXIT_USAGE,     [ERR_PENDING] = EXIT_DEVICE,    [ERR_THROTTLED] = EXIT_DEVICE,
};

const char *exit_meaning(enum exit_code code)
{
    return meanings[code];
}

enum exit_code exit_code_of(enum err error)
{
    return (unsigned)error < COUNT_OF(codes) ? codes[error] : EXIT_DEVICE;
}
