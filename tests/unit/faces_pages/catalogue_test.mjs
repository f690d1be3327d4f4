// SPDX-License-Identifier: Apache-2.0
// The five catalogues are whole: equal keys, equal placeholders, every plural form that the language has.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { faultText, refusalText, refusedText } from '../../../firmware/faces/pages/trouble.js';
import { LANGUAGES, Language, loadCatalogues, matchLanguage, pickText } from '../../../firmware/faces/pages/language.js';

const folder = new URL('../../../firmware/faces/pages/texts/', import.meta.url);
const read = (code) => JSON.parse(readFileSync(new URL(`${code}.json`, folder), 'utf8'));
const english = read('en');
const forms = (entry) => (typeof entry === 'object' ? Object.values(entry) : [entry]);
const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join();
await loadCatalogues(async (code) => read(code));

test('catalogues__are_those_of_the_languages', () => {
  assert.deepEqual(readdirSync(folder).sort(), LANGUAGES.map((code) => `${code}.json`).sort());
});

for (const code of LANGUAGES) {
  const texts = read(code);

  test(`catalogue_${code}__has_the_keys_of_english_in_the_same_order`, () => {
    assert.deepEqual(Object.keys(texts), Object.keys(english));
  });

  test(`catalogue_${code}__has_each_plural_form_of_its_language_and_no_other`, () => {
    const wanted = new Intl.PluralRules(code).resolvedOptions().pluralCategories.slice().sort();
    for (const [key, entry] of Object.entries(texts)) {
      assert.equal(typeof entry, typeof english[key], key);
      if (typeof entry === 'object') assert.deepEqual(Object.keys(entry).sort(), wanted, key);
    }
  });

  test(`catalogue_${code}__names_the_same_values_as_english`, () => {
    for (const [key, entry] of Object.entries(texts)) {
      const wanted = placeholders(forms(english[key])[0]);
      for (const text of forms(entry)) assert.equal(placeholders(text), wanted, `${key}: ${text}`);
    }
  });

  test(`catalogue_${code}__leaves_no_text_empty_or_in_english`, () => {
    const mayBeEqual = new Set(['cashier.agent']);
    for (const [key, entry] of Object.entries(texts)) {
      for (const text of forms(entry)) assert.ok(text.trim().length > 0, key);
      if (code !== 'en' && !mayBeEqual.has(key)) assert.notDeepEqual(entry, english[key], key);
    }
  });
}

