/* What the browser tests share: TAP, Chromium, signing in, the API through the page, axe-core. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'html', 'package.json'));
const { chromium } = require('playwright-core');
export const axe = require('axe-core');
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
export const WAIT = 30_000;      /* machines are slow; only what fails waits this long */

let n = 0, failed = 0;
export function ok(good, name, details = []) {
  n++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${name}`);
  if (!good) for (const d of [details].flat().slice(0, 12)) console.log(`#   ${String(d).replaceAll('\n', ' ').slice(0, 300)}`);
}
export const note = (text) => console.log(`# ${text}`);
/* Fails when it throws, or answers false or a list of what is wrong. */
export async function step(name, run) {
  try {
    const answer = await run();
    const wrong = Array.isArray(answer) ? answer : [];
    ok(answer !== false && wrong.length === 0, name, wrong);
  } catch (e) {
    ok(false, name, e.message.split('\n').slice(0, 4));
  }
}
export function end() {
  console.log(`1..${n}`);
  process.exitCode = failed ? 1 : 0;
}
export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });

/* Asks until it is so; pages show a change before the server has it. */
export async function becomes(ask, want) {
  for (const over = Date.now() + WAIT; ; await new Promise((go) => setTimeout(go, 50))) {
    if (await ask() === want) return true;
    if (Date.now() > over) return false;
  }
}

/* What waits until a page has its heading, no skeletons, and asked the server nothing for a while. */
export function settling(page) {
  const open = new Set();
  let last = Date.now();
  page.on('request', (r) => { if (r.resourceType() !== 'eventsource') open.add(r); });
  for (const over of ['requestfinished', 'requestfailed']) page.on(over, (r) => { if (open.delete(r)) last = Date.now(); });
  /* What a page asked for before it was left is not always said to have ended. */
  let leaving = null;
  page.on('request', (r) => { if (r.isNavigationRequest() && r.frame() === page.mainFrame()) leaving = [...open]; });
  page.on('framenavigated', (f) => { if (f === page.mainFrame() && leaving) { leaving.forEach((r) => open.delete(r)); leaving = null; } });
  return async () => {
    await page.waitForSelector('h1', { state: 'attached' });
    await page.waitForFunction(() => !document.querySelector('.skeletons'));
    await page.waitForTimeout(100);
    for (const over = Date.now() + WAIT / 3; Date.now() < over && (open.size || Date.now() - last < 150);) await page.waitForTimeout(25);
  };
}

/* What axe-core finds, the first rows standing for all; and that nothing is wider than the window.  part: where to look; rules: only these; but: not these. */
export async function inspectPage(page, name, { part = 'html', rules, but = [] } = {}) {
  if (!await page.evaluate(() => !!window.axe)) await page.evaluate(axe.source);
  const found = await page.evaluate(([where, only, not]) => window.axe.run({ include: [[where]], exclude: ['.row:nth-child(n + 15)', '.card:nth-child(n + 6)', '.table tbody tr:nth-child(n + 15)']
    .filter((x) => document.querySelector(x)).map((x) => [x]) }, { resultTypes: ['violations'], rules: Object.fromEntries(not.map((x) => [x, { enabled: false }])), ...(only ? { runOnly: { type: 'rule', values: only } } : {}) }), [part, rules, but]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  ok(found.violations.length === 0 && wide <= 0, `accessibility: ${name}`,
    [...found.violations.map((v) => `${v.id}: ${v.nodes.map((x) => x.target.join(' ')).slice(0, 3).join(', ')}`), ...(wide > 0 ? [`${wide} pixels too wide`] : [])]);
}

/* A page in a context of its own; complaints takes what goes wrong on it, but for what may stand on the console. */
export async function openPage(browser, complaints, allow, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  page.on('pageerror', (e) => complaints.push(e.message));
  page.on('console', (m) => { if (m.type() === 'error' && !allow.test(m.text())) complaints.push(m.text()); });
  return page;
}

/* The API through the page itself, so that cookie and CSRF header are the browser's own. */
export const callFrom = (page, method, path, body) => page.evaluate(async ([m, p, b]) => {
  const session = await (await fetch('/api/v1/session')).json();
  const answer = await fetch('/api/v1' + p, { method: m, headers: { 'X-CSRF': session.csrf, ...(b ? { 'Content-Type': 'application/json' } : {}) }, body: b ? JSON.stringify(b) : undefined });
  return answer.status === 204 ? null : answer.json();
}, [method, path, body]);

/* For pages without a script: signs a context in by the API; the session. */
export async function signInBy(page, base, login, password) {
  const r = await page.request.post(`${base}/api/v1/login`, { data: { login, password }, headers: { Origin: base } });
  if (!r.ok()) throw new Error(`${login}: ${r.status()}`);
  return r.json();
}

/* The API beside the pages, as who signs in: { signed, call }. */
export async function apiOf(page, base, login, password) {
  const signed = await signInBy(page, base, login, password);
  const call = async (method, path, data) => {
    const r = await page.request.fetch(`${base}/api/v1${path}`, { method, data, headers: { 'X-CSRF': signed.csrf, Origin: base } });
    if (!r.ok()) throw new Error(`${method} ${path}: ${r.status()} ${await r.text()}`);
    return r.status() === 204 ? null : r.json();
  };
  return { signed, call };
}

/**
 * A desk in a browser: { page, browser, context, go, visit, settled, call, signIn, look, inspect, close, done }.  allow: what may stand on the
 * console; policy: keep the Content-Security-Policy, so that nothing can be inspected.
 */
export async function desk(base, { allow = /status of (401|412)/, policy = false } = {}) {
  const browser = await launch();
  const complaints = [];
  /* axe-core sets styles of its own, so the policy is set aside; ui.mjs checks the pages under it. */
  const page = await openPage(browser, complaints, allow, { bypassCSP: !policy, acceptDownloads: true });
  const context = page.context();
  const settled = settling(page);
  const go = async (path) => {
    await page.goto(base + path);
    await settled();
  };
  /* As by a click on a link of the page. */
  const visit = async (path) => {
    await page.evaluate((to) => {
      const a = Object.assign(document.createElement('a'), { href: to });
      document.body.append(a);
      a.click();
      a.remove();
    }, path);
    await settled();
  };
  const call = (...what) => callFrom(page, ...what);
  const signIn = async (login, password) => {
    await page.goto(`${base}/agent`);
    await page.fill('input[name=login]', login);
    await page.fill('input[name=password]', password);
    await page.click('button[type=submit]');
    await page.waitForSelector('.nav');
  };
  const look = async (lang, theme) => page.evaluate(([l, th]) => {
    localStorage.setItem('hd.lang', l);
    th === 'dark' ? localStorage.setItem('hd.theme', 'dark') : localStorage.removeItem('hd.theme');
  }, [lang, theme]);
  const inspect = (name, how) => inspectPage(page, name, how);
  const close = async () => {
    ok(complaints.length === 0, 'no errors on the console', complaints);
    await browser.close();
  };
  const done = async () => {
    await close();
    end();
  };
  return { page, browser, context, go, visit, settled, call, signIn, look, inspect, close, done };
}
