// @ts-check
// The microphone's worklet: hands each block to the capture pipe, posts the packets that became
// full to the page, and what it hears at once to the playback worklet, over a port that leads
// there without touching the page's thread.
//
// To the page: `{bytes, rms, speech, level_dbfs, echo}`, 320 samples of s16 at 16 kHz, every 20 ms;
// `{type: "speaker", port}` gives the port back where it was asked for; `{type: "closed"}` is the
// last word.
// From the page: `{type: "speaker", port}`, `{type: "muted", muted}`, `{type: "release_speaker"}`,
// `{type: "close"}`.
// To playback: `{type: "onset", at}` and `{type: "release", at}`. From it: `{type: "reference",
// rms, time}`.

import { CapturePipe } from '../capture_pipe.js';
import { bytesWithoutCopy } from '../pcm.js';

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    /** @type {MessagePort | null} */
    this.speaker = null;
    this.closed = false;
    this.pipe = new CapturePipe(sampleRate, {
      packet: (packet, rms, heard) => {
        const bytes = bytesWithoutCopy(packet);
        this.port.postMessage({ bytes, rms, ...heard }, [bytes]);
      },
      signal: (type) => this.speaker?.postMessage({ type, at: currentTime }),
    });
    this.port.onmessage = ({ data }) => this.#command(data);
  }

  /** @param {{type: string, port?: MessagePort, muted?: boolean}} command */
  #command({ type, port, muted = false }) {
    if (type === 'speaker' && port) {
      this.speaker?.close();
      this.speaker = port;
      port.onmessage = ({ data }) => data.type === 'reference' && this.pipe.reference(data.rms);
      if (this.pipe.signalled) port.postMessage({ type: 'onset', at: currentTime });
    }
    if (type === 'muted') this.pipe.setMuted(muted);
    if (type === 'release_speaker') {
      const given = this.speaker;
      this.speaker = null;
      this.port.postMessage({ type: 'speaker', port: given }, given ? [given] : []);
    }
    if (type === 'close') {
      this.speaker?.close();
      this.closed = true;
    }
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    if (this.closed)
      this.port.postMessage({ type: 'closed' }); // this call is the last one
    else this.pipe.push(inputs[0]);
    return !this.closed;
  }
}

registerProcessor('livegate-capture', Capture);
