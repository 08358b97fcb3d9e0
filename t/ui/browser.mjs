/* What the browser tests share: TAP, Chromium, signing in, the API through the page, axe-core. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'html', 'package.json'));
const { chromium } = require('playwright-core');
const axe = require('axe-core');
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

let n = 0, failed = 0;
export function ok(good, name, details = []) {
  n++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${name}`);
  if (!good) for (const d of [details].flat().slice(0, 12)) console.log(`#   ${String(d).replaceAll('\n', ' ').slice(0, 300)}`);
}
export async function step(name, run) {
  try {
    ok(await run() !== false, name);
  } catch (e) {
    ok(false, name, e.message.split('\n').slice(0, 4));
  }
}

/** A desk in a browser: { page, go, settled, call, signIn, language, inspect, done, complaints }. */
export async function desk(base, { allow = /status of (401|412)/ } = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });
  const complaints = [];
  /* axe-core sets styles of its own, so the policy is set aside; ui.mjs checks the pages under it. */
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce', bypassCSP: true, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (e) => complaints.push(e.message));
  page.on('console', (m) => { if (m.type() === 'error' && !allow.test(m.text())) complaints.push(m.text()); });
  const settled = async () => {
    await page.waitForSelector('h1', { state: 'attached' });
    await page.waitForFunction(() => !document.querySelector('.skeletons'));
    await page.waitForTimeout(150);
  };
  const go = async (path) => {
    await page.goto(base + path);
    await settled();
  };
  const call = (method, path, body) => page.evaluate(async ([m, p, b]) => {
    const session = await (await fetch('/api/v1/session')).json();
    const answer = await fetch('/api/v1' + p, { method: m, headers: { 'X-CSRF': session.csrf, ...(b ? { 'Content-Type': 'application/json' } : {}) }, body: b ? JSON.stringify(b) : undefined });
    return answer.status === 204 ? null : answer.json();
  }, [method, path, body]);
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
  const inspect = async (name) => {
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => window.axe.run({ include: [['html']], exclude: ['.row:nth-child(n + 15)', '.card:nth-child(n + 6)']
      .filter((x) => document.querySelector(x)).map((x) => [x]) }, { resultTypes: ['violations'] }));
    const bad = found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
    ok(bad.length === 0, `accessibility: ${name}`, bad.map((v) => `${v.id}: ${v.nodes.map((x) => x.target.join(' ')).slice(0, 3).join(', ')}`));
    ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `no sideways scroll: ${name}`);
  };
  const done = async () => {
    ok(complaints.length === 0, 'no errors on the console', complaints);
    await browser.close();
    console.log(`1..${n}`);
    process.exitCode = failed ? 1 : 0;
  };
  return { page, go, settled, call, signIn, look, inspect, done };
}
