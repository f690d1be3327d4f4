// SPDX-License-Identifier: Apache-2.0
// The customer's screen: follows the agent's events, shows the screen of the moment, forgets people soon.
import { el, show } from '/pages/dom.js';
import { EventStream } from '/pages/events.js';
import * as agent from '/pages/agent.js';
import { LANGUAGES, Language, loadCatalogues, matchLanguage } from '/pages/language.js';
import { emptyModel, foldAnswer, foldConsent, foldEvent, foldLink, foldPrivacy, foldRefusalSaid, foldThanked, isReaderAway } from '/pages/model.js';
import { refusedLeftMs, refusedText } from '/pages/trouble.js';
import * as screens from '/kiosk/screens.js';
import { CONSENT_VERSION, consentView, enrolForm } from '/kiosk/forms.js';

const query = new URLSearchParams(location.search);
const seconds = (name, fallback) => Number(query.get(name) ?? fallback) * 1000;
const PRIVACY_MS = seconds('privacy', 40); // nobody touches anything: ask whether there is still somebody
const MORE_MS = seconds('more', 15);       // how long that question waits
const THANKS_MS = seconds('thanks', 9);
const OUT_MS = 2000; // the agent may be restarted without the customer seeing it

const bar = document.getElementById('bar');
const screen = document.getElementById('screen');
const voice = document.getElementById('voice');
const refused = document.getElementById('refused');
const more = document.getElementById('more');

let model = emptyModel();
const ui = { form: null, isOut: false, isPrivate: false, isWhyOpen: false, answered: {}, chosen: null, draft: null };
let language;
let timers = {};

// ------------------------------------------------------------------------------------------------- language

// Whose language: the one picked by hand, the member's, the till's.
function languageOfMoment() {
  return ui.chosen ?? matchLanguage(model.member?.language ?? model.last?.language)
    ?? matchLanguage(query.get('lang')) ?? matchLanguage(model.locale) ?? matchLanguage(navigator.language) ?? 'en';
}

function setLanguage(code) {
  ui.chosen = code;
  draw();
}

// -------------------------------------------------------------------------------------------------- drawing

const sizeMark = (isLarge) => (isLarge ? 'A−' : 'A+');

function drawBar() {
  const isOffline = model.isLinked && !model.sync.connected;
  const isLarge = document.documentElement.classList.contains('large');
  const state = [language.code, isOffline, isLarge];
  show(bar, state, () => [
    el('span', { class: 'brand', 'aria-hidden': 'true' }),
    isOffline && el('p', { class: 'badge' }, el('span', { 'aria-hidden': 'true' }, '⇅ '), language.say('offline.badge')),
    el('button', { type: 'button', class: 'size', 'data-key': 'size', 'aria-label': `${sizeMark(isLarge)} – ${language.say(isLarge ? 'size.normal' : 'size.large')}`, onclick: toggleSize }, sizeMark(isLarge)),
    el('div', { class: 'languages', role: 'group', 'aria-label': language.say('language.pick') },
      LANGUAGES.map((code) => el('button', {
        type: 'button', lang: code, 'data-key': `pick-${code}`, 'aria-pressed': String(code === language.code),
        'aria-label': `${code.toUpperCase()} – ${new Language(code).say('language.name')}`, onclick: () => setLanguage(code),
      }, code.toUpperCase()))),
  ]);
}

// Over the foot of whatever screen there is, which stays as it was.
function drawRefused() {
  const text = model.refused && !ui.isOut ? refusedText(language, model.refused) : '';
  if (refused.textContent !== text) refused.textContent = text;
}

function toggleSize() {
  document.documentElement.classList.toggle('large');
  draw();
}

const DRAW = {
  idle: () => screens.idle(language, model),
  reading: () => screens.reading(language),
  out: () => screens.out(language),
  unknown: () => screens.unknown(language, { join: openEnrol, later: finish }),
  enrol: () => enrolForm(language, ui.draft, { submit: enrol, cancel: closeForm, setLanguage, turn: draw }),
  consent: () => consentView(language, model.member.consents, { change: changeConsent, back: closeForm }),
  member: () => screens.member(language, model, { answer: answerOffer, finish, openConsents: () => openForm('consent') }),
  basket: () => screens.basket(language, model, ui, { join: openEnrol, toggleWhy, burn, useCoupon, answerQuestion }),
  thanks: () => screens.thanks(language, model),
};

