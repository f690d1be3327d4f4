// SPDX-License-Identifier: Apache-2.0
// The cashier's screen: dense, by keyboard, one line of advice. It shows and never blocks: selling goes on without it.
import { el, show } from '/pages/dom.js';
import { EventStream } from '/pages/events.js';
import * as agent from '/pages/agent.js';
import { cardBadge } from '/pages/badge.js';
import { LANGUAGES, Language, loadCatalogues, matchLanguage } from '/pages/language.js';
import { emptyModel, foldEvent, foldLink, foldRefusalSaid, isAsking } from '/pages/model.js';
import { faultText, refusalText, refusedLeftMs, refusedText } from '/pages/trouble.js';
import { awardText, awardsOf, burnOf, couponText, isHandedOver, nameOf as nameIn, nearText, reasonText, sortedOffers } from '/pages/why.js';
import { adviceOf } from '/cashier/advice.js';

const WHY_SHOWN = 12;

const part = (id) => document.getElementById(id);
let model = emptyModel();
let chosen = null; // the language that the cashier picked
let language;
let entryNote = '';
let couponNote = '';
let giftNote = { text: '' }; // what was found on a gift card, or why not

const money = (minor) => language.money(minor, model.currency);
const nameOf = (row) => nameIn(language, row);
const title = (key) => el('h2', {}, language.say(key));

// --------------------------------------------------------------------------------------------------- the bar

// Without the agent nothing is known: no lamp stays green on what was heard last.
function lamp(label, isGood, text) {
  if (!model.isLinked) return el('span', { class: 'lamp' }, el('b', {}, label), ' –');
  return el('span', { class: isGood ? 'lamp good' : 'lamp bad' },
    el('span', { class: 'bulb', 'aria-hidden': 'true' }, isGood ? '●' : '▲'), el('b', {}, label), ` ${text}`);
}

function drawBar() {
  const { reader, sync, book, store, till, isLinked, basket } = model;
  show(part('bar'), [language.code, reader, sync, book, store, till, isLinked, basket?.training], () => [
    el('h1', {}, till ? language.say('cashier.till', { till, store }) : language.say('cashier.title')),
    basket?.training && el('span', { class: 'training' }, language.say('cashier.training')),
    lamp(language.say('cashier.reader'), reader.state === 'ready', language.has(`reader.${reader.state}`) ? language.say(`reader.${reader.state}`) : reader.state),
    lamp(language.say('cashier.hub'), sync.connected, syncText(sync)),
    lamp(language.say('cashier.book'), book.version > 0, book.version > 0 ? language.say('cashier.book_version', { version: String(book.version) }) : language.say('cashier.book_none')),
  ]);
}

function drawFooter() {
  show(part('keys'), language.code, () => language.say('cashier.keys'));
  show(part('pick'), language.code, () => el('select', {
    'data-key': 'language', 'aria-label': language.say('language.pick'), onchange: (event) => setLanguage(event.target.value),
  }, LANGUAGES.map((code) => el('option', { value: code, lang: code, selected: code === language.code }, new Language(code).say('language.name')))));
}

function syncText(sync) {
  const state = language.say(sync.connected ? 'sync.connected' : 'sync.away');
  return sync.backlog > 0 ? `${state}, ${language.say('sync.backlog', { n: sync.backlog })}` : state;
}

function setLanguage(code) {
  try {
    localStorage.setItem('language', code);
  } catch { /* a browser without storage: the choice holds until the page is loaded again */ }
  chosen = code;
  draw();
}

function languageOfMoment() {
  return chosen ?? matchLanguage(model.locale) ?? matchLanguage(navigator.language) ?? 'en';
}

// ------------------------------------------------------------------------------------------------ the basket

