// SPDX-License-Identifier: Apache-2.0
// Server-sent events over fetch (WHATWG HTML 9.2), since EventSource gives up for good at the first answer that is not
// 200 and says nothing of back-off. The stream is read whole here: parsing, resuming by Last-Event-ID, waiting.

const RETRY_MS_MIN = 250;
const RETRY_MS_MAX = 10_000;

// Feeds of text in, events { id, type, data } out. Lines may end in LF, CR or CRLF; a feed may end anywhere.
export class EventParser {
  #rest = '';
  #data = [];
  #type = '';
  lastId = '';
  retryMs = null;

  feed(text) {
    const events = [];
    // A CR at the end may be the first half of CRLF: it waits for what follows.
    const whole = this.#rest + text;
    const lines = whole.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) {
      const event = this.#line(line);
      if (event) events.push(event);
    }
    return events;
  }

  #line(line) {
    if (line === '') return this.#dispatch();
    if (line.startsWith(':')) return null;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#type = value;
    else if (field === 'id' && !value.includes('\0')) this.lastId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    return null;
  }

  #dispatch() {
    const event = { id: this.lastId, type: this.#type || 'message', data: this.#data.join('\n') };
    const isEmpty = this.#data.length === 0;
    this.#data = [];
    this.#type = '';
    return isEmpty ? null : event;
  }
}

// How long to wait before the attempt-th try in a row (from 0): doubles, up to ten seconds, less up to a half by
// chance, so that many screens do not come back at one moment.
export function backOffMs(attempt, baseMs = RETRY_MS_MIN, chance = Math.random()) {
  const whole = Math.min(RETRY_MS_MAX, baseMs * 2 ** Math.min(attempt, 20));
  return Math.round(whole * (1 - chance / 2));
}

// Follows url until it is stopped. onEvent(type, value) with the parsed JSON; onLink(true or false) as the stream comes and goes.
export class EventStream {
  #parser = new EventParser();
  #attempt = 0;
  #abort = new AbortController();

  constructor(url, { onEvent, onLink, headers = {} }) {
    this.url = url;
    this.headers = headers;
    this.onEvent = onEvent;
    this.onLink = onLink;
  }

  async follow() {
    while (!this.#abort.signal.aborted) {
      try {
        await this.#readOnce();
      } catch (error) {
        console.info('events:', error.message);
      }
      this.onLink(false);
      if (this.#abort.signal.aborted) return;
      const waitMs = backOffMs(this.#attempt++, this.#parser.retryMs ?? RETRY_MS_MIN);
      await new Promise((done) => setTimeout(done, waitMs));
    }
  }

  stop() {
    this.#abort.abort();
  }

  async #readOnce() {
    const lastId = this.#parser.lastId;
    const retryMs = this.#parser.retryMs;
    const headers = { Accept: 'text/event-stream', ...this.headers, ...(lastId && { 'Last-Event-ID': lastId }) };
    const answer = await fetch(this.url, { headers, cache: 'no-store', signal: this.#abort.signal });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    this.#parser = Object.assign(new EventParser(), { lastId, retryMs });
    this.#attempt = 0;
    this.onLink(true);
    const reader = answer.body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const event of this.#parser.feed(decoder.decode(value, { stream: true }))) this.#tell(event);
    }
  }

  #tell(event) {
    try {
      this.onEvent(event.type, JSON.parse(event.data));
    } catch (error) {
      console.error(`event ${event.type}:`, error);
    }
  }
}
