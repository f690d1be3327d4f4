// SPDX-License-Identifier: Apache-2.0
// Currencies without decimals and with three: the pages write what the agent's exponent says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser } from './browser.mjs';
import { Shop } from './shop.mjs';

test('pages__show_what_is_to_be_paid_in_cash_where_small_coins_are_gone', async () => {
  const shop = await Shop.open({ preset: process.env.KASSA_PRESET, 'cash-rounding': 5 });
  let browser;
  try {
    browser = await Browser.open(process.env.KASSA_CHROMIUM, process.env.KASSA_PICTURES);
    const put = (unit_price) => shop.till.ask('PUT', '/v1/basket', { basket: 'cash', lines: [{ sku: 'ONE', description: 'One', quantity: '1', unit_price }] });
    await put('9.98');
    for (const path of ['/kiosk?lang=en', '/cashier?lang=en']) {
      const page = await browser.page(shop.till.url + path);
      await page.locator('.totals', { hasText: 'In cash' }).waitFor();
      assert.match(await page.textContent('.totals'), /9\.98.*10\.00/);
      await browser.picture(page, `cash${path.replace(/\W.*$/, '').replace('/', '-')}${path.includes('cashier') ? '-cashier' : '-kiosk'}`);
      await put('9.95');
      await page.locator('.totals .total', { hasText: '9.95' }).waitFor();
      assert.ok(!(await page.textContent('.totals')).includes('In cash'));
      await put('9.98');
    }
    assert.deepEqual(browser.complaints, []);
  } finally {
    await Promise.all([browser?.close(), shop.close()]);
  }
});

const CURRENCIES = [
  { currency: 'JPY', exponent: 0, price: '1234', total_minor: 1234, shown: '1,234' },
  { currency: 'KWD', exponent: 3, price: '1234.567', total_minor: 1234567, shown: '1,234.567' },
  { currency: 'HUF', exponent: 2, price: '1234.56', total_minor: 123456, shown: '1,234.56' },
];

for (const { currency, exponent, price, total_minor, shown } of CURRENCIES) {
  test(`pages__write_${currency}_with_${exponent}_decimals`, async () => {
    const shop = await Shop.open({ preset: process.env.KASSA_PRESET, currency, exponent });
    let browser;
    try {
      browser = await Browser.open(process.env.KASSA_CHROMIUM, process.env.KASSA_PICTURES);
      const { url } = shop.till;
      const priced = await shop.till.ask('PUT', '/v1/basket', { basket: 'money', lines: [{ sku: 'ONE', description: 'One', quantity: '1', unit_price: price }] });
      assert.equal(priced.total_minor, total_minor);
      for (const path of ['/kiosk?lang=en', '/cashier?lang=en']) {
        const page = await browser.page(url + path);
        await page.locator('.totals .total').waitFor();
        const text = await page.textContent('.totals .total dd');
        assert.equal(text.replace(/[^\d.,]/g, ''), shown, `${path}: ${text}`);
      }
      assert.deepEqual(browser.complaints, []);
    } finally {
      await Promise.all([browser?.close(), shop.close()]);
    }
  });
}