function basketRow(line) {
  const discounts = line.discounts ?? [];
  return [
    el('tr', {},
      el('td', { class: 'number' }, String(line.number)),
      el('td', { class: 'what' }, line.kind === 'gift_value' && [el('span', { class: 'tag' }, language.say('gift.entry')), ' '], line.description || line.sku,
        discounts.length > 0 && el('span', { class: 'because' }, discounts.map((row) => `${discountName(row)} ${money(-row.amount_minor)}`).join(' · '))),
      el('td', { class: 'right' }, language.quantityOf(line)),
      el('td', { class: 'right' }, language.decimal(line.unit_price, model.currency.exponent),
        line.prior_price && el('span', { class: 'prior' }, language.say('basket.prior', { price: language.decimal(line.prior_price, model.currency.exponent) }))),
      el('td', { class: 'right less' }, line.discount_minor > 0 ? money(-line.discount_minor) : ''),
      el('td', { class: 'right' }, money(line.net_minor))),
  ];
}

function discountName({ offer, kind }) {
  if (kind === 'points') return language.say('burn.points');
  const row = model.basket?.offers?.find((one) => one.offer === offer);
  return row ? nameOf(row) : offer;
}

function totalsOf(basket) {
  const row = (label, text, kind = '') => el('div', { class: kind }, el('dt', {}, label), el('dd', {}, text));
  return el('dl', { class: 'totals' },
    row(language.say('basket.subtotal'), money(basket.gross_minor)),
    row(language.say('cashier.column_discount'), money(-basket.discount_minor), 'less'),
    basket.points && row(language.say('cashier.points'), `+${language.points(basket.points.earned)}`),
    basket.gift_tender_minor < 0 && row(language.say('basket.gift_back'), money(basket.gift_tender_minor), 'less'),
    basket.price_mode === 'net' && row(language.say('basket.tax'), money(basket.tax_minor)),
    row(language.say('basket.total'), money(basket.total_minor), 'total'),
    basket.cash_minor !== basket.total_minor && row(language.say('basket.cash'), money(basket.cash_minor), 'cash'));
}

function drawBasket() {
  const { basket } = model;
  const isNew = show(part('basket'), [language.code, basket, model.currency], () => {
    if (!basket) return [title('cashier.basket'), el('p', { class: 'nothing' }, language.say('cashier.basket_none'))];
    const columns = ['item', 'quantity', 'price', 'discount', 'amount'];
    return [
      el('h2', {}, language.say('cashier.basket'), ' ', el('span', { class: 'note' }, basket.basket, ' · ', language.say('basket.items', { n: basket.lines.length }))),
      el('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': language.say('cashier.basket') }, el('table', {},
        el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, '#'),
          columns.map((column) => el('th', { scope: 'col', class: column === 'item' ? '' : 'right' }, language.say(`cashier.column_${column}`))))),
        el('tbody', {}, basket.lines.map(basketRow)))),
      totalsOf(basket),
    ];
  });
  const table = part('basket').querySelector('.table');
  if (isNew && table) table.scrollTop = table.scrollHeight;
}

// ------------------------------------------------------------------------------------------------ the member

function memberText() {
  const { member } = model;
  if (isAsking(model)) return [el('p', { class: 'nothing' }, language.say('cashier.member_asking'))];
  if (!member) return [el('p', { class: 'nothing' }, language.say(model.isStranger ? 'cashier.member_stranger' : 'cashier.member_none'))];
  return [
    el('p', { class: 'who' }, el('strong', {}, member.first_name || '–'), member.tier && el('span', { class: 'tier' }, member.tier),
      el('span', { class: 'note', lang: member.language }, member.language)),
    el('p', {}, el('strong', {}, language.points(member.points ?? 0)), ' ', language.say('member.points_unit', { n: member.points ?? 0 }), ' ',
      member.as_of_unix_ms > 0 && el('span', { class: 'note' }, language.say('member.as_of', { when: language.when(member.as_of_unix_ms) }))),
    [...(member.coupons ?? []).map((coupon) => couponText(language, coupon)), ...(member.stamps ?? []).map((card) => stampsOf(card))].map((text) => el('p', { class: 'note' }, text)),
  ];
}

