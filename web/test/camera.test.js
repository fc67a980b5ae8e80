// @ts-check
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { BrowserCamera } from '../lib/camera.js';
import { FakeSocket, page, settle } from './client_fakes.js';

/** A browser in the test's hand: what a camera sees, how large its JPEG is, what is refused. */
class FakeBrowser {
  constructor() {
    this.time = 0;
    this.refusal = '';
    this.seen = 100; // the grey of the whole picture
    this.size = { width: 1280, height: 720 };
    /** @type {(pixels: number, quality: number) => number} */
    this.bytesOf = (pixels, quality) => Math.round(pixels * quality * 0.2);
    /** @type {{width: number, height: number, quality: number}[]} */
    this.encoded = [];
    /** @type {any[]} */
    this.streams = [];
    /** @type {(() => void) | null} a JPEG is being made until this is called */
    this.finish = null;
    this.slow = false;
    this.tick = () => {};
    this.timers = 0;
    /** @type {string[]} */
    this.asked = [];
  }
  /** @returns {any} */
  means() {
    const get = (/** @type {string} */ what) => async () => {
      this.asked.push(what);
      if (this.refusal) throw Object.assign(new Error('no'), { name: this.refusal });
      return this.#stream();
    };
    return {
      mediaDevices: { getUserMedia: get('camera'), getDisplayMedia: get('screen') },
      makeVideo: () => this.#video(),
      makeCanvas: (/** @type {number} */ width, /** @type {number} */ height) =>
        this.#canvas(width, height),
      now: () => this.time,
      every: (/** @type {() => void} */ action) => {
        this.timers++;
        this.tick = action;
        return 1;
      },
      cancel: () => {
        this.tick = () => {};
      },
    };
  }
  #stream() {
    const track = Object.assign(new EventTarget(), {
      stopped: false,
      stop() {
        track.stopped = true;
      },
    });
    const stream = { track, getTracks: () => [track], getVideoTracks: () => [track] };
    this.streams.push(stream);
    return stream;
  }
  #video() {
    const { width: videoWidth, height: videoHeight } = this.size;
    return Object.assign(new EventTarget(), { videoWidth, videoHeight, play: async () => {} });
  }
  /** @param {number} width @param {number} height */
  #canvas(width, height) {
    const pen = {
      drawImage() {},
      getImageData: () => ({ data: new Uint8ClampedArray(4 * width * height).fill(this.seen) }),
    };
    return {
      getContext: () => pen,
      convertToBlob: (/** @type {{quality: number}} */ { quality }) => {
        this.encoded.push({ width, height, quality });
        const size = this.bytesOf(width * height, quality);
        const blob = { size, arrayBuffer: async () => new ArrayBuffer(size) };
        if (!this.slow) return Promise.resolve(blob);
        return new Promise((resolve) => {
          this.finish = () => resolve(blob);
        });
      },
    };
  }
  /** A second passes, and what was begun in it is done. */
  async second() {
    this.time += 1000;
    this.tick();
    await settle();
  }
}

/** @param {{accepts?: boolean}} [options] */
async function opened({ accepts = true } = {}) {
  const browser = new FakeBrowser();
  const camera = new BrowserCamera(browser.means());
  /** @type {any[]} */
  const pictures = [];
  /** @type {string[]} */
  const ended = [];
  const to = {
    picture: (/** @type {any} */ picture) => {
      if (accepts) pictures.push(picture);
      return accepts;
    },
    ended: (/** @type {string} */ reason) => ended.push(reason),
  };
  await camera.open('camera', to);
  return { browser, camera, pictures, ended, to };
}

test('a picture is a JPEG of at most 768 on its longer side', async () => {
  const { browser, camera, pictures } = await opened();
  await browser.second();
  assert.deepEqual(
    pictures.map(({ mime_type: type, width, height }) => [type, width, height]),
    [['image/jpeg', 768, 432]],
  );
  assert.ok(camera.stream, 'there for a preview');
});

