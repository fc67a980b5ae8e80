// @ts-check
// The microphone, as LivegateClient wants it: packets of 20 ms, whatever happens to the device
// meanwhile. Decides what to do when it is unplugged, taken away, held back or to be changed;
// asking for it is microphone_access.js, the audio graph capture_graph.js, all arithmetic is in
// the worklet's pure modules.
//
// What onLost(reason) says, a code of page/explain.js each. It goes on: microphone_replaced,
// microphone_suspended, microphone_silenced. It is over: microphone_lost, microphone_refused, and
// whatever the attempt to reopen it came to.

import { CaptureGraph } from './capture_graph.js';
import {
  DEFAULT_SETTINGS,
  MicrophoneAccess,
  sameSettings,
  stopTracks,
  withdrawn,
} from './microphone_access.js';
import { AudioProblem, browserPlatform } from './web_audio.js';

/** A substitute that ends within 5 s is not substituted again: somebody is pulling plugs. */
const STABLE_PACKETS = 250;
const WITHDRAWN = 'the permission was withdrawn';

/** @typedef {import("./microphone_access.js").MicrophoneSettings} MicrophoneSettings */
/** @typedef {import("./capture_pipe.js").Heard} Heard */
/** @typedef {(bytes: ArrayBuffer, rms: number, heard: Heard) => void} OnPacket */
/** @typedef {(reason: string, message: string) => void} OnLost */

/** From one open() to its close(); void as soon as it is not the current one. */
class Run {
  /**
   * @param {OnPacket} onPacket
   * @param {OnLost} onLost
   */
  constructor(onPacket, onLost) {
    this.onPacket = onPacket;
    this.onLost = onLost;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {CaptureGraph | null} */
    this.graph = null;
    /** @type {MicrophoneSettings} what the stream was opened with */
    this.inUse = { ...DEFAULT_SETTINGS };
    /** @type {import("./microphone_access.js").Permission} */
    this.permission = 'unknown';
    this.packets = 0;
    this.replacedAt = -Infinity; // packets
    this.unwatchTracks = () => {};
    this.unwatchPermission = () => {};
    /** @type {Promise<void>} opening, reopening and recovering, one after the other */
    this.work = Promise.resolve();
  }
}

/** Packets of 20 ms at 16 kHz from the chosen microphone. */
export class BrowserMicrophone {
  /** @type {Run | null} */
  #run = null;
  /** @type {MessagePort | null} to the playback worklet, until there is a graph for it */
  #speakerPort = null;
  #muted = false;
  #stopAwaiting = () => {};

  /** @param {import("./web_audio.js").Platform} [platform] */
  constructor(platform = browserPlatform) {
    this.platform = platform;
    this.access = new MicrophoneAccess(platform);
    /** @type {MicrophoneSettings} what is wished for; to be changed by configure() */
    this.settings = { ...DEFAULT_SETTINGS };
  }

  /** Of the context, for tests and diagnosis; null while it is not open. */
  get context() {
    return this.#run?.graph?.context ?? null;
  }

  /** @type {MediaStream | null} */
  get stream() {
    return this.#run?.stream ?? null;
  }