// What a screen is drawn from: it is built anew only when that changed.
const SHOWN = {
  enrol: () => ui.draft.step,
  idle: () => isReaderAway(model),
  consent: () => model.member.consents,
  member: () => [model.member, model.card, model.offers, model.answers],
  basket: () => [model.basket, model.member, model.card, model.isStranger, ui.isPrivate, ui.isWhyOpen, ui.answered],
  thanks: () => model.last,
};

function draw() {
  const code = languageOfMoment();
  if (language?.code !== code) language = new Language(code);
  document.documentElement.lang = code;
  document.title = language.say('kiosk.title');
  const name = screens.screenOf(model, ui);
  const isOther = screen.dataset.screen !== name;
  screen.dataset.screen = name;
  drawBar();
  drawRefused();
  const isDrawn = show(screen, [name, code, SHOWN[name]?.()], () => DRAW[name]());
  if (isDrawn) announce(isOther);
  watch(name);
}

// What stands on top is said aloud when it becomes another: a new screen, and the next customer on the same one. On a new
// screen the Tab key starts at its top.
let said = '';
function announce(isOther) {
  const title = screen.querySelector('h1');
  const text = title?.textContent ?? '';
  if (isOther || text !== said) voice.textContent = said = text;
  if (!isOther) return;
  if (!more.open) title?.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

// Nobody's name stays in the page for the next.
function hush() {
  voice.textContent = said = '';
}

// -------------------------------------------------------------------------------------------------- privacy

function restart(name, ms, then) {
  clearTimeout(timers[name]);
  timers[name] = ms === null ? undefined : setTimeout(then, ms);
}

const isPersonal = (name) => ['member', 'unknown', 'enrol', 'consent'].includes(name) || (name === 'basket' && model.member && !ui.isPrivate);

let watched = '';
function watch(name) {
  if (name !== watched || name === 'basket') touch(name);
  watched = name;
  if (more.open && !isPersonal(name)) endMore(false);
  if (name === 'thanks') {
    if (timers.thanks === undefined) restart('thanks', THANKS_MS, () => { timers.thanks = undefined; forget(foldThanked); });
  } else {
    restart('thanks', null);
  }
}

// Somebody is there: the clock of privacy starts again.
function touch(name = watched) {
  restart('privacy', isPersonal(name) && !more.open ? PRIVACY_MS : null, askForMore);
}

function askForMore() {
  const endMs = performance.now() + MORE_MS;
  const left = el('p', { class: 'lead', id: 'more-left' });
  const tick = () => {
    const n = Math.max(0, Math.ceil((endMs - performance.now()) / 1000));
    left.textContent = language.say('more.text', { n });
    if (n === 0) endMore(true);
    else restart('more', 250, tick);
  };
  more.replaceChildren(el('h2', { id: 'more-title' }, language.say('more.title')), left,
    el('div', { class: 'actions' },
      el('button', { type: 'button', class: 'main', onclick: () => endMore(false) }, language.say('more.yes')),
      el('button', { type: 'button', onclick: () => endMore(true) }, language.say('more.no'))));
  more.setAttribute('aria-labelledby', 'more-title');
  more.showModal();
  tick();
}

function endMore(isOver) {
  restart('more', null);
  if (more.open) more.close();
  more.replaceChildren();
  if (isOver) finish();
  else touch();
}
more.addEventListener('cancel', (event) => { event.preventDefault(); endMore(false); });

// The person leaves the screen. With a basket open the member stays with the sale, out of sight.
async function finish() {
  if (model.basket?.lines.length) {
    ui.isPrivate = true;
    closeForm();
    return;
  }
  forget(foldPrivacy);
  try {
    await agent.leaveMember();
  } catch (refusal) {
    if (refusal.errorName !== 'state' && refusal.errorName !== 'not_found') console.info('leave:', refusal.message);
  }
}

function forget(fold) {
  model = { ...fold(model), isStranger: false };
  if (/identified|stranger/.test(model.session) && !model.basket) model.session = 'idle';
  Object.assign(ui, { form: null, chosen: null, draft: null, isPrivate: false });
  document.documentElement.classList.remove('large');
  draw();
}

// ----------------------------------------------------------------------------------------------- what is done

function openForm(name) {
  ui.form = name;
  draw();
}

function openEnrol() {
  ui.draft = { step: 1, firstName: '', consents: {}, key: agent.newKey() };
  openForm('enrol');
}

function closeForm() {
  ui.form = null;
  ui.draft = null;
  draw();
}

function problemOf(refusal) {
  const keys = { full: 'error.full', io: 'error.full', closed: 'error.gone', state: 'error.state', exists: 'error.card' };
  console.info(refusal.errorName, refusal.message);
  return language.say(keys[refusal.errorName] ?? 'error.other');
}

async function enrol(member) {
  const draft = ui.draft;
  const content = JSON.stringify(member);
  // A repetition of the same wish has the same key; a changed one is a new wish.
  if (draft.content !== undefined && draft.content !== content) draft.key = agent.newKey();
  draft.content = content;
  try {
    await agent.enrolMember(member, draft.key);
    closeForm();
    return null;
  } catch (refusal) {
    return problemOf(refusal);
  }
}

async function changeConsent(purpose, given) {
  try {
    await agent.changeConsent({ purpose, given, version: CONSENT_VERSION, language: language.code }, agent.newKey());
    model = foldConsent(model, purpose, given);
    draw();
    return null;
  } catch (refusal) {
    return problemOf(refusal);
  }
}

async function answerOffer(offer, accepted) {
  try {
    await agent.answerOffer(offer, accepted, agent.newKey());
    model = foldAnswer(model, offer, accepted);
    draw();
  } catch (refusal) {
    voice.textContent = problemOf(refusal);
  }
}

function toggleWhy() {
  ui.isWhyOpen = !ui.isWhyOpen;
  draw();
}

async function burn(points) {
  try {
    await agent.burnPoints(points);
  } catch (refusal) {
    voice.textContent = problemOf(refusal);
  }
}

async function useCoupon(code) {
  try {
    await agent.presentCoupon(code);
  } catch (refusal) {
    voice.textContent = problemOf(refusal);
  }
}

async function answerQuestion(question, value) {
  try {
    await agent.answerQuestion(question, value, agent.newKey());
    ui.answered = { ...ui.answered, [question]: value };
    draw();
  } catch (refusal) {
    voice.textContent = problemOf(refusal);
  }
}

// --------------------------------------------------------------------------------------------------- events

function onEvent(type, event) {
  const before = model.member?.id;
  model = foldEvent(model, type, event);
  if (type === 'committed' && ui.isPrivate) model.last.name = '';
  if (model.member?.id !== before) {
    hush();
    Object.assign(ui, { isPrivate: false, isWhyOpen: false, answered: {}, chosen: null });
    if (ui.form === 'consent') ui.form = null;
    if (more.open) endMore(false);
  }
  if (['state', 'card_refused'].includes(type)) {
    restart('refused', model.refused ? refusedLeftMs(model.refused) : null, () => { model = foldRefusalSaid(model); draw(); });
  }
  if (!model.isStranger && ui.form === 'enrol') Object.assign(ui, { form: null, draft: null });
  draw();
}

function onLink(isLinked) {
  if (isLinked === model.isLinked && !(isLinked && ui.isOut)) return;
  model = foldLink(model, isLinked);
  restart('out', isLinked ? null : OUT_MS, () => { ui.isOut = true; draw(); });
  if (isLinked) ui.isOut = false;
  draw();
}

for (const name of ['pointerdown', 'keydown', 'wheel', 'touchmove']) addEventListener(name, () => touch(), { passive: true });

await loadCatalogues();
draw();
restart('out', OUT_MS, () => { ui.isOut = true; draw(); });
new EventStream('/v1/events', { onEvent, onLink, headers: agent.identity() }).follow();
