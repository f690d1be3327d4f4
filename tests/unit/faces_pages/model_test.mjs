// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as model from '../../../firmware/faces/pages/model.js';

const ona = { id: 'aa', first_name: 'Ona', language: 'lt', points: 120, as_of_unix_ms: 1 };
const offers = [{ offer: 'coffee', version: 1, names: { en: 'Coffee' } }];
const fold = (...events) => events.reduce((m, [type, event]) => model.foldEvent(m, type, event), model.emptyModel());

test('model__greets_and_forgets_a_member', () => {
  const here = fold(['member', { member: ona, offers }]);
  assert.equal(here.member.first_name, 'Ona');
  assert.equal(here.offers.length, 1);
  const gone = model.foldEvent(here, 'member_gone', {});
  assert.equal(gone.member, null);
  assert.ok(!JSON.stringify(gone).includes('Ona'));
});

test('model__keeps_answers_while_the_same_member_stays', () => {
  let here = fold(['member', { member: ona, offers }]);
  here = model.foldAnswer(here, 'coffee', true);
  assert.deepEqual(model.foldEvent(here, 'member', { member: ona, offers }).answers, { coffee: true });
  assert.deepEqual(model.foldEvent(here, 'member', { member: { ...ona, id: 'bb' }, offers }).answers, {});
});

test('model__shows_a_stranger_until_somebody_is_known', () => {
  const stranger = fold(['member', { member: ona, offers }], ['member_unknown', {}]);
  assert.equal(stranger.isStranger, true);
  assert.equal(stranger.member, null);
  assert.equal(model.foldEvent(stranger, 'member', { member: ona, offers }).isStranger, false);
});

test('model__thanks_with_the_points_of_the_receipt_and_keeps_no_name_in_the_list', () => {
  const paid = fold(['member', { member: ona, offers }], ['basket', { lines: [{}] }],
    ['committed', { receipt: { number: 7 }, total_minor: 250, points: { earned: 2, balance: 122 } }]);
  assert.equal(paid.basket, null);
  assert.equal(paid.last.name, 'Ona');
  assert.equal(paid.last.points.earned, 2);
  assert.ok(!JSON.stringify(paid.receipts).includes('Ona'));
  assert.equal(model.foldEvent(paid, 'card', {}).last, null);
});

test('model__is_replaced_whole_by_the_state', () => {
  const before = fold(['member', { member: ona, offers }], ['basket', { lines: [{}] }]);
  const after = model.foldEvent(before, 'state', { session: { state: 'open_stranger' }, basket: { lines: [] }, currency: { code: 'KWD', exponent: 3 } });
  assert.equal(after.member, null);
  assert.equal(after.isStranger, true);
  assert.equal(after.currency.exponent, 3);
  assert.equal(model.foldEvent(after, 'state', { session: { state: 'idle' } }).basket, null);
});

test('model__knows_by_what_somebody_was_recognised_until_he_is_gone', () => {
  const tag = { technology: 'ndef', trust: 'static', read: 'nfc', reader: 1 };
  const sun = { technology: 'sun', trust: 'proven', read: 'nfc', reader: 1 };
  const stranger = fold(['card', tag], ['member_unknown', {}]);
  assert.deepEqual(stranger.card, tag);
  const here = fold(['card', tag], ['member', { member: { ...ona, card: tag }, offers }], ['member', { member: { ...ona, card: sun }, offers }]);
  assert.deepEqual(here.card, sun);
  assert.equal(model.foldEvent(here, 'member_gone', {}).card, null);
  assert.equal(model.foldPrivacy(here).card, null);
  assert.deepEqual(model.foldEvent(here, 'state', { session: { state: 'open_stranger' }, card: tag }).card, tag);
  assert.equal(model.foldEvent(here, 'state', { session: { state: 'idle' }, card: null }).card, null);
});

test('model__has_a_card_that_named_nobody_until_one_is_recognised', () => {
  const refused = { reason: 'unproven', reader: 1, ago_ms: 0 };
  const basket = { lines: [{}] };
  const shown = fold(['basket', basket], ['card_refused', refused]);
  assert.deepEqual(shown.refused, refused);
  assert.deepEqual(shown.basket, basket);
  for (const [type, event] of [['card', { technology: 'sun' }], ['member', { member: ona }], ['member_unknown', {}], ['card_refused', null], ['state', {}]]) {
    assert.equal(model.foldEvent(shown, type, event).refused, null, type);
  }
  assert.deepEqual(model.foldEvent(shown, 'session', { state: 'idle' }).refused, refused);
  assert.deepEqual(fold(['state', { member: ona, card_refused: refused }]).refused, refused);
  assert.equal(model.foldRefusalSaid(shown).refused, null);
});

test('model__knows_the_card_of_a_stranger_who_takes_a_members_place', () => {
  const stranger = fold(['member', { member: ona }], ['card', { technology: 'uid' }], ['member_gone', {}], ['member_unknown', { card: { technology: 'uid' } }]);
  assert.deepEqual(stranger.card, { technology: 'uid' });
});

test('model__keeps_the_latest_receipts_only', () => {
  let m = model.emptyModel();
  for (let n = 1; n <= 20; n++) m = model.foldEvent(m, 'committed', { receipt: { number: n } });
  assert.equal(m.receipts.length, model.RECEIPTS_MAX);
  assert.equal(m.receipts[0].receipt.number, 20);
});

test('model__is_unmoved_by_an_unknown_event', () => {
  const before = fold(['member', { member: ona, offers }]);
  assert.equal(model.foldEvent(before, 'constructor', {}), before);
  assert.equal(model.foldEvent(before, 'weather', {}), before);
});
