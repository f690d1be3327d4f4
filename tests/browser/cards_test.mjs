// SPDX-License-Identifier: Apache-2.0
// Both pages say by what somebody was recognised and how surely, with the demo's programme of cards.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, beforeEach, afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Browser, faultsOf } from './browser.mjs';
import { Shop } from './shop.mjs';
import { BASKET, heading, newKey, until } from './steps.mjs';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const TAP = file('../../tools/tap');
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
  ['a tag', () => till.tap('ntag213 uri https://loyalty.example/c/2900000010000'), ['NFC tag', 'can be copied'], ['NFC žymė', 'galima nukopijuoti'], ['ndef', 'static']],
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
