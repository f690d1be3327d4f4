// SPDX-License-Identifier: Apache-2.0
// The two screens that ask for something: joining with a new card, and what a member allows.
import { el } from '/pages/dom.js';
import { LANGUAGES, Language } from '/pages/language.js';
import { keyboard } from '/kiosk/keyboard.js';

const PURPOSES = ['personal_offers', 'analysis']; // what joining asks for; nothing is ticked beforehand
// Of the consent texts in pages/texts: it grows when what they say changes, so that a record shows what was agreed to.
export const CONSENT_VERSION = 1;
const NAME_BYTES_MAX = 64; // limits.h

function consentText(language, purpose, part) {
  const key = `consent.${purpose}.${part}`;
  if (language.has(key)) return language.say(key);
  return part === 'title' ? purpose : '';
}

// Joining, one question at a time: the name (step 1), then language and consents (step 2). draft keeps what was entered;
// turn() draws the other step; submit({ first_name, language, consents }) answers a promise of null or of a sentence
// that says what went wrong.
export function enrolForm(language, draft, doing) {
  return draft.step === 1 ? nameStep(language, draft, doing) : choiceStep(language, draft, doing);
}

function nameStep(language, draft, { cancel, turn }) {
  const name = el('input', {
    id: 'first-name', name: 'first_name', autocomplete: 'off', spellcheck: 'false', required: true,
    'aria-describedby': 'enrol-problem', value: draft.firstName, 'data-key': 'name', inputmode: 'none',
  });
  const problem = el('p', { id: 'enrol-problem', class: 'problem', role: 'alert' });
  const form = el('form', { class: 'enrol name', novalidate: true },
    el('h1', { tabindex: -1 }, language.say('enrol.title')),
    el('div', { class: 'field' },
      el('label', { for: 'first-name' }, language.say('enrol.name')),
      el('div', { class: 'entry' }, name,
        el('button', { type: 'submit', class: 'main', 'data-key': 'next' }, language.say('enrol.next')),
        el('button', { type: 'button', onclick: cancel }, language.say('enrol.cancel'))),
      problem),
    keyboard(name, language));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    draft.firstName = name.value.trim();
    problem.textContent = nameProblem(language, draft.firstName);
    if (problem.textContent) {
      name.focus();
      return;
    }
    draft.step = 2;
    turn();
  });
  // The name survives a change of language, which draws the form anew.
  form.addEventListener('focusout', () => { draft.firstName = name.value; });
  form.addEventListener('click', () => { draft.firstName = name.value; });
  return form;
}

function choiceStep(language, draft, { submit, setLanguage, turn }) {
  const problem = el('p', { class: 'problem', role: 'alert' });
  const tick = (purpose) => el('label', { class: 'tick', for: `tick-${purpose}` },
    el('input', {
      type: 'checkbox', id: `tick-${purpose}`, 'data-key': `tick-${purpose}`, checked: draft.consents[purpose] === true,
      onchange: (event) => { draft.consents[purpose] = event.target.checked; },
    }),
    el('span', {}, el('strong', {}, consentText(language, purpose, 'title')),
      el('span', { class: 'note' }, consentText(language, purpose, 'text'))));
  const back = () => { draft.step = 1; turn(); };
  const form = el('form', { class: 'enrol' },
    el('h1', { tabindex: -1 }, language.say('member.greeting', { name: draft.firstName })),
    el('fieldset', { class: 'choices' }, el('legend', {}, language.say('enrol.language')),
      LANGUAGES.map((code) => languageChoice(code, language.code, () => setLanguage(code)))),
    el('fieldset', { class: 'ticks' }, el('legend', {}, language.say('enrol.consents')),
      el('p', { class: 'note' }, language.say('enrol.consents_note')), PURPOSES.map(tick)),
    problem,
    el('div', { class: 'actions' },
      el('button', { type: 'submit', class: 'main', 'data-key': 'submit' }, language.say('enrol.submit')),
      el('button', { type: 'button', onclick: back }, language.say('consent.back'))));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const consents = PURPOSES.map((purpose) => ({ purpose, given: draft.consents[purpose] === true, version: CONSENT_VERSION }));
    problem.textContent = await submit({ first_name: draft.firstName, language: language.code, consents }) ?? '';
  });
  return form;
}

function nameProblem(language, firstName) {
  if (firstName === '') return language.say('enrol.name_missing');
  return new TextEncoder().encode(firstName).length > NAME_BYTES_MAX ? language.say('enrol.name_long') : '';
}

function languageChoice(code, present, choose) {
  return el('label', { class: 'choice', lang: code },
    el('input', { type: 'radio', name: 'language', value: code, checked: code === present, onchange: choose, 'data-key': `language-${code}` }),
    new Language(code).say('language.name'));
}

// change(purpose, given) answers a promise of null or of a sentence.
export function consentView(language, consents, { change, back }) {
  const known = new Map((consents ?? []).map((consent) => [consent.purpose, consent.given]));
  const purposes = [...new Set([...PURPOSES, ...known.keys()])];
  const problem = el('p', { class: 'problem', role: 'alert' });
  const decide = async (purpose, given) => { problem.textContent = await change(purpose, given) ?? ''; };
  return el('section', { class: 'consents' },
    el('h1', { tabindex: -1 }, language.say('consent.title')),
    el('p', { class: 'lead' }, language.say('consent.text')),
    el('ul', {}, purposes.map((purpose) => consentRow(language, purpose, known.get(purpose), decide))),
    problem,
    el('div', { class: 'actions' }, el('button', { type: 'button', class: 'main', onclick: back, 'data-key': 'back' }, language.say('consent.back'))));
}

function consentRow(language, purpose, given, decide) {
  const title = consentText(language, purpose, 'title');
  const state = given === undefined ? 'consent.unknown' : given ? 'consent.given' : 'consent.not_given';
  const button = (wanted, key) => el('button', {
    type: 'button', 'data-key': `${purpose}-${wanted}`, 'aria-label': `${language.say(key)}: ${title}`,
    onclick: () => decide(purpose, wanted),
  }, language.say(key));
  return el('li', { class: given ? 'consent given' : 'consent' },
    el('div', {}, el('h2', {}, title), el('p', {}, consentText(language, purpose, 'text')),
      el('p', { class: 'mark' }, given ? '✓ ' : '', language.say(state))),
    el('div', { class: 'answers' },
      given !== true && button(true, 'consent.give'), given !== false && button(false, 'consent.withdraw')));
}
