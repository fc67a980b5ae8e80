// @ts-check
// The microphone's worklet: hands each block to the capture pipe and posts the packets that
// became full. Posts `{bytes, rms}`, 320 samples of s16 at 16 kHz each, every 20 ms.

import { CapturePipe } from '../capture_pipe.js';
import { bytesOfSamples } from '../pcm.js';

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.pipe = new CapturePipe(sampleRate);
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const block = inputs[0][0]; // absent while the microphone is not connected
    if (block) {
      this.pipe.push(block, (packet, rms) => {
        const bytes = bytesOfSamples(packet);
        this.port.postMessage({ bytes, rms }, [bytes]);
      });
    }
    return true;
  }
}

registerProcessor('livegate-capture', Capture);
