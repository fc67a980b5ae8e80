// What the compiler and the linker were asked for stands in the program that users run.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { before, describe, test } from 'node:test';

const RELEASE = fileURLToPath(new URL('../../build/release/livegate', import.meta.url));

/** What readelf says of the release. */
function readelf(...what) {
  return execFileSync('readelf', ['--wide', ...what, RELEASE], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
}

describe('the release', () => {
  before(() => assert.ok(existsSync(RELEASE), `${RELEASE}: build the preset release first`));

  test('is loaded at a random address', () => {
    assert.match(readelf('--file-header'), /Type:\s+DYN \(Position-Independent Executable file\)/);
  });

  test('binds everything at its start, and writes its tables no more', () => {
    assert.match(readelf('--dynamic'), /\(FLAGS\)\s+BIND_NOW/);
    assert.match(readelf('--program-headers'), /GNU_RELRO/);
  });

  test('has no memory that is both written and run', () => {
    const headers = readelf('--program-headers').split('\n');
    assert.match(headers.find((line) => line.includes('GNU_STACK')), / RW /);
    assert.deepEqual(headers.filter((line) => /LOAD.* RWE /.test(line)), []);
  });

  test('checks its stack and its copies', () => {
    const symbols = readelf('--dyn-syms');
    assert.match(symbols, /__stack_chk_fail/);
    assert.match(symbols, /__memcpy_chk|__memmove_chk|__memset_chk|__read_chk/);
  });

  test('marks the targets of its jumps', () => {
    // endbr64, f3 0f 1e fa, where functions begin; other processors have no such mark.
    if (process.arch !== 'x64') return;
    const main = readelf('--syms').match(/: ([0-9a-f]+) .* FUNC .* main$/m);
    assert.ok(main, 'the program has a symbol main');
    const at = Number.parseInt(main[1], 16);
    const dump = execFileSync(
      'objdump',
      ['-d', `--start-address=${at}`, `--stop-address=${at + 4}`, RELEASE],
      { encoding: 'utf8' },
    );
    assert.match(dump, /endbr64/);
  });
});