test('what has not changed is skipped', async () => {
  const { browser, camera, pictures } = await opened();
  for (let second = 0; second < 5; second++) await browser.second();
  browser.seen = 180;
  await browser.second();
  assert.equal(pictures.length, 2);
  assert.deepEqual(camera.counters, { sent: 2, skipped: 4, dropped: 0 });
});

test('a picture that is too large is made worse, then smaller', async () => {
  const { browser, pictures } = await opened();
  browser.bytesOf = (pixels, quality) => Math.round(pixels * quality);
  await browser.second();
  const { width, height, bytes } = pictures[0];
  assert.ok(bytes.byteLength <= 100_000, `${bytes.byteLength}`);
  assert.ok(width < 768 && Math.abs(width / height - 16 / 9) < 0.02);
  const qualities = browser.encoded
    .filter((each) => each.width === 768)
    .map((each) => each.quality);
  assert.deepEqual(qualities, [0.8, 0.65, 0.5, 0.35]);
});

test('a picture that cannot be made small enough is dropped and counted', async () => {
  const { browser, camera, pictures } = await opened();
  browser.bytesOf = () => 1e6;
  await browser.second();
  assert.deepEqual(pictures, []);
  assert.deepEqual(camera.counters, { sent: 0, skipped: 0, dropped: 1 });
});

test('one picture is made at a time, and none waits', async () => {
  const { browser, camera, pictures } = await opened();
  browser.slow = true;
  await browser.second();
  browser.seen = 10;
  await browser.second();
  await browser.second();
  assert.equal(browser.encoded.length, 1);
  browser.slow = false;
  browser.finish?.();
  await settle();
  await browser.second();
  assert.equal(pictures.length, 2);
  assert.deepEqual(camera.counters, { sent: 2, skipped: 0, dropped: 2 });
});

test('a picture that nobody took is dropped, and tried again', async () => {
  const { browser, camera } = await opened({ accepts: false });
  await browser.second();
  await browser.second();
  assert.deepEqual(camera.counters, { sent: 0, skipped: 0, dropped: 2 });
});

test("a picture that was being made when the camera closed is nobody's", async () => {
  const { browser, camera, pictures } = await opened();
  browser.slow = true;
  await browser.second();
  camera.close();
  browser.finish?.();
  await settle();
  assert.deepEqual(pictures, []);
  assert.equal(browser.streams[0].track.stopped, true);
  assert.equal(camera.stream, null);
});

test('a camera that goes away and a share that is ended say so, once', async () => {
  for (const [source, reason] of /** @type {const} */ ([
    ['camera', 'camera_lost'],
    ['screen', 'screen_share_ended'],
  ])) {
    const { browser, camera, ended, to } = await opened();
    await camera.open(source, to);
    const { track } = browser.streams[1];
    track.dispatchEvent(new Event('ended'));
    track.dispatchEvent(new Event('ended'));
    assert.deepEqual(ended, [reason]);
    assert.equal(camera.stream, null);
    assert.equal(browser.asked.at(-1), source);
  }
});

test('another source takes the place of the one before, whose device is let go', async () => {
  const { browser, camera, ended, to } = await opened();
  await camera.open('screen', to);
  assert.equal(browser.streams[0].track.stopped, true);
  browser.streams[0].track.dispatchEvent(new Event('ended'));
  assert.deepEqual(ended, []);
});

test('a device that comes after close() is let go at once', async () => {
  const browser = new FakeBrowser();
  const camera = new BrowserCamera(browser.means());
  const to = { picture: () => true, ended: () => {} };
  const opening = camera.open('camera', to);
  camera.close();
  assert.equal(await opening, false);
  assert.equal(browser.streams[0].track.stopped, true);
  assert.equal(browser.timers, 0);
});

