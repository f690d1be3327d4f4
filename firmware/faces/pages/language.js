// SPDX-License-Identifier: Apache-2.0
// Words, numbers, dates and money in the five languages of the pages.

export const LANGUAGES = ['en', 'pl', 'lt', 'cs', 'ru'];
const CATALOGUES = {};

export async function loadCatalogues(get = fetchCatalogue) {
  await Promise.all(LANGUAGES.map(async (code) => { CATALOGUES[code] = await get(code); }));
}

async function fetchCatalogue(code) {
  const answer = await fetch(`/pages/texts/${code}.json`);
  return answer.json();
}

// The language to use for a wish like "pt-BR" or "ru-RU"; null if it is none of ours.
export function matchLanguage(wish) {
  const primary = String(wish ?? '').toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.includes(primary) ? primary : null;
}

// A text of the book in that language, else in English, else in the first that it has.
export function pickText(texts, code) {
  if (!texts) return '';
  return texts[code] ?? texts.en ?? Object.values(texts)[0] ?? '';
}

// An amount of minor units as text. The exponent comes from the agent: Intl's own number of digits is CLDR's, which is
// not the currency's (HUF, IQD, ...), and would be wrong by up to a thousandfold. No floating point on the way.
export function formatMoney(minor, { code, exponent }, locale) {
  const isNegative = minor < 0;
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = digits.slice(digits.length - exponent);
  const format = new Intl.NumberFormat(locale, {
    style: 'currency', currency: code, currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: exponent, maximumFractionDigits: exponent,
  });
  const isSmall = BigInt(whole) === 0n;
  const pattern = format.formatToParts((isNegative ? -1n : 1n) * (isSmall ? 1n : BigInt(whole)));
  return pattern.map((part) => {
    if (part.type === 'fraction') return fraction;
    if (part.type === 'integer' && isSmall) return '0';
    return part.value;
  }).join('');
}

export class Language {
  constructor(code) {
    this.code = code;
    this.texts = CATALOGUES[code];
    this.plural = new Intl.PluralRules(code);
    this.number = new Intl.NumberFormat(code);
    this.quantity = new Intl.NumberFormat(code, { maximumFractionDigits: 3 });
    this.moment = new Intl.DateTimeFormat(code, { dateStyle: 'medium', timeStyle: 'short' });
    this.date = new Intl.DateTimeFormat(code, { dateStyle: 'medium', timeZone: 'UTC' });
    this.clock = new Intl.DateTimeFormat(code, { timeStyle: 'short' });
  }

  // The text of a key with {names} replaced. An entry of plural forms is chosen by the parameter n, which is shown as a
  // number of the language.
  say(key, values = {}) {
    const entry = this.texts[key];
    const text = typeof entry === 'object' ? entry[this.plural.select(values.n ?? 0)] : entry;
    if (text === undefined) return key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? this.quantity.format(value) : value;
    });
  }

  has(key) {
    return this.texts[key] !== undefined;
  }

  money(minor, currency) {
    return formatMoney(minor, currency, this.code);
  }

  points(count) {
    return this.number.format(count);
  }

  // A decimal string of the API ("1", "2.55000"): the decimals that it needs, but no fewer than digitsMin.
  decimal(text, digitsMin = 0) {
    const fraction = (String(text).split('.')[1] ?? '').replace(/0+$/, '');
    const digits = Math.max(digitsMin, fraction.length);
    return new Intl.NumberFormat(this.code, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(Number(text));
  }

  // A line's quantity: whole pieces as they are, what is weighed or measured with three decimals.
  quantityOf({ quantity, unit }) {
    return unit && unit !== 'pcs' ? `${this.decimal(quantity, 3)} ${unit}` : this.decimal(quantity);
  }

  when(unixMs) {
    return this.moment.format(new Date(unixMs));
  }

  // A calendar day of the store, "2026-11-22".
  day(text) {
    return this.date.format(new Date(`${text}T00:00:00Z`));
  }

  time(unixMs) {
    return this.clock.format(new Date(unixMs));
  }
}
