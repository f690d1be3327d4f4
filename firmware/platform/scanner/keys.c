/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/scanner/keys.h"

enum { VALUE_UP = 0, VALUE_DOWN = 1 }; /* 2 is a key that repeats while it is held: a scanner holds none */

static const struct key_row {
    char plain;
    char shifted;
} KEYS[] = {
    [KEY_1] = {'1', '!'},           [KEY_2] = {'2', '@'},
    [KEY_3] = {'3', '#'},           [KEY_4] = {'4', '$'},
    [KEY_5] = {'5', '%'},           [KEY_6] = {'6', '^'},
    [KEY_7] = {'7', '&'},           [KEY_8] = {'8', '*'},
    [KEY_9] = {'9', '('},           [KEY_0] = {'0', ')'},
    [KEY_MINUS] = {'-', '_'},       [KEY_EQUAL] = {'=', '+'},
    [KEY_Q] = {'q', 'Q'},           [KEY_W] = {'w', 'W'},
    [KEY_E] = {'e', 'E'},           [KEY_R] = {'r', 'R'},
    [KEY_T] = {'t', 'T'},           [KEY_Y] = {'y', 'Y'},
    [KEY_U] = {'u', 'U'},           [KEY_I] = {'i', 'I'},
    [KEY_O] = {'o', 'O'},           [KEY_P] = {'p', 'P'},
    [KEY_LEFTBRACE] = {'[', '{'},   [KEY_RIGHTBRACE] = {']', '}'},
    [KEY_A] = {'a', 'A'},           [KEY_S] = {'s', 'S'},
    [KEY_D] = {'d', 'D'},           [KEY_F] = {'f', 'F'},
    [KEY_G] = {'g', 'G'},           [KEY_H] = {'h', 'H'},
    [KEY_J] = {'j', 'J'},           [KEY_K] = {'k', 'K'},
    [KEY_L] = {'l', 'L'},           [KEY_SEMICOLON] = {';', ':'},
    [KEY_APOSTROPHE] = {'\'', '"'}, [KEY_GRAVE] = {'`', '~'},
    [KEY_BACKSLASH] = {'\\', '|'},  [KEY_Z] = {'z', 'Z'},
    [KEY_X] = {'x', 'X'},           [KEY_C] = {'c', 'C'},
    [KEY_V] = {'v', 'V'},           [KEY_B] = {'b', 'B'},
    [KEY_N] = {'n', 'N'},           [KEY_M] = {'m', 'M'},
    [KEY_COMMA] = {',', '<'},       [KEY_DOT] = {'.', '>'},
    [KEY_SLASH] = {'/', '?'},       [KEY_SPACE] = {' ', ' '},
    [KEY_KP0] = {'0', '0'},         [KEY_KP1] = {'1', '1'},
    [KEY_KP2] = {'2', '2'},         [KEY_KP3] = {'3', '3'},
    [KEY_KP4] = {'4', '4'},         [KEY_KP5] = {'5', '5'},
    [KEY_KP6] = {'6', '6'},         [KEY_KP7] = {'7', '7'},
    [KEY_KP8] = {'8', '8'},         [KEY_KP9] = {'9', '9'},
    [KEY_KPDOT] = {'.', '.'},       [KEY_KPMINUS] = {'-', '-'},
    [KEY_KPPLUS] = {'+', '+'},      [KEY_KPSLASH] = {'/', '/'},
    [KEY_KPASTERISK] = {'*', '*'},  [KEY_102ND] = {'\\', '|'},
    [KEY_ENTER] = {'\r', '\r'},     [KEY_KPENTER] = {'\r', '\r'},
    [KEY_TAB] = {'\r', '\r'},       [KEY_F8] = {SCANNER_KEYS_GS, SCANNER_KEYS_GS},
};

