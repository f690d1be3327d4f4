// SPDX-License-Identifier: Apache-2.0
// Offers in words: what was given and why not, what is nearly reached, what comes on top. Pure; for both pages.
import { pickText } from './language.js';

export const nameOf = (language, row) => pickText(row.names, language.code) || row.offer;

function figuresOf(language, currency, offer) {
  if (offer.needs_minor !== undefined) {
    return { has: language.money(offer.has_minor ?? 0, currency), needs: language.money(offer.needs_minor, currency) };
  }
  if (offer.needs_milli !== undefined) {
    return { has: language.quantity.format((offer.has_milli ?? 0) / 1000), needs: language.quantity.format(offer.needs_milli / 1000) };
  }
  if (offer.needs_count !== undefined) return { has: language.points(offer.has_count ?? 0), needs: language.points(offer.needs_count) };
  return null;
}

// Why an offer was given, and how much, or the first reason why not.
export function reasonText(language, currency, offer) {
  if (offer.given) {
    if (offer.amount_minor > 0) return language.say('why.given_amount', { amount: language.money(offer.amount_minor, currency) });
    return offer.points > 0 ? language.say('why.given_points', { n: offer.points }) : language.say('why.given');
  }
  const key = `reason.${offer.reason}`;
  const sentence = language.has(key) ? language.say(key) : offer.reason;
  const figures = figuresOf(language, currency, offer);
  return figures ? language.say('why.figures', { sentence, ...figures }) : sentence;
}

// What was given first, then the rest as the agent orders it; at most so many of either.
export function sortedOffers(basket, givenMax = Infinity, othersMax = Infinity) {
  const offers = basket?.offers ?? [];
  return [...offers.filter((offer) => offer.given).slice(0, givenMax), ...offers.filter((offer) => !offer.given).slice(0, othersMax)];
}

// The member's coupons that this basket does not hold yet.
// A coupon that the member carries; most have an end.
export function couponText(language, coupon) {
  const offer = nameOf(language, { names: coupon.names, offer: coupon.series });
  return coupon.valid_until ? language.say('member.coupon', { offer, when: language.day(coupon.valid_until) }) : language.say('member.coupon_lasting', { offer });
}

export function couponsAtHand(model) {
  const held = new Set((model.basket?.coupons ?? []).map((coupon) => coupon.serial || coupon.code));
  return (model.member?.coupons ?? []).filter((coupon) => !held.has(coupon.serial || coupon.series));
}

const NEAR = {
  amount: (language, miss, currency) => ({ amount: language.money(miss.missing_minor, currency) }),
  quantity: (language, miss) => ({ n: miss.missing_milli / 1000 }),
  count: (language, miss) => ({ n: miss.missing_count }),
};

export function nearText(language, currency, miss) {
  return language.say(`near.${miss.needs}`, { ...NEAR[miss.needs](language, miss, currency), offer: nameOf(language, miss) });
}

// What comes on top of the basket; questions are asked, not told.
const AWARDS = {
  stamps: (language, award) => language.say('award.stamps', { n: award.count, offer: nameOf(language, award) }),
  coupon: (language, award) => language.say('award.coupon', { n: award.count, offer: nameOf(language, award) }),
  ticket: (language, award) => language.say('award.ticket', { n: award.count, offer: nameOf(language, award) }),
  gift_line: (language, award, currency) => award.charged_minor > 0
    ? language.say('award.gift_for', { n: award.count, offer: nameOf(language, award), amount: language.money(award.charged_minor, currency) })
    : language.say('award.gift', { n: award.count, offer: nameOf(language, award) }),
  free_units: (language, award) => language.say('award.free_units', { n: award.count, offer: nameOf(language, award) }),
  message: (language, award) => pickText(award.messages, language.code) || nameOf(language, award),
  suggestion: (language, award) => language.say('award.suggestion', { offer: pickText(award.messages, language.code) || nameOf(language, award) }),
};

export function awardText(language, currency, award) {
  return AWARDS[award.kind]?.(language, award, currency) ?? nameOf(language, award);
}

export const awardsOf = (basket) => (basket?.awards ?? []).filter((award) => award.kind !== 'question');
export const questionsOf = (basket) => (basket?.awards ?? []).filter((award) => award.kind === 'question');
// What the cashier has to put into the bag.
export const isHandedOver = (award) => award.kind === 'gift_line' || award.kind === 'free_units';

// His card may earn, and not pay: it could be a copy.
export const isEarningOnly = (basket) => basket?.member?.card?.may_redeem === false;

// The points that this basket could burn, or burns: { state: 'none' | 'may' | 'burned' | 'refused' | 'earns', ... } and a sentence.
export function burnOf(language, currency, basket) {
  const burn = basket?.burn;
  if (burn?.refused) {
    const key = `burn.refused_${burn.refused}`;
    return { state: 'refused', text: language.say(language.has(key) ? key : 'burn.refused') };
  }
  if (isEarningOnly(basket) && (burn || basket.member.coupons?.length > 0)) return { state: 'earns', text: language.say('burn.refused_card') };
  if (burn?.points > 0) {
    return { state: 'burned', text: language.say('burn.burned', { n: burn.points, amount: language.money(burn.value_minor, currency) }) };
  }
  if (!(burn?.available_points > 0)) return { state: 'none', text: '' };
  const steps = Math.floor(burn.available_points / burn.step_points);
  return {
    state: 'may', points: burn.available_points,
    text: language.say('burn.use', { n: burn.available_points, amount: language.money(steps * burn.step_value_minor, currency) }),
  };
}
