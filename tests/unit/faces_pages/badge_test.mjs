// SPDX-License-Identifier: Apache-2.0
// The badge has words for every technology and trust that the agent can name, in each language.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { wordsOfCard } from '../../../firmware/faces/pages/badge.js';
import { LANGUAGES, Language, loadCatalogues } from '../../../firmware/faces/pages/language.js';

await loadCatalogues((code) => JSON.parse(readFileSync(new URL(`../../../firmware/faces/pages/texts/${code}.json`, import.meta.url), 'utf8')));
const names = readFileSync(new URL('../../../firmware/card/technologies.c', import.meta.url), 'utf8');
const technologies = [...names.matchAll(/\.name = "(\w+)"/g)].map(([, name]) => name);
const trusts = [...names.matchAll(/\[CARD_TRUST_\w+\] = "(\w+)"/g)].map(([, name]) => name).filter((name) => name !== 'none');

test('wordsOfCard__says_each_technology_and_trust_in_each_language', () => {
  assert.ok(technologies.length >= 14 && trusts.length === 4, `${technologies} ${trusts}`);
  for (const code of LANGUAGES) {
    const language = new Language(code);
    const said = new Set();
    for (const technology of technologies) {
      const words = wordsOfCard(language, { technology, trust: 'static', read: 'nfc' });
      assert.notEqual(words.technology, technology);
      said.add(words.technology);
    }
    assert.equal(said.size, technologies.length, `${code}: no two alike`);
    assert.equal(new Set(trusts.map((trust) => wordsOfCard(language, { technology: 'uid', trust, read: 'nfc' }).trust)).size, 4);
  }
});

test('wordsOfCard__shows_a_surer_card_by_more_full_dots', () => {
  const english = new Language('en');
  const dots = trusts.map((trust) => wordsOfCard(english, { technology: 'uid', trust, read: 'nfc' }).dots);
  assert.deepEqual(dots, ['●○○○', '●●○○', '●●●○', '●●●●']);
});

test('wordsOfCard__says_that_a_number_was_typed_and_takes_names_that_it_does_not_know', () => {
  const english = new Language('en');
  assert.equal(wordsOfCard(english, { technology: 'barcode', trust: 'identify', read: 'typed' }).technology, 'Typed number');
  assert.deepEqual(wordsOfCard(english, { technology: 'palm', trust: 'none', read: 'nfc' }), { technology: 'palm', trust: '', dots: '○○○○' });
});
