// @ts-check
// From the microphone's blocks to what the wire wants: the device's rate in, s16 packets of 20 ms
// at 16 kHz out, and beside them, every 10 ms and not waiting for a packet, whether the person
// began to speak over the reply. Decides the packet's length and how voice detection and echo
// guard work together; leaves sending to others and knows no Web Audio.

import { ChannelMix } from './channel_mix.js';
import { EchoGuard } from './echo_guard.js';
import { EnergyVad, FRAME_MS } from './energy_vad.js';
import { SILENCE_DBFS, VoiceBandMeter, dbfs, rmsOfS16 } from './level.js';
import { floatToS16 } from './pcm.js';
import { Resampler } from './resample.js';

export const UPLINK_RATE_HZ = 16000;
export const PACKET_SAMPLES = UPLINK_RATE_HZ / 50;
const FRAME_SAMPLES = (UPLINK_RATE_HZ * FRAME_MS) / 1000;
/** News of what is played comes over a port, so some frames get none and others two. */
const NEWS_HELD_FRAMES = 4;

/**
 * @typedef {object} Heard what is known of the packet's 20 ms
 * @property {boolean} speech somebody speaks, and it is not the page
 * @property {number} level_dbfs
 * @property {boolean} echo it is loud, but not louder than the reply that is being played
 */
/**
 * @typedef {object} CaptureSink
 * @property {(packet: Int16Array, rms: number, heard: Heard) => void} packet the samples are the
 *   sink's to keep, and the only thing in their buffer
 * @property {(type: "onset" | "release") => void} [signal]
 */

export class CapturePipe {
  /**
   * @param {number} deviceRateHz 8000..192000
   * @param {CaptureSink} sink
   */
  constructor(deviceRateHz, sink) {
    this.sink = sink;
    this.resampler = new Resampler(deviceRateHz, UPLINK_RATE_HZ);
    this.channels = new ChannelMix();
    this.resampled = new Float32Array(0);
    this.packet = new Int16Array(PACKET_SAMPLES);
    this.filled = 0;
    this.meter = new VoiceBandMeter(UPLINK_RATE_HZ, FRAME_SAMPLES);
    this.vad = new EnergyVad();
    this.guard = new EchoGuard();
    this.newsDbfs = -Infinity; // the loudest of what was played since the last frame, if any
    this.referenceDbfs = SILENCE_DBFS;
    this.referenceAge = 0; // frames
    this.begun = false;
    this.muted = false;
    this.signalled = false; // the other side was told of an onset and of no release yet
    this.speech = false; // in the packet that is filling
    this.echo = false;
  }

  /**
   * One block of the device: one channel, several, or none.
   * @param {readonly Float32Array[]} channels of equal length, in [-1, 1]
   * @param {number} [samples] the block's length, for the case that there is no channel
   */
  push(channels, samples = 128) {
    if (channels.length === 0) {
      // A source that pauses must not stop the clock of the stream; one that has not begun may.
      if (this.begun) this.#take(this.channels.mix(channels, samples));
      return;
    }
    this.begun = true;
    const [first] = channels;
    this.#take(channels.length === 1 ? first : this.channels.mix(channels, first.length));
  }

  /**
   * What the page plays right now; to be told every 10 ms or so while it plays.
   * @param {number} rms 0..1
   */
  reference(rms) {
    this.newsDbfs = Math.max(this.newsDbfs, dbfs(rms));
  }

  /**
   * A muted microphone must not duck the reply: nobody else hears it.
   * @param {boolean} muted
   */
  setMuted(muted) {
    this.muted = muted;
    this.#signal(this.vad.speech);
  }

  /** @param {Float32Array} block mono */
  #take(block) {
    const most = this.resampler.outputMax(block.length);
    if (this.resampled.length < most) this.resampled = new Float32Array(most);
    const count = this.resampler.process(block, this.resampled);
    for (let i = 0; i < count; i++) {
      this.packet[this.filled++] = floatToS16(this.resampled[i]);
      if (this.meter.add(this.resampled[i])) this.#frame(this.meter.level);
      if (this.filled === PACKET_SAMPLES) this.#emit();
    }
  }

  /** @param {number} levelDbfs of the last 10 ms */
  #frame(levelDbfs) {
    const { vad, guard } = this;
    this.#refer();
    const bar = guard.expect(this.referenceDbfs);
    vad.push(levelDbfs, bar);
    guard.learn(levelDbfs, vad.floor, vad.speech);
    this.speech ||= vad.speech;
    this.echo ||= vad.loud && levelDbfs <= bar;
    this.#signal(vad.speech);
  }

  #refer() {
    if (this.newsDbfs > -Infinity) {
      this.referenceDbfs = this.newsDbfs;
      this.referenceAge = 0;
      this.newsDbfs = -Infinity;
    } else if (++this.referenceAge > NEWS_HELD_FRAMES) {
      this.referenceDbfs = SILENCE_DBFS;
    }
  }

  /** @param {boolean} speech */
  #signal(speech) {
    const wanted = speech && !this.muted;
    if (wanted === this.signalled) return;
    this.signalled = wanted;
    this.sink.signal?.(wanted ? 'onset' : 'release');
  }

  #emit() {
    const { packet, speech } = this;
    const rms = rmsOfS16(packet);
    this.packet = new Int16Array(PACKET_SAMPLES);
    this.filled = 0;
    const heard = { speech, level_dbfs: dbfs(rms), echo: this.echo && !speech };
    this.speech = false;
    this.echo = false;
    this.sink.packet(packet, rms, heard);
  }
}
