// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Language, loadCatalogues } from '../../../firmware/faces/pages/language.js';
import { awardText, awardsOf, burnOf, nearText, questionsOf, reasonText, sortedOffers } from '../../../firmware/faces/pages/why.js';

await loadCatalogues((code) => JSON.parse(readFileSync(new URL(`../../../firmware/faces/pages/texts/${code}.json`, import.meta.url), 'utf8')));
const english = new Language('en');
const currency = { code: 'EUR', exponent: 2 };
const names = { en: 'Coffee club', lt: 'Kavos klubas' };

test('reasonText__says_how_much_was_given_or_what_is_missing', () => {
  assert.equal(reasonText(english, currency, { given: true, amount_minor: 250 }), 'given: €2.50');
  assert.equal(reasonText(english, currency, { given: true, amount_minor: 0, points: 7 }), 'given: 7 points');
  assert.equal(reasonText(english, currency, { given: false, reason: 'amount_too_small', has_minor: 1200, needs_minor: 5000 }),
    'the sum is too small (€12.00 of €50.00)');
  assert.equal(reasonText(english, currency, { given: false, reason: 'quantity_too_small', has_milli: 1000, needs_milli: 2500 }), 'too few items (1 of 2.5)');
  assert.equal(reasonText(english, currency, { given: false, reason: 'limit_reached', has_count: 3, needs_count: 3 }), 'the limit is reached (3 of 3)');
  assert.equal(reasonText(english, currency, { given: false, reason: 'of_a_newer_agent' }), 'of_a_newer_agent');
});

test('sortedOffers__begins_with_what_was_given', () => {
  const offers = [{ offer: 'a', given: false }, { offer: 'b', given: true }];
  assert.deepEqual(sortedOffers({ offers }).map((one) => one.offer), ['b', 'a']);
  assert.deepEqual(sortedOffers(null), []);
});

test('nearText__counts_in_money_pieces_and_stamps', () => {
  assert.equal(nearText(english, currency, { needs: 'amount', missing_minor: 320, names }), '€3.20 more: Coffee club');
  assert.equal(nearText(english, currency, { needs: 'quantity', missing_milli: 1000, names }), '1 more item: Coffee club');
  assert.equal(nearText(new Language('lt'), currency, { needs: 'count', missing_count: 3, names }), 'Dar 3 antspaudai: Kavos klubas');
});

test('awardText__tells_every_kind_and_questions_are_asked_apart', () => {
  const awards = ['stamps', 'coupon', 'ticket', 'gift_line', 'free_units', 'message', 'suggestion', 'question']
    .map((kind) => ({ kind, offer: 'x', names, count: 2, charged_minor: 0 }));
  const told = awardsOf({ awards });
  assert.equal(told.length, 7);
  assert.deepEqual(questionsOf({ awards }).map((award) => award.kind), ['question']);
  for (const award of told) assert.match(awardText(english, currency, award), /Coffee club/, award.kind);
  assert.equal(awardText(english, currency, { kind: 'gift_line', names, count: 1, charged_minor: 100 }), '1 for €1.00: Coffee club');
  assert.equal(awardText(english, currency, { kind: 'message', names, messages: { en: 'Hello' } }), 'Hello');
});

test('burnOf__offers_whole_steps_shows_what_is_burned_and_says_why_not', () => {
  const steps = { step_points: 100, step_value_minor: 100 };
  assert.equal(burnOf(english, currency, { burn: { ...steps, available_points: 500, points: 0 } }).text, 'Use 500 points: €5.00 less');
  assert.equal(burnOf(english, currency, { burn: { ...steps, available_points: 500, points: 300, value_minor: 300 } }).state, 'burned');
  assert.equal(burnOf(english, currency, { burn: { ...steps, available_points: 0, points: 0 } }).state, 'none');
  assert.equal(burnOf(english, currency, null).state, 'none');
  const refused = burnOf(english, currency, { burn: { ...steps, refused: 'allowance' } });
  assert.equal(refused.state, 'refused');
  assert.match(refused.text, /Without a line/);
});

test('burnOf__says_that_a_card_earns_only_before_anybody_wishes_to_pay_with_it', () => {
  const basket = { burn: { step_points: 100, step_value_minor: 100, available_points: 0, points: 0 }, member: { card: { may_redeem: false }, coupons: [] } };
  assert.deepEqual([burnOf(english, currency, basket).state, burnOf(english, currency, { ...basket, member: { card: { may_redeem: true } } }).state], ['earns', 'none']);
  assert.match(burnOf(english, currency, basket).text, /collects points/);
  assert.equal(burnOf(english, currency, { burn: null, member: { card: { may_redeem: false }, coupons: [{ series: 'x' }] } }).state, 'earns');
  assert.equal(burnOf(english, currency, { burn: null, member: { card: { may_redeem: false }, coupons: [] } }).state, 'none');
  assert.equal(burnOf(english, currency, { ...basket, burn: { ...basket.burn, refused: 'card' } }).state, 'refused');
  assert.equal(reasonText(english, currency, { given: false, reason: 'coupon_card' }), 'its coupon needs a safer card');
});
