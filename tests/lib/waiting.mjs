// Something that tests wait on: what they look for is looked for again whenever something happened.
//
// Decides when to look and how long at most, and that the error tells what was there instead. What
// there is, and when it changes, is left to whoever extends it.

import { within } from './livegate.mjs';

export class Waiting {
  #waits = new Set();

  /** Something has happened. */
  settle() {
    for (const wait of this.#waits) {
      const found = wait.find();
      if (!found) continue;
      this.#waits.delete(wait);
      wait.resolve(found);
    }
  }

  /** Resolves with the first truthy value of `find`, however late. */
  found(find) {
    return new Promise((resolve) => {
      this.#waits.add({ find, resolve });
      this.settle();
    });
  }

  /** The same within a limit; `what` it is, for the error. */
  until(find, what) {
    return within(this.found(find), what).catch((error) => {
      throw new Error(`${error.message}; had ${this.had()}`);
    });
  }

  /** What has happened so far, in a line: for the error. */
  had() {
    return 'nothing to tell of';
  }
}
