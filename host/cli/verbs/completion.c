/* SPDX-License-Identifier: Apache-2.0 */
/* The completion script of bash, out of the table of verbs. */
#include "cli/verbs.h"

/* The nouns, each once: the verbs of a noun stand together. */
static void print_nouns(FILE *out)
{
    for (size_t i = 0; i < verbs_count(); i++)
        if (i == 0 || strcmp(verbs_at(i)->noun, verbs_at(i - 1)->noun) != 0)
            fprintf(out, "%s%s", i > 0 ? " " : "", verbs_at(i)->noun);
}

static void print_verbs_of(FILE *out, const char *noun)
{
    for (size_t i = 0; i < verbs_count(); i++)
        if (strcmp(verbs_at(i)->noun, noun) == 0 && verbs_at(i)->name != NULL)
            fprintf(out, " %s", verbs_at(i)->name);
}

static void print_options_of(FILE *out, const struct verb *verb)
{
    fprintf(out, "    \"%s%s%s\") words=\"--help", verb->noun, verb->name != NULL ? " " : "",
            verb->name != NULL ? verb->name : "");
    for (size_t i = 0; i < verb->option_count; i++)
        fprintf(out, " --%s", verb->options[i].name);
    fputs("\" ;;\n", out);
}

static void print_second_words(FILE *out)
{
    fputs("    case \"$noun\" in\n", out);
    for (size_t i = 0; i < verbs_count(); i++) {
        const struct verb *verb = verbs_at(i);
        if (verb->name == NULL || (i > 0 && strcmp(verbs_at(i - 1)->noun, verb->noun) == 0))
            continue;
        fprintf(out, "    %s) words=\"", verb->noun);
        print_verbs_of(out, verb->noun);
        fputs("\" ;;\n", out);
    }
    fputs("    help) words=\"", out);
    print_nouns(out);
    fputs("\" ;;\n    esac\n", out);
}

static enum exit_code run(const struct call *call)
{
    FILE *out = call->out;
    if (strcmp(call->operands[0], "bash") != 0)
        return call_refuse(call, "kassa completion bash", "there is no completion for \"%s\"",
                           call->operands[0]);
    fputs(
        "# bash completion of kassa: source this file, or put it into /etc/bash_completion.d/\n_kassa()\n{\n",
        out);
    fputs("  local current=\"${COMP_WORDS[COMP_CWORD]}\" noun=\"${COMP_WORDS[1]}\" words=\"\"\n", out);
    fputs("  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    words=\"", out);
    print_nouns(out);
    fputs("\"\n  elif [ \"$COMP_CWORD\" -eq 2 ] && [[ \"$current\" != -* ]]; then\n", out);
    print_second_words(out);
    fputs("  elif [[ \"$current\" == -* ]]; then\n    case \"$noun ${COMP_WORDS[2]}\" in\n", out);
    for (size_t i = 0; i < verbs_count(); i++)
        print_options_of(out, verbs_at(i));
    fputs("    esac\n  fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n", out);
    fputs("}\ncomplete -o default -F _kassa kassa\n", out);
    return EXIT_DONE;
}

const struct verb verb_completion = {.noun = "completion",
                                     .operands = "bash",
                                     .operand_min = 1,
                                     .operand_max = 1,
                                     .summary = "Print the shell's completion script",
                                     .details = "  source <(kassa completion bash)",
                                     .run = run};