const stampsOf = ({ card, count, size }) => language.say('member.stamps', { card, count: String(count), size: size > 0 ? String(size) : '–' });

function drawMember() {
  const { member, isStranger, session, card } = model;
  show(part('member'), [language.code, member, isStranger, session, card], () => [
    title('cashier.member'), memberText(), (member || isStranger) && cardBadge(language, card),
    (member || isStranger) && el('button', { type: 'button', 'data-key': 'leave', onclick: leave }, language.say('cashier.member_leave')),
  ]);
}

async function leave() {
  try {
    await agent.leaveMember();
  } catch (refusal) {
    note(refusalText(language, refusal));
  }
}

function drawEntry() {
  show(part('entry'), [language.code, entryNote], () => [
    el('label', { for: 'number' }, language.say('cashier.card_entry')),
    el('input', { id: 'number', 'data-key': 'number', maxlength: 64, spellcheck: 'false', autocapitalize: 'characters', 'aria-describedby': 'entry-note', value: part('number')?.value ?? '' }),
    el('button', { type: 'submit' }, language.say('cashier.card_enter')),
    el('p', { id: 'entry-note', class: 'note', role: 'status' }, entryNote || language.say('cashier.card_hint')),
  ]);
}

function note(text) {
  entryNote = text;
  drawEntry();
}

async function enterCard(event) {
  event.preventDefault();
  const input = part('number');
  const number = input.value.trim();
  if (number === '') return;
  try {
    await agent.seeCard(number);
    input.value = '';
    note(language.say('cashier.card_ok'));
  } catch (refusal) {
    const isWrong = [400, 422].includes(refusal.status);
    note(isWrong ? language.say('cashier.card_refused') : language.say('cashier.card_failed', { message: refusalText(language, refusal) }));
    part('number').select();
  }
}

// -------------------------------------------------------------------------------------- coupons, points, gifts

const presentedText = ({ code, serial, state }) => [code, serial, language.say(`coupon.${state}`)].filter(Boolean).join(' · ');

function drawCoupons() {
  const { basket } = model;
  const isOpen = Boolean(basket);
  show(part('coupons'), [language.code, isOpen, basket?.coupons, couponNote], () => isOpen && [
    el('label', { for: 'coupon' }, language.say('coupon.entry')),
    el('input', { id: 'coupon', 'data-key': 'coupon', maxlength: 512, spellcheck: 'false', 'aria-describedby': 'coupon-note', value: part('coupon')?.value ?? '' }),
    el('button', { type: 'submit' }, language.say('coupon.enter')),
    el('p', { id: 'coupon-note', class: 'note', role: 'status' }, couponNote),
    (basket.coupons ?? []).length > 0 && el('ul', {}, basket.coupons.map((coupon) => el('li', { class: coupon.state === 'fresh' ? '' : 'bad' }, presentedText(coupon)))),
  ]);
  part('coupons').hidden = !isOpen;
}

async function enterCoupon(event) {
  event.preventDefault();
  const input = part('coupon');
  const code = input.value.trim();
  if (code === '') return;
  try {
    await agent.presentCoupon(code);
    input.value = '';
    couponNote = '';
  } catch (refusal) {
    couponNote = language.say('coupon.failed', { message: refusalText(language, refusal) });
    input.select();
  }
  drawCoupons();
}

async function burn(points) {
  try {
    await agent.burnPoints(points);
  } catch (refusal) {
    note(refusalText(language, refusal));
  }
}

