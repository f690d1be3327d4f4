/* SPDX-License-Identifier: Apache-2.0 */
/* eval.h - the two halves of the evaluator: nodes (eval.c) and loops (loop.c). Private to this module. Pure. */
#ifndef KASSA_OFFERS_CEL_EVAL_H
#define KASSA_OFFERS_CEL_EVAL_H

#include "offers/cel/machine.h"
#include "offers/cel/program.h"

/* The node at m->at, which is behind it then unless the machine is halted. */
struct cel_value cel_evaluate(struct cel_machine *m);
/* The same of a loop, behind its code. */
struct cel_value cel_evaluate_loop(struct cel_machine *m);

#endif
