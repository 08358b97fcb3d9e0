/*
 * The agents' pages at many tickets.  TAP.  node t/ui/large.mjs BASE_URL LOGIN PASSWORD.  A list is gone through to its row
 * 6,000; HD_SCROLL=all: to its last one, which takes minutes.
 */
import { desk, note, ok, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
if (!password) {
  console.log('Bail out! usage: node t/ui/large.mjs BASE_URL LOGIN PASSWORD');
  process.exit(2);
}
const MOST_ROWS = 60;
const TRACED = 10_000;                          /* rows: a trace of more takes longer to write than to make */
const LONG = 100;                               /* ms: no task of scrolling may take longer */

const b = await desk(base, { allow: /status of (401|404|422)/, policy: true });
const { page, call, settled } = b;
await step('an administrator signs in', () => b.signIn(login, password));
await settled();
await step('there are many tickets', async () => (await call('GET', '/tickets/count?active=true')).count >= 100_000);

await step('long answers are packed; pages, which hold tokens, are not', async () => {
  const coding = (path) => page.evaluate(async (x) => (await fetch(x)).headers.get('Content-Encoding'), path);
  const [list, form] = [await coding('/api/v1/tickets?active=true&limit=50'), await coding(`/support/${(await call('GET', '/teams?website_published=true&limit=1')).items[0].slug}`)];
  if (list !== 'gzip' || form !== null) throw new Error(`${list}, ${form}`);
});

/* ---- scrolling ---- */

/*
 * One run through a list: what its longest task took of a processor (not of the clock: other programs run here too), and
 * the most rows there were.  go: a function for the page, which answers that.
 */
async function scroll(go, args) {
  await b.browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  const rows = await page.evaluate(go, args);
  const { traceEvents } = JSON.parse(await b.browser.stopTracing());
  const main = new Set(traceEvents.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => `${e.pid} ${e.tid}`));
  const tasks = traceEvents.filter((e) => e.ph === 'X' && e.tdur && main.has(`${e.pid} ${e.tid}`)).map((e) => e.tdur / 1000);
  return { tasks: tasks.length, longest: Math.round(Math.max(0, ...tasks)), rows };
}
async function calm(name, go, args) {
  const run = await scroll(go, args);
  note(`${name}: longest task ${run.longest} ms of ${run.tasks}, ${run.rows} rows`);
  ok(run.tasks > 40 && run.longest > 0 && run.longest <= LONG, `${name}: no task longer than ${LONG} ms`, `${run.longest} ms of ${run.tasks} tasks`);
  ok(run.rows > 0 && run.rows <= MOST_ROWS, `${name}: at most ${MOST_ROWS} rows in the page`, run.rows);
}
/* At least so many steps of so many pixels, and on until the row is there; by 0: to places all over what has been read. */
const stepping = async ([n, by, row = 0]) => {
  let most = 0;
  const at = () => Number([...document.querySelectorAll('.list .row')].at(-1)?.getAttribute('aria-rowindex') ?? 0);
  for (let i = 0; i < n || (at() < row && i < 20 * n); i++) {
    by ? scrollBy(0, by) : scrollTo(0, (0.37 * i % 1) * document.documentElement.scrollHeight);
    await new Promise((done) => { requestAnimationFrame(() => setTimeout(done, 10)); });
    most = Math.max(most, document.querySelectorAll('.list .row').length);
  }
  return most;
};
/* Always to the end of what has been read, until the row is there. */
const reaching = async ([row, wait]) => {
  let most = 0;
  const all = () => document.querySelectorAll('.list .row');
  for (const over = Date.now() + wait; Number([...all()].at(-1)?.getAttribute('aria-rowindex') ?? 0) < row && Date.now() < over;) {
    scrollTo(0, document.documentElement.scrollHeight);
    await new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
    most = Math.max(most, all().length);
  }
  return most;
};
await b.go('/agent/tickets?filter=all');
const lastRow = () => page.locator('.list .row').last().getAttribute('aria-rowindex').then(Number);
const total = (await call('GET', '/tickets/count?active=true')).count, rows = process.env.HD_SCROLL === 'all' ? total + 1 : 6000;
await calm('scrolling by half a screen, through thousands of rows', stepping, [200, 450, 2000]);
await step('which is how far it went', async () => { if (await lastRow() < 2000) throw new Error(`row ${await lastRow()}`); });
for (let to = Math.min(rows, TRACED); ; to = Math.min(rows, to + TRACED)) {
  await calm(`going on to row ${to}`, reaching, [to, 1000 * TRACED / 20]);
  if (to === rows) break;
}
await step('it is there', async () => { if (await lastRow() < rows) throw new Error(`row ${await lastRow()}`); });
await calm('jumping through them', stepping, [40, 0]);
await step('rows stand without gaps, each once, in the order of the server', async () => {
  await page.evaluate(() => scrollTo(0, 0));
  const ask = await call('GET', '/tickets?active=true&limit=20');
  await page.waitForFunction((id) => Number(document.querySelector('.list .row')?.dataset.row) === id, ask.items[0].id);
  const seen = await page.locator('.list .row').evaluateAll((rows) => rows.slice(0, 20).map((r) => Number(r.dataset.row)));
  return JSON.stringify(seen) === JSON.stringify(ask.items.map((x) => x.id));
});

