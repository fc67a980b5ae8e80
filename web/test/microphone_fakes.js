// @ts-check
// A browser in the test's hand: devices that can be unplugged, a permission that can be withdrawn,
// contexts that start suspended, and a count of everything that was opened and not closed.

/** Turns of the event loop until everything that is not waiting for the test has happened. */
export const settle = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** An EventTarget that knows how many listen. */
class Target extends EventTarget {
  listeners = 0;
  /** @type {EventTarget["addEventListener"]} */
  addEventListener(...args) {
    this.listeners++;
    super.addEventListener(...args);
  }
  /** @type {EventTarget["removeEventListener"]} */
  removeEventListener(...args) {
    this.listeners--;
    super.removeEventListener(...args);
  }
  /** @param {string} type */
  fire(type) {
    this.dispatchEvent(new Event(type));
  }
}

class FakeTrack extends Target {
  readyState = 'live';
  muted = false;
  /** @param {string} deviceId @param {any} constraints */
  constructor(deviceId, constraints) {
    super();
    this.label = `the ${deviceId} microphone`;
    this.deviceId = deviceId;
    this.constraints = constraints;
  }
  stop() {
    this.readyState = 'ended'; // and fires nothing, as a track does that the page itself stops
  }
  ends() {
    this.readyState = 'ended';
    this.fire('ended');
  }
}

class FakePort {
  closed = false;
  /** @type {any[]} */
  sent = [];
  /** @type {((event: {data: any}) => void) | null} */
  onmessage = null;
  postMessage(/** @type {any} */ message) {
    this.sent.push(message);
    this.answer(message);
  }
  answer(/** @type {any} */ _message) {}
  close() {
    this.closed = true;
  }
}

class FakeNode {
  /** @type {Set<FakeNode>} */
  outputs = new Set();
  connect(/** @type {any} */ node) {
    this.outputs.add(node);
    return node;
  }
  disconnect() {
    this.outputs.clear();
  }
}

export class FakeBrowser {
  /** @type {FakeTrack[]} */ tracks = [];
  /** @type {any[]} */ contexts = [];
  /** @type {any[]} */ nodes = [];
  gestures = new Target();
  secure = true;
  plugged = ['built-in', 'headset'];
  /** @type {Record<string, number>} */ rates = {};
  startsSuspended = false;
  answers = true; // a worklet that is told to end says that it did
  /** @type {{at: number, action: () => void, id: number}[]} */ timers = [];
  /** @type {string} name of the exception that getUserMedia throws */ refusal = '';
  /** @type {(() => void)[]} what lets getUserMedia go on, while it is held */ held = [];
  hold = false;
  asked = 0;
  #ids = 0;

  constructor() {
    const browser = this;
    /** @type {any} */
    this.mediaDevices = Object.assign(new Target(), {
      getUserMedia: (/** @type {any} */ constraints) => browser.#getUserMedia(constraints),
      enumerateDevices: async () =>
        [...browser.plugged.map((id) => ['audioinput', id]), ['videoinput', 'camera']].map(
          ([kind, deviceId]) => ({ kind, deviceId, label: `the ${deviceId} microphone` }),
        ),
    });
    this.status = Object.assign(new Target(), { state: 'granted' });
    /** @type {any} */
    this.permissions = { query: async () => browser.status };
    /** @type {any} */
    this.WorkletNode = class extends FakeNode {
      port = new FakePort();
      constructor() {
        super();
        browser.nodes.push(this);
        /** @type {any} */ let speaker = null;
        this.port.answer = (message) => {
          if (message.type === 'speaker') speaker = message.port;
          if (message.type === 'close' && browser.answers) this.says({ type: 'closed' });
          if (message.type === 'release_speaker') this.says({ type: 'speaker', port: speaker });
        };
      }
      says(/** @type {any} */ data) {
        setImmediate(() => this.port.onmessage?.({ data }));
      }
    };
  }

  contextClass = () => {
    const browser = this;
    return /** @type {any} */ (
      class extends Target {
        state = browser.startsSuspended ? 'suspended' : 'running';
        rate = browser.rates[browser.tracks[browser.tracks.length - 1]?.deviceId] ?? 48000;
        audioWorklet = { addModule: async () => {} };
        destination = new FakeNode();
        resumed = 0;
        constructor() {
          super();
          browser.contexts.push(this);
        }
        async resume() {
          this.resumed++;
        }
        async close() {
          this.state = 'closed';
        }
        becomes(/** @type {string} */ state) {
          this.state = state;
          this.fire('statechange');
        }
        createMediaStreamSource(/** @type {any} */ stream) {
          const rate = browser.rates[stream.getTracks()[0].deviceId] ?? 48000;
          if (rate !== this.rate)
            throw new DOMException('different sample-rate', 'NotSupportedError');
          return Object.assign(new FakeNode(), { stream });
        }
      }
    );
  };

  later = (/** @type {() => void} */ action, /** @type {number} */ ms) => {
    this.timers.push({ at: ms, action, id: ++this.#ids });
    return this.#ids;
  };
  cancel = (/** @type {number} */ id) => {
    this.timers = this.timers.filter((timer) => timer.id !== id);
  };
  /** @param {number} ms every timer of at most that long rings */
  pass(ms) {
    const due = this.timers.filter(({ at }) => at <= ms);
    this.timers = this.timers.filter(({ at }) => at > ms);
    for (const { action } of due) action();
  }

  /** @param {any} constraints */
  async #getUserMedia({ audio }) {
    this.asked++;
    if (this.hold) await new Promise((/** @type {any} */ go) => this.held.push(go));
    if (this.refusal) throw new DOMException('no', this.refusal);
    const wanted = audio.deviceId?.exact ?? this.plugged[0];
    if (!this.plugged.includes(wanted)) {
      throw new DOMException('no such device', wanted ? 'OverconstrainedError' : 'NotFoundError');
    }
    const track = new FakeTrack(wanted, audio);
    this.tracks.push(track);
    return { getTracks: () => [track], getAudioTracks: () => [track] };
  }

  // what happens to a browser
  /** @param {string} deviceId */
  unplug(deviceId) {
    this.plugged = this.plugged.filter((id) => id !== deviceId);
    for (const track of this.live) if (track.deviceId === deviceId) track.ends();
    this.mediaDevices.fire('devicechange');
  }
  /** @param {string} deviceId */
  plug(deviceId) {
    this.plugged.push(deviceId);
    this.mediaDevices.fire('devicechange');
  }
  /** @param {string} state */
  permit(state) {
    this.status.state = state;
    this.status.fire('change');
  }

  // what is left of it
  get live() {
    return this.tracks.filter((track) => track.readyState === 'live');
  }
  get open() {
    return this.contexts.filter((context) => context.state !== 'closed');
  }
  /** Everything that would stay behind. */
  get leftovers() {
    const targets = [
      this.gestures,
      this.mediaDevices,
      this.status,
      ...this.tracks,
      ...this.contexts,
    ];
    return {
      tracks: this.live.length,
      contexts: this.open.length,
      ports: this.nodes.filter((node) => !node.port.closed).length,
      listeners: targets.reduce((sum, target) => sum + target.listeners, 0),
      timers: this.timers.length,
    };
  }
}

export const NOTHING = { tracks: 0, contexts: 0, ports: 0, listeners: 0, timers: 0 };
