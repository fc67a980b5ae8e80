// @ts-check
// From the microphone's blocks to what the wire wants: the device's rate in, s16 packets of 20 ms
// at 16 kHz out. Decides the packet's length; leaves sending, muting and speech detection to
// others. Knows no Web Audio.

import { floatToS16 } from './pcm.js';
import { Resampler } from './resample.js';
import { rmsOfS16 } from './level.js';

export const UPLINK_RATE_HZ = 16000;
export const PACKET_SAMPLES = UPLINK_RATE_HZ / 50;

export class CapturePipe {
  /** @param {number} deviceRateHz 8000..192000 */
  constructor(deviceRateHz) {
    this.resampler = new Resampler(deviceRateHz, UPLINK_RATE_HZ);
    this.resampled = new Float32Array(0);
    this.packet = new Int16Array(PACKET_SAMPLES);
    this.filled = 0;
  }

  /**
   * @param {Float32Array} block mono, any length
   * @param {(packet: Int16Array, rms: number) => void} emit called for each packet that became
   *   full; the packet
   *   is the caller's to keep
   */
  push(block, emit) {
    const most = this.resampler.outputMax(block.length);
    if (this.resampled.length < most) this.resampled = new Float32Array(most);
    const count = this.resampler.process(block, this.resampled);
    for (let i = 0; i < count; i++) {
      this.packet[this.filled++] = floatToS16(this.resampled[i]);
      if (this.filled < PACKET_SAMPLES) continue;
      emit(this.packet, rmsOfS16(this.packet));
      this.packet = new Int16Array(PACKET_SAMPLES);
      this.filled = 0;
    }
  }
}
