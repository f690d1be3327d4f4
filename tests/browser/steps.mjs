// SPDX-License-Identifier: Apache-2.0
// What the tests of the pages do again and again.
export const CARDS = {
  Ona: 'uid 04a1b2c3d4e501 sak 20', Zofia: 'uid 04a1b2c3d4e502 sak 20', Grace: 'uid 04a1b2c3d4e503 sak 20', 'Jiří': 'uid 04a1b2c3d4e504 sak 20', 'Анна': 'uid 04a1b2c3d4e505 sak 20',
};

const line = (sku, description, quantity, unit_price, more = {}) => ({ sku, description, quantity, unit_price, ...more });

export const BASKET = {
  basket: 'browser-1',
  lines: [
    line('COFFEE-GROUND', 'Kava malta 500 g', '2', '7.49', { categories: ['coffee'] }),
    line('MILK', 'Pienas 2,5 %', '3', '1.29', { categories: ['dairy'] }),
    line('APPLES', 'Obuoliai', '1.254', '1.49', { unit: 'kg', weighed: true }),
    line('BREAD', 'Juoda duona', '1', '2.19'),
  ],
};

export const heading = (page, text) => page.getByRole('heading', { level: 1, name: text });

let keys = 0;
export const newKey = () => `browser-${process.pid}-${keys++}`;

// Waits until ask() answers something true.
export async function until(what, ask, ms = 5000) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
