// @ts-check
// Sounds that behave like speech and like rooms, made from noise alone, for the tests of what
// listens to the microphone. Everything at 16 kHz, and the same with the same seed.

export const RATE_HZ = 16000;

/** @param {number} seed */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Steady noise, as of a fan.
 * @param {number} seconds
 * @param {number} levelDbfs
 * @param {number} [seed]
 */
export function hiss(seconds, levelDbfs, seed = 1) {
  const random = randomFrom(seed);
  const amplitude = 10 ** (levelDbfs / 20) * Math.sqrt(3); // of uniform noise
  return Float32Array.from(
    { length: Math.round(seconds * RATE_HZ) },
    () => amplitude * (2 * random() - 1),
  );
}

/**
 * Speech-like: syllables of 80 to 250 ms that differ by up to 12 dB, with steep fronts and gaps,
 * and a longer pause every few of them; each syllable is noise through a resonance of its own.
 * @param {number} seconds
 * @param {number} levelDbfs of the syllables, as a mean
 * @param {number} [seed]
 */
export function babbler(seconds, levelDbfs, seed = 1) {
  const random = randomFrom(seed);
  const out = new Float32Array(Math.round(seconds * RATE_HZ));
  let at = 0;
  for (let syllable = 0; at < out.length; syllable++) {
    const length = Math.round((0.08 + 0.17 * random()) * RATE_HZ);
    const level = levelDbfs + 12 * random() - 6;
    addSyllable(out.subarray(at, at + length), level, 250 + 2200 * random() ** 2, random);
    at += length + Math.round((0.01 + 0.06 * random()) * RATE_HZ);
    if (syllable % 7 === 6) at += Math.round((0.15 + 0.35 * random()) * RATE_HZ);
  }
  return out;
}

/**
 * @param {Float32Array} out all zero
 * @param {number} levelDbfs
 * @param {number} hz
 * @param {() => number} random
 */
function addSyllable(out, levelDbfs, hz, random) {
  const radius = 0.97;
  const a1 = 2 * radius * Math.cos((2 * Math.PI * hz) / RATE_HZ);
  let [y1, y2, energy] = [0, 0, 1e-12];
  for (let i = 0; i < out.length; i++) {
    const y = 2 * random() - 1 + a1 * y1 - radius * radius * y2;
    [y1, y2] = [y, y1];
    const rise = Math.min(1, i / 160); // 10 ms
    const fall = Math.min(1, (out.length - i) / 640);
    out[i] = y * rise * fall;
    energy += out[i] * out[i];
  }
  const gain = 10 ** (levelDbfs / 20) / Math.sqrt(energy / out.length);
  for (let i = 0; i < out.length; i++) out[i] *= gain;
}

/**
 * What a loudspeaker and a room make of it at the microphone: later, softer, without low notes,
 * with reflections that fade by 60 dB in `fadeSeconds`.
 * @param {Float32Array} sound
 * @param {{gainDb: number, delayMs: number, fadeSeconds?: number, seed?: number}} room
 */
export function echoOf(sound, { gainDb, delayMs, fadeSeconds = 0.3, seed = 5 }) {
  const random = randomFrom(seed);
  const thin = withoutLowNotes(sound);
  const out = new Float32Array(sound.length);
  const delay = Math.round((delayMs * RATE_HZ) / 1000);
  for (let path = 0; path < 40; path++) {
    const late = path === 0 ? 0 : Math.round(random() * fadeSeconds * 0.6 * RATE_HZ);
    const sign = random() < 0.5 ? -1 : 1;
    const gain = path === 0 ? 1 : 0.35 * sign * 10 ** ((-3 * late) / (fadeSeconds * RATE_HZ));
    for (let i = delay + late; i < out.length; i++) out[i] += gain * thin[i - delay - late];
  }
  const wanted = Math.sqrt(energyOf(sound) / energyOf(out)) * 10 ** (gainDb / 20);
  return out.map((value) => value * wanted);
}

/** @param {Float32Array} sound */
function withoutLowNotes(sound) {
  const keep = Math.exp((-2 * Math.PI * 300) / RATE_HZ);
  let low = 0;
  return sound.map((value) => {
    low = keep * low + (1 - keep) * value;
    return value - low;
  });
}

/** @param {Float32Array} sound */
const energyOf = (sound) => sound.reduce((sum, value) => sum + value * value, 1e-20);

/**
 * @param {...Float32Array} sounds of equal length
 * @returns {Float32Array}
 */
export function together(...sounds) {
  return sounds[0].map((_, i) => sounds.reduce((sum, sound) => sum + sound[i], 0));
}

/**
 * @param {Float32Array} sound
 * @param {number} beginSeconds
 * @param {number} totalSeconds
 */
export function placed(sound, beginSeconds, totalSeconds) {
  const out = new Float32Array(Math.round(totalSeconds * RATE_HZ));
  const begin = Math.round(beginSeconds * RATE_HZ);
  out.set(sound.subarray(0, out.length - begin), begin);
  return out;
}