test('a refusal has a code of its own for each source', async () => {
  for (const [name, source, code] of /** @type {const} */ ([
    ['NotAllowedError', 'camera', 'camera_refused'],
    ['NotAllowedError', 'screen', 'screen_refused'],
    ['NotFoundError', 'camera', 'camera_missing'],
    ['NotReadableError', 'camera', 'camera_in_use'],
    ['Odd', 'camera', 'camera_failed'],
  ])) {
    const browser = new FakeBrowser();
    browser.refusal = name;
    const camera = new BrowserCamera(browser.means());
    const to = { picture: () => true, ended: () => {} };
    await assert.rejects(camera.open(source, to), { code });
  }
  const camera = new BrowserCamera({ mediaDevices: undefined });
  const to = { picture: () => true, ended: () => {} };
  await assert.rejects(camera.open('screen', to), { code: 'screen_unsupported' });
});

// ------------------------------------------------------------------------- in a conversation

function talking() {
  const browser = new FakeBrowser();
  const camera = new BrowserCamera(browser.means());
  const world = page({ camera }, ['camera', 'picture']);
  world.client.start({ microphone: false });
  const gate = FakeSocket.last;
  gate.ready();
  return { ...world, browser, camera, gate };
}

test('pictures go to the gateway as it wants them, and are told with the counters', async () => {
  const { client, browser, gate, told } = talking();
  assert.equal(await client.startPictures('camera', { fps: 0.5 }), true);
  assert.equal(client.cameraState, 'on');
  await browser.second();
  const [image] = gate.said('image');
  assert.equal(image.mime_type, 'image/jpeg');
  const bytes = Buffer.from(image.data, 'base64');
  const counters = { sent: 1, skipped: 0, dropped: 0 };
  assert.deepEqual(told('picture'), [
    { width: 768, height: 432, bytes: bytes.length, ...counters },
  ]);
  client.stopPictures();
  assert.deepEqual(told('camera'), [
    { state: 'asking', source: 'camera' },
    { state: 'on', source: 'camera' },
    { state: 'off', source: 'camera' },
  ]);
});

test('a share that the person ends goes off with its reason', async () => {
  const { client, browser, told } = talking();
  await client.startPictures('screen');
  browser.streams[0].track.dispatchEvent(new Event('ended'));
  const off = { state: 'off', source: 'screen', reason: 'screen_share_ended' };
  assert.deepEqual(told('camera').at(-1), off);
});

test('a refusal is a problem, and the camera is off', async () => {
  const { client, browser, told, problems } = talking();
  browser.refusal = 'NotAllowedError';
  assert.equal(await client.startPictures('camera'), false);
  assert.deepEqual(problems(), ['camera_refused']);
  assert.equal(told('camera').at(-1).reason, 'camera_refused');
  assert.equal(client.state, 'ready');
});

test('speech that waits in the socket comes before a picture', async () => {
  const { client, browser, camera, gate } = talking();
  await client.startPictures('camera');
  /** @type {any} */ (gate).bufferedAmount = 20_000;
  await browser.second();
  assert.equal(gate.said('image').length, 0);
  /** @type {any} */ (gate).bufferedAmount = 0;
  await browser.second();
  assert.equal(gate.said('image').length, 1);
  assert.deepEqual(camera.counters, { sent: 1, skipped: 0, dropped: 1 });
});

test('the camera ends with the conversation, and begins in none', async () => {
  const { client, browser } = talking();
  await client.startPictures('camera');
  client.stop();
  assert.equal(client.cameraState, 'off');
  assert.equal(browser.streams[0].track.stopped, true);
  assert.equal(await client.startPictures('camera'), false);
  assert.equal(client.sendPicture({ mime_type: 'image/png', bytes: new Uint8Array(3) }), false);
});

test('a new session is shown the picture again though nothing changed', async () => {
  const { client, browser, gate, pass } = talking();
  await client.startPictures('camera');
  await browser.second();
  gate.drops();
  pass(500);
  FakeSocket.last.ready();
  await browser.second();
  assert.equal(FakeSocket.last.said('image').length, 1);
});
