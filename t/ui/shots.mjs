/*
 * Pictures of the main pages: English light and dark, Persian, and on a phone.
 * node t/ui/shots.mjs BASE_URL DIRECTORY LOGIN PASSWORD CUSTOMER CUSTOMER_PASSWORD [PART OF A NAME ...]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch, settling, WAIT } from './browser.mjs';
import { withPalette } from './png.mjs';

const [base, dir, login, password, customer, customerPassword, ...only] = process.argv.slice(2);
if (!customerPassword) {
  console.error('usage: node t/ui/shots.mjs BASE_URL DIRECTORY LOGIN PASSWORD CUSTOMER CUSTOMER_PASSWORD [PART OF A NAME ...]');
  process.exit(2);
}
mkdirSync(dir, { recursive: true });

const DESK = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const LOOKS = { light: ['en', 'light', DESK], dark: ['en', 'dark', DESK], fa: ['fa', 'light', DESK], phone: ['en', 'light', PHONE] };

const browser = await launch();

/* Through the browser's own cookies. */
async function enter(context, name, secret) {
  const r = await context.request.post(`${base}/api/v1/login`, { data: { login: name, password: secret }, headers: { Origin: base } });
  if (!r.ok()) throw new Error(`${name}: ${r.status()} ${await r.text()}`);
}
async function get(context, path) {
  const r = await context.request.get(`${base}/api/v1${path}`);
  if (!r.ok()) throw new Error(`${path}: ${r.status()}`);
  return r.json();
}

/* A ticket with a conversation shows more than the newest one. */
async function talked(context, query) {
  const { items } = await get(context, `/tickets?limit=30&${query}`);
  let best = items[0], most = -1;
  for (const x of items) {
    const n = (await get(context, `/tickets/${x.id}/thread`)).items.filter((e) => e.message).length;
    if (n > most) [best, most] = [x, n];
  }
  return best.id;
}

async function plan() {
  const context = await browser.newContext(), theirs = await browser.newContext();
  await enter(context, login, password);
  await enter(theirs, customer, customerPassword);
  const team = (await get(context, '/teams?website_published=true&limit=1')).items[0];
  const ticket = await talked(context, `team_id=${team.id}`), own = (await get(theirs, '/my/tickets?state=all&limit=20')).items;
  await context.close();
  await theirs.close();
  const tickets = `/agent/teams/${team.id}`;
  return [
    { name: 'dashboard', path: '/agent/dashboard' }, { name: 'list', path: '/agent/tickets?filter=open' }, { name: 'team', path: tickets }, { name: 'board', path: `/agent/board/${team.id}` },
    { name: 'ticket', path: `/agent/tickets/${ticket}` }, { name: 'activities', path: '/agent/activities' }, { name: 'inbox', path: '/agent/inbox' },
    ...['general', 'access', 'assignment', 'channels', 'form', 'properties', 'closing', 'later']
      .map((part) => ({ name: `settings-team-${part}`, path: `/agent/settings/teams/${team.id}?part=${part}` })),
    ...['account', 'tokens', 'teams', 'stages', 'types', 'tags', 'canned', 'activities', 'calendars', 'timeoff', 'users', 'contacts', 'companies', 'audit', 'general']
      .map((part) => ({ name: `settings-${part}`, path: `/agent/settings/${part}` })),
    { name: 'support', path: '/support', who: 'nobody' }, { name: 'form', path: `/support/${team.slug}`, who: 'nobody' },
    { name: 'sign-in', path: '/signin', who: 'nobody' }, { name: 'agent-sign-in', path: '/agent', who: 'nobody' }, { name: 'reset', path: '/reset', who: 'nobody' },
    { name: 'portal', path: '/my', who: 'customer' }, { name: 'portal-list', path: '/my/tickets?state=all', who: 'customer' },
    { name: 'portal-account', path: '/my/account', who: 'customer' },
    ...(own.length ? [{ name: 'portal-ticket', path: `/my/ticket/${own[0].id}`, who: 'customer' }] : []),
  ];
}

async function draw(page, settled, look, { name, path }) {
  const [lang] = LOOKS[look];
  const plain = !path.startsWith('/agent');
  await page.goto(base + path + (plain ? `${path.includes('?') ? '&' : '?'}lang=${lang}` : ''));
  await settled();
  await page.evaluate(() => document.activeElement?.blur());
  const file = join(dir, `${name}-${look}.png`);
  const png = withPalette(await page.screenshot({ fullPage: plain || name.startsWith('settings') }));
  writeFileSync(file, png);
  console.log(`${file} ${Math.ceil(png.length / 1024)} KB`);
}

const pages = await plan();
for (const [look, [lang, theme, options]] of Object.entries(LOOKS)) {
  for (const who of ['agent', 'customer', 'nobody']) {
    const wanted = pages.filter((p) => (p.who ?? 'agent') === who && (!only.length || only.some((o) => `${p.name}-${look}`.includes(o))));
    if (!wanted.length) continue;
    const context = await browser.newContext({ ...options, locale: lang === 'en' ? 'en-GB' : lang, colorScheme: theme, reducedMotion: 'reduce' });
    await context.addInitScript(([l, t]) => {
      localStorage.setItem('hd.lang', l);
      if (t === 'dark') localStorage.setItem('hd.theme', 'dark');
    }, [lang, theme]);
    if (who !== 'nobody') await enter(context, who === 'agent' ? login : customer, who === 'agent' ? password : customerPassword);
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT);
    const settled = settling(page);
    for (const p of wanted) await draw(page, settled, look, p);
    await context.close();
  }
}
await browser.close();
