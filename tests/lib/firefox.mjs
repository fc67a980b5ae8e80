// Firefox for tests, driven over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/) on the one
// socket that Firefox opens itself: no driver program, no second package. Decides how Firefox is
// started (its own profile, fake devices, nothing asked, nothing fetched at home) and how one page
// is watched; leaves to the tests what the page must do.
//
// LIVEGATE_FIREFOX names the program, if it is not firefox-esr.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { require, within } from './livegate.mjs';

const WebSocket = require('ws');

/** A first start writes a profile of 10 MB; on a busy machine that takes its time. */
const START_TIME_MAX_MS = 60_000;
const ANSWER_TIME_MAX_MS = 60_000;
const POLL_EVERY_MS = 20;

/** What the fake microphone of Firefox plays. */
export const FAKE_TONE_HZ = 1000;

const PREFS = {
  // A tone for a microphone and a test picture for a camera, and nobody is asked.
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.navigator.audio.fake_frequency': FAKE_TONE_HZ,
  // A sound card of Firefox's own tests, in memory and at 44.1 kHz: where a machine has none at
  // all, as in CI, an AudioContext never leaves `suspended`.
  'media.cubeb.force_mock_context': true,
  // As for a person whose browser has never seen the page: sound needs a click.
  'media.autoplay.default': 1,
  'media.autoplay.blocking_policy': 0,
  // Nothing of Firefox's own: it would be traffic that is not the page's.
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.startup.page': 0,
  'browser.newtabpage.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.prefetch-next': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
  // A page in the background of a headless browser is not slowed down.
  'dom.min_background_timeout_value': 4,
};

/** @param {Record<string, string | number | boolean>} prefs */
function profileWith(prefs) {
  const folder = mkdtempSync(path.join(tmpdir(), 'livegate-firefox-'));
  const line = ([name, value]) =>
    `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`;
  writeFileSync(path.join(folder, 'user.js'), Object.entries(prefs).map(line).join(''));
  return folder;
}

