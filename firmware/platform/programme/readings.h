/* SPDX-License-Identifier: Apache-2.0 */
/* readings.h - what the words of a programme's file mean. To add a setting: a field here, a row in programme_file.c, a
 * row in readings.c. Inside platform/programme. */
#ifndef KASSA_PROGRAMME_READINGS_H
#define KASSA_PROGRAMME_READINGS_H

#include "card/place.h"
#include "card/programme.h"
#include "platform/settings/settings.h"

#define PROGRAMME_WORD (SETTINGS_TEXT_MAX + 1)

struct programme_pass_words {
    char type[PROGRAMME_WORD];
    char keys[PROGRAMME_WORD];
    char url[PROGRAMME_WORD];
    bool is_url_only;
};

/* The file as it stands there. */
struct programme_words {
    char name[PROGRAMME_WORD];
    char order[PROGRAMME_WORD];
    char redeem_from[PROGRAMME_WORD];
    char links[PROGRAMME_WORD];
    char codes_take[PROGRAMME_WORD];
    char codes_separator[PROGRAMME_WORD];
    char codes_key[PROGRAMME_WORD];
    int64_t codes_window_steps;
    char type2_password[PROGRAMME_WORD];
    char type2_pack[PROGRAMME_WORD];
    char originality_identity[PROGRAMME_WORD];
    char mad_aid[PROGRAMME_WORD];
    char mad_directory_key[PROGRAMME_WORD];
    char mad_key[PROGRAMME_WORD];
    char mad_key_kind[PROGRAMME_WORD];
    char mad_form[PROGRAMME_WORD];
    int64_t mad_block;
    int64_t mad_offset;
    int64_t mad_length;
    char sun_links[PROGRAMME_WORD];
    char sun_mode[PROGRAMME_WORD];
    char sun_meta_key[PROGRAMME_WORD];
    char sun_file_key[PROGRAMME_WORD];
    char sun_diversify[PROGRAMME_WORD];
    char sun_diversify_input[PROGRAMME_WORD];
    char sun_identity[PROGRAMME_WORD];
    char sun_picc_name[PROGRAMME_WORD];
    char sun_uid_name[PROGRAMME_WORD];
    char sun_counter_name[PROGRAMME_WORD];
    char sun_enc_name[PROGRAMME_WORD];
    char sun_mac_name[PROGRAMME_WORD];
    char sun_mac_from[PROGRAMME_WORD];
    char desfire_aid[PROGRAMME_WORD];
    int64_t desfire_file;
    char desfire_identity[PROGRAMME_WORD];
    int64_t desfire_offset;
    int64_t desfire_length;
    char desfire_form[PROGRAMME_WORD];
    int64_t desfire_key_number;
    char desfire_key[PROGRAMME_WORD];
    char desfire_diversify[PROGRAMME_WORD];
    char desfire_diversify_input[PROGRAMME_WORD];
    char desfire_authenticate[PROGRAMME_WORD];
    char desfire_mode[PROGRAMME_WORD];
    int64_t desfire_uid_key_number;
    char desfire_uid_key[PROGRAMME_WORD];
    bool vas_is_approved;
    char vas_mode[PROGRAMME_WORD];
    int64_t vas_window_s;
    struct programme_pass_words passes[CARD_VAS_WANTS_MAX];
    bool smart_tap_is_approved;
    bool smart_tap_is_presigned;
    int64_t smart_tap_collector;
    int64_t smart_tap_key_version;
    char smart_tap_key[PROGRAMME_WORD];
    char smart_tap_types[PROGRAMME_WORD];
};

/* A setting's word and what it means. Each technology with many of them has a file of its own for its rows. */
struct programme_reading {
    const char *setting;
    size_t offset; /* of the word */
    enum err (*read)(struct span text, struct card_programme *out);
    const char *wanted;
};

/* The next entry of a list with commas or blanks between. False: there is none. */
bool programme_take_entry(struct span *rest, struct span *out);
/* ERR_SYNTAX: none of the words. */
NODISCARD
enum err programme_read_word(struct span text, const char *const words[], size_t count, uint8_t *out);
/* Bytes in hexadecimal digits: the digits alone, behind 0x, or with colons, dashes or blanks between. How many bytes they are; and
 * just so many. ERR_SYNTAX: more, fewer, or no digits. */
size_t programme_hex_size(struct span text);
NODISCARD
enum err programme_read_hex(struct span text, uint8_t *out, size_t size);
/* 32 hexadecimal digits; nothing leaves it as it is. */
NODISCARD
enum err programme_read_aes_key(struct span text, uint8_t out[VAULT_AES_SIZE]);
NODISCARD
enum err programme_read_diversify(struct span text, struct card_key *out);
NODISCARD
enum err programme_read_diversify_input(struct span text, struct card_key *out);
/* How a number stands in a card's content: text, bcd, hex. */
NODISCARD
enum err programme_read_form(struct span text, struct card_place *out);

/* Rows of desfire_readings.c, and what they cannot say: numbers. */
extern const struct programme_reading programme_desfire_readings[];
extern const size_t programme_desfire_reading_count;
void programme_copy_desfire_numbers(const struct programme_words *words, struct card_desfire_settings *out);
/* What is missing or does not go together, and which setting that is about; NULL: nothing. */
const char *programme_find_desfire_fault(const struct card_desfire_settings *settings,
                                         const char **out_setting);
/* Rows of mad_readings.c, and what they cannot say: numbers. */
extern const struct programme_reading programme_mad_readings[];
extern const size_t programme_mad_reading_count;
void programme_copy_mad_numbers(const struct programme_words *words, struct card_mad_settings *out);
/* What a programme with mad in its order lacks: what must stand there, and *out_setting. NULL: nothing. */
const char *programme_find_mad_fault(const struct programme_words *words, const char **out_setting);

/* Makes a programme of them. ERR_SYNTAX: *faults has each setting that means nothing. */
NODISCARD
enum err programme_words_read(const struct programme_words *words, struct card_programme *out,
                              struct settings_faults *faults);

#endif
