/*
 * Every page there is, agents' and public, in light, dark and Persian: its heading, its title, axe-core, no sideways scroll.
 * Which pages there are is read from the sources; one that stands in no list here fails the test.  TAP.
 * node t/ui/every.mjs BASE_URL LOGIN PASSWORD CUSTOMER CUSTOMER_PASSWORD
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { desk, inspectPage, ok, settling, step, WAIT } from './browser.mjs';

const [base, login, password, customer, customerPassword] = process.argv.slice(2);
if (!customerPassword) {
  console.log('Bail out! usage: node t/ui/every.mjs BASE_URL LOGIN PASSWORD CUSTOMER CUSTOMER_PASSWORD');
  process.exit(2);
}
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const source = (file) => readFileSync(join(root, file), 'utf8');
const b = await desk(base, { allow: /status of (401|404|412)/ });
await b.signIn(login, password);

/* ---- what there is ---- */

const routes = [...source('html/app/html.js').matchAll(/^ {2}\[\/(\^.*)\/, '(\w+)', \[/gm)].map((m) => new RegExp(m[1]));
const sections = [...source('html/app/views/settings.js').matchAll(/^ {2}(\w+): \{ label: /gm)].map((m) => m[1]);
const parts = [...source('html/app/views/settings/team/team.js').matchAll(/^ {2}(\w+): \{ label: .*\bView: /gm)].map((m) => m[1]);
const doors = [...source('src/page/page_routes.c').matchAll(/HD_GET, \.path = "([^"]+)"/g)].map((m) => m[1])
  .filter((p) => p !== '/' && !p.endsWith('/file/{id}'));         /* the first only leads on; a file is no page */
ok(routes.length > 10 && sections.length > 10 && parts.length > 6 && doors.length > 8, 'the sources say which pages there are',
  [`${routes.length} routes, ${sections.length} sections, ${parts.length} parts, ${doors.length} public pages`]);

/* ---- what is looked at ---- */

const { call } = b;
const team = (await call('GET', '/teams?website_published=true&privacy_visibility=portal&limit=1')).items[0];
const ticket = (await call('GET', `/tickets?team_id=${team.id}&limit=1`)).items[0];
await call('POST', `/tickets/${ticket.id}/messages`, { body: 'A message, so that there is one.' });
const { url: link } = await call('POST', `/tickets/${ticket.id}/link`);
const calendar = (await call('GET', '/calendars?limit=1')).items[0];

const agent = ['', '/dashboard', '/tickets?filter=all', '/tickets?filter=open&group=priority', `/tickets/${ticket.id}`, '/inbox', '/activities', '/import',
  `/board/${team.id}`, `/teams/${team.id}`, '/contacts', '/companies', '/nowhere', '/settings', ...sections.map((s) => `/settings/${s}`),
  '/settings/teams/new', ...parts.map((p) => `/settings/teams/${team.id}?part=${p}`), `/settings/calendars/${calendar.id}`, '/settings/stages/new'];
const nobody = ['/agent', '/setup', '/support', `/support/${team.slug}`, '/support/nowhere', link.slice(base.length), '/signin', '/signin?out=1', '/reset',
  '/invitation?token=nonsense'];
const own = ['/my', '/my/tickets', '/my/tickets?state=all&group=stage', '/my/ticket/99999999', '/my/account'];

const missing = (list, have, say) => list.filter((x) => !have(x)).map(say);
const at = (p) => p.replace(/\?.*/, '');
ok(!missing(routes, (r) => agent.some((p) => r.test(at(p))), String).length, 'every route of the agents’ pages is looked at',
  missing(routes, (r) => agent.some((p) => r.test(at(p))), String));

/* ---- how ---- */

/* Persian has the colours of English, and the dark theme the structure of the light one: neither is looked at twice. */
const COLOURS = ['color-contrast', 'link-in-text-block'];
const DIRECTION = { en: 'ltr', fa: 'rtl' };
async function look(page, lang, name, turn) {
  await step(`${lang}: ${name}`, async () => {
    await turn();
    const [title, headings, dir] = await page.evaluate(() => [document.title, document.querySelectorAll('h1').length, document.documentElement.dir]);
    return [...(title ? [] : ['no title']), ...(headings === 1 ? [] : [`${headings} headings`]), ...(dir === DIRECTION[lang] ? [] : [`written ${dir}`])];
  });
}
async function inspect(page, lang, name, dark) {
  await inspectPage(page, `${lang}: ${name}`, lang === 'en' ? {} : { but: COLOURS });
  if (lang !== 'en') return;
  await dark(true);
  await inspectPage(page, `dark: ${name}`, { rules: COLOURS });
  await dark(false);
}

/* ---- agents ---- */

const theme = (on) => b.page.evaluate((d) => { d ? document.documentElement.dataset.theme = 'dark' : delete document.documentElement.dataset.theme; }, on);
for (const lang of ['en', 'fa']) {
  await b.look(lang, 'light');
  await b.go('/agent/inbox');
  for (const path of agent) {
    await look(b.page, lang, `/agent${path}`, () => b.visit(`/agent${path}`));
    await inspect(b.page, lang, `/agent${path}`, theme);
  }
}

/* ---- visitors and customers ---- */

async function enter(context) {
  const r = await context.request.post(`${base}/api/v1/login`, { data: { login: customer, password: customerPassword }, headers: { Origin: base } });
  if (!r.ok()) throw new Error(`${customer}: ${r.status()}`);
  const { items } = await (await context.request.get(`${base}/api/v1/my/tickets?state=all&limit=1`)).json();
  return [...own, ...items.map((x) => `/my/ticket/${x.id}`)];
}
const seen = [];
for (const lang of ['en', 'fa']) {
  for (const who of ['nobody', 'customer']) {
    const context = await b.browser.newContext({ viewport: { width: 390, height: 844 }, locale: lang, colorScheme: 'light', reducedMotion: 'reduce', bypassCSP: true });
    await context.addCookies([{ name: 'lang', value: lang, url: base }]);
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT);
    const settled = settling(page);
    for (const path of who === 'nobody' ? nobody : await enter(context)) {
      await look(page, lang, at(path), async () => {
        await page.goto(base + path);
        await settled();
      });
      seen.push(at(path));
      await inspect(page, lang, at(path), (on) => page.emulateMedia({ colorScheme: on ? 'dark' : 'light' }));
    }
    await context.close();
  }
}
const pattern = (p) => new RegExp(`^${p.replace(/\{\w+\}/g, '[\\w-]+')}$`);
const unseen = missing(doors, (d) => seen.some((p) => pattern(d).test(p)), String);
ok(!unseen.length, 'every public page is looked at', unseen);
await b.done();
