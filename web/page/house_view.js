// @ts-check
// The drawn house: shows what home.js holds. Decides only how bright a lamp looks.

import { TEMPERATURE_MAX, TEMPERATURE_MIN } from './home.js';
import { byId, setText } from './dom.js';

/** Eyes, too, see half the light as more than half. */
const SEEN_EXPONENT = 0.6;

/** @param {import("./home.js").Home} home */
export function drawHome(home) {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll('[data-room]')
  )) {
    const light = home.lightOf(/** @type {import("./home.js").Room} */ (part.dataset.room));
    part.style.setProperty('--light', String(light));
    part.style.setProperty('--seen', (light ** SEEN_EXPONENT).toFixed(3));
    const state = part.querySelector('.state');
    if (state) setText(state, light > 0 ? `${Math.round(light * 100)} %` : 'off');
  }
  const heat = (home.temperature - TEMPERATURE_MIN) / (TEMPERATURE_MAX - TEMPERATURE_MIN);
  byId('thermostat').style.setProperty('--heat', heat.toFixed(3));
  setText(byId('degrees'), String(home.temperature));
}
