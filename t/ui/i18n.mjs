/* Catalogs, styles and page: what can be checked without a browser.  TAP.  node t/ui/i18n.mjs */
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHash } from 'node:crypto';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const html = join(root, 'html');
const LANGUAGES = ['en', 'lt', 'sv', 'fa', 'vi', 'es'];
const MOST_LINES = 350;          /* a module is a request: small things that belong together share one */

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

const catalog = (...path) => JSON.parse(read(join(html, 'i18n', ...path)));
const OF_SERVER = Object.keys(catalog('server', 'en.json'));          /* what browsers are not sent */
const catalogs = Object.fromEntries(LANGUAGES.map((l) => [l, { ...catalog(`${l}.json`), ...catalog('server', `${l}.json`) }]));
const en = catalogs.en;
const holes = (text) => [...new Set([...String(text).matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].sort().join(' ');
const whole = (v) => (typeof v === 'object' ? v.other : v);

for (const l of LANGUAGES) {
  const c = catalogs[l];
  none([...Object.keys(en).filter((k) => !(k in c)).map((k) => `missing ${k}`), ...Object.keys(c).filter((k) => !(k in en)).map((k) => `only here ${k}`)],
    `${l}: the keys of English`);
  /* One, two or few may be words, so a category may do without the number; no other hole may be missing. */
  const odd = (text, k) => ![holes(whole(en[k])), holes(whole(en[k]).replace(/\{(?:n|count)\}/g, ''))].includes(holes(text));
  none(Object.keys(c).filter((k) => k in en && (holes(whole(c[k])) !== holes(whole(en[k])) || (typeof c[k] === 'object' && Object.values(c[k]).some((text) => odd(text, k))))),
    `${l}: the placeholders of English`);
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
const sent = catalog('en.json');
none([...asked].filter((k) => !(k in sent)), 'every key asked for in html/app exists');
none(OF_SERVER.filter((k) => k in sent || literals.has(k)), 'what browsers are not sent is not asked for in html/app');
none([...source.matchAll(/(?:label|empty|one|many|add): '([a-z]+\.\w+)'/g)].map((m) => m[1]).filter((k) => !(k in sent)), 'every key named in a table exists');
none(Object.keys(sent).filter((k) => !literals.has(k)), 'every key is used in html/app');

const pages = ['page', 'door', 'desk'].flatMap((room) => files(join(root, 'src', room), '.c')).map(read).join('\n');
if (pages) {
  const named = new Set([...pages.matchAll(/(?<!\.op = )"((?:form|page|portal)\.[a-z0-9_.]+)"/g)].map((m) => m[1]));
  const starts = [...pages.matchAll(/"((?:form|page|portal)\.[a-z_.]*\.)"/g)].map((m) => m[1]);
  none([...named].filter((k) => !k.endsWith('.') && !(k in en)), 'every key asked for in src/page exists');
  none(OF_SERVER.filter((k) => !named.has(k) && !starts.some((s) => k.startsWith(s))), 'every form. and page. key is used in src/page');
} else {
  ok(true, 'every key asked for in src/page exists # SKIP no page source');
  ok(true, 'every form. and page. key is used in src/page # SKIP no page source');
}

/* ---- texts that stand in no catalog ---- */

/* The html`` templates of a module, each with a NUL in the place of what is put in. */
function templates(text) {
  const found = [], open = [];          /* { at: a template's own text, or null in code; depth of braces } */
  for (let i = 0; i < text.length; i++) {
    const top = open.at(-1);
    if (top?.text !== undefined) {
      if (text[i] === '\\') top.text += text.slice(i, ++i + 1);
      else if (text[i] === '`') { open.pop(); if (top.html) found.push(top.text); }
      else if (text.startsWith('${', i)) { top.text += '\0'; open.push({ braces: 1 }); i++; }
      else top.text += text[i];
    } else if (text.startsWith('/*', i)) {
      i = text.indexOf('*/', i) + 1;
    } else if (text[i] === "'" || text[i] === '"') {
      for (const quote = text[i++]; text[i] !== quote && text[i] !== '\n'; i++) if (text[i] === '\\') i++;
    } else if (text[i] === '`') {
      open.push({ text: '', html: text.slice(i - 4, i) === 'html' });
    } else if (top && text[i] === '{') {
      top.braces++;
    } else if (top && text[i] === '}' && --top.braces === 0) {
      open.pop();
    }
  }
  return found;
}
const LETTERS = /\p{L}{2,}/u;
const NAMES = /\b(?:CSV|JSON|Esc|Ctrl)\b|\bproperties\./g;           /* the same in every language */
/* Between tags, and in the attributes people meet. */
const spoken = (markup) => [...markup.replace(/<!--[^]*?-->|<(script|style)[^]*?<\/\1>/g, '').split(/<[^>]*>/), ...[...markup.matchAll(/\s(?:aria-label|aria-description|title|placeholder|alt|label|summary)="([^"]*)"/g)].map((m) => m[1])]
  .map((x) => x.replace(/&\w+;/g, ' ').replace(NAMES, '').trim()).filter((x) => LETTERS.test(x));
const inCode = (text) => [...text.matchAll(/\b(?:label|title|text|hint|placeholder|action|empty|name): '([^']*)'|\b(?:toast|say|alert|confirm)\('([^']*)'/g)].map((m) => m[1] ?? m[2])
  .filter((x) => /^\p{Lu}\p{Ll}|\p{L} \p{L}/u.test(x.replace(NAMES, '').trim()));
ok(templates('const a = html`<p title="x">${list.map((y) => html`<b>${y}</b> bold`)} and</p>`; // `').length === 2 && spoken('<p title="of it">\0</p>, <b>so</b>').length === 2
  && inCode("toast('It is done', { label: 'my.key' })").length === 1, 'texts in modules are found');
none(app.flatMap((f) => [...templates(read(f)).flatMap(spoken), ...inCode(read(f))].map((x) => `${short(f)}: ${x.replaceAll('\0', '…').slice(0, 80)}`)), 'no text in html/app');
const bare = read(join(html, 'index.html')).replace(/<title>[^]*?<\/title>/, '').replace(/<noscript>[^]*?<\/noscript>/, '');
none(spoken(bare), 'no text in index.html');
const publics = [...files(join(html, 'public'), '.js'), ...files(join(root, 'src', 'page'), '.c')];
none(publics.flatMap((f) => [...read(f).replace(/\/\*[^]*?\*\//g, '').matchAll(/"((?:[^"\\\n]|\\.)*)"/g)].map((m) => m[1].replace(/\\n/g, ' ').replace(/\\"/g, '"')).filter((x) => x.includes('<') || x.includes('>'))
  .flatMap((x) => [...x.matchAll(/>([^<>]*)(?=<|$)/g)].map((m) => m[1].replace(/%[-.*\d"A-Za-z]+/g, ' ')).filter((y) => LETTERS.test(y) && !/[=]/.test(y)).map((y) => `${short(f)}: ${y}`))), 'no text in the markup of src/page');

/* ---- styles, page, modules ---- */

const PHYSICAL = /^(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)(?:-.*)?|border-(?:top|bottom)-(?:left|right)-radius|left|right|top|bottom|width|height|(?:min|max)-(?:width|height)|inset-(?:left|right))$/;
const SIDES = /^(?:margin|padding|inset|border-width|border-color|border-style|scroll-margin|scroll-padding)$/;
/* The values of a shorthand; what stands in brackets is one. */
const values = (text) => text.match(/(?:[^\s(]+(?:\((?:[^()]|\([^()]*\))*\))?)+/g) ?? [];
/* Do the two sides that change places in a text from right to left differ? */
function lopsided(prop, text) {
  const v = values(text.replace(/!important/, ''));
  if (SIDES.test(prop)) return v.length === 4 && v[1] !== v[3];
  const [a, b2 = a, c = a, d = b2] = v;
  return prop === 'border-radius' && !text.includes('/') && (a !== b2 || c !== d);
}
function physical(css) {
  const found = [];
  css.replace(/\/\*[^]*?\*\//g, (x) => x.replace(/[^\n]/g, ' ')).split('\n').forEach((line, i) => {
    for (const [, prop, value] of line.replace(/@(?:media|container|supports)[^{]*/g, '').matchAll(/(?:^|[\s;{])([a-z-]+)\s*:\s*([^;{}]+)(?=[;}]|$)/g)) {
      const words = value.replace(/"[^"]*"|'[^']*'|url\([^)]*\)|var\([^)]*\)/g, '');
      if (PHYSICAL.test(prop) || /\b(?:left|right)\b/.test(words) || lopsided(prop, words)) found.push(`${i + 1}: ${prop}: ${value.trim().slice(0, 70)}`);
    }
  });
  return found;
}
ok(physical('a { margin-left: 1px }\nb { text-align: right; }\n c { padding: 0 1px 0 2px; margin: 0 1px 0 1px }\nd { border-radius: 1px 0 0 1px; inset: 0 calc(1px + 2px) 0 calc(1px + 2px); }').length === 4,
  'sides in styles are found');
none(files(join(html, 'css'), '.css').flatMap((f) => physical(read(f)).map((x) => `${short(f)}:${x}`)), 'styles use logical properties only');
none(app.filter((f) => /\.style\.(?:left|right|top|bottom|width|height|margin|padding)/.test(read(f))).map(short), 'and so do scripts');
const markup = [...files(html, '.html').filter((f) => !f.includes('node_modules')), ...app];
none(markup.filter((f) => /\sstyle=["'$]|<style[\s>]/.test(read(f))).map(short), 'no inline styles');
none(files(html, '.html').filter((f) => !f.includes('node_modules') && /\son\w+=/i.test(read(f))).map(short), 'no inline handlers');
none(app.filter((f) => /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(/.test(read(f))).map(short), 'no markup made from text');
none(app.filter((f) => /\bfetch\(/.test(read(f)) && !/\/(?:api|early)\.js$/.test(f)).map(short), 'only api.js fetches, and early.js before it is there');
none(app.filter((f) => /new EventSource/.test(read(f)) && !f.endsWith('/api.js')).map(short), 'only api.js reads events');
const lines = (f) => read(f).split('\n').length - 1;
none(app.filter((f) => lines(f) > MOST_LINES).map((f) => `${short(f)}: ${lines(f)} lines`), `a module has at most ${MOST_LINES} lines`);
none(app.flatMap((f) => [...read(f).matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map((m) => join(dirname(f), m[1])).filter((x) => !existsSync(x)).map((x) => `${short(f)}: ${short(x)}`)),
  'every imported module exists');

const page = read(join(html, 'index.html'));
const inline = page.match(/<script type="importmap">([\s\S]*?)<\/script>/)[1];
const map = JSON.parse(inline).imports;
const lock = JSON.parse(read(join(html, 'package-lock.json'))).packages;
const vendor = JSON.parse(read(join(html, 'vendor', 'vendor.json')));
none(vendor.flatMap((x) => x.packages.filter((p) => lock[`node_modules/${p.package}`]?.version !== p.version).map((p) => `${p.package} is ${p.version}`)), 'vendor has the versions of package-lock.json');
none(vendor.filter((x) => createHash('sha256').update(readFileSync(join(html, 'vendor', x.file))).digest('hex') !== x.sha256 || !x.file.endsWith(`-${x.sha256.slice(0, 12)}.mjs`)).map((x) => x.file),
  'a file of vendor is what its name says');
none(Object.entries(map).filter(([bare, file]) => !vendor.some((x) => `/vendor/${x.file}` === file && x.packages.some((p) => p.name === bare))).map(([bare, file]) => `${bare} is ${file}`), 'the import map has the files of vendor');
none([...page.matchAll(/(?:href|src)="\/vendor\/([^"]+)"/g)].map((m) => `/vendor/${m[1]}`).filter((f) => !Object.values(map).includes(f)), 'preloaded libraries are those of the import map');
function neededBy(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const m of read(join(html, file)).matchAll(/(?:^|;)\s*(?:import|export)\b[^;(]*?\bfrom\s*["']([^"']+)["']/gm)) neededBy(map[m[1]] ?? join(dirname(file), m[1]), found);
  return found;
}
const needed = neededBy('/app/main.js');
const preloaded = [...page.matchAll(/<link rel="modulepreload" href="([^"]+)"/g)].map((m) => m[1]);
none([...needed].filter((f) => f !== '/app/main.js' && !preloaded.includes(f)).map((f) => `not preloaded: ${f}`).concat(preloaded.filter((f) => !needed.has(f)).map((f) => `preloaded for nothing: ${f}`)),
  'index.html preloads what main.js needs, and nothing else');
const early = read(join(html, 'app', 'early.js'));
const ahead = [...early.matchAll(/\[('views\/[^\]]*)\]/g)].map((m) => [...m[1].matchAll(/'([^']+)'/g)].map((x) => `/app/${x[1]}.js`));
none(ahead.flatMap(([view, ...rest]) => {
  const wanted = [...neededBy(view)].filter((f) => f !== view && !needed.has(f)).sort().join(' ');
  return wanted === [...rest].sort().join(' ') ? [] : [`${view} needs ${wanted}`];
}), 'early.js asks for the modules of the first view, and no others');
ok(ahead.length === 5 && LANGUAGES.map((l) => `'${l}'`).join(', ') === /const LANGUAGES = \[(.*?)\]/.exec(early)?.[1], 'of five views; and it knows the languages there are', ahead.map((x) => x[0]));
none([...page.matchAll(/<script(?![^>]*\bsrc=)(?![^>]*type="importmap")[^>]*>/g)].map((m) => m[0]), 'no inline script but the import map');
const hashFile = join(html, 'vendor', 'csp-hash');
ok(existsSync(hashFile) && read(hashFile).trim() === 'sha256-' + createHash('sha256').update(inline).digest('base64'), 'vendor/csp-hash is the hash of the import map');
none(Object.values(lock).filter((p) => p.resolved).map((p) => p.resolved), 'the lock file names no registry');

console.log(`1..${n}`);
process.exitCode = failed ? 1 : 0;
