// SPDX-License-Identifier: Apache-2.0
// Both pages say by what somebody was recognised and how surely, with the demo's programme of cards.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, afterEach, test } from 'node:test';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Browser, faultsOf } from './browser.mjs';
import { Shop } from './shop.mjs';
import { BASKET, heading, newKey, until } from './steps.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const TAP = file('../../tools/tap');
const TAG = 'ntag213 uri https://loyalty.example/c/2900000010000';
const GENUINE = 'ntag213 uid 04ab87f2ca1190 sig 67B1750BCCEB1174F9A33BF20E0226551A6366939B31F949848C3C087350FA90';
let browser;
let shop;
let till;

before(async () => {
  shop = await Shop.open({ preset: process.env.KASSA_PRESET, book: file('book.json'), members: file('members.csv'), 'away-ms': 0, wallet: 'demo' });
  till = shop.till;
  browser = await Browser.open(process.env.KASSA_CHROMIUM, process.env.KASSA_PICTURES);
  await until('the reader', async () => (await till.ask('GET', '/v1/status')).reader.state === 'ready', 10_000);
});
after(async () => {
  await Promise.all([browser?.close(), shop?.close()]);
});
beforeEach(async () => {
  browser.complaints.length = 0;
  await till.clear();
});
afterEach(async () => {
  await browser.closePages();
  assert.deepEqual(browser.complaints, []);
});

const kiosk = () => browser.page(`${till.url}/kiosk`, { hasAxe: true });
const cashier = () => browser.page(`${till.url}/cashier?lang=en`, { width: 1024, height: 768, hasAxe: true });
const badge = (page, technology, trust) => page.locator('.recognised', { hasText: technology }).getByText(trust, { exact: true }).waitFor();

// [how it is shown, what the cashier reads, what the kiosk says in Tomas's language, the API's words]
const WAYS = [
  ['a tag', () => till.tap(TAG), ['NFC tag', 'can be copied'], ['NFC žymė', 'galima nukopijuoti'], ['ndef', 'static']],
  ['a typed number', () => till.ask('POST', '/v1/cards', { number: '2900000010000', read: 'typed' }), ['Typed number', 'easy to copy'], ['Įvestas numeris', 'lengva nukopijuoti'], ['barcode', 'identify']],
  ['a pass in a phone', () => promisify(execFile)(TAP, [till.control, 'vas']), ['Apple Wallet pass', 'can be copied'], null, ['vas', 'static']],
  ['a tag that signs', () => promisify(execFile)(TAP, [till.control, 'sun']), ['Card that signs each tap', 'safe from copying'], null, ['sun', 'proven']],
  ['a signed tag', () => till.tap(GENUINE), ['Signed NFC tag', 'genuine chip'], null, ['originality', 'genuine']],
];

test('pages__say_by_what_somebody_was_recognised_and_how_surely', async () => {
  const [customer, clerk] = await Promise.all([kiosk(), cashier()]);
  for (const [name, show, atCashier, atKiosk, words] of WAYS) {
    await heading(customer, /Tap your card|Priglauskite/).waitFor();
    await show();
    await badge(clerk, ...atCashier);
    if (atKiosk) await badge(customer, ...atKiosk);
    await Promise.all([browser.picture(clerk, `cashier-card-${words[0]}`), browser.picture(customer, `kiosk-card-${words[0]}`)]);
    assert.deepEqual([...await faultsOf(clerk), ...await faultsOf(customer)], [], name);
    const { member } = await till.ask('PUT', '/v1/basket', { ...BASKET, basket: newKey() });
    if (atKiosk) {
      assert.deepEqual([member.card.technology, member.card.trust], words, name);
      await customer.locator('.totals').waitFor();
      await badge(customer, ...atKiosk);
      await browser.picture(customer, `kiosk-basket-${words[0]}`);
    }
    await till.clear();
    await Promise.all([clerk, customer].map((page) => page.locator('.recognised').waitFor({ state: 'detached' })));
  }
});

