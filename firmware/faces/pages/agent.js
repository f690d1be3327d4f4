// SPDX-License-Identifier: Apache-2.0
// The till's agent, which serves this page: calls of its local API.

// What the agent refused, or that it did not answer (status 0).
export class Refusal extends Error {
  constructor(status, name, message) {
    super(message);
    this.status = status;
    this.errorName = name; // "full", "syntax", ...
  }
}

// Where the till wants one, a page's token stands in the address that it is opened by (/kiosk/#token=...): behind the #, which no
// request carries. It is kept for this tab and taken out of the address.
function takeToken() {
  const given = /(?:^#|&)token=([0-9a-f]{64})$/i.exec(globalThis.location?.hash ?? '');
  if (given) {
    sessionStorage.setItem('token', given[1]);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return given?.[1] ?? globalThis.sessionStorage?.getItem('token') ?? null;
}

const token = takeToken();

// What each request says of who asks; nothing where no token is needed.
export const identity = () => (token ? { Authorization: `Bearer ${token}` } : {});

async function call(method, path, body, key) {
  const headers = { Accept: 'application/json', ...identity() };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refusal(0, 'closed', 'the agent does not answer');
  }
  const text = await answer.text();
  const value = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refusal(answer.status, value?.error ?? 'io', value?.message ?? `HTTP ${answer.status}`);
  return value;
}

// 128 random bits: the same for every repetition of one wish, another for the next wish.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const getStatus = () => call('GET', '/v1/status');
export const seeCard = (number) => call('POST', '/v1/cards', { number, read: 'typed' });
export const leaveMember = () => call('DELETE', '/v1/member');
export const answerOffer = (offer, accepted, key) => call('POST', '/v1/offers/answers', { offer, accepted, place: 'kiosk' }, key);
export const changeConsent = (consent, key) => call('POST', '/v1/consents', consent, key);
export const enrolMember = (member, key) => call('POST', '/v1/members', member, key);
export const burnPoints = (points) => call('PUT', '/v1/basket/burn', { points });
export const presentCoupon = (code) => call('POST', '/v1/basket/coupons', { code });
export const giftBalance = (gift) => call('POST', '/v1/gifts/balance', { gift });
export const answerQuestion = (question, value, key) => call('POST', '/v1/answers', { question, value }, key);
export const getReceipt = (number) => call('GET', `/v1/receipts/${number}`);