/** One Firefox process and its BiDi session. */
export class Firefox {
  /** @param {Record<string, string | number | boolean>} [prefs] beside those above */
  static async launch(prefs = {}) {
    const profile = profileWith({ ...PREFS, ...prefs });
    const program = process.env.LIVEGATE_FIREFOX ?? 'firefox-esr';
    const args = ['--headless', '--no-remote', '--remote-debugging-port', '0'];
    const child = spawn(program, [...args, '--profile', profile], {
      // A home of its own: nothing of the person who runs the tests is read or written.
      env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const self = new Firefox(child, profile);
    try {
      await self.#connect();
    } catch (error) {
      await self.close();
      throw error;
    }
    return self;
  }

  constructor(child, profile) {
    Object.assign(this, { child, profile });
    this.exited = once(child, 'exit').catch(() => {});
    this.said = []; // by Firefox on its standard error, the newest lines
    this.number = 0;
    /** @type {Map<number, {resolve: Function, reject: Function, method: string}>} */
    this.open = new Map();
    this.listeners = [];
    process.once('exit', () => child.kill('SIGKILL'));
  }

  async #connect() {
    const address = new Promise((resolve, reject) => {
      createInterface({ input: this.child.stderr }).on('line', (line) => {
        this.said.push(line);
        if (this.said.length > 50) this.said.shift();
        const found = /WebDriver BiDi listening on (ws:\S+)/.exec(line);
        if (found) resolve(found[1]);
      });
      this.child.on('error', reject);
      this.exited.then(() => reject(new Error(`Firefox ended: ${this.said.join('\n')}`)));
    });
    const url = await within(address, 'Firefox to listen', START_TIME_MAX_MS);
    this.socket = new WebSocket(`${url}/session`, { perMessageDeflate: false });
    this.socket.on('message', (data) => this.#read(JSON.parse(data.toString())));
    this.socket.on('close', () => this.#lost());
    await within(once(this.socket, 'open'), 'the BiDi socket', START_TIME_MAX_MS);
    const { capabilities } = await this.send('session.new', { capabilities: {} });
    this.version = capabilities.browserVersion;
  }

  #read(message) {
    if (message.type === 'event') {
      for (const listener of this.listeners) listener(message.method, message.params);
      return;
    }
    const waiting = this.open.get(message.id);
    if (!waiting) return;
    this.open.delete(message.id);
    if (message.type === 'success') waiting.resolve(message.result);
    else waiting.reject(new Error(`${waiting.method}: ${message.error}: ${message.message}`));
  }

  #lost() {
    for (const { method, reject } of this.open.values())
      reject(new Error(`${method}: the connection to Firefox was lost`));
    this.open.clear();
  }

  /**
   * One BiDi command and its result.
   * @param {string} method
   * @param {object} [params]
   */
  send(method, params = {}, limitMs = ANSWER_TIME_MAX_MS) {
    const id = ++this.number;
    const answer = new Promise((resolve, reject) => {
      this.open.set(id, { resolve, reject, method });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
    return within(answer, `the answer to ${method}`, limitMs);
  }

  /** @param {(method: string, params: any) => void} listener */
  onEvent(listener) {
    this.listeners.push(listener);
  }

  /**
   * Ends the process, at once: nothing in its profile is to be saved, and its polite end takes many
   * seconds. Its other processes go with it.
   */
  async close() {
    this.child.kill('SIGKILL');
    await this.exited;
    this.socket?.terminate();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** One page in a Firefox, watched as PageUnderTest watches one in Chromium. */
export class FirefoxPage {
  /**
   * @param {Firefox} firefox
   * @param {string} address of the gateway, without a path
   * @param {{path?: string, before?: () => void, summary?: () => unknown}} [options] `before` runs
   *   in the page ahead of its own scripts; `summary` says what went on when a wait was in vain
   */
  static async open(firefox, address, { path: where = '/', before, summary } = {}) {
    const { context } = await firefox.send('browsingContext.create', { type: 'tab' });
    const self = new FirefoxPage(firefox, context, address, summary);
    await firefox.send('session.subscribe', {
      events: ['log.entryAdded', 'network.beforeRequestSent', 'network.fetchError'],
      contexts: [context],
    });
    if (before) {
      await firefox.send('script.addPreloadScript', {
        functionDeclaration: String(before),
        contexts: [context],
      });
    }
    await firefox.send('browsingContext.navigate', {
      context,
      url: `${address}${where}`,
      wait: 'complete',
    });
    return self;
  }

  constructor(firefox, context, address, summary = () => document.title) {
    Object.assign(this, { firefox, context, summary });
    this.requests = [];
    this.strangers = []; // requests outside the origin
    this.complaints = []; // of the console
    const socket = address.replace(/^http/, 'ws');
    const known = (url) =>
      [address, socket].some((origin) => url.startsWith(`${origin}/`)) ||
      /^(about|data):/.test(url);
    firefox.onEvent((method, params) => {
      if ((params.context ?? params.source?.context) !== context) return;
      if (method === 'network.beforeRequestSent') {
        const { url } = params.request;
        this.requests.push(url);
        if (!known(url)) this.strangers.push(url);
      }
      if (method === 'log.entryAdded' && ['error', 'warn'].includes(params.level))
        this.complaints.push(`${params.level}: ${params.text}`);
    });
  }

  /**
   * Runs a function in the page and brings back what it returns, as JSON carries it.
   * @param {(argument: any) => unknown} action may return a promise
   * @param {unknown} [argument] as JSON
   */
  async evaluate(action, argument = null, limitMs = ANSWER_TIME_MAX_MS) {
    const wrapped = `async (argument) =>
      JSON.stringify((await (${action})(JSON.parse(argument))) ?? null)`;
    const { type, result, exceptionDetails } = await this.firefox.send(
      'script.callFunction',
      {
        functionDeclaration: wrapped,
        arguments: [{ type: 'string', value: JSON.stringify(argument) }],
        target: { context: this.context },
        awaitPromise: true,
        userActivation: false,
      },
      limitMs,
    );
    if (type === 'exception') throw new Error(`in the page: ${exceptionDetails.text}`);
    return JSON.parse(result.value);
  }

  /**
   * Waits until `condition` is true in the page; brings back its value.
   * @param {(argument: any) => unknown} condition
   * @param {unknown} [argument] as JSON
   */
  async until(condition, argument = null, limitMs = 30_000) {
    const poll = `(argument) => new Promise((resolve) => {
      const until = performance.now() + ${limitMs};
      const look = () => {
        const value = (${condition})(argument);
        if (value || performance.now() > until) resolve(value || false);
        else setTimeout(look, ${POLL_EVERY_MS});
      };
      look();
    })`;
    const value = await this.evaluate(poll, argument, limitMs + ANSWER_TIME_MAX_MS);
    if (value) return value;
    const state = JSON.stringify(await this.evaluate(this.summary));
    const { complaints } = this;
    throw new Error(
      `${condition} did not come true in ${limitMs} ms; page: ${state}; console: ${complaints}`,
    );
  }

  /** A click as a person makes it: it counts as a gesture. @param {string} selector */
  async click(selector) {
    await this.#act([await this.#pointer(selector)]);
  }

  /**
   * Clicks into a field, types, presses Enter.
   * @param {string} selector
   * @param {string} text
   */
  async enter(selector, text) {
    const keys = [...text, '\uE007'].flatMap((value) => [
      { type: 'keyDown', value },
      { type: 'keyUp', value },
    ]);
    await this.click(selector);
    await this.#act([{ type: 'key', id: 'keyboard', actions: keys }]);
  }

  async #pointer(selector) {
    const { nodes } = await this.firefox.send('browsingContext.locateNodes', {
      context: this.context,
      locator: { type: 'css', value: selector },
      maxNodeCount: 1,
    });
    if (nodes.length === 0) throw new Error(`there is no ${selector}`);
    const element = { sharedId: nodes[0].sharedId };
    await this.evaluate(
      `(it) => document.querySelector(it).scrollIntoView({ block: 'center' })`,
      selector,
    );
    return {
      type: 'pointer',
      id: 'mouse',
      actions: [
        { type: 'pointerMove', x: 0, y: 0, origin: { type: 'element', element } },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ],
    };
  }

  async #act(actions) {
    const { context } = this;
    await this.firefox.send('input.performActions', { context, actions });
    await this.firefox.send('input.releaseActions', { context });
  }

  /** Closes the tab. */
  async close() {
    await this.firefox.send('browsingContext.close', { context: this.context });
  }
}
