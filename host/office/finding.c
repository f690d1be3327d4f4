/* SPDX-License-Identifier: Apache-2.0 */
#include "office/finding.h"

#include <stdio.h>
#include <stdlib.h>

void findings_done(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->rows[i].path);
        free(findings->rows[i].what);
        free(findings->rows[i].hint);
    }
    free(findings->rows);
    *findings = FINDINGS_NONE;
}

/* All rows are taken at once: a list that exists has room for every finding that it may keep. */
static bool has_room(struct findings *findings)
{
    if (findings->rows == NULL)
        findings->rows = calloc(FINDINGS_MAX, sizeof(*findings->rows));
    return findings->rows != NULL && findings->count < FINDINGS_MAX;
}

void findings_add_list(struct findings *findings, enum finding_severity severity, struct place place,
                       const char *path, const char *hint, const char *format, va_list arguments)
{
    size_t *count = severity == FINDING_ERROR ? &findings->error_count : &findings->warning_count;
    *count += 1;
    if (!has_room(findings)) {
        findings->is_out_of_memory |= findings->rows == NULL;
        return;
    }
    struct finding row = {severity, place, strdup(path), NULL, strdup(hint)};
    if (vasprintf(&row.what, format, arguments) < 0)
        row.what = NULL;
    if (row.path == NULL || row.what == NULL || row.hint == NULL) {
        free(row.path);
        free(row.what);
        free(row.hint);
        findings->is_out_of_memory = true;
        return;
    }
    findings->rows[findings->count++] = row;
}

void findings_add(struct findings *findings, enum finding_severity severity, struct place place,
                  const char *path, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    findings_add_list(findings, severity, place, path, hint, format, arguments);
    va_end(arguments);
}

static int compare_places(const void *left, const void *right)
{
    const struct finding *a = left;
    const struct finding *b = right;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    if (a->place.column != b->place.column)
        return a->place.column < b->place.column ? -1 : 1;
    return strcmp(a->what, b->what);
}

void findings_sort(struct findings *findings)
{
    if (findings->count > 1)
        qsort(findings->rows, findings->count, sizeof(*findings->rows), compare_places);
}
