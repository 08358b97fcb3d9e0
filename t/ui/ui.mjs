/*
 * The agents' pages in a real browser.  TAP.  node t/ui/ui.mjs BASE_URL LOGIN PASSWORD
 * The server needs one team with two stages or more.  CHROMIUM names the browser if it is not /usr/bin/chromium.
 */
import { becomes, callFrom, end, inspectPage, launch, ok, settling, step, WAIT } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
if (!password) {
  console.log('Bail out! usage: node t/ui/ui.mjs BASE_URL LOGIN PASSWORD');
  process.exit(2);
}

const browser = await launch();
const complaints = [], violations = [];
let context, page, settled;

/* axe-core sets styles of its own, so it works in a context that does not mind; all else runs under the real policy. */
async function open(options = {}) {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', reducedMotion: 'reduce', ignoreHTTPSErrors: true, ...options });
  page = await context.newPage();
  page.setDefaultTimeout(WAIT);
  settled = settling(page);
  page.on('pageerror', (e) => complaints.push(e.message));
  page.on('console', (m) => {
    const text = m.text();
    if (/Content.Security.Policy/i.test(text)) violations.push(text);
    else if (m.type() === 'error' && !/status of (401|412)/.test(text)) complaints.push(text);
  });
}
await open();
const go = (path) => page.goto(base + path);
const call = (...what) => callFrom(page, ...what);

async function signIn(name = login, secret = password) {
  await go('/agent');
  await page.fill('input[name=login]', name);
  await page.fill('input[name=password]', secret);
  await page.click('button[type=submit]');
  await page.waitForSelector('.nav');
  await settled();
}

await step('a wrong password is refused with a sentence', async () => {
  await go('/agent');
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', 'not the password at all');
  await page.click('button[type=submit]');
  await page.waitForSelector('.problem');
});
await step('sign in', () => signIn());

