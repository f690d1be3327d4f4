// SPDX-License-Identifier: Apache-2.0
// What the customer sees in each state. Each function answers elements; nothing here calls the agent.
import { el } from '/pages/dom.js';
import { cardBadge } from '/pages/badge.js';
import { pickText } from '/pages/language.js';
import { isAsking, isReaderAway } from '/pages/model.js';
import { awardText, awardsOf, burnOf, couponText, couponsAtHand, isEarningOnly, nameOf, nearText, questionsOf, reasonText, sortedOffers } from '/pages/why.js';

const LINES_SHOWN = 6;
const NEAR_SHOWN = 2;
const WHY_GIVEN_SHOWN = 8;
const WHY_OTHERS_SHOWN = 6;
const COUPONS_SHOWN = 3;

// The name of the screen to show.
export function screenOf(model, ui) {
  if (ui.isOut) return 'out';
  if (model.last) return 'thanks';
  if (ui.form === 'enrol' && model.isStranger) return 'enrol';
  if (ui.form === 'consent' && model.member) return 'consent';
  if (model.basket?.lines.length) return 'basket';
  if (model.member) return 'member';
  if (isAsking(model)) return 'reading';
  return model.isStranger ? 'unknown' : 'idle';
}

const heading = (text) => el('h1', { tabindex: -1 }, text);

export function idle(language, model) {
  const isReaderOut = isReaderAway(model);
  return el('section', { class: 'idle' },
    el('img', { src: '/kiosk/tap.svg', alt: '', class: isReaderOut ? 'art resting' : 'art' }),
    el('div', {}, heading(language.say('idle.title')),
      el('p', { class: 'lead' }, language.say(isReaderOut ? 'idle.reader_out' : 'idle.text'))));
}

