// A person for the benches of the hand-over: speaks sentence after sentence through the gateway,
// answers tool calls, and writes down what a person would notice.

import { TOOLS } from '../../web/page/home.js';
import { NativeClient } from '../../tests/lib/native_client.mjs';
import { play, silence, speak } from '../../tests/lib/speech.mjs';

const SENTENCES = [
  'dim the living room lights',
  'what time is it',
  'set the lights in the kitchen to fifty percent',
  'what is your name',
  'tell me a story',
];

let spoken = null;
/** The sentences as PCM, synthesised once. */
export const sentences = () => (spoken ??= SENTENCES.map((text) => speak(text)));

export class Caller extends NativeClient {
  /** @param {string} url */
  constructor(url) {
    super(url);
    this.gaps = []; // ms without the model, each with whether somebody was speaking
    this.staleBytes = 0; // of a reply after the word that it was cut off
    this.toolCalls = 0;
    this.speaking = false;
    this.silenced = false;
    this.socket.on('message', (data, isBinary) => {
      if (isBinary) {
        if (this.silenced) this.staleBytes += data.length;
      } else {
        this.notice(JSON.parse(data.toString()));
      }
    });
  }

  notice(event) {
    if (event.type === 'reconnecting' && !this.away) {
      this.away = { since: performance.now(), speaking: this.speaking };
    } else if (event.type === 'reconnected' && this.away) {
      this.gaps.push({ ms: performance.now() - this.away.since, speaking: this.away.speaking });
      this.away = null;
    } else if (event.type === 'speech_started') {
      this.speaking = true;
    } else if (event.type === 'speech_ended') {
      this.speaking = false;
    } else if (event.type === 'interrupted') {
      this.silenced = true;
    } else if (event.type === 'turn_started') {
      this.silenced = false;
    } else if (event.type === 'tool_call') {
      this.toolCalls += 1;
      this.send({ type: 'tool_result', id: event.id, result: { ok: true } });
    }
  }

  begin() {
    return this.start({ rate: 16000, echo_cancellation: true, tools: TOOLS });
  }

  /** Speaks until `over()`, with `pauseMs` between the sentences, beginning with number `first`. */
  async talk(over, pauseMs, first = 0) {
    for (let i = first; !over() && !this.closed; i += 1) {
      const all = sentences();
      await play(all[i % all.length], (frame) => this.socket.send(frame));
      await play(silence(pauseMs), (frame) => this.socket.send(frame));
    }
  }
}

/** Open for as long as the caller is there; hears silence while nothing is said. */
export class Microphone {
  constructor(caller) {
    this.stream(caller);
  }
  async stream(caller) {
    while (!caller.closed) {
      const { words, said } = this.next ?? { words: silence(100) };
      this.next = null;
      await play(words, (frame) => caller.socket.send(frame));
      said?.(performance.now());
    }
  }
  /** Resolves with when the last of it was said. */
  say(words) {
    return new Promise((said) => {
      this.next = { words, said };
    });
  }
}
