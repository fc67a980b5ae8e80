// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { BrowserMicrophone } from '../lib/microphone.js';
import { MicrophoneSwitch } from '../lib/microphone_switch.js';
import { EXPLAINED } from '../page/explain.js';
import { FakeBrowser, NOTHING, settle } from './microphone_fakes.js';

/** A microphone in a fake browser, under a switch as LivegateClient has it. */
function desk(prepare = (/** @type {FakeBrowser} */ _browser) => {}) {
  const browser = new FakeBrowser();
  prepare(browser);
  const microphone = new BrowserMicrophone(/** @type {any} */ (browser));
  /** @type {string[]} */ const states = [];
  /** @type {string[]} */ const said = [];
  /** @type {any[]} */ const packets = [];
  const microphoneSwitch = new MicrophoneSwitch(microphone, {
    packet: (bytes, rms, heard) => packets.push({ bytes, rms, heard }),
    changed: (state) => states.push(state),
    failed: (code) => {
      assert.ok(EXPLAINED.includes(code), `${code} has no words`);
      said.push(code);
    },
  });
  const speak = (count = 1) => {
    const { port } = browser.nodes[browser.nodes.length - 1];
    const data = {
      bytes: new ArrayBuffer(640),
      rms: 0.1,
      speech: true,
      level_dbfs: -20,
      echo: false,
    };
    for (let i = 0; i < count; i++) port.onmessage?.({ data });
  };
  const heardFrom = () => browser.live.map(({ deviceId }) => deviceId);
  return { browser, microphone, microphoneSwitch, states, said, packets, speak, heardFrom };
}

test('it asks for what is set, and hands on packets with what was heard in them', async () => {
  const { browser, microphone, microphoneSwitch, packets, speak } = desk();
  await microphone.configure({ noiseSuppression: false, deviceId: 'headset' });
  await microphoneSwitch.open();
  const { constraints } = browser.tracks[0];
  assert.deepEqual(constraints, {
    echoCancellation: true,
    noiseSuppression: false,
    autoGainControl: true,
    channelCount: 1,
    deviceId: { exact: 'headset' },
  });
  speak();
  assert.equal(packets[0].bytes.byteLength, 640);
  assert.deepEqual(packets[0].heard, { speech: true, level_dbfs: -20, echo: false });
});

test('fifty starts and stops leave nothing behind', async () => {
  const { browser, microphone, microphoneSwitch, states } = desk();
  for (let i = 0; i < 50; i++) {
    await microphoneSwitch.open();
    assert.equal(microphoneSwitch.state, 'on');
    microphone.connectSpeaker(new MessageChannel().port1);
    microphoneSwitch.close();
  }
  await settle();
  assert.equal(states.length, 150);
  assert.equal(browser.contexts.length, 50);
  assert.deepEqual(browser.leftovers, NOTHING);
});

test('a context is closed after the last word of its worklet, or without it', async () => {
  for (const answers of [true, false]) {
    const { browser, microphoneSwitch } = desk((b) => (b.answers = answers));
    await microphoneSwitch.open();
    microphoneSwitch.close();
    assert.equal(browser.live.length, 0, 'the device is let go at once');
    assert.equal(browser.open.length, 1);
    await settle();
    assert.equal(browser.open.length, answers ? 0 : 1);
    browser.pass(500);
    assert.deepEqual(browser.leftovers, NOTHING);
  }
});

test('a close while it is asked for wins, and what the browser then gives is let go', async () => {
  const { browser, microphoneSwitch, states, said } = desk((b) => (b.hold = true));
  const opening = microphoneSwitch.open();
  microphoneSwitch.close();
  await settle();
  for (const go of browser.held) go();
  await opening;
  await settle();
  assert.deepEqual(states, ['asking', 'off']);
  assert.deepEqual(said, []);
  assert.deepEqual(browser.leftovers, NOTHING);
});

test('open, close and open at once end with one microphone', async () => {
  const { browser, microphoneSwitch } = desk((b) => (b.hold = true));
  const first = microphoneSwitch.open();
  await settle();
  microphoneSwitch.close();
  const second = microphoneSwitch.open();
  await settle();
  for (const go of browser.held.reverse()) go(); // the answers come in the wrong order
  await Promise.all([first, second]);
  await settle();
  assert.equal(microphoneSwitch.state, 'on');
  assert.equal(browser.live.length, 1);
  assert.equal(browser.open.length, 1);
  microphoneSwitch.close();
  await settle();
  assert.deepEqual(browser.leftovers, NOTHING);
});

