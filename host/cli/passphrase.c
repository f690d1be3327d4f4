/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/passphrase.h"

#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "vault/vault.h"

#define VARIABLE "KASSA_PASSPHRASE_FILE"
#define SIZE_MIN 8

void passphrase_wipe(struct passphrase *passphrase)
{
    vault_wipe(passphrase, sizeof(*passphrase));
}

static bool read_line(FILE *in, struct passphrase *out)
{
    if (fgets(out->text, sizeof(out->text), in) == NULL)
        return false;
    out->size = strcspn(out->text, "\r\n");
    return out->size > 0 && out->size <= PASSPHRASE_MAX;
}

static enum exit_code read_file(const struct call *call, const char *path, struct passphrase *out)
{
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return call_fail(call, ERR_NOT_FOUND, path, VARIABLE " names it");
    bool is_there = read_line(in, out);
    fclose(in);
    return is_there ? EXIT_DONE
                    : call_refuse(call, "1 to 256 bytes", "%s has no passphrase in its first line", path);
}

static enum exit_code read_terminal(const struct call *call, const char *prompt, const char *what,
                                    struct passphrase *out)
{
    struct termios before, silent;
    FILE *terminal = fopen("/dev/tty", "r+");
    if (terminal == NULL || tcgetattr(fileno(terminal), &before) != 0) {
        if (terminal != NULL)
            fclose(terminal);
        return call_refuse(call, VARIABLE " can name a file with it",
                           "%s wants a passphrase, and there is no terminal", what);
    }
    silent = before;
    silent.c_lflag &= (tcflag_t)~ECHO;
    fprintf(terminal, "%s of %s: ", prompt, what);
    fflush(terminal);
    (void)tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
    bool is_there = read_line(terminal, out);
    (void)tcsetattr(fileno(terminal), TCSAFLUSH, &before);
    fputc('\n', terminal);
    fclose(terminal);
    return is_there ? EXIT_DONE : call_refuse(call, "1 to 256 bytes", "no passphrase was given");
}

static enum exit_code ask(const struct call *call, const char *prompt, const char *what,
                          struct passphrase *out)
{
    const char *path = getenv(VARIABLE);
    return path != NULL && path[0] != '\0' ? read_file(call, path, out)
                                           : read_terminal(call, prompt, what, out);
}

enum exit_code passphrase_ask(const struct call *call, const char *what, struct passphrase *out)
{
    return ask(call, "passphrase", what, out);
}

enum exit_code passphrase_choose(const struct call *call, const char *what, struct passphrase *out)
{
    struct passphrase again CLEANUP(passphrase_wipe) = {.size = 0};
    enum exit_code code = ask(call, "new passphrase", what, out);
    if (code == EXIT_DONE && out->size < SIZE_MIN)
        return call_refuse(call, "at least 8 bytes; several words are better", "the passphrase is too short");
    if (code == EXIT_DONE)
        code = ask(call, "the same passphrase", what, &again);
    if (code == EXIT_DONE && (again.size != out->size || memcmp(again.text, out->text, out->size) != 0))
        return call_refuse(call, "", "they are not the same");
    return code;
}
