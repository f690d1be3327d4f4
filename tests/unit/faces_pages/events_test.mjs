// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { backOffMs, EventParser, EventStream } from '../../../firmware/faces/pages/events.js';

const feedAll = (...texts) => {
  const parser = new EventParser();
  return { events: texts.flatMap((text) => parser.feed(text)), parser };
};

test('event_parser__reads_id_type_and_data', () => {
  const { events, parser } = feedAll('retry: 500\n\nid: 7-1\nevent: card\ndata: {"a":1}\n\n');
  assert.deepEqual(events, [{ id: '7-1', type: 'card', data: '{"a":1}' }]);
  assert.equal(parser.retryMs, 500);
  assert.equal(parser.lastId, '7-1');
});

test('event_parser__reads_the_same_from_any_pieces_and_line_ends', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    const text = [': hello', 'id: 1', 'event: basket', 'data: one', 'data:two', '', 'data: three', '', ''].join(end);
    const wanted = [{ id: '1', type: 'basket', data: 'one\ntwo' }, { id: '1', type: 'message', data: 'three' }];
    for (let cut = 0; cut <= text.length; cut++) {
      // After a lone CR at the very end it cannot be known yet whether LF follows: one more line settles it.
      assert.deepEqual(feedAll(text.slice(0, cut), text.slice(cut), ':\n').events, wanted, `${JSON.stringify(end)} at ${cut}`);
    }
  }
});

test('event_parser__passes_over_comments_and_events_without_data', () => {
  assert.deepEqual(feedAll(': ping\n\nevent: x\n\nid: 9\n\n').events, []);
});

test('back_off__doubles_up_to_ten_seconds_and_keeps_at_least_half', () => {
  assert.equal(backOffMs(0, 250, 0), 250);
  assert.equal(backOffMs(3, 250, 0), 2000);
  assert.equal(backOffMs(50, 250, 0), 10_000);
  assert.equal(backOffMs(50, 250, 1), 5000);
});

test('event_stream__comes_back_and_names_the_last_event_it_had', async () => {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] ?? null);
    if (asked.length === 2) {
      response.writeHead(503).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.end(`retry: 5\n\nid: b-${asked.length}\nevent: sync\ndata: {"n":${asked.length}}\n\nid: b-9\nevent: bad\ndata: {\n\n`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const told = [];
  const links = [];
  let stream;
  await new Promise((done) => {
    stream = new EventStream(`http://127.0.0.1:${server.address().port}/`, {
      onLink: (isLinked) => links.push(isLinked),
      onEvent: (type, value) => { told.push([type, value.n]); if (told.length === 2) done(); },
    });
    stream.follow();
  });
  assert.deepEqual(told, [['sync', 1], ['sync', 3]]);
  assert.deepEqual(asked.slice(0, 3), [null, 'b-9', 'b-9']);
  assert.deepEqual(links.slice(0, 4), [true, false, false, true]);
  stream.stop();
  server.close();
  server.closeAllConnections();
});
