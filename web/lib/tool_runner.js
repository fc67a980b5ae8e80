// @ts-check
// Sees to it that every tool call is answered exactly once: not twice when it is repeated, not
// after it was cancelled, not in another session than the one that asked. Decides nothing about
// what a call means.

/** @typedef {{result: any} | {error: string}} Outcome */

export class ToolRunner {
  /** @param {(name: string, args: object) => Outcome | Promise<Outcome>} run */
  constructor(run) {
    this.run = run;
    /** @type {Set<string>} calls that wait for their answer */
    this.open = new Set();
    this.session = 0;
  }

  /** The session is gone; so is whoever waited for an answer. */
  closeAll() {
    this.open.clear();
    this.session++;
  }

  /** @param {string} id */
  cancel(id) {
    this.open.delete(id);
  }

  /**
   * Runs one call. A tool that throws is answered with its error.
   * @param {string} id
   * @param {string} name
   * @param {object} args
   * @returns {Promise<{outcome: Outcome, wanted: boolean} | null>} null: it is running already;
   *   `wanted`: somebody still waits for the answer
   */
  async take(id, name, args) {
    if (this.open.has(id)) return null;
    this.open.add(id);
    const { session } = this;
    let outcome;
    try {
      outcome = await this.run(name, args);
    } catch (error) {
      outcome = { error: String(/** @type {Error} */ (error).message) };
    }
    const wanted = session === this.session && this.open.delete(id);
    return { outcome, wanted };
  }
}
