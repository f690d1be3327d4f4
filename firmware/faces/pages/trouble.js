// SPDX-License-Identifier: Apache-2.0
// What went wrong, in words of the page's language: the agent's own sentences are English and for programs. Pure.

// By the stable name of the agent's error (openapi.json, Error).
const REFUSALS = {
  closed: 'refusal.line', timeout: 'refusal.silent', pending: 'refusal.silent', throttled: 'refusal.throttled', not_found: 'refusal.not_found',
  argument: 'refusal.invalid', range: 'refusal.invalid', syntax: 'refusal.invalid', checksum: 'refusal.invalid', signature: 'refusal.invalid',
  unsupported: 'refusal.invalid', state: 'refusal.state', conflict: 'refusal.state', exists: 'refusal.state', too_long: 'refusal.many',
  full: 'refusal.full', io: 'refusal.full',
};

export function refusalText(language, refusal) {
  if (refusal.status === 0) return language.say('error.gone'); // the agent itself does not answer
  return language.say(REFUSALS[refusal.errorName] ?? 'error.other');
}

export function faultText(language, fault) {
  const key = `fault.${fault.code}`;
  return language.say(language.has(key) ? key : 'fault.other');
}

// How long a page says that a card named nobody: read at ease, and gone for the next one who comes.
export const REFUSED_MS = 6000;

// What of that is left, as the agent told it.
export const refusedLeftMs = (refused) => Math.max(0, REFUSED_MS - (refused.ago_ms ?? 0));

export function refusedText(language, { reason }) {
  const key = `refused.${reason}`;
  return language.say(language.has(key) ? key : 'refused.unreadable');
}
