// @ts-check
// The loudspeaker's worklet: takes commands for the playback pipe, renders what it gives, posts
// its reports.

import { PlaybackPipe } from '../playback_pipe.js';

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.pipe = new PlaybackPipe(sampleRate);
    this.port.onmessage = ({ data }) => this.#post(this.pipe.command(data, currentTime));
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs
   */
  process(_inputs, outputs) {
    const [first, ...others] = outputs[0];
    this.#post(this.pipe.render(first, currentTime));
    for (const channel of others) channel.set(first);
    return true;
  }

  /** @param {import("../playback_pipe.js").Report | null} report */
  #post(report) {
    if (report) this.port.postMessage(report);
  }
}

registerProcessor('livegate-playback', Playback);
