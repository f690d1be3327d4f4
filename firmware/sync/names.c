/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync.h"

static const char *const fault_codes[SYNC_FAULT_COUNT] = {
    [SYNC_FAULT_FORK] = "sync.fork",
    [SYNC_FAULT_FENCED] = "sync.fenced",
    [SYNC_FAULT_RESTORED] = "sync.restored",
    [SYNC_FAULT_REFUSED] = "sync.refused",
    [SYNC_FAULT_QUARANTINED] = "sync.quarantined",
    [SYNC_FAULT_GAP] = "sync.gap",
    [SYNC_FAULT_JOURNAL] = "sync.journal",
    [SYNC_FAULT_DENIED] = "sync.denied",
};

static const char *const state_names[SYNC_STATE_COUNT] = {
    [SYNC_OFFLINE] = "offline", [SYNC_CONNECTING] = "connecting", [SYNC_BORN] = "born",
    [SYNC_LIVE] = "live",       [SYNC_WAITING] = "waiting",       [SYNC_FENCED] = "fenced",
};

const char *sync_fault_code(enum sync_fault fault)
{
    return (unsigned)fault < SYNC_FAULT_COUNT ? fault_codes[fault] : "sync.unknown";
}

const char *sync_state_name(enum sync_state state)
{
    return (unsigned)state < SYNC_STATE_COUNT ? state_names[state] : "unknown";
}
