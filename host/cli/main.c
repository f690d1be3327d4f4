/* SPDX-License-Identifier: Apache-2.0 */
/* kassa - head office at the command line: finds the verb's row, reads what was typed, runs it. */
#include "base/likeness.h"
#include "cli/help.h"
#include "cli/screen.h"
#include "cli/verbs.h"
#include "platform/linux/linux_memory.h"
#include "vault/vault.h"

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static enum exit_code refuse(const char *noun, const char *name)
{
    struct likeness likeness = likeness_of(span_of_text(name != NULL ? name : noun));
    for (size_t i = 0; i < verbs_count(); i++) {
        const struct verb *verb = verbs_at(i);
        if (name == NULL)
            likeness_try(&likeness, span_of_text(verb->noun));
        else if (strcmp(verb->noun, noun) == 0 && verb->name != NULL)
            likeness_try(&likeness, span_of_text(verb->name));
    }
    fputs("kassa: there is no \"", stderr);
    screen_text(stderr, noun);
    if (name != NULL) {
        fputc(' ', stderr);
        screen_text(stderr, name);
    }
    fputs("\"\n", stderr);
    if (likeness.best.size > 0)
        fprintf(stderr, "  did you mean \"%s%s%.*s\"?\n", name != NULL ? noun : "", name != NULL ? " " : "",
                (int)likeness.best.size, (const char *)likeness.best.bytes);
    else
        fprintf(stderr, "  see: kassa help%s%s\n", name != NULL ? " " : "", name != NULL ? noun : "");
    return EXIT_USAGE;
}

static enum exit_code run(const struct verb *verb, int count, char **words)
{
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++) {
        if (is_help(words[i])) {
            help_print_verb(stdout, verb);
            return EXIT_DONE;
        }
    }
    struct call call;
    enum exit_code code = call_parse(verb, count, words, &call);
    if (code != EXIT_DONE)
        return code;
    if (vault_open() != ERR_OK)
        return call_fail(&call, ERR_IO, "cryptography",
                         "the library's self-test or its random source failed");
    code = verb->run(&call);
    bool is_written = fflush(stdout) == 0 && ferror(stdout) == 0;
    if (!is_written && code == EXIT_DONE)
        return call_fail(&call, ERR_IO, "standard output", "");
    return code;
}

static enum exit_code dispatch(int count, char **words)
{
    const char *noun = words[0];
    const struct verb *alone = verbs_find(noun, NULL);
    if (alone != NULL)
        return run(alone, count - 1, words + 1);
    if (!verbs_is_noun(noun))
        return refuse(noun, NULL);
    if (count == 1 || is_help(words[1])) {
        help_print_noun(count == 1 ? stderr : stdout, noun);
        return count == 1 ? EXIT_USAGE : EXIT_DONE;
    }
    const struct verb *verb = verbs_find(noun, words[1]);
    return verb != NULL ? run(verb, count - 2, words + 2) : refuse(noun, words[1]);
}

int main(int count, char **words)
{
    linux_memory_guard();
    if (count == 1) {
        help_print_all(stderr);
        return EXIT_USAGE;
    }
    if (is_help(words[1])) {
        help_print_all(stdout);
        return EXIT_DONE;
    }
    char version[] = "version";
    if (strcmp(words[1], "--version") == 0)
        words[1] = version;
    return (int)dispatch(count - 1, words + 1);
}