/* ---- order, filter, groups ---- */

await step('another order comes from the server, and the list begins at its top', async () => {
  await page.evaluate(() => scrollTo(0, 5000));
  await page.evaluate(() => scrollTo(0, 0));
  await page.click('.list th .sort:has-text("Age")');
  await page.waitForURL(/sort=/);
  const sort = new URL(page.url()).searchParams.get('sort');
  const ask = await call('GET', `/tickets?active=true&limit=5&sort=${sort}`);
  await page.waitForFunction((id) => Number(document.querySelector('.list .row')?.dataset.row) === id, ask.items[0].id);
});
for (const [heading, field] of [['Title', 'name'], ['Customer', 'partner_name'], ['Assignee', 'user_id'], ['Stage', 'stage_id']]) {
  await step(`all of them stand in the order of ${heading}, page after page`, async () => {
    await page.click(`.list th .sort:has-text("${heading}")`);
    await page.waitForURL(new RegExp(`sort=${field}`));
    const first = await call('GET', `/tickets?active=true&limit=50&sort=${field}`);
    const then = await call('GET', `/tickets?active=true&limit=100&sort=${field}&after=${first.next}`);
    await page.waitForFunction((id) => Number(document.querySelector('.list .row')?.dataset.row) === id, first.items[0].id);
    await page.evaluate(() => scrollTo(0, document.querySelector('.list .row').offsetHeight * 60));
    await page.waitForFunction((ids) => { const rows = [...document.querySelectorAll('.list .row')].map((r) => Number(r.dataset.row));
      return rows.length > 5 && ids.join().includes(rows.join()); }, [...first.items, ...then.items].map((x) => x.id));
    await page.evaluate(() => scrollTo(0, 0));
  });
}
await step('a group is opened, scrolled and closed', async () => {
  await b.go('/agent/tickets?filter=open&group=priority');
  const group = page.locator('.group-button', { hasText: 'Low' });
  await group.click();
  await page.waitForSelector('.list [data-row]');
  for (let i = 0; i < 12; i++) {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.waitForTimeout(40);
  }
  const rows = await page.locator('.list .row').count();
  await page.evaluate(() => scrollTo(0, 0));
  await group.click();
  await page.waitForSelector('.list [data-row]', { state: 'detached' });
  if (rows > MOST_ROWS) throw new Error(`${rows} rows`);
});

/* ---- the keyboard in a long list ---- */

await step('j goes on beyond the rows on the screen, x selects, Shift and x what is between, Escape lets go', async () => {
  const slow = (route) => setTimeout(() => route.continue(), 1500);       /* the bar comes late: no key is lost meanwhile */
  await page.route('**/app/views/bulk.js', slow);
  await b.go('/agent/tickets?filter=all');
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  for (let i = 0; i < 45; i++) await page.keyboard.press('j');
  await page.waitForFunction(() => document.activeElement?.closest('[data-row]')?.getAttribute('aria-rowindex') === '47');
  await page.keyboard.press('Shift+X');
  await page.waitForSelector('.bulk strong:has-text("46 selected")');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.bulk', { state: 'detached' });
  await page.unroute('**/app/views/bulk.js', slow);
});

/* ---- copying ---- */

const copied = async () => {
  await page.evaluate(() => { document.querySelector('#paste')?.remove(); document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' })); });
  await page.focus('#paste');
  await page.keyboard.press('Control+v');
  return page.inputValue('#paste');
};
const menu = async (item) => {
  await page.click('.view-ticket .head-tools .menu-wrap button');
  await page.locator('.menu [role=menuitem]', { hasText: item }).click();
};
let made;
await step('PRT-4: the customer\'s link is copied and opens the ticket without a login', async () => {
  const team = (await call('GET', '/teams?privacy_visibility=portal&limit=1')).items[0];
  made = await call('POST', '/tickets', { name: `Copied ${Date.now()}`, team_id: team.id });
  await b.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await b.go(`/agent/tickets/${made.id}`);
  await menu('customer’s link');
  await page.waitForSelector('.toast:has-text("Copied")');
  const url = await copied();
  if (!url.startsWith(base)) throw new Error(url);
  const visitor = await (await b.browser.newContext({ locale: 'en-GB' })).newPage();
  const answer = await visitor.goto(url);
  const text = await visitor.textContent('main');
  await visitor.context().close();
  return answer.status() === 200 && text.includes(made.name);
});
await step('and where the browser has no clipboard, as on plain http', async () => {
  await b.go(`/agent/tickets/${made.id}`);
  await page.evaluate(() => { Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true }); });
  await menu('Copy the link');
  await page.waitForSelector('.toast:has-text("Copied")');
  return await copied() === `${base}/agent/tickets/${made.id}`;
});
await step('VIS-12: no customer\'s link where customers see nothing', async () => {
  const team = (await call('GET', '/teams?privacy_visibility=internal&limit=1')).items[0];
  await call('PATCH', `/tickets/${made.id}`, { team_id: team.id });
  await b.go(`/agent/tickets/${made.id}`);
  await page.click('.view-ticket .head-tools .menu-wrap button');
  await page.waitForSelector('.menu [role=menuitem]:has-text("Copy the link")');
  return await page.locator('.menu [role=menuitem]', { hasText: 'customer' }).count() === 0;
});
await b.done();