function drawExtras() {
  const { basket, currency } = model;
  const awards = awardsOf(basket);
  const points = burnOf(language, currency, basket);
  show(part('extras'), [language.code, awards, basket?.burn], () => (awards.length > 0 || points.state !== 'none') && [
    title('cashier.extras'),
    points.state === 'may' && el('button', { type: 'button', 'data-key': 'burn', onclick: () => burn(points.points) }, points.text),
    points.state === 'refused' && el('p', { class: 'bad' }, points.text),
    points.state === 'earns' && el('p', {}, points.text),
    points.state === 'burned' && el('p', {}, points.text, ' ', el('button', { type: 'button', 'data-key': 'keep', onclick: () => burn(0) }, language.say('burn.keep'))),
    el('ul', {}, awards.map((award) => el('li', { class: isHandedOver(award) ? 'hand' : '' },
      isHandedOver(award) && el('b', {}, language.say('award.hand_over'), ' '), awardText(language, currency, award)))),
  ]);
  part('extras').hidden = awards.length === 0 && points.state === 'none';
}

// ------------------------------------------------------------------------------------------------ gift cards

// What is found stays until the next card is asked for, the input is left, or Escape: no card's value stands there for the next customer.
function drawGift() {
  show(part('gift'), [language.code, giftNote], () => [
    el('label', { for: 'gift-code' }, language.say('gift.entry')),
    el('input', { id: 'gift-code', 'data-key': 'gift-code', maxlength: 96, spellcheck: 'false', autocapitalize: 'characters', 'aria-describedby': 'gift-note', value: part('gift-code')?.value ?? '' }),
    el('button', { type: 'submit' }, language.say('gift.enter')),
    el('p', { id: 'gift-note', class: giftNote.isFound ? 'note found' : 'note', role: 'status' }, giftNote.text || language.say('gift.hint')),
  ]);
}

function noteGift(text, isFound = false) {
  giftNote = { text, isFound };
  drawGift();
}

async function askGift(event) {
  event.preventDefault();
  const code = part('gift-code').value.trim();
  if (code === '') return;
  noteGift(language.say('gift.asking'));
  try {
    const { available_minor, currency } = await agent.giftBalance(code);
    part('gift-code').value = '';
    noteGift(language.say('gift.balance', { amount: language.money(available_minor, currency) }), true);
  } catch (refusal) {
    noteGift(refusal.errorName === 'not_found' ? language.say('gift.unknown') : refusalText(language, refusal));
    part('gift-code').select();
  }
}

// ------------------------------------------------------------------------------------------------ offers, why

function drawWhy() {
  const sorted = sortedOffers(model.basket);
  show(part('why'), [language.code, sorted, model.basket?.search], () => [
    title('cashier.why'),
    sorted.length === 0 && el('p', { class: 'nothing' }, language.say('cashier.why_none')),
    el('ul', { class: 'why' }, sorted.slice(0, WHY_SHOWN).map((offer) => el('li', { class: offer.given ? 'given' : '' },
      el('span', { class: 'sign', 'aria-hidden': 'true' }, offer.given ? '✓' : '–'),
      el('span', {}, el('b', {}, nameOf(offer)), ' ', el('span', { class: 'note' }, reasonText(language, model.currency, offer)))))),
    sorted.length > WHY_SHOWN && el('p', { class: 'note' }, language.say('cashier.why_more', { n: sorted.length - WHY_SHOWN })),
    model.basket?.search === 'bounded' && el('p', { class: 'note' }, language.say('why.bounded')),
  ]);
}

function drawNear() {
  const near = model.basket?.near_misses ?? [];
  show(part('near'), [language.code, near], () => [
    title('cashier.near'),
    near.length === 0 ? el('p', { class: 'nothing' }, language.say('cashier.near_none')) : el('ul', {}, near.map((miss) => el('li', {}, nearText(language, model.currency, miss)))),
  ]);
}

// --------------------------------------------------------------------------------------------- what happened

