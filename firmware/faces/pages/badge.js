// SPDX-License-Identifier: Apache-2.0
// By what the one who is here was recognised, and how far that is to be believed: in words and in dots, never by colour alone.
import { el } from './dom.js';

const LEVELS = { identify: 1, static: 2, genuine: 3, proven: 4 };
const LEVEL_MAX = 4;

// { technology, trust, dots } of the agent's `card` in words. What a newer agent calls by a name of its own is shown by that.
export function wordsOfCard(language, { technology, trust, read }) {
  const key = `technology.${read === 'typed' ? 'typed' : technology}`;
  const level = LEVELS[trust] ?? 0;
  return {
    technology: language.has(key) ? language.say(key) : technology,
    trust: level > 0 ? language.say(`trust.${trust}`) : '',
    dots: '●'.repeat(level) + '○'.repeat(LEVEL_MAX - level),
  };
}

// The badge; nothing while no card is here.
export function cardBadge(language, card) {
  if (!card) return null;
  const { technology, trust, dots } = wordsOfCard(language, card);
  return el('p', { class: `recognised trust-${LEVELS[card.trust] ?? 0}` },
    el('span', { class: 'unseen' }, language.say('card.recognised'), ' '), el('b', {}, technology),
    trust !== '' && [' ', el('span', { class: 'dots-of-trust', 'aria-hidden': 'true' }, dots), ' ', el('span', {}, trust)]);
}
