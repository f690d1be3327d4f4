// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium by playwright-core, with all that a page complains of written down.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export class Browser {
  complaints = []; // console errors, exceptions, violations of the security policy
  #contexts = new Set();

  static async open(executablePath, pictures) {
    const browser = new Browser();
    mkdirSync(pictures, { recursive: true });
    browser.pictures = pictures;
    // playwright-core gives each browser a user data directory of its own and removes it.
    browser.chromium = await chromium.launch({ executablePath, args: FLAGS });
    return browser;
  }

  // A page in a context of its own. Reduced motion: a picture taken during a fade looks washed out.
  async page(url, { width = 1280, height = 800, locale = 'en-GB', hasAxe = false } = {}) {
    const context = await this.chromium.newContext({ viewport: { width, height }, locale, timezoneId: 'Europe/Vilnius', reducedMotion: 'reduce' });
    this.#contexts.add(context);
    const page = await context.newPage();
    page.setDefaultTimeout(5000);
    page.setDefaultNavigationTimeout(20_000); // a page that loads late on a busy machine is no fault of it
    page.on('pageerror', (error) => this.complaints.push(`${url}: ${error.stack}`));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !isOfALostLink(message.text())) this.complaints.push(`${url}: ${message.text()}`);
    });
    await page.addInitScript(() => addEventListener('securitypolicyviolation', (event) => {
      console.error(`security policy: ${event.violatedDirective} ${event.blockedURI}`);
    }));
    if (hasAxe) await page.addInitScript({ path: AXE });
    await page.goto(url);
    return page;
  }

  async picture(page, name) {
    await page.screenshot({ path: join(this.pictures, `${name}.png`) });
  }

  async closePages() {
    await Promise.all([...this.#contexts].map((context) => context.close()));
    this.#contexts.clear();
  }

  close() {
    return this.chromium.close();
  }
}

// The browser itself says that a request failed while the agent was away, or was refused: both are tested for.
const isOfALostLink = (text) => /net::ERR_|status of (404|409|422|400|429|503|504)/.test(text);

// The faults that axe finds, one line each.
export async function faultsOf(page) {
  const { violations } = await page.evaluate((tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), STANDARDS);
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`));
}