export function reading(language) {
  return el('section', { class: 'middle' },
    el('div', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')),
    heading(language.say('reading.title')), el('p', { class: 'lead' }, language.say('reading.text')));
}

export function out(language) {
  return el('section', { class: 'middle out' },
    el('div', { class: 'sign', 'aria-hidden': 'true' }, '☕'),
    heading(language.say('out.title')), el('p', { class: 'lead' }, language.say('out.text')));
}

export function unknown(language, { join, later }) {
  return el('section', { class: 'middle' },
    heading(language.say('unknown.title')), el('p', { class: 'lead' }, language.say('unknown.text')),
    el('div', { class: 'actions' },
      el('button', { type: 'button', class: 'main', onclick: join, 'data-key': 'join' }, language.say('unknown.join')),
      el('button', { type: 'button', onclick: later, 'data-key': 'later' }, language.say('unknown.later'))));
}

function pointsCard(language, member) {
  const points = member.points ?? 0;
  return el('div', { class: 'points' },
    el('p', { class: 'label' }, language.say('member.points_label')),
    el('p', { class: 'figure' }, el('strong', {}, language.points(points)), ' ', language.say('member.points_unit', { n: points })),
    member.as_of_unix_ms > 0 && el('p', { class: 'note' }, language.say('member.as_of', { when: language.when(member.as_of_unix_ms) })),
    member.points_pending > 0 && el('p', { class: 'note' }, language.say('member.pending', { n: member.points_pending })),
    member.expiring?.points > 0 && el('p', { class: 'note' }, language.say('member.expiring', { n: member.expiring.points, when: language.day(member.expiring.day) })),
    member.tier && el('p', { class: 'tier' }, language.say('member.tier', { tier: member.tier })));
}

// Stamp cards and coupons that the member carries.
function wallet(language, member) {
  const coupons = (member.coupons ?? []).slice(0, COUPONS_SHOWN);
  const stamps = member.stamps ?? [];
  if (coupons.length === 0 && stamps.length === 0) return null;
  return el('ul', { class: 'wallet' },
    coupons.map((coupon) => el('li', {}, couponText(language, coupon))),
    stamps.map(({ card, count, size }) => el('li', {}, language.say('member.stamps', { card, count: String(count), size: size > 0 ? String(size) : '–' }))));
}

const greeting = (language, member) => member.first_name
  ? language.say('member.greeting', { name: member.first_name }) : language.say('member.greeting_plain');

function offerCard(language, offer, accepted, answer) {
  const name = pickText(offer.names, language.code) || offer.offer;
  const message = pickText(offer.messages, language.code);
  const button = (wanted, key, kind) => el('button', {
    type: 'button', class: kind, 'data-key': `${offer.offer}-${wanted}`, 'aria-label': `${language.say(key)}: ${name}`,
    onclick: () => answer(offer.offer, wanted),
  }, language.say(key));
  const state = accepted === undefined ? '' : accepted ? ' wanted' : ' refused';
  return el('li', { class: `offer${state}` },
    el('h2', {}, name), message && el('p', {}, message),
    accepted === undefined
      ? el('div', { class: 'answers' }, button(true, 'offer.accept', 'main'), button(false, 'offer.decline', ''))
      : el('p', { class: 'mark' }, accepted ? '✓ ' : '– ', language.say(accepted ? 'offer.accepted' : 'offer.declined')));
}

export function member(language, model, { answer, finish, openConsents }) {
  return el('section', { class: 'member' },
    el('div', { class: 'side' }, heading(greeting(language, model.member)), cardBadge(language, model.card), pointsCard(language, model.member), wallet(language, model.member),
      el('div', { class: 'actions' },
        el('button', { type: 'button', class: 'main', onclick: finish, 'data-key': 'finish' }, language.say('member.done')),
        el('button', { type: 'button', onclick: openConsents, 'data-key': 'consents' }, language.say('member.consents')))),
    el('div', { class: 'offers' },
      model.offers.length > 0
        ? [el('h2', { class: 'above' }, language.say('offers.title')),
          el('ul', { class: model.offers.length === 1 ? 'one' : '' }, model.offers.map((offer) => offerCard(language, offer, model.answers[offer.offer], answer)))]
        : el('p', { class: 'lead' }, language.say('offers.none'))));
}

function lineRow(language, line, currency) {
  const isPieces = !line.unit || line.unit === 'pcs';
  const quantity = isPieces ? `${language.quantityOf(line)} ×` : language.quantityOf(line);
  return el('li', {},
    el('span', { class: 'what' }, line.description || line.sku,
      !(isPieces && Number(line.quantity) === 1) && el('span', { class: 'note' }, ` ${quantity}`),
      line.prior_price && el('span', { class: 'prior' }, language.say('basket.prior', { price: language.decimal(line.prior_price, currency.exponent) }))),
    el('span', { class: 'sum' }, language.money(line.net_minor, currency)),
    line.discount_minor > 0 && el('span', { class: 'off' }, language.say('basket.saved'), ' ', language.money(line.discount_minor, currency)));
}

function linesOf(language, basket, currency) {
  const shown = basket.lines.slice(-LINES_SHOWN);
  const earlier = basket.lines.length - shown.length;
  return el('div', { class: 'lines' },
    earlier > 0 && el('p', { class: 'note' }, language.say('basket.earlier', { n: earlier })),
    el('ul', {}, shown.map((line) => lineRow(language, line, currency))));
}

function totals(language, basket, currency) {
  const row = (label, minor, kind) => el('div', { class: kind }, el('dt', {}, label), el('dd', {}, language.money(minor, currency)));
  return el('dl', { class: 'totals' },
    basket.discount_minor > 0 && row(language.say('basket.subtotal'), basket.gross_minor, ''),
    basket.discount_minor > 0 && row(language.say('basket.saved'), basket.discount_minor, 'saved'),
    basket.price_mode === 'net' && row(language.say('basket.tax'), basket.tax_minor, ''),
    row(language.say('basket.total'), basket.total_minor, 'total'),
    basket.cash_minor !== basket.total_minor && row(language.say('basket.cash'), basket.cash_minor, ''));
}

// The offers that concern the basket, and why each was given or not: opened by the customer.
function whyList(language, priced, currency, ui, toggleWhy) {
  const offers = sortedOffers(priced, WHY_GIVEN_SHOWN, WHY_OTHERS_SHOWN);
  if (offers.length === 0) return null;
  return el('div', { class: 'why' },
    el('button', { type: 'button', 'data-key': 'why', 'aria-expanded': String(Boolean(ui.isWhyOpen)), onclick: toggleWhy }, language.say(ui.isWhyOpen ? 'why.close' : 'why.open')),
    ui.isWhyOpen && el('ul', {}, offers.map((offer) => el('li', { class: offer.given ? 'given' : '' },
      el('span', { class: 'mark', 'aria-hidden': 'true' }, offer.given ? '✓' : '–'),
      el('span', {}, el('b', {}, nameOf(language, offer)), ' ', el('span', { class: 'note' }, reasonText(language, currency, offer)))))));
}

function burnBox(language, priced, currency, burn) {
  const points = burnOf(language, currency, priced);
  if (points.state === 'may') return el('button', { type: 'button', class: 'main', 'data-key': 'burn', onclick: () => burn(points.points) }, points.text);
  if (points.state === 'refused' || points.state === 'earns') return el('p', { class: 'hint' }, points.text);
  return points.state === 'burned' && el('div', { class: 'hint' }, el('p', {}, points.text),
    el('button', { type: 'button', 'data-key': 'keep', onclick: () => burn(0) }, language.say('burn.keep')));
}

function couponBox(language, model, useCoupon) {
  const coupons = isEarningOnly(model.basket) ? [] : couponsAtHand(model).slice(0, COUPONS_SHOWN);
  return coupons.map((coupon) => el('button', { type: 'button', 'data-key': `coupon-${coupon.serial}`, onclick: () => useCoupon(coupon.serial || coupon.series) },
    language.say('coupon.use', { offer: nameOf(language, { names: coupon.names, offer: coupon.series }) })));
}

function questionBox(language, question, answers, answerQuestion) {
  const id = question.offer;
  if (answers[id] !== undefined) return el('p', { class: 'hint' }, language.say('question.thanks'));
  return el('div', { class: 'question' }, el('h2', {}, pickText(question.messages, language.code) || nameOf(language, question)),
    el('div', { class: 'answers' }, (question.answers ?? []).map((texts, i) => el('button', {
      type: 'button', 'data-key': `${id}-${i}`, onclick: () => answerQuestion(id, String(i + 1)),
    }, pickText(texts, language.code)))));
}

export function basket(language, model, ui, { join, toggleWhy, burn, useCoupon, answerQuestion }) {
  const { basket: priced, currency } = model;
  const isMembers = model.member && !ui.isPrivate;
  const name = isMembers ? greeting(language, model.member) : language.say('basket.title');
  const earned = priced.points?.earned ?? 0;
  const near = priced.near_misses ?? [];
  const awards = awardsOf(priced);
  return el('section', { class: 'basket' },
    el('div', { class: 'left' }, heading(name), isMembers && cardBadge(language, model.card), linesOf(language, priced, currency),
      whyList(language, priced, currency, ui, toggleWhy)),
    el('div', { class: 'right' }, totals(language, priced, currency),
      model.member && earned > 0 && el('p', { class: 'earn' }, language.say('basket.points', { n: earned })),
      isMembers && burnBox(language, priced, currency, burn),
      isMembers && couponBox(language, model, useCoupon),
      !model.member && !model.isStranger && el('p', { class: 'hint' }, language.say('basket.tap')),
      model.isStranger && !ui.isPrivate && el('div', { class: 'hint' }, el('p', {}, language.say('unknown.title')),
        el('button', { type: 'button', onclick: join, 'data-key': 'join' }, language.say('unknown.join'))),
      awards.length > 0 && el('div', { class: 'awards' }, el('h2', {}, language.say('award.title')),
        el('ul', {}, awards.map((award) => el('li', {}, awardText(language, currency, award))))),
      isMembers && questionsOf(priced).map((question) => questionBox(language, question, ui.answered, answerQuestion)),
      near.length > 0 && el('div', { class: 'near' }, el('h2', {}, language.say('near.title')),
        el('ul', {}, near.slice(0, NEAR_SHOWN).map((miss) => el('li', {}, nearText(language, currency, miss)))))));
}

const THANKS = { purchase: 'thanks.text', return: 'thanks.return', void: 'thanks.void' };

export function thanks(language, model) {
  const { last, currency } = model;
  const earned = last.points?.earned ?? 0;
  const title = last.name ? language.say('thanks.title', { name: last.name }) : language.say('thanks.title_plain');
  return el('section', { class: 'middle thanks' },
    el('div', { class: 'sign', 'aria-hidden': 'true' }, '✓'),
    heading(title),
    earned > 0 && el('p', { class: 'earned' }, language.say('thanks.points', { n: earned })),
    last.points && el('p', { class: 'lead' }, language.say('thanks.balance', { n: last.points.balance })),
    last.change_minor > 0 && el('p', { class: 'lead' }, language.say('thanks.change', { amount: language.money(last.change_minor, currency) })),
    el('p', { class: 'lead' }, language.say(THANKS[last.kind])));
}