// The code that a member's phone shows at this moment (include/kassa/SPEC.md, "Codes with a time").
function codeOfMoment(number) {
  const { keys } = JSON.parse(readFileSync(join(shop.folder, 'wallet.json'), 'utf8'));
  const key = createHmac('sha256', Buffer.from(keys.time_code, 'hex')).update(`kassa dynamic 1:${number}`).digest();
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha256', key).update(step).digest();
  const digits = (mac.readUInt32BE(mac.at(-1) & 0xf) & 0x7fffffff) % 1e8;
  return `KD1:${number}.${String(digits).padStart(8, '0')}`;
}

const CLAIMS = `ntag424 uid 04c1d2e3f4a5b6 uri https://tap.example/s?picc_data=${'0'.repeat(32)}&cmac=${'0'.repeat(16)}`;
const UNPROVEN = { en: 'This card could not prove that it is genuine.', ru: 'Эта карта не подтвердила свою подлинность.' };
const USED = { en: /was used before: show a fresh/, ru: /уже было использовано/ };
const said = (page, text) => page.locator('#refused, #advice', { hasText: text });
const gone = (page, text) => said(page, text).waitFor({ state: 'detached', timeout: 12_000 });

test('pages__say_for_some_seconds_that_a_card_names_nobody_and_leave_an_open_basket_as_it_is', async () => {
  const [customer, clerk] = await Promise.all([browser.page(`${till.url}/kiosk?lang=ru`, { hasAxe: true }), cashier()]);
  const { total_minor } = await till.ask('PUT', '/v1/basket', { ...BASKET, basket: newKey() });
  await customer.locator('.totals').waitFor();
  await till.tap(CLAIMS);
  await Promise.all([said(customer, UNPROVEN.ru).waitFor(), said(clerk, UNPROVEN.en).waitFor()]);
  await Promise.all([browser.picture(clerk, 'cashier-card-unproven'), browser.picture(customer, 'kiosk-card-unproven')]);
  assert.deepEqual([...await faultsOf(clerk), ...await faultsOf(customer)], []);
  await customer.locator('.totals').waitFor();
  assert.equal((await till.ask('GET', '/v1/basket')).total_minor, total_minor);
  // The card lies there still: nothing is said of it again.
  await Promise.all([gone(customer, UNPROVEN.ru), gone(clerk, UNPROVEN.en)]);
  const since = Date.now();
  await till.tap('uid 08a1b2c3');
  await said(clerk, 'This card is not taken here.').waitFor();
  await till.tap(TAG);
  await Promise.all([badge(clerk, 'NFC tag', 'can be copied'), gone(clerk, 'not taken here')]);
  assert.ok(Date.now() - since < 5500, 'a card that is recognised takes the sentence away before its time');
  await customer.locator('#refused:empty').waitFor({ state: 'attached' });
  await till.tap('uid 04a1b2c3d4e5f6 sak 20'); // a stranger, in the member's place
  await badge(clerk, 'Chip number', 'easy to copy');
});

test('pages__say_that_a_code_was_used_before_and_to_show_a_fresh_one', async () => {
  const [customer, clerk] = await Promise.all([browser.page(`${till.url}/kiosk?lang=ru`), cashier()]);
  const number = codeOfMoment('2900000010000');
  await till.ask('POST', '/v1/cards', { number, read: 'scan' });
  await badge(clerk, 'QR code with a time', 'safe from copying');
  await till.clear();
  assert.equal((await till.call('POST', '/v1/cards', { number, read: 'scan' })).body.code, 'card_replayed');
  await Promise.all([said(customer, USED.ru).waitFor(), said(clerk, USED.en).waitFor()]);
  await browser.picture(customer, 'kiosk-card-replayed');
  await Promise.all([gone(customer, USED.ru), gone(clerk, USED.en)]);
});
