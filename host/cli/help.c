/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include "cli/verbs.h"

#define HELP_COLUMNS  100
#define OPTION_INDENT 30

/* Words after each other, as many as fit on a line; the next ones begin under `indent`. */
struct filled {
    FILE *out;
    size_t indent, column; /* column 0: nothing stands on the line yet */
};

static void put_word(struct filled *filled, const char *word, size_t size)
{
    if (filled->column > filled->indent && filled->column + 1 + size > HELP_COLUMNS) {
        fprintf(filled->out, "\n%*s", (int)filled->indent, "");
        filled->column = filled->indent;
    } else if (filled->column > filled->indent) {
        fputc(' ', filled->out);
        filled->column++;
    }
    fwrite(word, 1, size, filled->out);
    filled->column += size;
}

static void put_words(struct filled *filled, const char *text, size_t text_size)
{
    for (const char *end = text + text_size; text < end;) {
        size_t size = 0;
        while (text + size < end && text[size] != ' ')
            size++;
        if (size > 0)
            put_word(filled, text, size);
        text += size + (text + size < end);
    }
}

/* A paragraph's lines are filled anew; an example begins with a blank, and stands as it is. */
static void print_paragraphs(FILE *out, const char *text)
{
    struct filled filled = {.out = out};
    for (size_t size; *text != '\0'; text += size + (text[size] != '\0')) {
        size = strcspn(text, "\n");
        if (size > 0 && text[0] != ' ') {
            put_words(&filled, text, size);
            continue;
        }
        fprintf(out, "%s%.*s\n", filled.column > 0 ? "\n" : "", (int)size, text);
        filled.column = 0;
    }
    if (filled.column > 0)
        fputc('\n', out);
}

static int print_name(FILE *out, const struct verb *verb)
{
    return verb->name != NULL ? fprintf(out, "%s %s", verb->noun, verb->name)
                              : fprintf(out, "%s", verb->noun);
}

static void print_row(FILE *out, const struct verb *verb)
{
    fputs("  ", out);
    int width = print_name(out, verb);
    fprintf(out, "%*s%s\n", 18 - width, "", verb->summary);
}

static void print_exits(FILE *out)
{
    fputs("\nExit codes:\n", out);
    for (int i = 0; i < EXIT_CODE_COUNT; i++)
        fprintf(out, "  %d  %s\n", i, exit_meaning((enum exit_code)i));
}

void help_print_all(FILE *out)
{
    fputs("kassa - head office of the loyalty programme\n\nusage: kassa NOUN VERB [options] [operands]\n\n",
          out);
    for (size_t i = 0; i < verbs_count(); i++)
        print_row(out, verbs_at(i));
    fputs("\nkassa help NOUN VERB says more of each; so does --help behind it.\n", out);
    fputs("The hub's store is --store DIR, or the environment variable KASSA_STORE.\n", out);
    print_exits(out);
}

void help_print_noun(FILE *out, const char *noun)
{
    fprintf(out, "usage: kassa %s VERB [options] [operands]\n\n", noun);
    for (size_t i = 0; i < verbs_count(); i++)
        if (strcmp(verbs_at(i)->noun, noun) == 0)
            print_row(out, verbs_at(i));
    fprintf(out, "\nkassa help %s VERB says more of each; so does --help behind it.\n", noun);
}

static void print_option(FILE *out, const struct call_option *option)
{
    char text[64];
    snprintf(text, sizeof(text), "%c%c %s--%s %s", option->letter != 0 ? '-' : ' ',
             option->letter != 0 ? option->letter : ' ', option->letter != 0 ? "" : " ", option->name,
             option->value != NULL ? option->value : "");
    fprintf(out, "  %-27s ", text);
    struct filled filled = {.out = out, .indent = OPTION_INDENT, .column = OPTION_INDENT};
    put_words(&filled, option->help, strlen(option->help));
    if (option->is_required)
        put_word(&filled, "(required)", strlen("(required)"));
    fputc('\n', out);
}

void help_print_verb(FILE *out, const struct verb *verb)
{
    fputs("usage: kassa ", out);
    (void)print_name(out, verb);
    if (verb->option_count > 0)
        fputs(" [options]", out);
    fprintf(out, "%s%s\n\n%s.\n", verb->operands[0] != '\0' ? " " : "", verb->operands, verb->summary);
    if (verb->details != NULL) {
        fputc('\n', out);
        print_paragraphs(out, verb->details);
    }
    if (verb->option_count > 0)
        fputs("\nOptions:\n", out);
    for (size_t i = 0; i < verb->option_count; i++)
        print_option(out, &verb->options[i]);
    print_exits(out);
}
