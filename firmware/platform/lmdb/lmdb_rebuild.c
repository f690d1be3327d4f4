/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb_rebuild.c - what an opening does where the data is not what it should be: refuses, saves what can be
 * saved into a new storage, or begins an empty one. */
#include "platform/lmdb/lmdb_internal.h"

static enum err inspect(const struct lmdb_options *options)
{
    bool is_owner = options->access == LMDB_EXCLUSIVE;
    bool is_checked = is_owner && options->check != NULL;
    TRY(lmdb_home_inspect(options, /* is_walked= */ is_owner && !is_checked));
    return is_checked ? lmdb_check_in_child(options) : ERR_OK;
}

static enum err inspect_for_loss(const struct lmdb_options *options, enum lmdb_loss *out_loss)
{
    enum err error = inspect(options);
    if (error != ERR_CHECKSUM)
        return error;
    *out_loss = LMDB_LOSS_VALUES;
    return ERR_CORRUPT;
}

/* Opens what is there. ERR_CORRUPT: *out_loss says in which way. */
static enum err open_found(const struct lmdb_options *options, struct lmdb_env *out_env,
                           enum lmdb_loss *out_loss)
{
    struct lmdb_env env CLEANUP(lmdb_env_stop) = {0};
    *out_loss = lmdb_home_has_data(options->path) ? LMDB_LOSS_DAMAGED : LMDB_LOSS_GONE;
    TRY(inspect_for_loss(options, out_loss));
    TRY(lmdb_env_start(options, options->path, &env));
    enum err error = lmdb_home_check_id(options, &env);
    if (error == ERR_CONFLICT) {
        *out_loss = LMDB_LOSS_FOREIGN;
        return ERR_CORRUPT;
    }
    TRY(error);
    *out_loss = LMDB_LOSS_NONE;
    *out_env = env;
    env.env = NULL;
    return ERR_OK;
}

static enum err open_or_create(const struct lmdb_options *options, struct lmdb_env *out_env,
                               enum lmdb_loss *out_loss)
{
    bool may_create = options->absent != LMDB_REFUSE && options->access != LMDB_READ_ONLY;
    enum err error = open_found(options, out_env, out_loss);
    if (error != ERR_NOT_FOUND || !may_create)
        return error;
    TRY(lmdb_home_create(options, NULL));
    return open_found(options, out_env, out_loss);
}

struct saving {
    const struct lmdb_options *options;
    enum lmdb_loss loss;
};

/* The new storage is filled where it is made, before it takes the old one's place. */
static enum err fill(void *context, const char *folder)
{
    const struct saving *saving = context;
    struct lmdb_options own = *saving->options;
    struct lmdb_salvage *salvage CLEANUP(lmdb_salvage_closep) = NULL;
    struct lmdb_storage *fresh CLEANUP(lmdb_storage_closep) = NULL;
    own.path = folder;
    if (saving->loss == LMDB_LOSS_DAMAGED || saving->loss == LMDB_LOSS_VALUES)
        TRY(lmdb_salvage_open(saving->options->path, &salvage));
    TRY(lmdb_storage_open_unlocked(&own, &fresh));
    return own.rebuild->run(own.rebuild->context, lmdb_storage_as_storage(fresh), saving->loss, salvage);
}

static enum err rebuild(const struct lmdb_options *options, enum lmdb_loss loss, struct lmdb_env *out_env)
{
    struct saving saving = {options, loss};
    const struct lmdb_fill filling = {fill, &saving};
    enum lmdb_loss left;
    TRY(lmdb_home_create(options, &filling));
    return open_found(options, out_env, &left);
}

/* ---- an older format */

static enum err fill_migrated(void *context, const char *folder)
{
    const struct lmdb_options *options = context;
    struct lmdb_options from = *options;
    struct lmdb_options to = *options;
    struct lmdb_storage *old CLEANUP(lmdb_storage_closep) = NULL;
    struct lmdb_storage *fresh CLEANUP(lmdb_storage_closep) = NULL;
    from.access = LMDB_READ_ONLY;
    to.path = folder;
    TRY(lmdb_storage_open_unlocked(&from, &old));
    TRY(lmdb_storage_open_unlocked(&to, &fresh));
    return options->migrate->run(options->migrate->context, lmdb_storage_as_storage(fresh),
                                 lmdb_storage_as_storage(old));
}

/* The walk has found it whole: LMDB may open it in this process. */
static enum err migrate(const struct lmdb_options *options, struct lmdb_env *out_env)
{
    struct lmdb_options own = *options;
    const struct lmdb_fill filling = {fill_migrated, &own};
    enum lmdb_loss left;
    enum err error = lmdb_home_create(options, &filling);
    if (error != ERR_OK)
        lmdb_home_drop_copy(options->path);
    TRY(error);
    return open_found(options, out_env, &left);
}

static enum err fill_anew(const struct lmdb_options *options, struct lmdb_env *out_env,
                          enum lmdb_loss *out_loss)
{
    KASSA_ASSERT(options->access == LMDB_EXCLUSIVE && options->rebuild != NULL);
    if (options->absent == LMDB_FILL && lmdb_home_has_data(options->path))
        return ERR_EXISTS;
    TRY(rebuild(options, LMDB_LOSS_GONE, out_env));
    *out_loss = LMDB_LOSS_GONE;
    return ERR_OK;
}

static enum err begin_anew(const struct lmdb_options *options, struct lmdb_env *out_env)
{
    enum lmdb_loss left;
    TRY(lmdb_home_set_aside(options->path));
    TRY(lmdb_home_create(options, NULL));
    return open_found(options, out_env, &left);
}

enum err lmdb_open_or_mend(const struct lmdb_options *options, struct lmdb_env *out_env,
                           enum lmdb_loss *out_loss)
{
    enum lmdb_loss loss = LMDB_LOSS_NONE;
    if (options->absent == LMDB_FILL || options->absent == LMDB_REPLACE)
        return fill_anew(options, out_env, out_loss);
    bool is_owner = options->access == LMDB_EXCLUSIVE;
    bool is_forced = options->absent == LMDB_SET_ASIDE && options->access != LMDB_READ_ONLY;
    enum err error = open_or_create(options, out_env, &loss);
    if (error == ERR_VERSION && is_owner && options->migrate != NULL) {
        TRY(migrate(options, out_env));
        *out_loss = LMDB_LOSS_NONE;
        return ERR_OK;
    }
    if (error == ERR_CORRUPT && is_owner && options->rebuild != NULL &&
        (loss != LMDB_LOSS_FOREIGN || is_forced))
        error = rebuild(options, loss, out_env);
    if (error == ERR_CORRUPT && is_forced)
        error = begin_anew(options, out_env);
    TRY(error);
    *out_loss = loss;
    return ERR_OK;
}