const title = `Browser test ${Date.now()}`;
let team, columns, stages, id;
await step('the helpdesk has a team with stages', async () => {
  team = (await call('GET', '/teams?limit=1')).items[0];
  stages = (await call('GET', `/teams/${team.id}/board?limit=1`)).columns.map((c) => c.stage);
  columns = stages.filter((s) => !s.fold);
  return columns.length >= 2;
});
await step('create a ticket', async () => {
  await page.keyboard.press('c');
  await page.waitForSelector('dialog[open]');
  await page.fill('dialog input[name=name]', title);
  await page.selectOption('dialog select[name=team_id]', String(team.id));
  await page.fill('dialog textarea[name=description]', 'First line\n<b>second</b> line');
  await page.click('dialog button[type=submit]');
  await page.waitForURL(/\/agent\/tickets\/\d+$/);
  id = Number(page.url().split('/').pop());
  await page.waitForFunction((t) => document.querySelector('h1')?.textContent === t, title);
});
await step('the description is text, never markup', async () => {
  await page.waitForSelector('.prose');
  return await page.locator('.prose b').count() === 0 && (await page.textContent('.prose')).includes('<b>second</b>');
});
await step('the focus is on the heading', () => page.waitForFunction(() => document.activeElement?.tagName === 'H1'));
await step('the list shows tickets', async () => {
  await go(`/agent/tickets?filter=open&team=${team.id}&q=${encodeURIComponent(title)}`);
  await settled();
  return await page.locator('.list .row').count() === 1;
});
await step('j and Enter open the ticket', async () => {
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/agent/tickets/${id}$`));
  await settled();
});
await step('assign to me', async () => {
  await call('PATCH', `/tickets/${id}`, { user_id: null });
  await page.waitForFunction(() => document.querySelector('.side input')?.value === '');     /* an automatic assignee is gone */
  await page.click('.side button:has-text("Assign to me")');
  const me = (await call('GET', '/session')).user;
  await page.waitForFunction((name) => document.querySelector('.side input')?.value === name, me.name);
  await page.waitForSelector('.toast .btn-link');
  return (await call('GET', `/tickets/${id}`)).user_id === me.id;
});
await step('undo takes it back', async () => {
  await page.click('.toast .btn-link');
  await page.waitForFunction(() => document.querySelector('.side input')?.value === '');
  return becomes(async () => (await call('GET', `/tickets/${id}`)).user_id, null);
});
await step('choose an assignee by typing, and nobody again', async () => {
  const name = (await call('GET', '/session')).user.name;
  for (const tries of [1, 2]) {       /* the second time the field has a name already: typing replaces it */
    await page.click('.side input >> nth=0');
    await page.keyboard.type(name.slice(0, 5));
    await page.waitForSelector(`.side .combo-at:has-text("${name}")`);
    await page.keyboard.press('Enter');
    await page.waitForFunction((x) => document.querySelector('.side input').value === x, name);
  }
  await page.keyboard.press('Tab');
  await page.click('.side input >> nth=0');
  await page.locator('.side .combo-item', { hasText: 'Unassigned' }).click();
  await page.waitForFunction(() => document.querySelector('.side input').value === '');
  return becomes(async () => (await call('GET', `/tickets/${id}`)).user_id, null);
});
await step('a change by somebody else appears without a reload', async () => {
  await call('PATCH', `/tickets/${id}`, { name: `${title} changed` });
  await page.waitForFunction((t) => document.querySelector('h1').textContent === t, `${title} changed`);
});
await step('a conflict asks what to keep', async () => {
  await page.click('.head-tools button:has-text("Edit")');
  await page.fill('.form input[name=name]', `${title} mine`);
  await call('PATCH', `/tickets/${id}`, { name: `${title} theirs` });
  await page.click('.form button[type=submit]');
  await page.waitForSelector('dialog .conflict');
  await page.click('dialog .btn-primary');
  await page.waitForFunction((t) => document.querySelector('h1').textContent === t, `${title} mine`);
});
await step('a ticket made elsewhere appears in the list, and stays when assigned to me', async () => {
  await go('/agent/tickets?filter=open');
  await settled();
  const made = await call('POST', '/tickets', { name: `${title} live`, team_id: team.id, priority: '3', user_id: null });
  const row = `[data-row="${made.id}"]`;
  await page.waitForSelector(row);
  await call('PATCH', `/tickets/${made.id}`, { user_id: null });
  await page.waitForFunction((r) => document.querySelector(`${r} .c-assignee`)?.textContent.includes('Unassigned'), row);
  await page.focus(`${row} a`);
  await page.keyboard.press('x');
  await page.click('.bulk .btn:has-text("Assign to me")');
  const me = (await call('GET', '/session')).user;
  await page.waitForFunction(([r, name]) => document.querySelector(`${r} .c-assignee`)?.textContent.includes(name), [row, me.name]);
  await page.waitForSelector('.toast .btn-link');
  if ((await call('GET', `/tickets/${made.id}`)).user_id !== me.id) throw new Error('the server does not know it');
  await call('PATCH', `/tickets/${made.id}`, { active: false });
  await page.waitForSelector(row, { state: 'detached' });
});
const stageNow = async () => (await call('GET', `/tickets/${id}`)).stage_id;
await step('move a card by its menu', async () => {
  await call('PATCH', `/tickets/${id}`, { stage_id: columns[0].id, priority: '3' });
  await go(`/agent/board/${team.id}`);
  await settled();
  await page.click(`[data-ticket="${id}"] .card-move`);
  await page.locator('.menu [role^=menuitem]').nth(stages.indexOf(columns[1])).click();
  await page.waitForSelector(`[data-stage="${columns[1].id}"] [data-ticket="${id}"]`);
  return becomes(stageNow, columns[1].id);
});
await step('move a card by keyboard', async () => {
  await page.focus(`[data-card="${id}"]`);
  await page.keyboard.press('Shift+ArrowLeft');
  await page.waitForSelector(`[data-stage="${columns[0].id}"] [data-ticket="${id}"]`);
  return await becomes(stageNow, columns[0].id)
    && becomes(() => page.evaluate((x) => document.activeElement?.dataset.card === String(x), id), true);
});
await step('drag a card', async () => {
  await page.dragAndDrop(`[data-ticket="${id}"] .card-foot`, `[data-stage="${columns[1].id}"]`, { targetPosition: { x: 60, y: 20 } });
  await page.waitForSelector(`[data-stage="${columns[1].id}"] [data-ticket="${id}"]`);
  return becomes(stageNow, columns[1].id);
});
await step('TKT-2: quick-create in a column', async () => {
  await page.click(`[data-stage="${columns[0].id}"] .column-head .btn-icon`);
  await page.keyboard.type(`${title} quick`);
  await page.keyboard.press('Enter');
  await page.waitForSelector(`[data-stage="${columns[0].id}"] .card-title:has-text("${title} quick")`);
});
await step('STG-10: a temporary fold stays after a reload and changes no record', async () => {
  const stage = async () => JSON.stringify(await call('GET', `/stages/${columns[0].id}`));
  const before = await stage();
  await page.click(`[data-stage="${columns[0].id}"] .menu-wrap:last-child > button`);
  await page.click('.menu [role=menuitem]');
  await page.reload();
  await settled();
  const folded = await page.locator(`[data-stage="${columns[0].id}"]`).count() === 0;
  await page.locator('.column-strip', { hasText: columns[0].name }).first().click();
  return folded && before === await stage();
});
await step('? shows the shortcuts', async () => {
  await page.keyboard.press('?');
  await page.waitForSelector('dialog .help-list');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
});
await step('the palette does what the keys do, finds tickets by their titles, and goes anywhere', async () => {
  await go(`/agent/tickets/${id}`);
  await settled();
  await call('PATCH', `/tickets/${id}`, { user_id: null, priority: '3' });
  await page.waitForFunction(() => document.querySelector('.side input')?.value === '');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('assign me');
  await page.waitForSelector('.palette-on:has-text("Assign to me") kbd:has-text("m")');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.palette', { state: 'detached' });
  const me = (await call('GET', '/session')).user;
  await page.waitForFunction((name) => document.querySelector('.side input')?.value === name, me.name);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('keyboard');
  if (await page.locator('.palette-item', { hasText: 'Show this help' }).count()) throw new Error('the filter keeps what does not fit');
  await page.fill('.palette-field', `${title} mine`);
  await page.locator('.palette-item .ref', { hasText: String(id) }).click();
  await page.waitForSelector('.palette', { state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.keyboard.type(team.name);
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/agent/board/${team.id}$`));
});
await step('a ticket sent by the public form appears in the open list', async () => {
  const published = (await call('GET', '/teams?website_published=true&limit=1')).items[0];
  await go(`/agent/tickets?filter=open&team=${published.id}`);
  await settled();
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(`${base}/support/${published.slug}?lang=en`);
  await visitor.waitForTimeout(1100);   /* nobody fills in a form within a second */
  await visitor.fill('[name=partner_name]', 'Vera Visitor');
  await visitor.fill('[name=partner_email]', 'vera@example.com');
  await visitor.fill('[name=name]', `${title} by form`);
  await visitor.fill('[name=description]', 'It does not work.');
  await visitor.click('button[type=submit]');
  const ref = (await visitor.textContent('.reference')).replace('#', '').trim();
  await visitor.context().close();
  const row = `[data-row="${Number(ref)}"]`;
  await call('PATCH', `/tickets/${Number(ref)}`, { priority: '3' });      /* into the first page of a long list */
  await page.waitForSelector(row);
  const text = await page.textContent(row);
  return text.includes(`${title} by form`) && text.includes('Vera Visitor');
});
await step('who has no right to the helpdesk reads what he follows and is offered no more', async () => {
  const nora = await call('POST', '/users', { name: 'Nora Nil', login: `nora${Date.now()}`, role: 'none', password: 'a long sentence of nora', company_id: team.company_id, company_ids: [team.company_id] });
  await call('PUT', `/tickets/${id}/followers/${nora.partner_id}`);
  const other = await browser.newContext({ locale: 'en-GB' });
  const tab = await other.newPage();
  tab.setDefaultTimeout(WAIT);
  await tab.goto(`${base}/agent`);
  await tab.fill('input[name=login]', nora.login);
  await tab.fill('input[name=password]', 'a long sentence of nora');
  await tab.click('button[type=submit]');
  await tab.waitForSelector(`[data-row="${id}"]`);
  const rows = await tab.locator('.row').count();
  await tab.click(`[data-row="${id}"] a`);
  await tab.waitForSelector('.facts-only');
  const buttons = await tab.locator('.nav-new, .head-tools button, .step-button, .side input').count();
  await other.close();
  await call('PATCH', `/users/${nora.id}`, { active: false });
  if (rows !== 1 || buttons !== 0) throw new Error(`${rows} rows, ${buttons} controls`);
});
await step('an ended session asks again and keeps the text', async () => {
  await page.waitForTimeout(900);
  await settled();       /* what the list still asks must not find the session gone before the form does */
  await page.keyboard.press('c');
  await page.fill('dialog input[name=name]', 'kept');
  await context.clearCookies();
  await page.selectOption('dialog select[name=team_id]', String(team.id));
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog input[name=password]');
  await page.fill('dialog input[name=password]', password);
  await page.locator('dialog:has(input[name=password]) button[type=submit]').click();
  await page.waitForURL(/\/agent\/tickets\/\d+$/);
  await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'kept');
});

