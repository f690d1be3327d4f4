// SPDX-License-Identifier: Apache-2.0
// The two screens that ask for something: joining with a new card, and what a member allows.
import { el } from '/pages/dom.js';
import { LANGUAGES, Language } from '/pages/language.js';
import { keyboard } from '/kiosk/keyboard.js';

const PURPOSES = ['personal_offers', 'analysis']; // what joining asks for; nothing is ticked beforehand
const NAME_BYTES_MAX = 64; // limits.h

function consentText(language, purpose, part) {
  const key = `consent.${purpose}.${part}`;
  if (language.has(key)) return language.say(key);
  return part === 'title' ? purpose : '';
}

// submit({ first_name, language, consents }) answers a promise of null or of a sentence that says what went wrong.
export function enrolForm(language, { submit, cancel, setLanguage, draft }) {
  const name = el('input', {
    id: 'first-name', name: 'first_name', autocomplete: 'off', spellcheck: 'false', required: true,
    'aria-describedby': 'enrol-problem', value: draft.firstName, 'data-key': 'name', inputmode: 'none',
  });
  const problem = el('p', { id: 'enrol-problem', class: 'problem', role: 'alert' });
  const ticks = PURPOSES.map((purpose) => el('input', {
    type: 'checkbox', id: `tick-${purpose}`, checked: draft.consents[purpose] === true,
    onchange: (event) => { draft.consents[purpose] = event.target.checked; },
  }));
  const keep = () => { draft.firstName = name.value; };
  const form = el('form', { class: 'enrol', novalidate: true },
    el('h1', { tabindex: -1 }, language.say('enrol.title')),
    el('div', { class: 'field' },
      el('label', { for: 'first-name' }, language.say('enrol.name')), name, problem),
    keyboard(name, language),
    el('fieldset', { class: 'choices' }, el('legend', {}, language.say('enrol.language')),
      LANGUAGES.map((code) => languageChoice(code, language.code, () => { keep(); setLanguage(code); }))),
    el('fieldset', { class: 'ticks' }, el('legend', {}, language.say('enrol.consents')),
      el('p', { class: 'note' }, language.say('enrol.consents_note')),
      PURPOSES.map((purpose, i) => el('label', { class: 'tick', for: `tick-${purpose}` }, ticks[i],
        el('span', {}, el('strong', {}, consentText(language, purpose, 'title')), ' ',
          el('span', { class: 'note' }, consentText(language, purpose, 'text')))))),
    el('div', { class: 'actions' },
      el('button', { type: 'submit', class: 'main' }, language.say('enrol.submit')),
      el('button', { type: 'button', onclick: cancel }, language.say('enrol.cancel'))));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const firstName = name.value.trim();
    problem.textContent = nameProblem(language, firstName);
    if (problem.textContent) {
      name.focus();
      return;
    }
    const consents = PURPOSES.map((purpose, i) => ({ purpose, given: ticks[i].checked }));
    problem.textContent = await submit({ first_name: firstName, language: language.code, consents }) ?? '';
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