test('another device in mid-conversation: worklet and line to the speaker stay', async () => {
  const { browser, microphone, microphoneSwitch, states, heardFrom, packets, speak } = desk();
  await microphoneSwitch.open();
  const { port1 } = new MessageChannel();
  microphone.connectSpeaker(port1);
  await microphone.configure({ deviceId: 'headset', echoCancellation: false });
  assert.deepEqual(heardFrom(), ['headset']);
  assert.equal(browser.tracks[1].constraints.echoCancellation, false);
  assert.equal(browser.contexts.length, 1);
  assert.deepEqual(states, ['asking', 'on'], 'it was on all the time');
  speak();
  assert.equal(packets.length, 1);
  await microphone.configure({ deviceId: 'headset' });
  assert.equal(browser.asked, 2, 'what is so already is not done again');
  microphoneSwitch.close();
  await settle();
  assert.deepEqual(browser.leftovers, NOTHING);
  port1.close();
});

test('a device of another rate takes another context, and the line moves over', async () => {
  const { browser, microphone, microphoneSwitch, said, heardFrom } = desk((b) => {
    b.rates = { headset: 16000 };
  });
  await microphoneSwitch.open();
  microphoneSwitch.setMuted(true);
  const { port1 } = new MessageChannel();
  microphone.connectSpeaker(port1);
  await microphone.configure({ deviceId: 'headset' });
  await settle();
  assert.deepEqual(heardFrom(), ['headset']);
  assert.equal(browser.open.length, 1);
  assert.equal(browser.open[0].rate, 16000);
  const sent = browser.nodes[1].port.sent;
  assert.equal(sent.find((/** @type {any} */ { type }) => type === 'speaker').port, port1);
  assert.equal(sent.find((/** @type {any} */ { type }) => type === 'muted').muted, true);
  assert.deepEqual(said, []);
  microphoneSwitch.close();
  await settle();
  assert.deepEqual(browser.leftovers, NOTHING);
  port1.close();
});

test('a device that cannot be opened leaves the one before in use', async () => {
  const { browser, microphone, microphoneSwitch, heardFrom } = desk();
  await microphoneSwitch.open();
  const { getUserMedia } = browser.mediaDevices;
  browser.mediaDevices.getUserMedia = async (/** @type {any} */ constraints) => {
    if (constraints.audio.deviceId) throw new DOMException('busy', 'NotReadableError');
    return getUserMedia(constraints);
  };
  await assert.rejects(microphone.configure({ deviceId: 'headset' }), {
    code: 'microphone_in_use',
  });
  assert.deepEqual(heardFrom(), ['built-in']);
  assert.equal(microphone.settings.deviceId, '');
  assert.equal(microphoneSwitch.state, 'on');
});

test('settings that come while it opens are in force in the end', async () => {
  const { browser, microphone, microphoneSwitch, heardFrom } = desk((b) => (b.hold = true));
  const opening = microphoneSwitch.open();
  await settle();
  const first = microphone.configure({ deviceId: 'headset' });
  const second = microphone.configure({ autoGainControl: false });
  browser.hold = false;
  for (const go of browser.held) go();
  await Promise.all([opening, first, second]);
  assert.deepEqual(heardFrom(), ['headset']);
  assert.equal(browser.live[0].constraints.autoGainControl, false);
  assert.equal(browser.asked, 2);
  const third = microphone.configure({ deviceId: '' });
  microphoneSwitch.close();
  await third;
  await settle();
  assert.deepEqual(browser.leftovers, NOTHING);
});

test('a device that is unplugged is replaced by the default one, and that is said', async () => {
  const { browser, microphone, microphoneSwitch, said, states, heardFrom, speak, packets } =
    desk();
  await microphone.configure({ deviceId: 'headset' });
  await microphoneSwitch.open();
  browser.unplug('headset');
  await settle();
  assert.deepEqual(heardFrom(), ['built-in']);
  assert.deepEqual(said, ['microphone_replaced']);
  assert.deepEqual(states, ['asking', 'on']);
  speak();
  assert.equal(packets.length, 1);
  await microphone.configure({ deviceId: '' });
  assert.equal(browser.asked, 2, 'the page catching up with that changes nothing');
});