/* ---- accessibility: dialogs in light, dark and Persian ---- */

const VIEWS = { list: `/agent/tickets?filter=all`, groups: '/agent/tickets?filter=open&group=priority', missing: '/agent/nowhere', board: `/agent/board/${team?.id}`, ticket: `/agent/tickets/${id}`, contacts: '/agent/contacts',
  companies: '/agent/companies', account: '/agent/settings/account', tokens: '/agent/settings/tokens', teams: '/agent/settings/teams',
  team: `/agent/settings/teams/${team?.id}`, stages: '/agent/settings/stages', users: '/agent/settings/users' };

const inspect = (name) => inspectPage(page, name);
/* What opens above a view; every.mjs looks at the views. */
async function above(kind) {
  await go(VIEWS.list);
  await settled();
  await page.keyboard.press('c');
  await page.waitForSelector('dialog[open]').catch(() => {});
  await inspect(`new ticket, ${kind}`);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' }).catch(() => {});
  await page.keyboard.press('Control+k');
  await page.waitForSelector('.palette').catch(() => {});
  await inspect(`palette, ${kind}`);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' }).catch(() => {});
  await page.keyboard.press('?');
  await page.waitForSelector('dialog .help-list').catch(() => {});
  await inspect(`help, ${kind}`);
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' }).catch(() => {});
}
await step('each view under the real policy', async () => {
  for (const path of Object.values(VIEWS)) {
    await go(path);
    await settled();
  }
});
ok(violations.length === 0, 'no violations of the Content-Security-Policy', violations);
const known = await context.storageState();
await context.close();
await open({ bypassCSP: true, storageState: known });
await above('light');
await step('the dark theme is kept', async () => {
  await page.click('.theme-menu');
  await page.locator('.menu [role=menuitemradio]').last().click();
  await page.reload();
  return page.evaluate(() => document.documentElement.dataset.theme === 'dark');
});
await above('dark');
await step('Persian turns the page around', async () => {
  await page.click('.lang-menu');
  await page.click('.menu [role=menuitemradio]:has-text("فارسی")');
  await page.waitForFunction(() => document.documentElement.dir === 'rtl' && document.documentElement.lang === 'fa');
});
await above('fa');
await step('in Persian the arrow to the left goes on', async () => {
  await call('PATCH', `/tickets/${id}`, { stage_id: columns[0].id });
  await go(`/agent/board/${team.id}`);
  await settled();
  await page.focus(`[data-card="${id}"]`);
  await page.keyboard.press('Shift+ArrowLeft');
  await page.waitForSelector(`[data-stage="${columns[1].id}"] [data-ticket="${id}"]`);
});
await step('a window of 320 pixels needs no sideways scroll', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of [VIEWS.list, VIEWS.board, VIEWS.ticket, VIEWS.team, VIEWS.stages]) {
    await go(path);
    await settled();
    if (!await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)) throw new Error(path);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
});
const reader = { login: `reader${Date.now()}`, name: 'Reader', role: 'user', lang: 'fa', password: 'saffron-river-19-slowly' };
await step('somebody whose language is Persian is made', async () => !!(await call('POST', '/users', reader)).id);
await step('back to English, sign out', async () => {
  await page.click('.lang-menu');
  await page.click('.menu [role=menuitemradio]:has-text("English")');
  await page.waitForFunction(() => document.documentElement.dir === 'ltr');
  await settled();
  await page.click('.user-menu');
  await page.locator('.menu [role=menuitem]').last().click();
  await page.waitForSelector('input[name=login]');
});
await inspect('sign in, dark');
await page.evaluate(() => { localStorage.setItem('hd.lang', 'fa'); localStorage.removeItem('hd.theme'); });
await page.reload();
await page.waitForSelector('[dir=rtl] input[name=login]');
await inspect('sign in, fa');
await step('in a browser where nobody chose a language the account has the say', async () => {
  await context.close();
  await open();
  await signIn(reader.login, reader.password);
  await page.waitForFunction(() => document.documentElement.dir === 'rtl' && document.documentElement.lang === 'fa');
  await page.reload();
  await settled();
  return page.evaluate(() => document.documentElement.lang === 'fa' && localStorage.getItem('hd.lang') === null);
});
ok(complaints.length === 0, 'no errors on the console', complaints);
await browser.close();
end();
