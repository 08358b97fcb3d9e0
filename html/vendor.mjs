#!/usr/bin/env node
/*
 * Copies the libraries the pages load from node_modules to vendor/<name>-<version>.mjs, lists them in
 * vendor/vendor.json and writes the hash of the import map for the Content-Security-Policy to vendor/csp-hash.
 * Fails when index.html and package-lock.json name different versions: change both together.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const MODULES = [
  /* bare name,            package,                 file in the package,          name in vendor/ */
  ['preact',               'preact',                'dist/preact.mjs',            'preact'],
  ['preact/hooks',         'preact',                'hooks/dist/hooks.mjs',       'preact-hooks'],
  ['htm',                  'htm',                   'dist/htm.mjs',               'htm'],
  ['@preact/signals-core', '@preact/signals-core',  'dist/signals-core.mjs',      'preact-signals-core'],
  ['@preact/signals',      '@preact/signals',       'dist/signals.mjs',           'preact-signals'],
  ['dompurify',            'dompurify',             'dist/purify.es.mjs',         'dompurify'],
];

function fail(sentence) {
  console.error(`vendor: ${sentence}`);
  process.exit(1);
}

const page = readFileSync(join(here, 'index.html'), 'utf8');
const inline = page.match(/<script type="importmap">([\s\S]*?)<\/script>/);
if (!inline) fail('index.html has no inline import map.');
const map = JSON.parse(inline[1]).imports;
const lock = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')).packages;

const list = [];
for (const [bare, pkg, file, name] of MODULES) {
  const version = lock[`node_modules/${pkg}`]?.version;
  if (!version) fail(`package-lock.json does not have ${pkg}.`);
  const target = `${name}-${version}.mjs`;
  if (map[bare] !== `/vendor/${target}`) {
    fail(`index.html maps "${bare}" to ${map[bare] ?? 'nothing'}, but package-lock.json has ${pkg} ${version}: `
      + `write /vendor/${target} into the import map of index.html.`);
  }
  const dir = join(here, 'node_modules', pkg);
  let about;
  try {
    about = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  } catch {
    fail(`${pkg} is not installed: run npm ci in html/.`);
  }
  if (about.version !== version) {
    fail(`node_modules has ${pkg} ${about.version}, but package-lock.json has ${version}: run npm ci in html/.`);
  }
  const bytes = readFileSync(join(dir, file));
  list.push({ package: pkg, version, file: target, bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'), licence: about.license });
}
for (const bare of Object.keys(map)) {
  if (!MODULES.some((m) => m[0] === bare)) fail(`index.html maps "${bare}", which vendor.mjs does not copy.`);
}

mkdirSync(join(here, 'vendor'), { recursive: true });
for (const old of readdirSync(join(here, 'vendor'))) rmSync(join(here, 'vendor', old));
for (const { file, bytes } of list) writeFileSync(join(here, 'vendor', file), bytes);
const index = list.map(({ bytes, ...row }) => row);
writeFileSync(join(here, 'vendor', 'vendor.json'), JSON.stringify(index, null, 2) + '\n');
const hash = 'sha256-' + createHash('sha256').update(inline[1]).digest('base64');
writeFileSync(join(here, 'vendor', 'csp-hash'), hash + '\n');
