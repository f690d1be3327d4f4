// SPDX-License-Identifier: Apache-2.0
// usage: node openapi_lint.mjs FILE    Lints an OpenAPI document by Redocly's recommended rules; ends with 77, saying so,
// where the npm packages are missing.
import { existsSync } from 'node:fs';

if (!existsSync(new URL('node_modules/@redocly/openapi-core', import.meta.url))) {
  console.log('skipped: the npm packages are not installed (tools/setup installs them)');
  process.exit(77);
}
const { default: core } = await import('@redocly/openapi-core');
const config = await core.createConfig({ extends: ['recommended-strict'] });
const problems = await core.lint({ ref: process.argv[2], config });
for (const problem of problems) {
  const { source, pointer } = problem.location[0];
  console.log(`${source.absoluteRef}${pointer ?? ''}: ${problem.severity}: ${problem.message} (${problem.ruleId})`);
}
console.log(`openapi: ${problems.length} faults`);
process.exit(problems.length > 0 ? 1 : 0);
