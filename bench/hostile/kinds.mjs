// The kinds of hostile client: what each does with one connection, over and over.
//
// Each is a function of a `Foe`, which lends it a raw socket from its own address. It returns when
// it has no more to do with this connection; the foe then begins again. Kinds that need a place
// (`inside`) ask for a session with a token; the others are strangers.

import { randomBytes } from 'node:crypto';

const OPCODES = { text: 1, binary: 2, close: 8, ping: 9 };

/** A client frame, masked with zeros: what it costs to unmask is the same. */
export function frame(opcode, payload, { fin = true } = {}) {
  const body = Buffer.from(payload);
  const head = [(fin ? 0x80 : 0) | opcode];
  if (body.length < 126) head.push(0x80 | body.length);
  else if (body.length < 65536) head.push(0x80 | 126, body.length >> 8, body.length & 255);
  else {
    head.push(0x80 | 127, 0, 0, 0, 0);
    for (const shift of [24, 16, 8, 0]) head.push((body.length >>> shift) & 255);
  }
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), body]);
}
const text = (value) =>
  frame(OPCODES.text, typeof value === 'string' ? value : JSON.stringify(value));

const BIG_SETUP = {
  type: 'start',
  rate: 16000,
  tools: Array.from({ length: 120 }, (_, i) => ({
    name: `tool_${i}`,
    description: 'x'.repeat(1500),
    parameters: { type: 'object', properties: { a: { type: 'string' } } },
  })),
};
const MEBIBYTE_OF_AUDIO = Buffer.alloc(1 << 20, 1);

/**
 * @typedef {import('./attack.mjs').Foe} Foe
 * @type {Record<string, {inside?: boolean, act: (foe: Foe) => Promise<void>}>}
 */
export const KINDS = {
  silent_sockets: { act: (foe) => foe.hold() },
  slow_headers: {
    async act(foe) {
      for (const letter of 'GET /v1/live HTTP/1.1\r\nHost: a\r\nX: aaaaaaaaaaaaaaaaaaaaaaaa') {
        await foe.write(letter);
        await foe.rest(1000);
      }
    },
  },
  half_requests: {
    async act(foe) {
      await foe.write(`POST /v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n{`);
      await foe.hold();
    },
  },
  endless_headers: {
    async act(foe) {
      await foe.write('GET / HTTP/1.1\r\n');
      for (let i = 0; i < 300; ++i) await foe.write(`X-${i}: ${'y'.repeat(200)}\r\n`);
    },
  },
  wrong_tokens: {
    async act(foe) {
      await foe.upgrade({ token: `wrong-${randomBytes(12).toString('hex')}` });
      await foe.hold(2000);
    },
  },
  wrong_tokens_that_send: {
    async act(foe) {
      await foe.upgrade({ token: 'wrong-token-of-a-stranger' });
      await foe.write(frame(OPCODES.text, 'x'.repeat(1 << 20), { fin: false }));
      await foe.hold(2000);
    },
  },
  foreign_origins: {
    async act(foe) {
      await foe.upgrade({ token: foe.token, origin: 'https://elsewhere.example' });
      await foe.hold(2000);
    },
  },
  page_and_metrics: {
    async act(foe) {
      for (let i = 0; i < 20; ++i) {
        await foe.write(`GET ${i % 2 ? '/' : '/metrics'} HTTP/1.1\r\nHost: a\r\n\r\n`);
        await foe.rest(100);
      }
    },
  },
  token_requests: {
    async act(foe) {
      const body = JSON.stringify({ uses: 1 });
      for (let i = 0; i < 20; ++i) {
        await foe.write(
          `POST /v1/tokens HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${foe.token}\r\n` +
            `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
        await foe.rest(100);
      }
    },
  },
  resume_guesses: {
    inside: true,
    async act(foe) {
      await foe.upgrade({ token: foe.token });
      await foe.write(
        text({ type: 'start', resume: `abcdefgh.${randomBytes(16).toString('hex')}` }),
      );
      await foe.hold(2000);
    },
  },
  places_without_start: {
    inside: true,
    async act(foe) {
      await foe.upgrade({ token: foe.token });
      await foe.hold();
    },
  },
  started_and_gone: {
    inside: true,
    async act(foe) {
      await foe.start();
      await foe.rest(200);
    },
  },
  never_reads: {
    inside: true,
    async act(foe) {
      await foe.start();
      foe.socket.pause();
      for (let i = 0; i < 60; ++i) {
        await foe.write(text({ type: 'text', text: 'tell me a story' }));
        await foe.rest(500);
      }
    },
  },
  audio_as_fast_as_it_goes: {
    inside: true,
    async act(foe) {
      await foe.start();
      for (;;) await foe.write(frame(OPCODES.binary, Buffer.alloc(64_000, 3)));
    },
  },
  huge_audio_frames: {
    inside: true,
    async act(foe) {
      await foe.start();
      for (;;) {
        await foe.write(frame(OPCODES.binary, MEBIBYTE_OF_AUDIO));
        await foe.rest(1000);
      }
    },
  },
  text_as_fast_as_it_goes: {
    inside: true,
    async act(foe) {
      await foe.start();
      const line = text({ type: 'text', text: 'what time is it '.repeat(500) });
      for (;;) await foe.write(line);
    },
  },
  deep_and_broken_json: {
    inside: true,
    async act(foe) {
      await foe.start();
      for (let i = 0; ; ++i) {
        await foe.write(text(i % 2 ? '['.repeat(20_000) : '{"type":"text","text":"\\ud800'));
        await foe.rest(20);
      }
    },
  },
  large_setups: {
    inside: true,
    async act(foe) {
      await foe.upgrade({ token: foe.token });
      await foe.write(text(BIG_SETUP));
      await foe.rest(500);
    },
  },
  pings: {
    inside: true,
    async act(foe) {
      await foe.start();
      for (;;) {
        for (let i = 0; i < 50; ++i) await foe.write(frame(OPCODES.ping, 'are you there'));
        await foe.write(text({ type: 'ping', id: 1 }));
        await foe.rest(20);
      }
    },
  },
  fragments_without_end: {
    inside: true,
    async act(foe) {
      await foe.start();
      await foe.write(frame(OPCODES.text, '{', { fin: false }));
      for (;;) await foe.write(frame(0, ' '.repeat(100), { fin: false }));
    },
  },
  pictures: {
    inside: true,
    async act(foe) {
      await foe.start();
      const data = Buffer.concat([Buffer.from([255, 216, 255, 224]), Buffer.alloc(200_000)]);
      const picture = text({
        type: 'image',
        mime_type: 'image/jpeg',
        data: data.toString('base64'),
      });
      for (;;) {
        await foe.write(picture);
        await foe.rest(50);
      }
    },
  },
  tool_results_of_nothing: {
    inside: true,
    async act(foe) {
      await foe.start();
      const result = text({ type: 'tool_result', id: 'none', result: { a: 'x'.repeat(4000) } });
      for (;;) {
        for (let i = 0; i < 20; ++i) await foe.write(result);
        await foe.rest(20);
      }
    },
  },
};