test('without another device it is lost, and comes back when one is plugged in', async () => {
  const { browser, microphoneSwitch, said, states } = desk((b) => (b.plugged = ['built-in']));
  await microphoneSwitch.open();
  browser.unplug('built-in');
  await settle();
  assert.deepEqual(said, ['microphone_lost']);
  assert.equal(microphoneSwitch.state, 'off');
  browser.plug('headset');
  await settle();
  assert.deepEqual(states, ['asking', 'on', 'off', 'asking', 'on']);
  microphoneSwitch.close();
  await settle();
  assert.deepEqual(browser.leftovers, NOTHING);
});

test('a substitute that goes at once is not substituted again, a proved one is', async () => {
  const plugged = ['first', 'second', 'third', 'fourth'];
  const { browser, microphoneSwitch, said, speak, heardFrom } = desk((b) => (b.plugged = plugged));
  await microphoneSwitch.open();
  browser.unplug('first');
  await settle();
  speak(250);
  browser.unplug('second');
  await settle();
  assert.deepEqual(said, ['microphone_replaced', 'microphone_replaced']);
  assert.deepEqual(heardFrom(), ['third']);
  speak(249);
  browser.live[0].ends();
  await settle();
  assert.equal(said[2], 'microphone_lost');
});

test('a chosen device that is not there at the start is replaced too', async () => {
  const { microphone, microphoneSwitch, said, heardFrom } = desk();
  await microphone.configure({ deviceId: 'left at home' });
  await microphoneSwitch.open();
  assert.deepEqual(heardFrom(), ['built-in']);
  assert.deepEqual(said, ['microphone_replaced']);
  assert.equal(microphoneSwitch.state, 'on');
});

for (const [how, withdraw] of /** @type {[string, (b: FakeBrowser) => void][]} */ ([
  ['denied', (browser) => browser.permit('denied')],
  ['reset', (browser) => browser.permit('prompt')],
  [
    'track first',
    (browser) => {
      browser.status.state = 'denied';
      browser.live[0].ends();
    },
  ],
])) {
  test(`a permission withdrawn (${how}) is said, and its return opens it again`, async () => {
    const { browser, microphoneSwitch, said, states } = desk();
    await microphoneSwitch.open();
    await settle();
    withdraw(browser);
    await settle();
    assert.deepEqual(said, ['microphone_refused']);
    assert.equal(microphoneSwitch.state, 'off');
    assert.equal(browser.live.length, 0);
    browser.permit('granted');
    await settle();
    assert.deepEqual(states, ['asking', 'on', 'off', 'asking', 'on']);
    microphoneSwitch.close();
    await settle();
    assert.deepEqual(browser.leftovers, NOTHING);
  });
}

test('a permission refused at first opens it as soon as it is given', async () => {
  const { browser, microphoneSwitch, said } = desk((b) => {
    b.status.state = 'denied';
    b.refusal = 'NotAllowedError';
  });
  await microphoneSwitch.open();
  assert.deepEqual(said, ['microphone_refused']);
  await settle();
  browser.refusal = '';
  browser.permit('granted');
  await settle();
  assert.equal(microphoneSwitch.state, 'on');
});

test('what the person has turned off does not come back by itself', async () => {
  const { browser, microphoneSwitch } = desk();
  await microphoneSwitch.open();
  await settle();
  browser.permit('denied');
  await settle();
  microphoneSwitch.close();
  browser.permit('granted');
  browser.plug('another');
  await settle();
  assert.equal(microphoneSwitch.state, 'off');
  assert.equal(browser.asked, 1);
  assert.deepEqual(browser.leftovers, NOTHING);
});

test('what was muted when it was lost comes back muted', async () => {
  const { browser, microphoneSwitch } = desk();
  await microphoneSwitch.open();
  await settle();
  microphoneSwitch.setMuted(true);
  browser.permit('denied');
  await settle();
  browser.permit('granted');
  await settle();
  assert.equal(microphoneSwitch.state, 'muted');
  assert.deepEqual(browser.nodes[1].port.sent.at(-1), { type: 'muted', muted: true });
});

