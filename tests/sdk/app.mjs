// A voice app in a process of its own, in whatever language: README.md has what it reads and says.
// Decides how a test speaks to it and waits for it; what it must do is the story's business.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { within } from '../lib/livegate.mjs';
import { Waiting } from '../lib/waiting.mjs';

/** Nothing takes this long, even where the recogniser shares a processor with a compiler. */
const HUNG_MS = 60_000;
/** What it says on its standard error ends up here: it may hold what was spoken, so no test log. */
const OUTPUT = path.join(tmpdir(), 'livegate-sdk-apps');

export class App extends Waiting {
  /** @type {{event: string, text?: string, bytes?: number, id?: string, name?: string}[]} */
  events = [];
  #stderr = '';

  /**
   * @param {string} name of the app
   * @param {{command: string[], env?: NodeJS.ProcessEnv}} how it is started
   */
  constructor(name, { command, env = {} }) {
    super();
    mkdirSync(OUTPUT, { recursive: true });
    const [program, ...args] = command;
    this.child = spawn(program, args, { env: { ...process.env, ...env } });
    this.child.stderr.pipe(createWriteStream(path.join(OUTPUT, `${name}.log`)));
    this.child.stderr.on('data', (data) => (this.#stderr = `${this.#stderr}${data}`.slice(-4000)));
    this.child.stdin.on('error', () => {}); // it has ended; that is told below
    createInterface({ input: this.child.stdout }).on('line', (line) => this.#take(line));
    this.exited = once(this.child, 'close').then(
      ([code]) => code,
      (error) => {
        this.#stderr += error;
        return null;
      },
    );
    this.exited.then(() => (this.ended = true)).then(() => this.settle());
    process.once('exit', () => this.child.kill('SIGKILL'));
  }

  // Some libraries print on standard output too.
  #take(line) {
    if (!line.startsWith('{"')) return;
    this.events.push(JSON.parse(line));
    this.settle();
  }

  /** @param {string} command @param {object} [fields] */
  tell(command, fields = {}) {
    this.child.stdin.write(`${JSON.stringify({ do: command, ...fields })}\n`);
  }

  /** The first `event` from number `from` on. */
  async event(event, from = 0) {
    const find = () => this.events.slice(from).find((each) => each.event === event);
    const found = await within(
      this.found(() => find() ?? this.ended),
      `${event}; had ${this.had()}`,
      HUNG_MS,
    ).catch((error) => {
      throw new Error(`${error.message}; since then ${this.had()}\n${this.#stderr}`);
    });
    if (found === true) throw new Error(`the app ended before ${event}: ${this.#stderr}`);
    return found;
  }

  /** @param {string} event @param {number} [from] */
  all(event, from = 0) {
    return this.events.slice(from).filter((each) => each.event === event);
  }

  /** What was said by one side. @param {'heard' | 'said'} event @param {number} [from] */
  words(event, from = 0) {
    return this.all(event, from)
      .map((each) => each.text)
      .join('')
      .trim();
  }

  audioBytes(from = 0) {
    return this.all('audio', from).reduce((sum, each) => sum + each.bytes, 0);
  }

  had() {
    const kinds = this.events.map((each) => each.event);
    return kinds.filter((each, i) => each !== kinds[i - 1]).join(' ') || 'nothing';
  }

  /** No more commands: it ends. */
  async end() {
    this.child.stdin.end();
    return within(this.exited, 'the app to end');
  }
}
