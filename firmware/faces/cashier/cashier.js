// SPDX-License-Identifier: Apache-2.0
// The cashier's screen: dense, by keyboard, one line of advice. It shows and never blocks: selling goes on without it.
import { el, show } from '/pages/dom.js';
import { EventStream } from '/pages/events.js';
import * as agent from '/pages/agent.js';
import { LANGUAGES, Language, loadCatalogues, matchLanguage, pickText } from '/pages/language.js';
import { emptyModel, foldEvent, foldLink, isAsking } from '/pages/model.js';
import { adviceOf } from '/cashier/advice.js';

const WHY_SHOWN = 12;

const part = (id) => document.getElementById(id);
let model = emptyModel();
let chosen = null; // the language that the cashier picked
let language;
let entryNote = '';

const money = (minor) => language.money(minor, model.currency);
const nameOf = (row) => pickText(row.names, language.code) || row.offer;
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
      el('td', { class: 'what' }, line.description || line.sku,
        discounts.length > 0 && el('span', { class: 'because' }, discounts.map((row) => `${offerName(row.offer)} ${money(-row.amount_minor)}`).join(' · '))),
      el('td', { class: 'right' }, language.quantityOf(line)),
      el('td', { class: 'right' }, language.decimal(line.unit_price, model.currency.exponent)),
      el('td', { class: 'right less' }, line.discount_minor > 0 ? money(-line.discount_minor) : ''),
      el('td', { class: 'right' }, money(line.net_minor))),
  ];
}

function offerName(id) {
  const row = model.basket?.offers?.find((offer) => offer.offer === id);
  return row ? nameOf(row) : id;
}

function totalsOf(basket) {
  const row = (label, text, kind = '') => el('div', { class: kind }, el('dt', {}, label), el('dd', {}, text));
  return el('dl', { class: 'totals' },
    row(language.say('basket.subtotal'), money(basket.gross_minor)),
    row(language.say('cashier.column_discount'), money(-basket.discount_minor), 'less'),
    basket.points && row(language.say('cashier.points'), `+${language.points(basket.points.earned)}`),
    row(language.say('basket.total'), money(basket.total_minor), 'total'));
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
  ];
}

function drawMember() {
  const { member, isStranger, session } = model;
  show(part('member'), [language.code, member, isStranger, session], () => [
    title('cashier.member'), memberText(),
    (member || isStranger) && el('button', { type: 'button', 'data-key': 'leave', onclick: leave }, language.say('cashier.member_leave')),
  ]);
}

async function leave() {
  try {
    await agent.leaveMember();
  } catch (refusal) {
    note(language.say('cashier.card_failed', { message: refusal.message }));
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
    note(isWrong ? language.say('cashier.card_refused') : language.say('cashier.card_failed', { message: refusal.message }));
    part('number').select();
  }
}

// ------------------------------------------------------------------------------------------------ offers, why

function reasonText(offer) {
  if (offer.given) {
    if (offer.amount_minor > 0) return language.say('why.given_amount', { amount: money(offer.amount_minor) });
    return offer.points > 0 ? language.say('why.given_points', { n: offer.points }) : language.say('why.given');
  }
  const key = `reason.${offer.reason}`;
  const sentence = language.has(key) ? language.say(key) : offer.reason;
  const figure = figureOf(offer);
  return figure ? language.say('why.figures', { sentence, ...figure }) : sentence;
}

function figureOf(offer) {
  if (offer.needs_minor !== undefined) return { has: money(offer.has_minor ?? 0), needs: money(offer.needs_minor) };
  if (offer.needs_milli !== undefined) {
    return { has: language.quantity.format((offer.has_milli ?? 0) / 1000), needs: language.quantity.format(offer.needs_milli / 1000) };
  }
  return null;
}

function drawWhy() {
  const offers = model.basket?.offers ?? [];
  const sorted = [...offers.filter((offer) => offer.given), ...offers.filter((offer) => !offer.given)];
  show(part('why'), [language.code, offers], () => [
    title('cashier.why'),
    sorted.length === 0 && el('p', { class: 'nothing' }, language.say('cashier.why_none')),
    el('ul', { class: 'why' }, sorted.slice(0, WHY_SHOWN).map((offer) => el('li', { class: offer.given ? 'given' : '' },
      el('span', { class: 'sign', 'aria-hidden': 'true' }, offer.given ? '✓' : '–'),
      el('span', {}, el('b', {}, nameOf(offer)), ' ', el('span', { class: 'note' }, reasonText(offer)))))),
    sorted.length > WHY_SHOWN && el('p', { class: 'note' }, language.say('cashier.why_more', { n: sorted.length - WHY_SHOWN })),
  ]);
}

function drawNear() {
  const near = model.basket?.near_misses ?? [];
  const text = (miss) => miss.needs === 'amount'
    ? language.say('near.amount', { amount: money(miss.missing_minor), offer: nameOf(miss) })
    : language.say('near.quantity', { n: miss.missing_milli / 1000, offer: nameOf(miss) });
  show(part('near'), [language.code, near], () => [
    title('cashier.near'),
    near.length === 0 ? el('p', { class: 'nothing' }, language.say('cashier.near_none')) : el('ul', {}, near.map((miss) => el('li', {}, text(miss)))),
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
      : el('ul', {}, faults.map((fault) => el('li', {}, el('b', {}, fault.code), ' ', fault.text ?? fault.message ?? ''))),
  ]);
}

function drawAdvice() {
  const advice = adviceOf(model, { money, nameOf });
  const text = language.say(advice.key, advice.values);
  show(part('advice'), [text, advice.kind], () => [el('span', { 'aria-hidden': 'true' }, advice.kind === 'warn' ? '▲ ' : '➜ '), text]);
  part('advice').className = advice.kind;
}

function draw() {
  const code = languageOfMoment();
  if (language?.code !== code) language = new Language(code);
  document.documentElement.lang = language.code;
  document.title = language.say('cashier.title');
  for (const one of [drawBar, drawAdvice, drawBasket, drawMember, drawEntry, drawWhy, drawNear, drawReceipts, drawFaults, drawFooter]) one();
}

// -------------------------------------------------------------------------------------------------- keyboard

const KEYS = {
  F2: () => part('number').select(),
  F4: () => part('why').focus(),
  F6: () => part('receipts').focus(),
  Escape: () => part('basket').focus(),
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
  onEvent: (type, event) => { model = foldEvent(model, type, event); draw(); },
  onLink: (isLinked) => { model = foldLink(model, isLinked); draw(); },
}).follow();
