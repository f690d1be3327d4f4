/* SPDX-License-Identifier: Apache-2.0 */
/* technology.h - what one card technology is to card/: a row. To add one: a file here, a row in table.c. */
#ifndef KASSA_CARD_TECHNOLOGY_H
#define KASSA_CARD_TECHNOLOGY_H

#include "card/card.h"

struct card_technology {
    enum reader_technology technology;
    enum card_trust trust;
    const char *name;
    bool is_scanned; /* comes from a scanner, never from a tag reader */
    /* May this target be of the technology? NULL: nothing that a tag reader selects is. */
    bool (*fits)(const struct tag_target *target);
    /* ERR_NOT_FOUND, ERR_SYNTAX: nothing of ours on it, the next technology may try. Others
     * as card_identify. */
    enum err (*read)(struct tag *tag, const struct card_tag_rules *rules, char out_text[CARD_TEXT_MAX]);
};

/* Strongest first. */
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

bool card_type2_fits(const struct tag_target *target);
enum err card_type2_read(struct tag *tag, const struct card_tag_rules *rules, char out_text[CARD_TEXT_MAX]);
bool card_classic_fits(const struct tag_target *target);
bool card_uid_fits(const struct tag_target *target);
enum err card_uid_read(struct tag *tag, const struct card_tag_rules *rules, char out_text[CARD_TEXT_MAX]);

#endif
