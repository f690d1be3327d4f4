// SPDX-License-Identifier: Apache-2.0
// The one line that helps a cashier most at this moment. Pure.
import { isAsking, isReaderAway } from '/pages/model.js';

// A rule: when it speaks, what it says. The first that speaks is shown.
const RULES = [
  { kind: 'warn', when: (m) => !m.isLinked, key: 'advice.agent_down' },
  { kind: 'say', when: (m) => m.isStranger, key: 'advice.unknown' },
  { kind: 'say', when: (m) => isAsking(m), key: 'cashier.member_asking' },
  { kind: 'warn', when: (m) => m.basket?.burn?.refused === 'card' || m.basket?.coupons?.some((coupon) => coupon.state === 'card'), key: 'advice.card_trust' },
  {
    kind: 'say', when: (m) => m.basket?.near_misses?.[0]?.needs === 'quantity', key: 'advice.near_quantity',
    values: (m, say) => ({ n: m.basket.near_misses[0].missing_milli / 1000, offer: say.nameOf(m.basket.near_misses[0]) }),
  },
  {
    kind: 'say', when: (m) => m.basket?.near_misses?.[0]?.needs === 'amount', key: 'advice.near_amount',
    values: (m, say) => ({ amount: say.money(m.basket.near_misses[0].missing_minor), offer: say.nameOf(m.basket.near_misses[0]) }),
  },
  { kind: 'say', when: (m) => m.basket?.lines.length > 0 && !m.member && !isReaderAway(m), key: 'advice.ask_card' },
  { kind: 'warn', when: (m) => isReaderAway(m) && !m.member, key: 'advice.reader_out' },
  {
    kind: 'say', when: (m) => m.member && !m.basket?.lines.length && m.offers.some((offer) => m.answers[offer.offer] === undefined), key: 'advice.offer',
    values: (m, say) => ({ name: m.member.first_name || '–', offer: say.nameOf(m.offers[0]) }),
  },
  { kind: 'say', when: (m) => m.basket?.discount_minor > 0, key: 'advice.saved', values: (m, say) => ({ amount: say.money(m.basket.discount_minor) }) },
  { kind: 'warn', when: (m) => !m.sync.connected && m.member, key: 'advice.offline' },
  { kind: 'fine', when: (m) => m.basket?.lines.length > 0 || m.member, key: 'advice.fine' },
  { kind: 'fine', when: () => true, key: 'advice.ready' },
];

// { kind: 'warn' | 'say' | 'fine', key, values }; say.money(minor) and say.nameOf(offer) put figures into words.
export function adviceOf(model, say) {
  const rule = RULES.find((one) => one.when(model));
  return { kind: rule.kind, key: rule.key, values: rule.values?.(model, say) ?? {} };
}
