/*
 * Who else is at a ticket, what happened to it, and the log of everything, in a real browser.  TAP.
 *   node t/ui/events.mjs URL LOGIN PASSWORD STAFF_LOGIN STAFF_PASSWORD
 */
import { readFileSync } from 'node:fs';
import { becomes, desk, note, step, WAIT } from './browser.mjs';

const [base, login, password, staff, staffPassword] = process.argv.slice(2);
if (!staffPassword) {
  console.log('Bail out! usage: node t/ui/events.mjs URL LOGIN PASSWORD STAFF_LOGIN STAFF_PASSWORD');
  process.exit(2);
}
const b = await desk(base);
const { page, go, call, look, inspect } = b;
await b.signIn(login, password);
await look('en', 'light');
const team = (await call('GET', '/teams?limit=1')).items[0];
const ticket = await call('POST', '/tickets', { name: `Followed ${Date.now()}`, team_id: team.id, user_id: null });
const at = `/agent/tickets/${ticket.id}`;
const live = (words) => page.waitForSelector(`.live:has-text("${words}")`);

/* ---- who else is here ---- */

const other = await b.browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 } });
await other.addInitScript(() => localStorage.setItem('hd.lang', 'en'));
const tab = await other.newPage();
tab.setDefaultTimeout(WAIT);
await step('who else looks at a ticket is named, who writes too, and who leaves is gone', async () => {
  await go(at);
  const own = (await page.textContent('.live')).trim();
  await tab.goto(`${base}/agent`);
  await tab.fill('input[name=login]', staff);
  await tab.fill('input[name=password]', staffPassword);
  await tab.click('button[type=submit]');
  await tab.waitForSelector('.nav');
  await tab.goto(base + at);
  await live('Also here: Erik');
  await tab.fill('.talk textarea', 'I am at it');
  await tab.type('.talk textarea', '.');
  await live('Writing: Erik');
  await page.setViewportSize({ width: 360, height: 900 });
  await inspect('somebody else at a ticket, narrow');
  await page.setViewportSize({ width: 1280, height: 900 });
  await inspect('somebody else at a ticket');
  await tab.goto(`${base}/agent/tickets?filter=all`);
  await page.waitForFunction(() => document.querySelector('.live').textContent.trim() === '');
  return own === '';
});

/* ---- two people at one ticket ---- */

/* When each text came to stand in the page, by the page's own watch; all processes of a machine share Date.now. */
const listen = (of) => of.evaluate(() => {
  window.heard = {};
  const look = () => {
    for (const x of document.querySelectorAll('.talk-message .rich')) window.heard[x.textContent.trim()] ??= Date.now();
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  look();
});
await step('what one writes stands in the other\'s page, in order, half of it within a second', async () => {
  await go(at);
  await tab.goto(base + at);
  await tab.waitForSelector('.talk textarea');
  await page.waitForFunction(() => document.querySelector('.live').textContent.includes('Erik'));
  await listen(page);
  const took = [];
  for (let n = 0; n < 10; n++) {
    const text = `Line ${n} of ten`;
    await tab.fill('.talk textarea', text);
    const sent = Date.now();
    await tab.press('.talk textarea', 'Control+Enter');
    await page.waitForFunction((t) => window.heard[t], text);
    took.push(await page.evaluate((t) => window.heard[t], text) - sent);
    await tab.waitForFunction(() => document.querySelector('.talk textarea').value === '');
  }
  took.sort((x, y) => x - y);
  note(`from the key to the other page: median ${took[5]} ms, worst ${took[9]} ms`);
  /* the newest stands first */
  const said = (await page.$$eval('.talk-message .rich', (all) => all.map((x) => x.textContent.trim()))).filter((x) => / of ten$/.test(x));
  if (said.join() !== [...Array(10).keys()].reverse().map((n) => `Line ${n} of ten`).join()) throw new Error(said.join(' | '));
  if (took[5] > 1000) throw new Error(`median ${took[5]} ms`);
});
await other.close();

/* ---- history ---- */

const history = async () => {
  await go(at);
  await page.click('.view-ticket .head-tools .menu-wrap button');
  await page.locator('.menu [role=menuitem]').filter({ hasText: /History|تاریخچه/ }).click();
  await page.waitForSelector('dialog .table tbody tr');
};
await step('the history of a ticket: who changed what from what to what, newest first', async () => {
  await call('PATCH', `/tickets/${ticket.id}`, { priority: '3' });
  await call('PATCH', `/tickets/${ticket.id}`, { name: `${ticket.name} again` });
  await history();
  const rows = await page.locator('dialog .table tbody tr').allTextContents();
  const at1 = rows.findIndex((x) => x.includes('Title') && x.includes(`${ticket.name} again`)), at2 = rows.findIndex((x) => x.includes('Priority') && x.includes('Urgent'));
  if (at1 < 0 || at2 <= at1 || !/Created/.test(rows.at(-1))) throw new Error(rows.join(' | '));
});

/* ---- the log ---- */

const rows = () => page.locator('.table tbody tr').allTextContents();
await step('the log is narrowed by kind, record and person; the file has what is shown', async () => {
  await go('/agent/settings/audit');
  await page.waitForSelector('.table tbody tr');
  await page.locator('.audit-filter select').nth(0).selectOption('changed');
  await page.locator('.audit-filter select').nth(1).selectOption('ticket');
  const own = (await call('GET', '/session')).user;
  await page.locator('.audit-filter select').nth(2).selectOption(String(own.id));
  if (!await becomes(async () => (await rows())[0]?.includes(`${ticket.name} again`) ?? false, true)) throw new Error((await rows()).slice(0, 3).join(' | '));
  const odd = (await rows()).filter((x) => !x.includes('Changed') || !x.includes(own.name));
  if (odd.length) throw new Error(odd[0]);
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('.head-tools a[download]')]);
  const text = readFileSync(await file.path(), 'utf8');
  if (!text.includes(`${ticket.name} again`) || text.includes('created')) throw new Error(text.slice(0, 300));
});
await step('a day without events is said to be empty', async () => {
  await page.locator('.audit-filter input').nth(1).fill('2001-01-01');
  await page.waitForSelector('.empty');
});

/* ---- looks ---- */

for (const [lang, theme, width] of [['en', 'light', 1280], ['en', 'dark', 1280], ['fa', 'light', 360]]) {
  const kind = `${lang}, ${theme}, ${width}`;
  await page.setViewportSize({ width, height: 900 });
  await look(lang, theme);
  await step(`history, ${kind}`, history);
  await inspect(`history, ${kind}`);
  await step(`audit, ${kind}`, async () => {
    await go('/agent/settings/audit');
    await page.waitForSelector('.table tbody tr');
  });
  await inspect(`audit, ${kind}`);
}
await b.done();
