// @ts-check
// Which microphone is used, and what the browser does to its sound. Decides what is offered and
// said; opening devices is lib/microphone.js's, and a refusal is explained where every problem is.

import { byId, element, setText } from './dom.js';

/** @typedef {{deviceId: string, label: string}} Device */
/**
 * @typedef {object} Settings
 * @property {string} deviceId empty: the system's own choice
 * @property {boolean} echoCancellation
 * @property {boolean} noiseSuppression
 * @property {boolean} autoGainControl
 */

const NO_NAMES = 'The browser tells the names once you have allowed the microphone.';
const NO_ECHO_CANCELLATION =
  'Without echo cancellation use headphones, or the reply may interrupt itself.';

export class DevicesView {
  /**
   * @param {object} client
   * @param {() => Promise<Device[]>} client.microphones
   * @param {(settings: Settings) => Promise<unknown>} client.configureMicrophone
   * @param {{settings: Settings}} microphone what is in use
   */
  constructor(client, microphone) {
    this.client = client;
    this.microphone = microphone;
    this.panel = byId('devices');
    this.select = byId('device');
    byId('devices-toggle').addEventListener('click', () => this.toggle());
    this.panel.addEventListener('submit', (/** @type {Event} */ event) => event.preventDefault());
    this.panel.addEventListener('change', () => this.#apply());
    this.panel.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation(); // elsewhere it stops the reply
      this.toggle(false);
      byId('devices-toggle').focus();
    });
    navigator.mediaDevices?.addEventListener('devicechange', () => this.refresh());
  }

  toggle(open = this.panel.hidden) {
    this.panel.hidden = !open;
    byId('devices-toggle').setAttribute('aria-expanded', String(open));
    if (open) this.refresh();
  }

  /** Names come with permission, and devices come and go. */
  async refresh() {
    if (this.panel.hidden) return;
    const devices = await this.client.microphones().catch(() => []);
    const chosen = this.select.value;
    const named = devices.filter(({ deviceId, label }) => label !== '' && deviceId !== 'default');
    const options = named.map(({ deviceId, label }) => {
      const option = /** @type {HTMLOptionElement} */ (element('option', '', label));
      option.value = deviceId;
      return option;
    });
    this.select.replaceChildren(this.select.options[0], ...options);
    const there = named.some(({ deviceId }) => deviceId === chosen);
    this.select.value = there ? chosen : '';
    if (chosen !== '' && !there) this.#apply(); // unplugged: back to the system's choice
    this.#note(named.length === 0);
  }

  /** @returns {Settings} */
  get settings() {
    return {
      deviceId: this.select.value,
      echoCancellation: byId('echo-cancellation').checked,
      noiseSuppression: byId('noise-suppression').checked,
      autoGainControl: byId('auto-gain').checked,
    };
  }

  /** Where that cannot be done, what was in use stays, and is shown again. */
  async #apply() {
    await this.client.configureMicrophone(this.settings);
    const { deviceId, echoCancellation, noiseSuppression, autoGainControl } =
      this.microphone.settings;
    this.select.value = deviceId;
    byId('echo-cancellation').checked = echoCancellation;
    byId('noise-suppression').checked = noiseSuppression;
    byId('auto-gain').checked = autoGainControl;
    this.#note(this.select.options.length < 2);
  }

  /** @param {boolean} nameless */
  #note(nameless) {
    const { echoCancellation } = this.settings;
    setText(
      byId('device-note'),
      echoCancellation ? (nameless ? NO_NAMES : '') : NO_ECHO_CANCELLATION,
    );
  }
}
