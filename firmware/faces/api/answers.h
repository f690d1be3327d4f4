/* SPDX-License-Identifier: Apache-2.0 */
/* answers.h - what the till says, as JSON: inside faces/api only. Each writes one object; name as in emit.h.
 */
#ifndef KASSA_FACES_API_ANSWERS_H
#define KASSA_FACES_API_ANSWERS_H

#include "faces/api/api.h"
#include "faces/api/emit.h"

#define ANSWER_NOT_GIVEN_MAX 64 /* offers told with the reason why they were not given */

/* code: as struct till_refusal has it. */
void answer_error(struct emitter *out, const char *error, const char *message, const char *field,
                  const char *code);

/* The whole truth for a page that comes: names, session, member, basket, reader, line to head
 * office, book. */
void answer_state(struct emitter *out, const struct till *till, const struct api_world *world);
void answer_status(struct emitter *out, const struct till *till, const struct api_world *world,
                   unsigned stream_count, const struct api_gate_counts *gate);
void answer_session(struct emitter *out, const struct till *till);
void answer_card(struct emitter *out, const char *name, const struct till *till);

/* The member and the offers open to him; tap_us < 0: nobody tapped. */
void answer_member(struct emitter *out, const struct till *till, int64_t tap_us);

/* The priced basket; without one {"basket":null, "state":...}. */
void answer_basket(struct emitter *out, const struct till *till);
/* Does one of the presented coupons unlock that offer, but for the card, which may earn and not pay? */
bool answer_has_coupon_by_card(const struct till *till, const struct book *book, uint32_t offer);
/* An offer's id, version and texts, into an object that is open; messages where a screen shows them. */
void answer_offer_names(struct emitter *out, const struct book *book, uint32_t index, bool has_messages);
/* An offer's texts of that role, by language. */
void answer_texts(struct emitter *out, const char *name, const struct book *book,
                  const struct book_offer *offer, enum book_text_role role);
/* Fields of a basket and of a member, into an object that is open. */
void answer_burn(struct emitter *out, const struct till *till, const struct till_priced *priced);
void answer_coupons(struct emitter *out, const struct till *till);
void answer_awards(struct emitter *out, const struct till_priced *priced);
void answer_holdings(struct emitter *out, const struct book *book, const struct till_member *member);
void answer_gift(struct emitter *out, const struct till_gift_balance *balance);
void answer_reservation(struct emitter *out, const struct till *till);

/* The suspended baskets. */
void answer_suspended(struct emitter *out, const struct till *till);
void answer_outcome(struct emitter *out, const struct till *till, const struct till_outcome *outcome);
void answer_receipt(struct emitter *out, const struct wire_record *record);
void answer_reader(struct emitter *out, const char *name, const struct api_world *world);
void answer_sync(struct emitter *out, const char *name, const struct api_world *world);
void answer_book(struct emitter *out, const char *name, const struct till *till);
void answer_fault(struct emitter *out, const struct till *till);
/* The card that named nobody; null: there is none to tell of. */
void answer_refused(struct emitter *out, const char *name, const struct api_world *world);

#endif
