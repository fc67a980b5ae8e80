// The client library as a package: its types are made, a page of somebody else's is checked
// against them, and what would be published is exactly what is needed. Works on a copy, so that
// nothing is made in the tree.

import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '../..');
const TSC = path.join(root, 'tests/node/node_modules/typescript/bin/tsc');

let folder = '';
let library = '';

/** Runs the pinned compiler. */
async function tsc(...args) {
  try {
    await run(process.execPath, [TSC, ...args], { cwd: folder });
  } catch (error) {
    assert.fail(error.stdout || error.message);
  }
}

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'livegate-package-'));
  // As deep as in the repository, for tsconfig.json and package.json name their neighbours.
  library = path.join(folder, 'web/lib');
  await mkdir(path.join(folder, 'web/test'), { recursive: true });
  await cp(path.join(root, 'web/lib'), library, {
    recursive: true,
    filter: (file) => !/\/lib\/(types|LICENSE|.*\.tgz)$/.test(file),
  });
  const globals = 'web/test/worklet_globals.d.ts';
  await cp(path.join(root, globals), path.join(folder, globals));
  await cp(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
  await mkdir(path.join(folder, 'tests/node'), { recursive: true });
  const modules = 'tests/node/node_modules';
  await symlink(path.join(root, modules), path.join(folder, modules));
});
after(() => rm(folder, { recursive: true, force: true }));

const manifest = async () =>
  JSON.parse(await readFile(path.join(library, 'package.json'), 'utf8'));

test('the package has a licence, no dependencies, and runs nothing when installed', async () => {
  const { license, type, dependencies, peerDependencies, scripts, version } = await manifest();
  assert.equal(license, 'Apache-2.0');
  assert.equal(type, 'module');
  assert.deepEqual([dependencies, peerDependencies], [undefined, undefined]);
  assert.deepEqual(
    Object.keys(scripts).filter((name) => /install/.test(name)),
    [],
  );
  const project = await readFile(path.join(root, 'CMakeLists.txt'), 'utf8');
  assert.equal(version, /project\(livegate VERSION (\S+)/.exec(project)?.[1]);
});

test('npm pack makes the types and lists what is needed, and nothing else', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--silent', '--offline'], {
    cwd: library,
    env: { ...process.env, npm_config_update_notifier: 'false' },
  });
  const [{ files }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  const listed = files.map((file) => file.path).sort();
  const sources = (await readdir(library)).filter((name) => name.endsWith('.js'));
  const worklets = (await readdir(path.join(library, 'worklets'))).map(
    (name) => `worklets/${name}`,
  );
  const types = listed.filter((name) => name.startsWith('types/'));
  const texts = ['LICENSE', 'CHANGELOG.md', 'README.md', 'package.json'];
  const wanted = [...sources, ...worklets, ...types, ...texts];
  assert.deepEqual(listed, wanted.sort());
  assert.ok(types.includes('types/index.d.ts'));
  for (const name of types) {
    const source = name.replace('types/', '').replace('.d.ts', '.js');
    assert.ok([...sources, ...worklets].includes(source), name);
  }
});

test("a page of somebody else's is checked against the types, and its mistakes found", async () => {
  await tsc('-p', path.join(library, 'tsconfig.json'));
  const modules = path.join(folder, 'node_modules');
  await mkdir(modules, { recursive: true });
  await symlink(library, path.join(modules, 'livegate-client'));
  for (const file of ['consumer.ts', 'tsconfig.json'])
    await cp(path.join(here, file), path.join(folder, file));
  await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  await tsc('-p', folder);
});

test('every module the package offers can be loaded where there is no browser', async () => {
  const { exports } = await manifest();
  const entry = await import(pathToFileURL(path.join(library, exports['.'].default)).href);
  assert.equal(new entry.LivegateClient({ url: 'ws://gate.invalid/v1/live' }).state, 'idle');
  for (const address of Object.values(exports).filter((value) => typeof value === 'string'))
    await readFile(path.join(library, address));
});

test('no link of the package leads out of it', async () => {
  for (const name of ['README.md', 'CHANGELOG.md']) {
    const text = await readFile(path.join(library, name), 'utf8');
    assert.doesNotMatch(text, /\]\(\.\.\//, name);
  }
});

test('the program in the README is made of names that the package offers', async () => {
  const readme = await readFile(path.join(library, 'README.md'), 'utf8');
  const offered = await import(pathToFileURL(path.join(library, 'index.js')).href);
  const [, names] = /import \{([^}]*)\} from '[^']*livegate-client[^']*'/.exec(readme) ?? [];
  assert.ok(names, 'the README shows how it is imported');
  for (const name of names.split(',').map((each) => each.trim())) assert.ok(name in offered, name);
  const { LivegateClient, CLIENT_EVENTS } = offered;
  for (const [, method] of readme.matchAll(/^\| `(\w+)\(/gm))
    assert.equal(typeof LivegateClient.prototype[method], 'function', method);
  for (const event of CLIENT_EVENTS) assert.match(readme, new RegExp(`\`${event}\``), event);
});
