// What the bench watches inside the page, all on one clock, performance.now(): the microphone's
// track before the page's own worklet sees it, packets as they enter the socket, events as they
// arrive, and where each sample that was rendered stands in time. Watches only: it changes nothing.

/** Louder than what noise suppression leaves of silence, and a few samples into any speech. */
export const SPEECH_PEAK = 0.003;

/** Runs in the page ahead of its scripts. @param {{speechPeak: number}} options */
export function watchMicrophone({ speechPeak }) {
  const probe = { onsets: [], packets: [], events: [], clock: [], lags: [] };
  window.probe = probe;
  const QUIET_MS = 600; // a new utterance begins after that much silence

  const { mediaDevices } = navigator;
  const ask = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    const stream = await ask(constraints);
    const [track] = stream.getAudioTracks();
    if (track) listen(track.clone());
    return stream;
  };

  /** Notes where speech begins in the track: {timestampMs, frames, index, rateHz}. */
  async function listen(track) {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    let plane = new Float32Array(0);
    let quietMs = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const { timestamp, numberOfFrames: frames, sampleRate: rateHz } = value;
      if (plane.length < frames) plane = new Float32Array(frames);
      value.copyTo(plane, { planeIndex: 0, format: 'f32-planar' });
      value.close();
      const index = plane.subarray(0, frames).findIndex((one) => Math.abs(one) > speechPeak);
      if (index >= 0 && quietMs >= QUIET_MS)
        probe.onsets.push({
          timestampMs: timestamp / 1000,
          frames,
          index,
          rateHz,
          seen: performance.now(),
        });
      quietMs = index >= 0 ? 0 : quietMs + (frames / rateHz) * 1000;
    }
  }

  const send = WebSocket.prototype.send;
  let quietPackets = 0;
  WebSocket.prototype.send = function (data) {
    send.call(this, data);
    if (typeof data === 'string') return;
    const loud = new Int16Array(data.buffer ?? data).some(
      (one) => Math.abs(one) > 32768 * speechPeak,
    );
    if (loud && quietPackets * 20 >= QUIET_MS) probe.packets.push(performance.now());
    quietPackets = loud ? 0 : quietPackets + 1;
  };
}

/** Runs in the page once it is up. */
export function watchClient() {
  const { client, speaker } = window.livegate;
  const note = (name) => (event) =>
    window.probe.events.push({ name, at: performance.now(), cause: event.detail?.cause });
  for (const name of ['speech_started', 'interrupted', 'barge_in'])
    client.addEventListener(name, note(name));
  client.addEventListener('playback', (event) => {
    if (['ducked', 'flushed'].includes(event.detail.cause)) note(event.detail.cause)(event);
  });
  setInterval(() => {
    const stamp = speaker.context?.getOutputTimestamp();
    if (stamp?.contextTime > 0)
      window.probe.clock.push({ at: stamp.performanceTime, context: stamp.contextTime });
  }, 20);
}

/**
 * Runs in the page at the end: the level of what was rendered, one number per millisecond of the
 *   context's time, whatever was left out by an overloaded machine counted as holes.
 */
export function renderedLevels() {
  const { blocks, rateHz } = window.recorded;
  const window_ = Math.round(rateHz / 1000);
  const levels = [];
  let holes = 0;
  let expected = blocks[0].frame;
  const first = expected;
  let sum = 0;
  let count = 0;
  const take = (value) => {
    sum += value * value;
    if (++count < window_) return;
    levels.push(Math.sqrt(sum / window_));
    sum = count = 0;
  };
  for (const { frame, samples } of blocks) {
    if (frame > expected) holes++;
    for (; expected < frame; expected++) take(0);
    samples.forEach(take);
    expected += samples.length;
  }
  return { startS: first / rateHz, levels, holes };
}
