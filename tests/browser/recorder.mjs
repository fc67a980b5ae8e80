// Hears what really leaves the page's worklets, sample by sample: an AudioWorklet of the test's
// own, connected behind the playback node, which knows nothing of what the page reports about
// itself. Its module is a blob, which the page's own policy rightly forbids: only pages under the
// recorder are opened without that policy.
//
// Also forces the rates that a device would dictate: a card of 44.1, 48 or 96 kHz, and a browser
// that refuses contexts of another rate than the card's.

/**
 * The processor; runs in the audio thread. Posts {frame, samples} every 10 ms or so. A browser that
 * cannot keep up leaves blocks out, for every worklet at once: a batch never spans such a hole.
 */
const PROCESSOR = `
registerProcessor('recorder-of-the-test', class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.batch = new Float32Array(Math.max(1, Math.round(sampleRate / 12800)) * 128);
    this.filled = 0;
    this.frame = 0;
  }
  process(inputs) {
    const block = inputs[0][0];
    if (currentFrame !== this.frame + this.filled) this.post();
    if (this.filled === 0) this.frame = currentFrame;
    if (block) this.batch.set(block, this.filled);
    else this.batch.fill(0, this.filled, this.filled + 128);
    this.filled += 128;
    if (this.filled === this.batch.length) this.post();
    return true;
  }
  post() {
    if (this.filled > 0)
      this.port.postMessage({ frame: this.frame, samples: this.batch.slice(0, this.filled) });
    this.filled = 0;
  }
});
`;

/**
 * Runs in the page ahead of its scripts.
 * @param {{processor: string, deviceRateHz: number | null, exact: boolean}} options `deviceRateHz`:
 *   the rate of a context that does not ask for one; `exact`: a browser that grants no other
 */
function install({ processor, deviceRateHz, exact }) {
  const NativeContext = window.AudioContext;
  window.AudioContext = class extends NativeContext {
    constructor(options = {}) {
      const { sampleRate } = options;
      if (exact && sampleRate !== undefined && sampleRate !== deviceRateHz)
        throw new DOMException(`only ${deviceRateHz} Hz here`, 'NotSupportedError');
      super(
        sampleRate === undefined && deviceRateHz
          ? { ...options, sampleRate: deviceRateHz }
          : options,
      );
    }
  };
  const module = URL.createObjectURL(new Blob([processor], { type: 'text/javascript' }));
  const recorded = { blocks: [], ready: null, rateHz: 0, context: null };
  window.recorded = recorded;
  const NativeNode = window.AudioWorkletNode;
  window.AudioWorkletNode = class extends NativeNode {
    constructor(context, name, options) {
      super(context, name, options);
      if (name !== 'livegate-playback') return;
      Object.assign(recorded, { rateHz: context.sampleRate, context });
      recorded.ready = context.audioWorklet.addModule(module).then(() => {
        const tap = new NativeNode(context, 'recorder-of-the-test');
        tap.port.onmessage = ({ data }) => recorded.blocks.push(data);
        this.connect(tap).connect(context.destination); // it adds silence
        recorded.tapped = true;
      });
    }
  };
}

/**
 * Prepares a page for recording; to be given to PageUnderTest.open.
 * @param {{deviceRateHz?: number | null, exact?: boolean}} [options]
 */
export function withRecorder({ deviceRateHz = null, exact = false } = {}) {
  return {
    context: { bypassCSP: true },
    before: install,
    argument: { processor: PROCESSOR, deviceRateHz, exact },
  };
}

/** Empties the recording, so that the next one is short. */
export const forgetRecording = (page) =>
  page.evaluate(() => void (window.recorded.blocks.length = 0));

/**
 * Everything that was recorded, in one piece.
 * @returns {Promise<{rateHz: number, samples: Float32Array, frameOf: (index: number) => number}>}
 *   `frameOf`: where in the context's time a sample was, holes included
 */
export async function recordingOf(page) {
  const { rateHz, blocks, base64 } = await page.evaluate(() => {
    const { blocks: recorded, rateHz: rate } = window.recorded;
    const length = recorded.reduce((sum, { samples }) => sum + samples.length, 0);
    const whole = new Float32Array(length);
    let at = 0;
    const places = recorded.map(({ frame, samples }) => {
      whole.set(samples, at);
      at += samples.length;
      return { frame, index: at - samples.length };
    });
    const bytes = new Uint8Array(whole.buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192)
      text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return { rateHz: rate, blocks: places, base64: btoa(text) };
  });
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  const frameOf = (index) => {
    const block = blocks.findLast((one) => one.index <= index);
    return block.frame + index - block.index;
  };
  return { rateHz, samples: new Float32Array(bytes.buffer), frameOf };
}
