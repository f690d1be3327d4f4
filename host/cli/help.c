/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include "cli/verbs.h"

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
}

static void print_option(FILE *out, const struct call_option *option)
{
    char text[64];
    snprintf(text, sizeof(text), "%c%c %s--%s %s", option->letter != 0 ? '-' : ' ',
             option->letter != 0 ? option->letter : ' ', option->letter != 0 ? "" : " ", option->name,
             option->value != NULL ? option->value : "");
    fprintf(out, "  %-25s %s%s\n", text, option->help, option->is_required ? " (required)" : "");
}

void help_print_verb(FILE *out, const struct verb *verb)
{
    fputs("usage: kassa ", out);
    (void)print_name(out, verb);
    if (verb->option_count > 0)
        fputs(" [options]", out);
    fprintf(out, "%s%s\n\n%s.\n", verb->operands[0] != '\0' ? " " : "", verb->operands, verb->summary);
    if (verb->details != NULL)
        fprintf(out, "\n%s\n", verb->details);
    if (verb->option_count > 0)
        fputs("\nOptions:\n", out);
    for (size_t i = 0; i < verb->option_count; i++)
        print_option(out, &verb->options[i]);
    print_exits(out);
}
