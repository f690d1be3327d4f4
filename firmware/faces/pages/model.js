// SPDX-License-Identifier: Apache-2.0
// What the agent has told so far, folded into one plain object. Pure: both pages draw from it, and its test needs no
// browser. The agent sends `state` first on each connection (all that a page shows, as it stands), then each change.

export const RECEIPTS_MAX = 8;
export const FAULTS_MAX = 5;

export function emptyModel() {
  return {
    isLinked: false,
    store: '', till: '', locale: '', software: '',
    session: 'idle',
    currency: { code: 'XXX', exponent: 2 },
    reader: { state: 'starting' },
    sync: { connected: false, backlog: 0 },
    book: { version: 0 },
    card: null, // { technology, trust, read } of the one who is here, a stranger's too
    refused: null, // { reason, ago_ms } of a card that named nobody, for some seconds
    member: null,
    offers: [],
    answers: {}, // offer id -> accepted
    isStranger: false,
    basket: null,
    last: null, // { kind, ... } of the latest receipt, until the next customer
    receipts: [],
    faults: [],
  };
}

// The states of the session in which a card is being looked up.
export const isAsking = (model) => model.session === 'asking' || model.session === 'open_asking';

// No card can be read for a while: a reader that was lost this moment comes back before anybody notices.
export const isReaderAway = (model) => ['unstable', 'out', 'off'].includes(model.reader.state);

function withoutMember(model) {
  return { ...model, member: null, offers: [], answers: {}, isStranger: false };
}

function withMember(model, { member, offers }) {
  const isSame = model.member?.id !== undefined && model.member.id === member.id;
  return {
    ...withoutMember(model), refused: null, card: member.card ?? model.card, member, offers: offers ?? [], answers: isSame ? model.answers : {}, last: null,
  };
}

function withReceipt(model, kind, event) {
  const member = kind === 'purchase' ? model.member : null;
  const last = { ...event, kind, name: member?.first_name ?? '', language: member?.language ?? '' };
  const receipts = [last, ...model.receipts].slice(0, RECEIPTS_MAX).map(({ name, language, ...rest }) => rest);
  return { ...model, last, receipts };
}

// The agent's `state`: the whole truth, so whatever it leaves out is gone.
function withState(model, state) {
  const fresh = { ...model, isStranger: false };
  for (const key of ['store', 'till', 'locale', 'software', 'currency', 'reader', 'sync', 'book']) {
    if (state[key] !== undefined) fresh[key] = state[key];
  }
  fresh.session = state.session?.state ?? 'idle';
  fresh.basket = state.basket ?? null;
  fresh.card = state.card ?? null;
  const refused = state.card_refused ?? null;
  fresh.isStranger = /(^|_)stranger$/.test(fresh.session);
  const whole = state.member ? withMember(fresh, { member: state.member, offers: state.offers }) : { ...withoutMember(fresh), isStranger: fresh.isStranger };
  return { ...whole, refused };
}

const FOLDS = {
  state: withState,
  session: (model, event) => ({ ...model, session: event.state }),
  card: (model, event) => ({ ...model, card: event?.technology ? event : null, refused: null, last: null }),
  card_refused: (model, event) => ({ ...model, refused: event?.reason ? event : null }),
  member: withMember,
  member_unknown: (model, event) => ({ ...withoutMember(model), card: event.card ?? model.card, refused: null, isStranger: true, last: null }),
  member_gone: (model) => ({ ...withoutMember(model), card: null }),
  basket: (model, event) => ({
    ...model,
    basket: event.lines ? event : null,
    currency: event.currency ?? model.currency,
    last: event.lines?.length ? null : model.last,
  }),
  committed: (model, event) => ({ ...withReceipt(model, 'purchase', event), basket: null }),
  returned: (model, event) => withReceipt(model, 'return', event),
  voided: (model, event) => withReceipt(model, 'void', event),
  reader: (model, event) => ({ ...model, reader: event }),
  sync: (model, event) => ({ ...model, sync: event }),
  book: (model, event) => ({ ...model, book: event }),
  fault: (model, event) => ({ ...model, faults: [event, ...model.faults].slice(0, FAULTS_MAX) }),
};

// The model after an event of the agent; an unknown one changes nothing.
export function foldEvent(model, type, event) {
  const fold = Object.hasOwn(FOLDS, type) ? FOLDS[type] : null;
  return fold ? fold(model, event) : model;
}

// What the page itself learnt: the stream came or went, an offer was answered, the customer was cleared away.
export const foldLink = (model, isLinked) => ({ ...model, isLinked });
export const foldAnswer = (model, offer, accepted) => ({ ...model, answers: { ...model.answers, [offer]: accepted } });
export const foldConsent = (model, purpose, given) => {
  if (!model.member) return model;
  const others = (model.member.consents ?? []).filter((consent) => consent.purpose !== purpose);
  return { ...model, member: { ...model.member, consents: [...others, { purpose, given }] } };
};
export const foldPrivacy = (model) => ({ ...withoutMember(model), card: null, last: null });
export const foldRefusalSaid = (model) => ({ ...model, refused: null });
export const foldThanked = (model) => ({ ...model, last: null });
