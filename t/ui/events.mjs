/*
 * Who else is at a ticket, what happened to it, and the log of everything, in a real browser.  TAP.
 *   node t/ui/events.mjs URL LOGIN PASSWORD STAFF_LOGIN STAFF_PASSWORD
 */
import { readdirSync, readFileSync } from 'node:fs';
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
const signedIn = async (as, secret) => {
  const context = await b.browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 } });
  await context.addInitScript(() => localStorage.setItem('hd.lang', 'en'));
  const tab = await context.newPage();
  tab.setDefaultTimeout(WAIT);
  await tab.goto(`${base}/agent`);
  await tab.fill('input[name=login]', as);
  await tab.fill('input[name=password]', secret);
  await tab.click('button[type=submit]');
  await tab.waitForSelector('.nav');
  await tab.goto(base + at);
  await tab.waitForSelector('.talk textarea');
  return tab;
};
/* A browser whose connections are all one worker's: the others are stopped while it makes them. */
const withWorker = async (worker, run) => {
  const others = workers().filter((pid) => pid !== worker);
  others.forEach((pid) => process.kill(pid, 'SIGSTOP'));
  try {
    return await run();
  } finally {
    others.forEach((pid) => process.kill(pid, 'SIGCONT'));
  }
};
const parent = (pid) => { try { return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /, '').split(' ')[1]); } catch { return 0; } };
const master = Number(readFileSync(`${process.env.HD_UI_DATA}/nginx.pid`, 'latin1'));
const workers = () => readdirSync('/proc').filter((x) => /^\d+$/.test(x)).map(Number).filter((pid) => parent(pid) === master);

await step('two browsers on two workers: what one writes stands in the other\'s page, in order, also across a reload', async () => {
  const [one, two] = workers();
  const writer = await withWorker(one, () => signedIn(staff, staffPassword));
  const reader = await withWorker(two, () => signedIn(login, password));
  await reader.waitForFunction(() => document.querySelector('.live').textContent.includes('Erik'));
  await listen(reader);
  const took = [];
  for (let n = 0; n < 12; n++) {
    if (n === 6) process.kill(master, 'SIGHUP');
    const text = `Line ${n} of twelve`;
    await writer.fill('.talk textarea', text);
    const sent = Date.now();
    await writer.press('.talk textarea', 'Control+Enter');
    await reader.waitForFunction((t) => window.heard[t], text);
    took.push(await reader.evaluate((t) => window.heard[t], text) - sent);
    await writer.waitForFunction(() => document.querySelector('.talk textarea').value === '');
  }
  const before = took.slice(0, 6).sort((x, y) => x - y);
  note(`from the key to the other page: median ${before[3]} ms, worst ${before[5]} ms; from the reload on: ${took.slice(6).join(' ')} ms`);
  /* the newest stands first */
  const said = (await reader.$$eval('.talk-message .rich', (all) => all.map((x) => x.textContent.trim()))).filter((x) => / of twelve$/.test(x));
  if (said.join() !== [...Array(12).keys()].reverse().map((n) => `Line ${n} of twelve`).join()) throw new Error(said.join(' | '));
  await writer.context().close();
  await reader.context().close();
  return one && two && before[3] <= 1000;
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
  const narrowed = async () => {
    const all = await rows();
    return (all[0]?.includes(`${ticket.name} again`) && all.every((x) => x.includes('Changed') && x.includes(own.name))) ?? false;
  };
  if (!await becomes(narrowed, true)) throw new Error((await rows()).slice(0, 3).join(' | '));
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
