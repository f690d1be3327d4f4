// SPDX-License-Identifier: Apache-2.0
// usage: node main.mjs BUILD-FOLDER     (build/dev: its preset's programs; pictures go to build/dev/browser)
// The pages against the real agent. Ends with 77, saying so, where Chromium or the npm packages are missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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
// A process each: what a file asks for before each test holds for all tests of its process.
for (const name of ['pages_test.mjs', 'cards_test.mjs', 'money_test.mjs']) {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(name, import.meta.url))], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
