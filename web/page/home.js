// @ts-check
// The state of the drawn home, the tools that change it, and their execution. Decides what a call
// means and refuses what it cannot mean, naming the argument; knows nothing of drawing.

/** @typedef {"living_room" | "kitchen" | "bedroom" | "hall"} Room */
/**
 * @typedef {{on: boolean, brightness: number}} Lamp brightness 0..100, kept while the lamp is off
 */
/** @typedef {{result: object} | {error: string}} ToolOutcome */

/** @type {readonly Room[]} */
export const ROOMS = Object.freeze(['living_room', 'kitchen', 'bedroom', 'hall']);
export const TEMPERATURE_MIN = 5;
export const TEMPERATURE_MAX = 30;

/** What is declared to the model: function declarations with OpenAPI parameters. */
export const TOOLS = Object.freeze([
  {
    name: 'set_light',
    description: 'Switches the light of one room on or off and sets how bright it is.',
    parameters: {
      type: 'object',
      properties: {
        room: { type: 'string', enum: [...ROOMS], description: 'Which room.' },
        on: { type: 'boolean', description: 'Whether the light is on.' },
        brightness: {
          type: 'integer',
          minimum: 0,
          maximum: 100,
          description: 'Percent; 0 is off. Dimmed is about 30.',
        },
      },
      required: ['room'],
    },
  },
  {
    name: 'set_thermostat',
    description: 'Sets the temperature the home is heated to.',
    parameters: {
      type: 'object',
      properties: {
        temperature: {
          type: 'number',
          minimum: TEMPERATURE_MIN,
          maximum: TEMPERATURE_MAX,
          description: 'Degrees Celsius.',
        },
      },
      required: ['temperature'],
    },
  },
]);

/**
 * @param {string} room
 * @returns {string} "living room"
 */
export function roomName(room) {
  return room.replaceAll('_', ' ');
}

/**
 * What a call did, for somebody who listens.
 * @param {string} name
 * @param {ToolOutcome} outcome
 * @returns {string} a sentence
 */
export function toolWords(name, outcome) {
  if ('error' in outcome) return `That did not work: ${outcome.error}.`;
  const done = /** @type {Record<string, any>} */ (outcome.result);
  if (name === 'set_thermostat') return `The heating is set to ${done.temperature} degrees.`;
  const lamp = `The ${roomName(done.room)} light is`;
  return done.on ? `${lamp} on at ${done.brightness} percent.` : `${lamp} off.`;
}

/** Fires "change" after every call that was carried out. */
export class Home extends EventTarget {
  constructor() {
    super();
    /** @type {Record<Room, Lamp>} */
    this.lamps = {
      living_room: { on: true, brightness: 100 },
      kitchen: { on: true, brightness: 70 },
      bedroom: { on: false, brightness: 60 },
      hall: { on: true, brightness: 50 },
    };
    this.temperature = 21;
  }

  /**
   * How much light a room has: 0 where the lamp is off.
   * @param {Room} room
   * @returns {number} 0..1
   */
  lightOf(room) {
    const lamp = this.lamps[room];
    return lamp.on ? lamp.brightness / 100 : 0;
  }

  /**
   * Carries out one tool call. Never throws: what cannot be carried out changes nothing and
   *   says why.
   * @param {string} name
   * @param {unknown} args
   * @returns {ToolOutcome}
   */
  execute(name, args) {
    if (name !== 'set_light' && name !== 'set_thermostat') {
      return { error: `this page has no tool called "${name}"` };
    }
    if (args === null || typeof args !== 'object' || Array.isArray(args)) {
      return { error: 'the arguments must be an object' };
    }
    // A null is an argument that was left out: some models fill in every name they know.
    const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
    const outcome = name === 'set_light' ? this.#setLight(given) : this.#setThermostat(given);
    if ('result' in outcome) this.dispatchEvent(new Event('change'));
    return outcome;
  }

  /**
   * @param {Record<string, unknown>} args
   * @returns {ToolOutcome}
   */
  #setLight({ room, on, brightness }) {
    const known = ROOMS.find((name) => name === room);
    if (known === undefined) return { error: `room must be one of ${ROOMS.join(', ')}` };
    if (on === undefined && brightness === undefined)
      return { error: 'on or brightness must be given' };
    if (on !== undefined && typeof on !== 'boolean') return { error: 'on must be true or false' };
    if (brightness !== undefined && !isWholeWithin(brightness, 0, 100)) {
      return { error: 'brightness must be a whole number from 0 to 100' };
    }
    const lamp = this.lamps[known];
    lamp.on = on ?? brightness !== 0;
    if (brightness === 0) lamp.on = false;
    else if (brightness !== undefined) lamp.brightness = brightness;
    return { result: { room: known, on: lamp.on, brightness: lamp.on ? lamp.brightness : 0 } };
  }

  /**
   * @param {Record<string, unknown>} args
   * @returns {ToolOutcome}
   */
  #setThermostat({ temperature }) {
    if (
      typeof temperature !== 'number' ||
      !(temperature >= TEMPERATURE_MIN && temperature <= TEMPERATURE_MAX)
    ) {
      return {
        error: `temperature must be a number from ${TEMPERATURE_MIN} to ${TEMPERATURE_MAX}`,
      };
    }
    this.temperature = Math.round(temperature * 10) / 10;
    return { result: { temperature: this.temperature, unit: 'celsius' } };
  }
}

/**
 * @param {unknown} value
 * @param {number} min
 * @param {number} max
 * @returns {value is number}
 */
function isWholeWithin(value, min, max) {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}
