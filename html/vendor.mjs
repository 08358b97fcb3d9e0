#!/usr/bin/env node
/*
 * Makes vendor/<name>-<hash>.mjs of the libraries in node_modules, lists them in vendor/vendor.json and writes the hash of
 * the import map for the Content-Security-Policy to vendor/csp-hash.  What every page needs at once is one file: a package
 * stands in it as it was published, in a function of its own, with its imports and exports as that function's.  The name has
 * the file's hash, for it is kept by browsers for good.  Fails when index.html names another file: change it then.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/* name in vendor/: [bare name, package, file in the package]; a package after those it imports */
const FILES = {
  preact: [
    ['preact', 'preact', 'dist/preact.mjs'],
    ['preact/hooks', 'preact', 'hooks/dist/hooks.mjs'],
    ['htm', 'htm', 'dist/htm.mjs'],
    ['@preact/signals-core', '@preact/signals-core', 'dist/signals-core.mjs'],
    ['@preact/signals', '@preact/signals', 'dist/signals.mjs'],
  ],
  dompurify: [['dompurify', 'dompurify', 'dist/purify.min.js']],
};

function fail(sentence) {
  console.error(`vendor: ${sentence}`);
  process.exit(1);
}

const page = readFileSync(join(here, 'index.html'), 'utf8');
const inline = page.match(/<script type="importmap">([\s\S]*?)<\/script>/);
if (!inline) fail('index.html has no inline import map.');
const map = JSON.parse(inline[1]).imports;
const lock = JSON.parse(readFileSync(join(here, 'package-lock.json'), 'utf8')).packages;
const sha256 = (bytes, form) => createHash('sha256').update(bytes).digest(form);

/* { version, licence, text } of a package, which must be the one of package-lock.json. */
function read(pkg, file) {
  const version = lock[`node_modules/${pkg}`]?.version;
  if (!version) fail(`package-lock.json does not have ${pkg}.`);
  const dir = join(here, 'node_modules', pkg);
  let about;
  try {
    about = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  } catch {
    fail(`${pkg} is not installed: run npm ci in html/.`);
  }
  if (about.version !== version) fail(`node_modules has ${pkg} ${about.version}, but package-lock.json has ${version}: run npm ci in html/.`);
  return { version, licence: about.license, text: readFileSync(join(dir, file), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '').trim() };
}

const pairs = (list) => list.split(',').map((x) => x.trim().split(/\s+as\s+/)).map(([from, to = from]) => [from, to]);

/* [a function that runs the package and returns what it exports, the names of that]; modules of one line, as packages publish them. */
function wrapped(bare, text, known) {
  const names = [];
  const from = (other) => known.get(other) ?? fail(`${bare} imports ${other}, which does not stand before it.`);
  const body = text
    .replace(/\bimport\{([^}]*)\}from"([^"]+)";?/g, (_, list, other) => `const{${pairs(list).map((x) => x.join(':'))}}=${from(other)};`)
    .replace(/\bexport\{([^}]*)\}(?:from"([^"]+)")?;?/g, (_, list, other) => {
      names.push(...pairs(list).map((x) => x[1]));
      return `Object.assign($,{${pairs(list).map(([mine, theirs]) => `${theirs}:${other ? `${from(other)}.` : ''}${mine}`)}});`;
    })
    .replace(/\bexport default\b/, () => { names.push('default'); return '$.default='; });
  if (/(?:^|[;}\s])(?:import|export)[\s{*"(]/.test(body)) fail(`${bare} imports or exports in a way that is not known here.`);
  return [`(($)=>{${body}\nreturn $})({})`, names];
}

/* Several packages as one module. */
function joined(packages) {
  const known = new Map(), seen = new Set(), out = [];
  for (const { bare, pkg, version, licence, text } of packages) {
    const [run, names] = wrapped(bare, text, known);
    known.set(bare, `p${known.size}`);
    const fresh = names.filter((x) => !seen.has(x));
    fresh.forEach((x) => seen.add(x));
    out.push(`/* ${pkg} ${version}, ${licence} */\nconst ${known.get(bare)}=${run};`);
    const named = fresh.filter((x) => x !== 'default');
    if (named.length) out.push(`export const{${named}}=${known.get(bare)};`);
    if (fresh.includes('default')) out.push(`export default ${known.get(bare)}.default;`);
  }
  return `${out.join('\n')}\n`;
}

/* A package for node and pages of old: it finds a place for what it exports. */
const modern = ({ text }) => `const module={exports:{}},exports=module.exports;\n${text}\nexport default module.exports;\n`;

const list = [];
for (const [name, parts] of Object.entries(FILES)) {
  const packages = parts.map(([bare, pkg, file]) => ({ bare, pkg, ...read(pkg, file) }));
  const bytes = parts.every(([, , file]) => file.endsWith('.mjs')) ? joined(packages) : modern(packages[0]);
  const file = `${name}-${sha256(bytes, 'hex').slice(0, 12)}.mjs`;
  for (const { bare } of packages) {
    if (map[bare] && map[bare] !== `/vendor/${file}`) fail(`index.html maps "${bare}" to ${map[bare]}: write /vendor/${file} there, wherever it is named.`);
  }
  list.push({ file, bytes, sha256: sha256(bytes, 'hex'), packages: packages.map(({ bare, pkg, version, licence }) => ({ name: bare, package: pkg, version, licence })) });
}
for (const bare of Object.keys(map)) {
  if (!list.some((x) => x.packages.some((p) => p.name === bare))) fail(`index.html maps "${bare}", which vendor.mjs does not make.`);
}

mkdirSync(join(here, 'vendor'), { recursive: true });
for (const old of readdirSync(join(here, 'vendor'))) rmSync(join(here, 'vendor', old));
for (const { file, bytes } of list) writeFileSync(join(here, 'vendor', file), bytes);
const index = list.map(({ bytes, ...row }) => row);
writeFileSync(join(here, 'vendor', 'vendor.json'), JSON.stringify(index, null, 2) + '\n');
const hash = 'sha256-' + sha256(inline[1], 'base64');
writeFileSync(join(here, 'vendor', 'csp-hash'), hash + '\n');
