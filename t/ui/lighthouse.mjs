/*
 * Lighthouse on the public form and a board: node t/ui/lighthouse.mjs BASE_URL LOGIN PASSWORD.  `make lighthouse` installs it
 * to build/lighthouse and starts a desk; it is 200 packages, so `make test` does without it (axe and t/ui/speed.mjs stay).
 * Each page as on a telephone (slow 4G, a processor of a quarter the speed) and on a desk.  TAP; the best of three runs.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { note, ok, end } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const where = process.env.LIGHTHOUSE ?? join(root, 'build', 'lighthouse');
const require = createRequire(join(where, 'package.json'));
const { default: lighthouse, desktopConfig } = await import(pathToFileURL(require.resolve('lighthouse')).href);
const CATEGORIES = ['performance', 'accessibility', 'best-practices'], LEAST = 95, RUNS = 3;

async function signIn() {
  const answer = await fetch(`${base}/api/v1/login`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: base }, body: JSON.stringify({ login, password }) });
  if (!answer.ok) throw new Error(`sign in: ${answer.status}`);
  const cookie = answer.headers.getSetCookie().find((x) => x.startsWith('sid=')).split(';')[0];
  const ask = async (path) => (await fetch(base + path, { headers: { Cookie: cookie } })).json();
  return { cookie, ask };
}

async function chromium() {
  const profile = mkdtempSync(join(tmpdir(), 'hd-lighthouse-'));
  const child = spawn(process.env.CHROMIUM ?? '/usr/bin/chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const port = await new Promise((found, fail) => {
    let said = '';
    child.stderr.on('data', (d) => { said += d; const m = /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(said); if (m) found(Number(m[1])); });
    child.on('exit', () => fail(new Error(said)));
  });
  return { port, async close() { const gone = new Promise((done) => child.on('exit', done)); child.kill(); await Promise.race([gone, pause(5000)]); rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); } };
}

async function judge(name, url, config, headers) {
  let best = null;
  for (let i = 0; i < RUNS; i++) {
    const browser = await chromium();
    try {
      const { lhr } = await lighthouse(url, { port: browser.port, output: 'json', logLevel: 'error', onlyCategories: CATEGORIES, extraHeaders: headers }, config);
      if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
      if (!best || lhr.categories.performance.score > best.categories.performance.score) best = lhr;
    } finally {
      await browser.close();
    }
    if (best.categories.performance.score * 100 >= LEAST) break;
  }
  if (process.env.KEEP) writeFileSync(join(process.env.KEEP, `${name.replace(/\W+/g, '-')}.json`), JSON.stringify(best));
  const of = (id) => best.audits[id].displayValue;
  note(`${name}: FCP ${of('first-contentful-paint')}, LCP ${of('largest-contentful-paint')}, TBT ${of('total-blocking-time')}, CLS ${of('cumulative-layout-shift')}, SI ${of('speed-index')}`);
  for (const c of CATEGORIES) {
    const { score, auditRefs } = best.categories[c];
    const poor = auditRefs.map((r) => best.audits[r.id]).filter((a) => a.score !== null && a.score < 0.9 && a.scoreDisplayMode !== 'informative')
      .map((a) => `${a.id}: ${a.displayValue ?? a.title} ${[a.details?.items ?? []].flat().slice(0, 3).map((x) => x.node?.snippet ?? x.url ?? x.description ?? '').join(' ').slice(0, 160)}`);
    ok(Math.round(score * 100) >= LEAST, `${name}: ${c} ${Math.round(score * 100)}, at least ${LEAST}`, poor);
    if (Math.round(score * 100) < 100) poor.forEach((p) => note(`  ${p}`));
  }
}

const { cookie, ask } = await signIn();
const team = (await ask('/api/v1/teams?limit=1')).items[0].id;
const form = (await ask('/api/v1/teams?website_published=true&limit=1')).items[0].slug;
for (const [size, config] of [['telephone', undefined], ['desk', desktopConfig]]) {
  if (!process.env.BOARD) await judge(`form, ${size}`, `${base}/support/${form}`, config, {});
  await judge(`board, ${size}`, `${base}/agent/board/${team}`, config, { Cookie: cookie });
}
end();