test('catalogues__have_a_reason_for_each_of_the_engine', () => {
  const rows = readFileSync(new URL('../../../firmware/offers/reasons.c', import.meta.url), 'utf8');
  const names = [...rows.matchAll(/\[OFFERS_\w+\] = \{"(\w+)"/g)].map(([, name]) => name).filter((name) => name !== 'given');
  assert.ok(names.length > 15);
  for (const name of names) assert.ok(english[`reason.${name}`], name);
});

test('catalogues__have_a_sentence_for_each_fault_that_the_till_notes', () => {
  const folders = ['till', 'agent', 'sync'].map((name) => new URL(`../../../firmware/${name}/`, import.meta.url));
  const sources = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.c')).map((name) => new URL(name, folder)));
  const codes = sources.flatMap((source) => {
    const text = readFileSync(source, 'utf8');
    return [...text.matchAll(/(?:till_note_fault\([^;]*?|SYNC_FAULT_\w+\] = )"([a-z_]+\.[a-z_]+)"(?: : "([a-z_]+\.[a-z_]+)")?/g)].flatMap(([, one, other]) => [one, other].filter(Boolean));
  });
  assert.ok(codes.length >= 18, codes.join());
  const reasons = readFileSync(new URL('../../../firmware/trust/reason.c', import.meta.url), 'utf8');
  codes.push(...[...reasons.matchAll(/\[TRUST_\w+\] = \{"(\w+)"/g)].map(([, reason]) => `book.${reason}`).filter((code) => code !== 'book.good'));
  assert.ok(codes.length >= 39, codes.join());
  for (const code of codes) assert.ok(english[`fault.${code}`], code);
});

test('refused_text__has_a_sentence_for_each_reason_of_the_agent_and_takes_a_new_one_as_unreadable', () => {
  const rows = readFileSync(new URL('../../../firmware/card/card.c', import.meta.url), 'utf8').match(/TAG_REASONS\[ERR_COUNT\] = \{(.*?)\};/s)[1];
  const reasons = [...new Set([...rows.matchAll(/"(\w+)"/g)].map(([, reason]) => reason))];
  assert.ok(reasons.length >= 5, reasons.join());
  for (const code of LANGUAGES) {
    const language = new Language(code);
    for (const reason of [...reasons, 'unreadable']) assert.equal(refusedText(language, { reason }), read(code)[`refused.${reason}`]);
    assert.equal(refusedText(language, { reason: 'too_shiny' }), language.say('refused.unreadable'));
  }
});

test('refusal_text__is_a_sentence_of_the_language_for_whatever_the_agent_answers', () => {
  const table = readFileSync(new URL('../../../firmware/base/error.c', import.meta.url), 'utf8');
  const names = [...table.matchAll(/\[ERR_\w+\] = \{"(\w+)"/g)].map(([, name]) => name);
  assert.ok(names.length > 20);
  for (const code of LANGUAGES) {
    const language = new Language(code);
    for (const name of [...names, 'what'])  {
      const text = refusalText(language, { status: 409, errorName: name, message: 'an English sentence' });
      assert.ok(text.length > 5 && !text.includes(name) && !text.includes('English') && !/^[a-z]+\.[a-z_]+$/.test(text), text);
    }
    assert.equal(refusalText(language, { status: 0, errorName: 'closed' }), language.say('error.gone'));
    assert.notEqual(refusalText(language, { status: 503, errorName: 'closed' }), language.say('error.gone'));
    assert.equal(faultText(language, { code: 'no.such_fault', text: 'x' }), language.say('fault.other'));
  }
});

test('catalogues__have_every_key_that_the_pages_ask_for', () => {
  const sources = ['kiosk/kiosk.js', 'kiosk/screens.js', 'kiosk/forms.js', 'kiosk/keyboard.js', 'pages/why.js', 'cashier/cashier.js', 'cashier/advice.js', 'pages/trouble.js'];
  for (const source of sources) {
    const text = readFileSync(new URL(`../../../firmware/faces/${source}`, import.meta.url), 'utf8');
    for (const [, key] of text.matchAll(/'([a-z]+\.[a-z_]+(?:\.[a-z_]+)?)'/g)) {
      assert.ok(english[key], `${source} asks for ${key}`);
    }
  }
});

test('language_say__chooses_the_plural_form_and_writes_the_number_as_the_language_does', () => {
  const said = (code, n) => new Language(code).say('thanks.points', { n });
  assert.equal(said('en', 1), 'You earned 1 point');
  assert.equal(said('pl', 3), 'Zdobywasz 3 punkty');
  assert.equal(said('pl', 5), 'Zdobywasz 5 punktów');
  assert.equal(said('lt', 21), 'Gavote 21 tašką');
  assert.equal(said('cs', 5), 'Získáváte 5 bodů');
  assert.equal(said('ru', 22), 'Вы получили 22 балла');
  assert.equal(said('en', 12345), 'You earned 12,345 points');
});

test('language_say__leaves_markup_and_braces_in_values_alone', () => {
  assert.equal(new Language('en').say('member.greeting', { name: '{n} <b>&' }), 'Hello, {n} <b>&!');
});

test('match_language__takes_the_primary_language_or_none', () => {
  assert.equal(matchLanguage('pl-PL'), 'pl');
  assert.equal(matchLanguage('RU_ru'), 'ru');
  assert.equal(matchLanguage('de'), null);
  assert.equal(matchLanguage(undefined), null);
});

test('pick_text__falls_back_to_english_then_to_any', () => {
  assert.equal(pickText({ en: 'a', lt: 'b' }, 'lt'), 'b');
  assert.equal(pickText({ lt: 'b', en: 'a' }, 'cs'), 'a');
  assert.equal(pickText({ de: 'c' }, 'cs'), 'c');
  assert.equal(pickText(undefined, 'cs'), '');
});
