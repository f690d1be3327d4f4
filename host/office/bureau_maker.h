/* SPDX-License-Identifier: Apache-2.0 */
/* bureau_maker.h - what the chips' recipes share. Inside bureau_*.c. */
#ifndef KASSA_OFFICE_BUREAU_MAKER_H
#define KASSA_OFFICE_BUREAU_MAKER_H

#include "office/bureau_recipe.h"

struct bureau_maker {
    const struct bureau_order *order;
    const struct bureau_card *card;
    struct bureau_recipe *recipe;
};

#define BUREAU_REFUSE_IF(condition, sentence)                                                                \
    do {                                                                                                     \
        if (condition) {                                                                                     \
            *why = (sentence);                                                                               \
            return ERR_ARGUMENT;                                                                             \
        }                                                                                                    \
    } while (0)

void bureau_add(const struct bureau_maker *maker, enum bureau_target target, unsigned index,
                struct span bytes, const char *what);

/* The key of this card: the master itself, or made of it and the UID. ERR_ARGUMENT: it is made of a UID, which is missing. */
NODISCARD
enum err bureau_add_made_key(const struct bureau_maker *maker, unsigned index, const struct card_key *master,
                             const char *what, const char **why);

/* Key 0 out of the order's administrator key, if it has one. */
NODISCARD
enum err bureau_add_admin_key(const struct bureau_maker *maker, const char **why);

/* MIFARE DESFire: an application, its keys, a file. */
NODISCARD
enum err bureau_make_desfire(const struct bureau_maker *maker, const char **why);

#endif
