// SPDX-License-Identifier: Apache-2.0
// Money is written with the decimals that the agent sends, exactly.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMoney, LANGUAGES } from '../../../firmware/faces/pages/language.js';

const digitsOf = (text) => text.replace(/[^\d.,-]/g, '').replace(/^[.,]|[.,]$/g, '');
const euro = { code: 'EUR', exponent: 2 };

test('format_money__has_two_decimals_in_each_language', () => {
  assert.equal(formatMoney(123456, euro, 'en'), '€1,234.56');
  assert.match(formatMoney(123456, euro, 'pl'), /^1234,56\s€$/);
  assert.match(formatMoney(123456, euro, 'lt'), /^1\s234,56\s€$/);
  assert.match(formatMoney(123456, euro, 'cs'), /^1\s234,56\s€$/);
  assert.match(formatMoney(123456, euro, 'ru'), /^1\s234,56\s€$/);
});

test('format_money__takes_the_exponent_of_the_agent_not_of_the_locale_data', () => {
  assert.equal(digitsOf(formatMoney(123456, { code: 'HUF', exponent: 2 }, 'en')), '1,234.56');
  assert.equal(digitsOf(formatMoney(1234, { code: 'JPY', exponent: 0 }, 'en')), '1,234');
  assert.equal(digitsOf(formatMoney(1234567, { code: 'KWD', exponent: 3 }, 'en')), '1,234.567');
  assert.equal(digitsOf(formatMoney(1234567, { code: 'IQD', exponent: 3 }, 'en')), '1,234.567');
});

test('format_money__keeps_small_and_negative_amounts', () => {
  assert.equal(formatMoney(0, euro, 'en'), '€0.00');
  assert.equal(formatMoney(5, euro, 'en'), '€0.05');
  assert.equal(formatMoney(-5, euro, 'en'), '-€0.05');
  assert.equal(formatMoney(-100, euro, 'en'), '-€1.00');
  assert.equal(formatMoney(0, { code: 'JPY', exponent: 0 }, 'en'), '¥0');
  assert.equal(digitsOf(formatMoney(-7, { code: 'KWD', exponent: 3 }, 'en')), '-0.007');
});

test('format_money__is_exact_up_to_the_largest_whole_number_of_json', () => {
  assert.equal(digitsOf(formatMoney(9007199254740991, euro, 'en')), '90,071,992,547,409.91');
  assert.equal(digitsOf(formatMoney(-9007199254740991, euro, 'en')), '-90,071,992,547,409.91');
});

test('format_money__writes_every_amount_back_to_itself', () => {
  const seed = Number(process.env.KASSA_SEED ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  let state = seed || 1;
  const next = () => (state = (state * 48271) % 2147483647);
  for (let i = 0; i < 2000; i++) {
    const minor = (next() % 2 ? 1 : -1) * (next() % 10 ** (1 + (next() % 9)));
    const exponent = next() % 4;
    const text = formatMoney(minor, { code: 'EUR', exponent }, LANGUAGES[next() % LANGUAGES.length]);
    const digits = Number(text.replace(/\D/g, ''));
    assert.equal(digits, Math.abs(minor), text);
    assert.equal(/^[-−]|[-−]\d/.test(text), minor < 0, text);
  }
});