  /**
   * Asks for the microphone and begins. Resolves to false if close() came in between. Call it
   * from a click where you can: a context made without one may have to wait for the next.
   * @param {OnPacket} onPacket
   * @param {OnLost} onLost something happened to it; whether it goes on, see above
   * @returns {Promise<boolean>}
   * @throws {AudioProblem}
   */
  async open(onPacket, onLost) {
    this.close();
    const run = new Run(onPacket, onLost);
    this.#run = run;
    run.unwatchPermission = this.access.watchPermission((state, previous) => {
      if (withdrawn(state, previous)) this.#end(run, 'microphone_refused', WITHDRAWN);
    });
    const begun = this.#begin(run, { ...this.settings });
    run.work = begun.catch(() => {}); // told here, and nobody else's to know
    try {
      await begun;
    } catch (error) {
      if (this.#run !== run) return false;
      this.close();
      throw error;
    }
    return this.#run === run;
  }

  /** Releases the device; the browser's recording mark goes out. */
  close() {
    this.#awaitNothing();
    this.#speakerPort?.close();
    this.#speakerPort = null;
    this.#muted = false;
    const run = this.#run;
    this.#run = null;
    if (!run) return;
    this.#letGo(run);
    run.unwatchPermission();
    run.graph?.close();
  }

  /**
   * Changes the device or what the browser does to its sound; in the middle of a conversation
   * too, which then misses a few packets and nothing else.
   * @param {Partial<MicrophoneSettings>} settings
   * @returns {Promise<void>}
   * @throws {AudioProblem} it could not be done; the settings before are in use again
   */
  configure(settings) {
    for (const name of /** @type {(keyof MicrophoneSettings)[]} */ (
      Object.keys(DEFAULT_SETTINGS)
    )) {
      if (settings[name] !== undefined) Object.assign(this.settings, { [name]: settings[name] });
    }
    const run = this.#run;
    return run ? this.#next(run, () => this.#reopen(run)) : Promise.resolve();
  }

  devices() {
    return this.access.devices();
  }

  /**
   * @param {(devices: import("./microphone_access.js").Device[]) => void} onChange
   * @returns {() => void} ends it
   */
  watchDevices(onChange) {
    return this.access.watchDevices(onChange);
  }

  /**
   * A line to the playback worklet: onsets of speech go out, the level of the reply comes in.
   * @param {MessagePort} port given away; it takes the place of the one before
   */
  connectSpeaker(port) {
    const run = this.#run;
    if (run?.graph) {
      run.graph.connectSpeaker(port);
      return;
    }
    this.#speakerPort?.close();
    this.#speakerPort = run ? port : null;
    if (!run) port.close();
  }

  /** @param {boolean} muted nobody hears it, so it must not duck the reply */
  setMuted(muted) {
    this.#muted = muted;
    this.#run?.graph?.setMuted(muted);
  }

  /**
   * Calls back once, when opening it again is worth a try: the permission is there again, or a
   * device was plugged in. Until then, or until the next open() or close().
   * @param {string} reason why it is closed
   * @param {() => void} callback
   */
  awaitReturn(reason, callback) {
    this.#awaitNothing();
    this.#stopAwaiting = this.access.awaitReturn(reason, () => {
      this.#awaitNothing();
      callback();
    });
  }

  #awaitNothing() {
    this.#stopAwaiting();
    this.#stopAwaiting = () => {};
  }

  // ------------------------------------------------------------------------- one after the other

  /**
   * @param {Run} run
   * @param {() => Promise<void>} step not begun if the run is over by then
   * @returns {Promise<void>}
   */
  #next(run, step) {
    const done = run.work.then(() => (this.#run === run ? step() : undefined));
    run.work = done.catch(() => {}); // the caller is told
    return done;
  }

  /**
   * @param {Run} run
   * @param {MicrophoneSettings} settings
   */
  async #begin(run, settings) {
    this.platform.contextClass(); // before anybody is asked for a permission that is of no use
    const { stream, replaced } = await this.access.ask(settings);
    if (this.#run !== run) {
      stopTracks(stream);
      return;
    }
    run.stream = stream;
    run.inUse = replaced ? { ...settings, deviceId: '' } : settings;
    this.#watchTracks(run, stream);
    this.access.permission().then((permission) => {
      run.permission = permission;
    });
    await this.#feed(run, stream);
    if (replaced && this.#run === run) this.#tellReplaced(run, 'the chosen device is not there');
  }

  /**
   * @param {Run} run
   * @param {MediaStream} stream
   */
  async #feed(run, stream) {
    const { graph } = run;
    if (!graph) {
      await this.#feedNewGraph(run, stream);
      return;
    }
    try {
      graph.feed(stream);
    } catch {
      // Firefox, and a device of another rate: it takes a context of that rate.
      const port = await graph.takeSpeaker();
      if (this.#run !== run) {
        port?.close();
        return;
      }
      graph.close();
      run.graph = null;
      if (port) this.#speakerPort ??= port;
      await this.#feedNewGraph(run, stream);
    }
  }

  /**
   * @param {Run} run
   * @param {MediaStream} stream
   */
  async #feedNewGraph(run, stream) {
    const graph = await CaptureGraph.open(this.platform, {
      onPacket: (bytes, rms, heard) => {
        run.packets++;
        if (this.#run === run) run.onPacket(bytes, rms, heard);
      },
      onSuspended: () =>
        this.#tell(run, 'microphone_suspended', 'the browser waits for a click or a key'),
    });
    if (this.#run !== run) {
      graph.close();
      return;
    }
    run.graph = graph;
    if (this.#speakerPort) graph.connectSpeaker(this.#speakerPort);
    this.#speakerPort = null;
    graph.setMuted(this.#muted);
    graph.feed(stream);
  }

  /** @param {Run} run */
  async #reopen(run) {
    const before = run.inUse;
    const wanted = { ...this.settings };
    if (sameSettings(before, wanted)) return;
    // First the one, then the other: iOS and older Firefox hand out one microphone at a time.
    this.#letGo(run);
    try {
      await this.#begin(run, wanted);
    } catch (error) {
      if (this.#run !== run) return;
      if (sameSettings(this.settings, wanted)) this.settings = { ...before };
      this.#letGo(run);
      try {
        await this.#begin(run, before);
      } catch (second) {
        this.#endBy(run, second);
        return;
      }
      throw error;
    }
  }

  /**
   * @param {Run} run
   * @param {MediaStream} stream that has ended
   */
  async #recover(run, stream) {
    if (run.stream !== stream) return;
    const permission = await this.access.permission();
    if (this.#run !== run) return;
    if (withdrawn(permission, run.permission)) {
      this.#end(run, 'microphone_refused', WITHDRAWN);
      return;
    }
    if (run.packets - run.replacedAt < STABLE_PACKETS) {
      this.#end(run, 'microphone_lost', 'the device ended, and so did its substitute');
      return;
    }
    this.#letGo(run);
    try {
      await this.#begin(run, { ...this.settings, deviceId: '' });
    } catch (error) {
      const refused = /** @type {AudioProblem} */ (error).code === 'microphone_refused';
      const { message } = /** @type {Error} */ (error);
      this.#end(run, refused ? 'microphone_refused' : 'microphone_lost', message);
      return;
    }
    if (this.#run === run) this.#tellReplaced(run, 'the device ended');
  }

  // ------------------------------------------------------------------------------- what happens

  /**
   * @param {Run} run
   * @param {MediaStream} stream
   */
  #watchTracks(run, stream) {
    run.unwatchTracks = this.access.watchTracks(stream, {
      ended: () => void this.#next(run, () => this.#recover(run, stream)),
      silenced: () => void this.#onSilenced(run, stream),
    });
  }

  /**
   * @param {Run} run
   * @param {MediaStream} stream
   */
  async #onSilenced(run, stream) {
    const permission = await this.access.permission();
    if (this.#run !== run || run.stream !== stream) return;
    if (withdrawn(permission, run.permission)) this.#end(run, 'microphone_refused', WITHDRAWN);
    else this.#tell(run, 'microphone_silenced', 'the browser or the system mutes it');
  }

  /** @param {Run} run */
  #letGo(run) {
    run.unwatchTracks();
    run.unwatchTracks = () => {};
    run.graph?.starve();
    if (run.stream) stopTracks(run.stream);
    run.stream = null;
  }

  /**
   * @param {Run} run
   * @param {string} why
   */
  #tellReplaced(run, why) {
    run.replacedAt = run.packets;
    const label = run.stream?.getAudioTracks()[0]?.label || 'another one';
    this.#tell(run, 'microphone_replaced', `${why}; ${label} is used instead`);
  }

  /**
   * @param {Run} run
   * @param {string} reason
   * @param {string} message
   */
  #tell(run, reason, message) {
    if (this.#run === run) run.onLost(reason, message);
  }

  /**
   * @param {Run} run
   * @param {string} reason
   * @param {string} message
   */
  #end(run, reason, message) {
    if (this.#run !== run) return;
    this.close();
    run.onLost(reason, message);
  }

  /**
   * @param {Run} run
   * @param {unknown} error
   */
  #endBy(run, error) {
    const { message } = /** @type {Error} */ (error);
    this.#end(run, error instanceof AudioProblem ? error.code : 'microphone_failed', message);
  }
}
