// Puts the SDK that web/drop-in.html wants where the page can load it:
//
//   node scripts/drop_in_sdk.mjs FOLDER        then: livegate serve --web-dir FOLDER
//
// Writes FOLDER/vendor/genai.js, the browser build of the @google/genai that is installed where
// this is run (or, in this repository, in tests/node). That build imports one package by its bare
// name, which browsers resolve only through an import map, and a page without inline scripts has
// none; so that one name is replaced by the address of web/page/p_retry.js. Refuses a build that
// wants more: bundle that one with a tool of your choice.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const KNOWN = { 'p-retry': '../page/p_retry.js' };
const IMPORT = /^(\s*(?:import|export)\b[^'";]*?(?:\bfrom\s*)?)(['"])([^'"]+)\2/gm;

/**
 * The SDK's source with its bare imports resolved.
 * @param {string} source
 * @throws {Error} naming what cannot be resolved
 */
export function resolved(source) {
  const unknown = [];
  const text = source.replace(IMPORT, (whole, head, quote, name) => {
    if (/^[./]/.test(name)) return whole;
    if (!Object.hasOwn(KNOWN, name)) unknown.push(name);
    return `${head}${quote}${KNOWN[name]}${quote}`;
  });
  if (unknown.length > 0) throw new Error(`this build also imports ${unknown.join(', ')}`);
  return text;
}

function packageFolder() {
  for (const from of [
    path.join(process.cwd(), 'x'),
    new URL('../tests/node/x', import.meta.url),
  ]) {
    try {
      const main = createRequire(from).resolve('@google/genai');
      return main.slice(0, main.lastIndexOf(`${path.sep}dist${path.sep}`));
    } catch {
      continue; // not installed there
    }
  }
  throw new Error('@google/genai is not installed here: npm install @google/genai');
}

function main([folder, ...more]) {
  if (!folder || more.length > 0) throw new Error('usage: node scripts/drop_in_sdk.mjs FOLDER');
  const installed = packageFolder();
  const { version } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'));
  const source = readFileSync(path.join(installed, 'dist/web/index.mjs'), 'utf8');
  const target = path.join(folder, 'vendor/genai.js');
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, resolved(source.replace(/^\/\/# sourceMappingURL=.*$/m, '')));
  console.log(`${target}: @google/genai ${version}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
  }
}
