// @ts-check
// The loudspeaker's worklet: takes commands for the playback pipe, renders what it gives, posts
// its reports. A port to the microphone's worklet brings onsets of speech and takes the level of
// what is played, without a detour through the page's busy thread.

import { PlaybackPipe } from '../playback_pipe.js';

/** @typedef {import("../playback_pipe.js").Command} Command */
/** @typedef {Command | {type: "microphone", port: MessagePort} | {type: "close"}} Message */

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    /** @type {MessagePort | null} */
    this.microphone = null;
    this.closed = false;
    this.reference = { type: 'reference', rms: 0, time: 0 };
    this.pipe = new PlaybackPipe(sampleRate, (rms, time) => {
      if (!this.microphone) return;
      this.reference.rms = rms;
      this.reference.time = time;
      this.microphone.postMessage(this.reference);
    });
    this.port.onmessage = ({ data }) => this.#take(data);
  }

  /** @param {Message} message */
  #take(message) {
    if (message.type === 'microphone') this.#listen(message.port);
    else if (message.type === 'close') this.#close();
    else this.#post(this.pipe.command(message, currentTime));
  }

  /** @param {MessagePort} port the other end is the capture worklet's */
  #listen(port) {
    this.microphone?.close();
    this.microphone = port;
    port.onmessage = ({ data }) => {
      if (data.type === 'onset' || data.type === 'release') this.pipe.command(data, currentTime);
    };
  }

  #close() {
    this.microphone?.close();
    this.microphone = null;
    this.closed = true;
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs
   */
  process(_inputs, outputs) {
    const channels = outputs[0];
    this.#post(this.pipe.render(channels[0], currentTime));
    for (let i = 1; i < channels.length; i++) channels[i].set(channels[0]);
    return !this.closed;
  }

  /** @param {import("../playback_pipe.js").Report | null} report */
  #post(report) {
    if (report) this.port.postMessage(report);
  }
}

registerProcessor('livegate-playback', Playback);
