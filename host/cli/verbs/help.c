/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"
#include "cli/verbs.h"

static enum exit_code run(const struct call *call)
{
    const char *noun = call->operand_count > 0 ? call->operands[0] : NULL;
    const char *name = call->operand_count > 1 ? call->operands[1] : NULL;
    if (noun == NULL) {
        help_print_all(call->out);
        return EXIT_DONE;
    }
    const struct verb *verb = verbs_find(noun, name);
    if (verb != NULL)
        help_print_verb(call->out, verb);
    else if (name == NULL && verbs_is_noun(noun))
        help_print_noun(call->out, noun);
    else
        return call_refuse(call, "see: kassa help", "there is no \"%s%s%s\"", noun, name != NULL ? " " : "",
                           name != NULL ? name : "");
    return EXIT_DONE;
}

const struct verb verb_help = {.noun = "help",
                               .operands = "[NOUN [VERB]]",
                               .operand_max = 2,
                               .summary = "Say what there is, or more of a verb",
                               .run = run};
