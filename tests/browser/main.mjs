// SPDX-License-Identifier: Apache-2.0
// usage: node main.mjs BUILD-FOLDER     (build/dev: its preset's programs; pictures go to build/dev/browser)
// The pages against the real agent. Ends with 77, saying so, where Chromium or the npm packages are missing.
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
const build = resolve(process.argv[2] ?? 'build/dev');

function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(77);
}

if (!CHROMIUM) skip('Chromium is not installed (tools/setup installs it)');
if (!existsSync(new URL('node_modules/playwright-core', import.meta.url))) skip('the npm packages are not installed (tools/setup installs them)');
process.env.KASSA_BUILD = build;
process.env.KASSA_PRESET = basename(build);
process.env.KASSA_CHROMIUM = CHROMIUM;
process.env.KASSA_PICTURES = join(build, 'browser');
await import('./pages_test.mjs');
await import('./cards_test.mjs');
await import('./money_test.mjs');
