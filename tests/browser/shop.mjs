// SPDX-License-Identifier: Apache-2.0
// A real shop for the pages: broker, hub, agent, reader child and the simulated reader, by tools/shop/up.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const UP = fileURLToPath(new URL('../../tools/shop/up', import.meta.url));

export class Shop {
  #child;
  #lines;

  // options: { preset, book, members, currency, exponent, 'away-ms' }
  static async open(options) {
    const shop = new Shop();
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    shop.#child = spawn(UP, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    shop.#lines = createInterface({ input: shop.#child.stdout })[Symbol.asyncIterator]();
    const { value, done } = await shop.#lines.next();
    if (done) throw new Error('the shop did not come up; what it said stands above');
    const { tills, folder } = JSON.parse(value);
    shop.folder = folder;
    shop.tills = tills.map((till) => new Till(till));
    shop.till = shop.tills[0];
    return shop;
  }

  // "stop broker", "start till-1", ...
  async order(line) {
    this.#child.stdin.write(`${line}\n`);
    const { value } = await this.#lines.next();
    if (value !== 'ok') throw new Error(`${line}: ${value}`);
  }

  async close() {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

class Till {
  constructor({ name, url, control }) {
    Object.assign(this, { name, url, control });
  }

  async call(method, path, body, key) {
    const headers = { 'Content-Type': 'application/json', ...(key && { 'Idempotency-Key': key }) };
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : null };
  }

  // Calls that must succeed.
  async ask(method, path, body, key) {
    const { status, body: answer } = await this.call(method, path, body, key);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  // Lays a card before the reader, as pn532-sim's `swap` takes it: "uid 04a1b2c3d4e501".
  tap(card) {
    return this.#reader(`swap 0 ${card}`);
  }

  // Takes the card away and lets the reader look a few times, so that it has noticed.
  async untap() {
    await this.#reader('remove');
    await this.#reader('wait-poll 5 5000');
  }

  // Nobody is at the till and nothing before the reader.
  async clear() {
    await this.untap();
    for (const path of ['/v1/basket', '/v1/member']) await this.call('DELETE', path);
  }

  async #reader(line) {
    const socket = connect(this.control);
    await once(socket, 'connect');
    socket.write(`${line}\n`);
    const [answer] = await once(socket, 'data');
    socket.destroy();
    if (!String(answer).startsWith('ok')) throw new Error(`${line}: ${answer}`);
  }
}
