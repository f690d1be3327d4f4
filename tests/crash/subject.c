/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/journal_model.h"

static const struct subject journal = {.name = "journal",
                                       .what = "the till's journal at work, from an empty folder on",
                                       .create = model_create,
                                       .destroy = model_destroy,
                                       .work = journal_work,
                                       .follow = model_follow,
                                       .points = model_points,
                                       .check = journal_check,
                                       .judge = model_judge,
                                       .restart = model_restart};

extern const struct subject crash_agent;
extern const struct subject crash_books;
extern const struct subject crash_snapshot, crash_restore, crash_rebuild, crash_import, crash_compact,
    crash_migrate;

const struct subject *const subjects[] = {
    &journal,       &crash_agent,  &crash_books,   &crash_snapshot, &crash_restore,
    &crash_rebuild, &crash_import, &crash_compact, &crash_migrate,  NULL};

const struct subject *subject_find(const char *name)
{
    for (size_t i = 0; subjects[i] != NULL; i++)
        if (strcmp(subjects[i]->name, name) == 0)
            return subjects[i];
    return NULL;
}