test('a browser that knows no such permission is taken as it is', async () => {
  for (const permissions of [
    undefined,
    { query: async () => Promise.reject(new TypeError('microphone is no PermissionName')) },
  ]) {
    const { browser, microphoneSwitch, said } = desk((b) => (b.permissions = permissions));
    await microphoneSwitch.open();
    assert.equal(microphoneSwitch.state, 'on');
    browser.live[0].ends();
    await settle();
    assert.deepEqual(said, ['microphone_replaced']);
    microphoneSwitch.close();
    await settle();
    assert.deepEqual(browser.leftovers, NOTHING);
  }
});

test('a context that starts suspended goes on at a gesture, and says that it waits', async () => {
  const { browser, microphoneSwitch, said } = desk((b) => (b.startsSuspended = true));
  await microphoneSwitch.open();
  assert.equal(microphoneSwitch.state, 'on');
  const [context] = browser.contexts;
  const before = context.resumed;
  assert.ok(before > 0, 'it tries by itself');
  browser.pass(999);
  assert.deepEqual(said, []);
  browser.pass(1000);
  assert.deepEqual(said, ['microphone_suspended']);
  browser.gestures.fire('keydown');
  assert.equal(context.resumed, before + 1);
  context.becomes('running');
  browser.gestures.fire('pointerdown');
  assert.equal(context.resumed, before + 1, 'gestures are left alone again');
  context.becomes('interrupted'); // as iOS does for a phone call
  assert.equal(context.resumed, before + 2);
  microphoneSwitch.close();
  await settle();
  assert.deepEqual(browser.leftovers, NOTHING);
});

test('a context that starts a little later says nothing', async () => {
  const { browser, microphoneSwitch, said } = desk((b) => (b.startsSuspended = true));
  await microphoneSwitch.open();
  browser.contexts[0].becomes('running');
  browser.pass(60_000);
  assert.deepEqual(said, []);
});

test('a device that the system mutes is said, unless it is for a moment', async () => {
  const { browser, microphoneSwitch, said } = desk();
  await microphoneSwitch.open();
  await settle();
  browser.live[0].fire('mute');
  browser.live[0].fire('unmute');
  browser.pass(60_000);
  await settle();
  assert.deepEqual(said, []);
  browser.live[0].fire('mute');
  browser.pass(2000);
  await settle();
  assert.deepEqual(said, ['microphone_silenced']);
  assert.equal(microphoneSwitch.state, 'on');
});

test('the devices are told with their names, and the list is told when it changes', async () => {
  const { browser, microphone } = desk((b) => (b.plugged = ['default', 'communications', 'usb']));
  assert.deepEqual(
    (await microphone.devices()).map(({ deviceId }) => deviceId),
    ['default', 'usb'],
  );
  /** @type {any[]} */ const told = [];
  const stop = microphone.watchDevices((devices) => told.push(devices));
  browser.plug('headset');
  await settle();
  assert.equal(told[0][2].label, 'the headset microphone');
  stop();
  browser.plug('more');
  await settle();
  assert.equal(told.length, 1);
  assert.deepEqual(browser.leftovers, NOTHING);
});

test('a page without a microphone says why', async () => {
  for (const [secure, code] of /** @type {[boolean, string][]} */ ([
    [true, 'browser_too_old'],
    [false, 'insecure_page'],
  ])) {
    const { microphoneSwitch, said } = desk((b) => {
      b.mediaDevices = undefined;
      b.secure = secure;
    });
    await microphoneSwitch.open();
    assert.deepEqual(said, [code]);
  }
  for (const [name, code] of [
    ['NotAllowedError', 'microphone_refused'],
    ['NotFoundError', 'microphone_missing'],
    ['NotReadableError', 'microphone_in_use'],
    ['TypeError', 'microphone_failed'],
  ]) {
    const { browser, microphoneSwitch, said } = desk((b) => (b.refusal = name));
    await microphoneSwitch.open();
    assert.deepEqual(said, [code]);
    microphoneSwitch.close();
    await settle();
    assert.deepEqual(browser.leftovers, NOTHING);
  }
});
