/* Catalogs, styles and page: what can be checked without a browser.  TAP.  node t/ui/i18n.mjs */
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const html = join(root, 'html');
const LANGUAGES = ['en', 'lt', 'sv', 'fa', 'vi', 'es'];
const MOST_LINES = 350;          /* a module is a request: small things that belong together share one */
const OF_SERVER = /^(form|page|portal)\./;

let n = 0, failed = 0;
function ok(good, name, details = []) {
  n++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${name}`);
  if (!good) for (const d of details.slice(0, 20)) console.log(`#   ${d}`);
}
const none = (list, name) => ok(list.length === 0, name, list);

function files(dir, ends) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(dir, e.name), ends)
    : e.name.endsWith(ends) ? [join(dir, e.name)] : []));
}
const short = (file) => file.slice(root.length + 1);
const read = (file) => readFileSync(file, 'utf8');

/* ---- catalogs ---- */

const catalogs = Object.fromEntries(LANGUAGES.map((l) => [l, JSON.parse(read(join(html, 'i18n', `${l}.json`)))]));
const en = catalogs.en;
const holes = (text) => [...new Set([...String(text).matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort().join(' ');
const whole = (v) => (typeof v === 'object' ? v.other : v);

for (const l of LANGUAGES) {
  const c = catalogs[l];
  none([...Object.keys(en).filter((k) => !(k in c)).map((k) => `missing ${k}`), ...Object.keys(c).filter((k) => !(k in en)).map((k) => `only here ${k}`)],
    `${l}: the keys of English`);
  none(Object.keys(c).filter((k) => k in en && holes(whole(c[k])) !== holes(whole(en[k]))), `${l}: the placeholders of English`);
  const wanted = new Intl.PluralRules(l).resolvedOptions().pluralCategories.slice().sort().join(' ');
  none(Object.keys(c).filter((k) => (typeof c[k] === 'object') !== (typeof en[k] === 'object')
    || (typeof c[k] === 'object' && Object.keys(c[k]).sort().join(' ') !== wanted)), `${l}: plurals have ${wanted}`);
  none(Object.entries(c).filter(([, v]) => Object.values(typeof v === 'object' ? v : { v }).some((s) => typeof s !== 'string' || !s.trim())).map(([k]) => k),
    `${l}: no empty text`);
}

/* ---- use ---- */

const app = files(join(html, 'app'), '.js');
const source = app.map(read).join('\n');
const literals = new Set([...source.matchAll(/'([a-z]\w*(?:\.\w+)+)'/g)].map((m) => m[1]));
const asked = new Set([...source.matchAll(/\bt\('([^']+)'/g)].map((m) => m[1]));
none([...asked].filter((k) => !(k in en)), 'every key asked for in html/app exists');
none([...source.matchAll(/(?:label|empty|one|many|add): '([a-z]+\.\w+)'/g)].map((m) => m[1]).filter((k) => !(k in en)), 'every key named in a table exists');
none(Object.keys(en).filter((k) => !OF_SERVER.test(k) && !literals.has(k)), 'every key is used in html/app');

const pages = ['page', 'door', 'desk'].flatMap((room) => files(join(root, 'src', room), '.c')).map(read).join('\n');
if (pages) {
  const named = new Set([...pages.matchAll(/(?<!\.op = )"((?:form|page|portal)\.[a-z0-9_.]+)"/g)].map((m) => m[1]));
  const starts = [...pages.matchAll(/"((?:form|page|portal)\.[a-z_.]*\.)"/g)].map((m) => m[1]);
  none([...named].filter((k) => !k.endsWith('.') && !(k in en)), 'every key asked for in src/page exists');
  none(Object.keys(en).filter((k) => OF_SERVER.test(k) && !named.has(k) && !starts.some((s) => k.startsWith(s))), 'every form. and page. key is used in src/page');
} else {
  ok(true, 'every key asked for in src/page exists # SKIP no page source');
  ok(true, 'every form. and page. key is used in src/page # SKIP no page source');
}

/* ---- styles, page, modules ---- */

const PHYSICAL = /(?:^|[\s;{(])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)|left|right|top|bottom|width|height|(?:min|max)-(?:width|height))\s*:|(?:float|clear|text-align|caption-side)\s*:\s*(?:left|right)/;
none(files(join(html, 'css'), '.css').flatMap((f) => read(f).split('\n')
  .map((line, i) => (PHYSICAL.test(line.replace(/@media[^{]*\{?/, '')) ? `${short(f)}:${i + 1}: ${line.trim().slice(0, 90)}` : null)).filter(Boolean)),
  'styles use logical properties only');
const markup = [...files(html, '.html').filter((f) => !f.includes('node_modules')), ...app];
none(markup.filter((f) => /\sstyle=["'$]|<style[\s>]/.test(read(f))).map(short), 'no inline styles');
none(files(html, '.html').filter((f) => !f.includes('node_modules') && /\son\w+=/i.test(read(f))).map(short), 'no inline handlers');
none(app.filter((f) => /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(/.test(read(f))).map(short), 'no markup made from text');
none(app.filter((f) => /\bfetch\(/.test(read(f)) && !f.endsWith('/api.js')).map(short), 'only api.js fetches');
none(app.filter((f) => /new EventSource/.test(read(f)) && !f.endsWith('/api.js')).map(short), 'only api.js reads events');
const lines = (f) => read(f).split('\n').length - 1;
none(app.filter((f) => lines(f) > MOST_LINES).map((f) => `${short(f)}: ${lines(f)} lines`), `a module has at most ${MOST_LINES} lines`);
none(app.flatMap((f) => [...read(f).matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map((m) => join(dirname(f), m[1])).filter((x) => !existsSync(x)).map((x) => `${short(f)}: ${short(x)}`)),
  'every imported module exists');

const page = read(join(html, 'index.html'));
const inline = page.match(/<script type="importmap">([\s\S]*?)<\/script>/)[1];
const map = JSON.parse(inline).imports;
const lock = JSON.parse(read(join(html, 'package-lock.json'))).packages;
none(Object.entries(map).filter(([bare, file]) => {
  const name = bare === 'preact/hooks' ? 'preact' : bare;
  return !file.endsWith(`-${lock[`node_modules/${name}`]?.version}.mjs`);
}).map(([bare, file]) => `${bare} is ${file}`), 'the import map has the versions of package-lock.json');
none([...page.matchAll(/(?:href|src)="\/vendor\/([^"]+)"/g)].map((m) => `/vendor/${m[1]}`).filter((f) => !Object.values(map).includes(f)), 'preloaded libraries are those of the import map');
const needed = new Set();
(function visit(file) {
  if (needed.has(file)) return;
  needed.add(file);
  for (const m of read(join(html, file)).matchAll(/(?:^|;)\s*(?:import|export)\b[^;(]*?\bfrom\s*["']([^"']+)["']/gm)) visit(map[m[1]] ?? join(dirname(file), m[1]));
}('/app/main.js'));
const preloaded = [...page.matchAll(/<link rel="modulepreload" href="([^"]+)"/g)].map((m) => m[1]);
none([...needed].filter((f) => f !== '/app/main.js' && !preloaded.includes(f)).map((f) => `not preloaded: ${f}`).concat(preloaded.filter((f) => !needed.has(f)).map((f) => `preloaded for nothing: ${f}`)),
  'index.html preloads what main.js needs, and nothing else');
none([...page.matchAll(/<script(?![^>]*\bsrc=)(?![^>]*type="importmap")[^>]*>/g)].map((m) => m[0]), 'no inline script but the import map');
const hashFile = join(html, 'vendor', 'csp-hash');
ok(existsSync(hashFile) && read(hashFile).trim() === 'sha256-' + createHash('sha256').update(inline).digest('base64'), 'vendor/csp-hash is the hash of the import map');
none(Object.values(lock).filter((p) => p.resolved).map((p) => p.resolved), 'the lock file names no registry');

console.log(`1..${n}`);
process.exitCode = failed ? 1 : 0;
