/* SPDX-License-Identifier: Apache-2.0 */
#include "offers/cel/cel.h"

static const char *const names[CEL_KIND_COUNT] = {
    [CEL_NULL] = "null_type",
    [CEL_BOOL] = "bool",
    [CEL_INT] = "int",
    [CEL_UINT] = "uint",
    [CEL_DOUBLE] = "double",
    [CEL_STRING] = "string",
    [CEL_BYTES] = "bytes",
    [CEL_LIST] = "list",
    [CEL_MAP] = "map",
    [CEL_TIMESTAMP] = "google.protobuf.Timestamp",
    [CEL_DURATION] = "google.protobuf.Duration",
    [CEL_TYPE] = "type",
    [CEL_OBJECT] = "object",
    [CEL_ERROR] = "error",
};

const char *cel_type_name(struct cel_value type, const struct cel_declarations *declarations)
{
    bool is_declared =
        type.count == CEL_OBJECT && declarations != NULL && type.object < declarations->object_count;
    if (is_declared)
        return declarations->objects[type.object].name;
    return type.count < CEL_KIND_COUNT ? names[type.count] : "unknown";
}
