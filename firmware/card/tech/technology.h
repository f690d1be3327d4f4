/* SPDX-License-Identifier: Apache-2.0 */
/* technology.h - what one card technology is to card/: a row. To add one: a file here, a row in table.c, its name and
 * trust in technologies.c. */
#ifndef KASSA_CARD_TECHNOLOGY_H
#define KASSA_CARD_TECHNOLOGY_H

#include "card/run.h"

struct card_technology {
    enum reader_technology technology;
    /* May this target be of the technology? */
    bool (*fits)(const struct tag_target *target);
    /* Fills text and freshness; technology and trust are the row's already, and may be lowered. ERR_NOT_FOUND, ERR_SYNTAX,
     * ERR_TRUNCATED, ERR_UNSUPPORTED: nothing of ours on it, the next technology may try. Others as card_identify. */
    enum err (*read)(struct card_run *run, struct card_identity *out);
};

extern const struct card_technology card_technologies[];
extern const size_t card_technology_count;

/* Selects a tag again that refused a command. ERR_IO: it is away, or another one came. Only what stands on a tag may say
 * that it names nobody: by ERR_NOT_FOUND its UID would be taken instead. */
NODISCARD
static inline enum err card_select_again(struct tag *tag)
{
    enum err error = tag->ops->select_again(tag->self);
    return error == ERR_NOT_FOUND ? ERR_IO : error;
}

/* Says what an NDEF message holds that names nobody, for a person who looks for the reason. */
void card_explain_message(const struct card_run *run, const char *whose, struct span message);

bool card_type2_fits(const struct tag_target *target);
enum err card_type2_read(struct card_run *run, struct card_identity *out);
bool card_layer_4_fits(const struct tag_target *target);
enum err card_type4_read(struct card_run *run, struct card_identity *out);
enum err card_sun_read(struct card_run *run, struct card_identity *out);
bool card_originality_fits(const struct tag_target *target);
enum err card_originality_read(struct card_run *run, struct card_identity *out);
enum err card_desfire_read(struct card_run *run, struct card_identity *out);
enum err card_mad_read(struct card_run *run, struct card_identity *out);
bool card_classic_fits(const struct tag_target *target);
bool card_uid_fits(const struct tag_target *target);
enum err card_uid_read(struct card_run *run, struct card_identity *out);
bool card_wallet_fits(const struct tag_target *target);
enum err card_vas_read(struct card_run *run, struct card_identity *out);
enum err card_smart_tap_read(struct card_run *run, struct card_identity *out);

#endif