function drawReceipts() {
  const { receipts } = model;
  show(part('receipts'), [language.code, receipts], () => [
    title('cashier.receipts'),
    receipts.length === 0 ? el('p', { class: 'nothing' }, language.say('cashier.receipts_none'))
      : el('ul', { class: 'receipts' }, receipts.map((receipt) => el('li', {},
        el('span', {}, language.say(`receipt.${receipt.kind}`), ' ', el('b', {}, String(receipt.receipt?.number ?? '–'))),
        receipt.change_minor > 0 && el('span', { class: 'note' }, language.say('thanks.change', { amount: money(receipt.change_minor) })),
        el('span', { class: 'right' }, money(receipt.total_minor))))),
  ]);
}

function drawFaults() {
  const { faults } = model;
  show(part('faults'), [language.code, faults], () => [
    title('cashier.faults'),
    faults.length === 0 ? el('p', { class: 'nothing' }, language.say('cashier.faults_none'))
      : el('ul', {}, faults.map((fault) => el('li', { title: `${fault.code} ${fault.text ?? ''}` }, faultText(language, fault)))),
  ]);
}

// For some seconds a card that named nobody comes before all else that could be said.
function drawAdvice() {
  const isRefused = model.isLinked && model.refused !== null;
  const advice = isRefused ? { kind: 'warn' } : adviceOf(model, { money, nameOf });
  const text = isRefused ? refusedText(language, model.refused) : language.say(advice.key, advice.values);
  show(part('advice'), [text, advice.kind], () => [el('span', { 'aria-hidden': 'true' }, advice.kind === 'warn' ? '▲ ' : '➜ '), text]);
  part('advice').className = advice.kind;
}

let refusedTimer;
function onEvent(type, event) {
  model = foldEvent(model, type, event);
  if (['state', 'card_refused'].includes(type)) clearTimeout(refusedTimer);
  if (['state', 'card_refused'].includes(type) && model.refused) {
    refusedTimer = setTimeout(() => { model = foldRefusalSaid(model); draw(); }, refusedLeftMs(model.refused));
  }
  draw();
}

function draw() {
  const code = languageOfMoment();
  if (language?.code !== code) language = new Language(code);
  document.documentElement.lang = language.code;
  document.title = language.say('cashier.title');
  for (const one of [drawBar, drawAdvice, drawBasket, drawMember, drawEntry, drawCoupons, drawGift, drawExtras, drawWhy, drawNear, drawReceipts, drawFaults, drawFooter]) one();
}

// -------------------------------------------------------------------------------------------------- keyboard

const KEYS = {
  F3: () => part('coupon')?.select(),
  F2: () => part('number').select(),
  F4: () => part('why').focus(),
  F8: () => part('gift-code').select(),
  F6: () => part('receipts').focus(),
  Escape: () => { noteGift(''); part('basket').focus(); },
};

addEventListener('keydown', (event) => {
  const isTyping = event.target.matches?.('input, select');
  if (event.key === 'Delete' && event.ctrlKey && (model.member || model.isStranger)) leave();
  else if (event.key === '/' && !isTyping) KEYS.F2();
  else if (Object.hasOwn(KEYS, event.key)) KEYS[event.key]();
  else return;
  event.preventDefault();
});
part('entry').addEventListener('submit', enterCard);
part('coupons').addEventListener('submit', enterCoupon);
part('gift').addEventListener('submit', askGift);
// Later: an input that is drawn anew loses the focus for a moment.
part('gift').addEventListener('focusout', () => setTimeout(() => {
  if (giftNote.isFound && !part('gift').contains(document.activeElement)) noteGift('');
}));

// ----------------------------------------------------------------------------------------------------- start

function storedLanguage() {
  try {
    return localStorage.getItem('language');
  } catch {
    return null; // no storage: the till's language decides
  }
}

await loadCatalogues();
chosen = matchLanguage(new URLSearchParams(location.search).get('lang')) ?? matchLanguage(storedLanguage());
draw();
new EventStream('/v1/events', {
  headers: agent.identity(),
  onEvent,
  onLink: (isLinked) => { model = foldLink(model, isLinked); draw(); },
}).follow();