static bool is_keypad_digit(uint16_t code)
{
    return code == KEY_KP0 || (code >= KEY_KP7 && code <= KEY_KP9) || (code >= KEY_KP4 && code <= KEY_KP6) ||
           (code >= KEY_KP1 && code <= KEY_KP3);
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Keys that change others: noted while they are held. NULL: not one of them. */
static bool *held_of(struct scanner_keys *keys, uint16_t code)
{
    switch (code) {
    case KEY_LEFTSHIFT:
        return &keys->is_left_shift;
    case KEY_RIGHTSHIFT:
        return &keys->is_right_shift;
    case KEY_LEFTCTRL:
        return &keys->is_left_control;
    case KEY_RIGHTCTRL:
        return &keys->is_right_control;
    case KEY_LEFTALT:
        return &keys->is_alt;
    default:
        return NULL;
    }
}

/* The number that was typed on the keypad while Alt was held counts when Alt is let go. A character beyond ASCII is none
 * that a code has: it becomes '?', which refuses the code. */
static enum err end_alt(struct scanner_keys *keys, uint8_t *out_char)
{
    uint16_t code = keys->alt_code;
    bool has_digits = keys->alt_digits > 0;
    keys->alt_code = 0;
    keys->alt_digits = 0;
    if (!has_digits || code == 0)
        return ERR_NOT_FOUND;
    *out_char = code < 0x7F ? (uint8_t)code : '?';
    return ERR_OK;
}

static enum err hold(struct scanner_keys *keys, bool *held, bool is_down, uint8_t *out_char)
{
    *held = is_down;
    return held == &keys->is_alt && !is_down ? end_alt(keys, out_char) : ERR_NOT_FOUND;
}

static enum err add_alt_digit(struct scanner_keys *keys, uint16_t code)
{
    if (keys->alt_digits < 4) {
        keys->alt_code = (uint16_t)(keys->alt_code * 10 + (KEYS[code].plain - '0'));
        keys->alt_digits++;
    } else {
        keys->alt_code = UINT16_MAX; /* no character has so long a number */
    }
    return ERR_NOT_FOUND;
}

/* Control and a letter or one of [\] is a control character, as ASCII has it: Ctrl-] is GS, Ctrl-M is CR. */
static enum err type_control(const struct key_row *row, uint8_t *out_char)
{
    bool has_control = is_letter(row->plain) || row->plain == '[' || row->plain == '\\' || row->plain == ']';
    if (!has_control)
        return ERR_NOT_FOUND;
    *out_char = row->plain & 0x1F;
    return ERR_OK;
}

static enum err type(struct scanner_keys *keys, uint16_t code, uint8_t *out_char)
{
    if (keys->is_alt && is_keypad_digit(code))
        return add_alt_digit(keys, code);
    if (code == KEY_CAPSLOCK)
        keys->is_caps = !keys->is_caps;
    if (code >= COUNT_OF(KEYS) || KEYS[code].plain == '\0')
        return ERR_NOT_FOUND;
    const struct key_row *row = &KEYS[code];
    if (keys->is_left_control || keys->is_right_control)
        return type_control(row, out_char);
    bool is_shifted = keys->is_left_shift || keys->is_right_shift;
    if (keys->is_caps && is_letter(row->plain))
        is_shifted = !is_shifted;
    *out_char = (uint8_t)(is_shifted ? row->shifted : row->plain);
    return ERR_OK;
}

enum err scanner_keys_take(struct scanner_keys *keys, const struct input_event *event, uint8_t *out_char)
{
    if (event->type == EV_SYN && event->code == SYN_DROPPED) {
        *keys = (struct scanner_keys){.is_caps = keys->is_caps};
        return ERR_TRUNCATED;
    }
    if (event->type != EV_KEY || (event->value != VALUE_UP && event->value != VALUE_DOWN))
        return ERR_NOT_FOUND;
    bool *held = held_of(keys, event->code);
    if (held != NULL)
        return hold(keys, held, event->value == VALUE_DOWN, out_char);
    return event->value == VALUE_DOWN ? type(keys, event->code, out_char) : ERR_NOT_FOUND;
}
