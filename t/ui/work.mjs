/*
 * A day's work on tickets: by keyboard alone in English and Persian, the board by mouse, many tabs and one stream, a line
 * that breaks, what can be taken back, paper.  TAP.  node t/ui/work.mjs BASE_URL LOGIN PASSWORD, LOGIN an administrator.
 */
import { becomes, desk, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
if (!password) {
  console.log('Bail out! usage: node t/ui/work.mjs BASE_URL LOGIN PASSWORD');
  process.exit(2);
}
const b = await desk(base, { policy: true, allow: /status of (401|404|412|422)|ERR_FAILED|ERR_INTERNET_DISCONNECTED/ });
const { page, go, settled, call, look, context } = b;
const hosts = new Set();
context.on('request', (r) => { if (/^(?:https?|wss?):/.test(r.url())) hosts.add(new URL(r.url()).origin); });
const mark = `W${Date.now()}`;
const key = (...keys) => keys.reduce((before, k) => before.then(() => page.keyboard.press(k)), Promise.resolve());
const field = async (id, name) => (await call('GET', `/tickets/${id}`))[name];
const here = (what) => page.waitForFunction((x) => document.activeElement?.matches(x), what);
const title = (text) => page.waitForFunction((x) => document.querySelector('h1')?.textContent === x, text);
const column = (stage, id) => `[data-stage="${stage.id}"] [data-ticket="${id}"]`;

/* ---- a team with three stages ---- */

await b.signIn(login, password);
const me = (await call('GET', '/session')).user;
const erik = (await call('GET', '/users?login=erik')).items[0];
const anna = await call('POST', '/contacts', { name: `${mark} Anna`, email: 'anna@example.com' });
const team = await call('POST', '/teams', { name: `${mark} team`, company_id: me.company_id });
await call('PATCH', `/teams/${team.id}`, { auto_assignment: false });
for (const s of (await call('GET', '/stages?limit=200')).items.filter((x) => x.team_ids.includes(team.id))) {
  await call('PATCH', `/stages/${s.id}`, { team_ids: s.team_ids.filter((x) => x !== team.id) });
}
const stages = [];
for (const [i, name] of ['Open', 'Doing', 'Done'].entries()) stages.push(await call('POST', '/stages', { name: `${mark} ${name}`, sequence: 2000 + i * 10, team_ids: [team.id], fold: i === 2 }));
const make = (name, more) => call('POST', '/tickets', { name: `${mark} ${name}`, team_id: team.id, stage_id: stages[0].id, user_id: null, ...more });
const board = `/agent/board/${team.id}`;

/* ---- the keyboard alone ---- */

/* Whatever is pressed with a pointer from here on is counted. */
const pointed = () => page.evaluate(() => {
  window.pointed = 0;
  for (const kind of ['pointerdown', 'mousedown', 'click']) addEventListener(kind, (e) => { if (e.isTrusted && e.detail > 0) window.pointed++; }, true);
});
for (const lang of ['en', 'fa']) {
  const onward = lang === 'fa' ? 'ArrowLeft' : 'ArrowRight', backward = lang === 'fa' ? 'ArrowRight' : 'ArrowLeft';
  const [one, two] = [await make(`first ${lang}`, { priority: '2' }), await make(`second ${lang}`, { priority: '1' })];
  await step(`by keyboard, ${lang}: sign in`, async () => {
    await context.clearCookies();
    await look(lang, 'light');
    await page.goto(`${base}/agent/tickets?filter=open&team=${team.id}&q=${lang}`);
    await page.waitForSelector('input[name=login]');
    await pointed();
    for (let n = 0; n < 20 && !await page.evaluate(() => document.activeElement?.matches('input[name=login]')); n++) await key('Tab');
    await page.keyboard.type(login);
    await key('Tab');
    await page.keyboard.type(password);
    await key('Enter');
    await page.waitForSelector(`[data-row="${two.id}"]`);
    return page.evaluate((l) => document.documentElement.lang === l && document.documentElement.dir === (l === 'fa' ? 'rtl' : 'ltr'), lang);
  });
  await step(`by keyboard, ${lang}: open a ticket of the list, the next, the one before, and answer`, async () => {
    await settled();
    await key('j', 'Enter');
    await title(one.name);
    await key('j');
    await title(two.name);
    await key('k');
    await title(one.name);
    await page.waitForSelector('.talk textarea');
    await key('r');
    await here('.talk textarea');
    await page.keyboard.type(`Answer in ${lang}`);
    await key('Control+Enter');
    await page.waitForSelector(`.talk-message .rich:has-text("Answer in ${lang}")`);
  });
  await step(`by keyboard, ${lang}: assign to somebody, to oneself, and take it back`, async () => {
    await page.evaluate(() => document.querySelector('h1').focus());
    await key('a');
    await here('.side input');
    await page.keyboard.type('Erik');
    await page.waitForSelector('.side .combo-at');
    await key('Enter');
    if (!await becomes(() => field(one.id, 'user_id'), erik.id)) throw new Error('not Erik');
    await page.evaluate(() => document.querySelector('h1').focus());
    await key('m');
    if (!await becomes(() => field(one.id, 'user_id'), me.id)) throw new Error('not me');
    await page.waitForFunction((name) => document.querySelector('.side input').value === name, me.name);
    await page.waitForSelector('.toast >> nth=1');
    await key('z');
    if (!await becomes(() => field(one.id, 'user_id'), erik.id)) throw new Error('not taken back');
    await page.waitForFunction((name) => document.querySelector('.side input').value === name, erik.name);
    await key('z');
    return becomes(() => field(one.id, 'user_id'), null);
  });
  await step(`by keyboard, ${lang}: the palette moves it to a stage by name`, async () => {
    await key('Control+k');
    await here('.palette-field');
    await page.keyboard.type('doing');
    await page.waitForSelector(`.palette-on:has-text("${mark} Doing")`);
    await key('Enter');
    if (!await becomes(() => field(one.id, 'stage_id'), stages[1].id)) throw new Error('not moved');
    await page.waitForSelector('.step-now:has-text("Doing")');
    await key('z');
    return becomes(() => field(one.id, 'stage_id'), stages[0].id);
  });
  await step(`by keyboard, ${lang}: back to the list where one was, then to the board`, async () => {
    await key('u');
    await page.waitForSelector(`[data-row="${two.id}"]`);
    await key('Control+k');
    await here('.palette-field');
    await page.keyboard.type(`${mark} team`);
    await page.waitForSelector(`.palette-on:has-text("${mark} team")`);
    await key('Enter');
    await page.waitForSelector(column(stages[0], one.id));
  });
  await step(`by keyboard, ${lang}: move a card on and back, to oneself, fold, add one, close, take back`, async () => {
    await settled();
    await key(onward);
    for (let n = 0; n < 20 && !await page.evaluate((id) => document.activeElement?.dataset.card === String(id), one.id); n++) await key('j');
    await key(`Shift+${onward}`);
    await page.waitForSelector(column(stages[1], one.id));
    if (!await becomes(() => field(one.id, 'stage_id'), stages[1].id)) throw new Error('not moved on');
    await here(`[data-card="${one.id}"]`);
    await key(`Shift+${backward}`);
    await page.waitForSelector(column(stages[0], one.id));
    if (!await becomes(() => field(one.id, 'stage_id'), stages[0].id)) throw new Error('not moved back');
    await here(`[data-card="${one.id}"]`);
    await key('m');
    if (!await becomes(() => field(one.id, 'user_id'), me.id)) throw new Error('not mine');
    await here(`[data-card="${one.id}"]`);
    await key('n');
    await here('.quick input');
    await page.keyboard.type(`${mark} quick ${lang}`);
    await key('Enter');
    await page.waitForSelector(`.card-title:has-text("${mark} quick ${lang}")`);
    await key('Escape');
    await page.waitForSelector('.quick', { state: 'detached' });
    await page.focus(`[data-card="${one.id}"]`);
    await key('e');
    if (!await becomes(() => field(one.id, 'closed'), true)) throw new Error('not closed');
    await page.waitForSelector('.toast-text:has-text("Done")');
    await key('z');
    if (!await becomes(() => field(one.id, 'closed'), false)) throw new Error('not open again');
    await page.waitForSelector(column(stages[0], one.id));
    await page.focus(`[data-card="${one.id}"]`);
    await key('f');
    await here(`[data-folded="${stages[0].id}"] .column-strip`);
    await key('Enter');
    await page.waitForSelector(column(stages[0], one.id));
  });
  await step(`by keyboard, ${lang}: the help names the keys, and no pointer was used`, async () => {
    await key('?');
    await page.waitForSelector('dialog .help-list');
    await key('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    return await page.evaluate(() => window.pointed) === 0;
  });
}

/* ---- the board ---- */

await look('en', 'light');
const card = await make('card', { priority: '3' });
await step('move on the board by mouse, and take it back', async () => {
  await go(board);
  await page.dragAndDrop(`[data-ticket="${card.id}"] .card-foot`, `[data-stage="${stages[1].id}"]`, { targetPosition: { x: 60, y: 20 } });
  await page.waitForSelector(column(stages[1], card.id));
  if (!await becomes(() => field(card.id, 'stage_id'), stages[1].id)) throw new Error('not moved');
  await page.click('.toast:has-text("Doing") .btn-link');
  await page.waitForSelector(column(stages[0], card.id));
  return becomes(() => field(card.id, 'stage_id'), stages[0].id);
});
await step('what somebody else has changed since is not taken back', async () => {
  await page.click(`[data-ticket="${card.id}"] .state-dot`);
  await page.locator('.menu [role=menuitemradio]').last().click();
  if (!await becomes(() => field(card.id, 'kanban_state'), 'blocked')) throw new Error('not blocked');
  await page.waitForSelector('.toast .btn-link');
  await call('PATCH', `/tickets/${card.id}`, { kanban_state: 'done' });
  await page.waitForSelector(`[data-ticket="${card.id}"] .mark-done`);
  await page.keyboard.press('z');
  await page.waitForSelector(`.toast-bad:has-text("${card.ticket_ref}")`);
  return await field(card.id, 'kanban_state') === 'done';
});
await step('a card’s colour is chosen on the board', async () => {
  await page.click(`[data-ticket="${card.id}"] .card-move`);
  await page.locator('.menu [role=menuitem]').last().click();
  await page.locator('dialog .colour').nth(5).click();
  await page.click('dialog .btn-primary');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.waitForSelector(`[data-ticket="${card.id}"].hue-5`);
  if (!await becomes(() => field(card.id, 'color'), 5)) throw new Error('not stored');
  await page.click('.toast:has-text("Colour") .btn-link');
  return becomes(() => field(card.id, 'color'), 0);
});
const menu = async (stage, item) => {
  await page.click(`[data-stage="${stage.id}"] .column-head .menu-wrap > button`);
  await page.locator('.menu [role^=menuitem]', { hasText: item }).click();
};
const order = () => page.locator('.board > section').evaluateAll((all) => all.map((x) => x.dataset.stage ?? x.dataset.folded).join());
await step('STG-4: a moved column is put back by undo', async () => {
  const before = await order();
  await menu(stages[0], 'Move later');
  if (!await becomes(order, [stages[1], stages[0], stages[2]].map((s) => s.id).join())) throw new Error(await order());
  await page.click('.toast:has-text("place 2") .btn-link');
  return becomes(order, before);
});
await step('a stage goes from its column’s menu, and its tickets to the one chosen', async () => {
  const extra = await call('POST', '/stages', { name: `${mark} Extra`, sequence: 2005, team_ids: [team.id] });
  const moved = [await make('of extra', { stage_id: extra.id }), await make('archived of extra', { stage_id: extra.id })];
  await call('PATCH', `/tickets/${moved[1].id}`, { active: false });
  await page.waitForSelector(column(extra, moved[0].id));
  await menu(extra, 'Remove stage');
  await page.waitForSelector('dialog select');
  await page.selectOption('dialog select', String(stages[1].id));
  await page.click('dialog .btn-danger');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.waitForSelector(`[data-stage="${extra.id}"]`, { state: 'detached' });
  for (const x of moved) if (await field(x.id, 'stage_id') !== stages[1].id) throw new Error(x.name);
  return (await call('GET', `/stages/${extra.id}`)).status === 404;
});
await step('one that another team has too only leaves this team', async () => {
  const other = (await call('GET', '/teams?limit=2')).items.find((x) => x.id !== team.id);
  const both = await call('POST', '/stages', { name: `${mark} Both`, sequence: 2006, team_ids: [team.id, other.id] });
  await page.waitForSelector(`[data-stage="${both.id}"]`);
  await menu(both, 'Remove stage');
  await page.waitForSelector(`dialog p:has-text("${other.name}")`);
  await page.click('dialog .btn-danger:not(:disabled)');
  await page.waitForSelector(`[data-stage="${both.id}"]`, { state: 'detached' });
  const kept = await call('GET', `/stages/${both.id}`);
  await call('DELETE', `/stages/${both.id}`);
  return kept.team_ids.join() === String(other.id);
});

/* ---- ten tickets in a row ---- */

await step('Escape leaves the composer, what was typed stays, and the next ticket is a key away', async () => {
  await go(`/agent/tickets?filter=open&team=${team.id}`);
  await key('j', 'Enter');
  await page.waitForSelector('.talk textarea');
  const first = page.url();
  await key('r');
  await here('.talk textarea');
  await page.keyboard.type('Half an answer');
  await key('Escape');
  if (await page.inputValue('.talk textarea') !== 'Half an answer') throw new Error('the text is gone');
  await key('j');
  await page.waitForFunction((url) => location.href !== url, first);
  await key('k');
  await page.waitForFunction((url) => location.href === url, first);
  await page.waitForFunction(() => document.querySelector('.talk textarea')?.value === 'Half an answer');
  await page.fill('.talk textarea', '');
  await key('Escape');
});
await step('back in the list and on the board the focus is where one was, not at the top', async () => {
  await key('u');
  await page.waitForSelector('.list [data-row]');
  await page.waitForFunction(() => document.activeElement?.matches('h1, [data-link]'));
  await key('j', 'j', 'j');
  const third = await page.evaluate(() => document.activeElement.dataset.link);
  await key('Enter');
  await page.waitForSelector('.talk textarea');
  await key('j');
  await page.waitForFunction((id) => !location.pathname.endsWith(`/${id}`), third);
  const last = new URL(page.url()).pathname.split('/').at(-1);
  await key('u');
  await here(`[data-link="${last}"]`);
  await go(board);
  await key('j', 'j');
  const card = await page.evaluate(() => document.activeElement.dataset.card);
  await key('Enter');
  await page.waitForSelector('.talk textarea');
  await key('u');
  await here(`[data-card="${card}"]`);
});
await step('a card that was quickly added has the focus when that is done with', async () => {
  await key('n');
  await here('.quick input');
  await page.keyboard.type(`${mark} quickly`);
  await key('Enter');
  const link = page.locator('[data-card]', { hasText: `${mark} quickly` });
  await link.waitFor();
  await key('Escape');
  await here(`[data-card="${await link.getAttribute('data-card')}"]`);
});
await step('taken back, a move leaves the state as it was before', async () => {
  const one = await make('blocked', { kanban_state: 'blocked' });
  await go(`/agent/tickets/${one.id}`);
  await key('e');
  if (!await becomes(() => field(one.id, 'stage_id'), stages[2].id)) throw new Error('not closed');
  await page.waitForSelector('.toast');
  await key('z');
  if (!await becomes(() => field(one.id, 'stage_id'), stages[0].id)) throw new Error('not taken back');
  return becomes(() => field(one.id, 'kanban_state'), 'blocked');
});
await step('the palette keeps what was first in its place when tickets are found', async () => {
  const one = await make('Rassign the passage');
  await go('/agent/dashboard');
  await key('Control+k');
  await here('.palette-field');
  await page.keyboard.type('passag');
  await page.waitForSelector(`.palette-item:has-text("${one.name}")`);
  await page.fill('.palette-field', 'import');
  await page.waitForSelector('.palette-on:has-text("Import tickets")');
  const found = /\/api\/v1\/tickets\?.*impor/;
  await page.route(found, (r) => r.fulfill({ json: { items: [one], next: null } }));
  await page.fill('.palette-field', 'impor');
  await page.waitForSelector(`.palette-item:has-text("${one.name}")`);
  await page.unroute(found);
  const on = await page.textContent('.palette-on');
  await key('Escape');
  return on.includes('Import tickets');
});

/* ---- the ticket ---- */

const [mine, theirs] = [await make('of Anna', { partner_id: anna.id }), await make('also of Anna', { partner_id: anna.id })];
await step('the customer’s other tickets stand beside, and new ones come by themselves', async () => {
  await go(`/agent/tickets/${mine.id}`);
  await page.waitForSelector(`.other:has-text("${theirs.name}")`);
  const third = await make('third of Anna', { partner_id: anna.id });
  await page.waitForSelector(`.other:has-text("${third.name}")`);
  if (await page.locator('.other', { hasText: mine.name }).evaluateAll((all, name) => all.some((x) => x.querySelector('.other-name').textContent === name), mine.name)) throw new Error('itself is among them');
  await page.click(`.other:has-text("${theirs.name}")`);
  await title(theirs.name);
});
await step('edited by two: what only one has changed is kept without a question, the rest is asked, and all is taken back', async () => {
  await b.visit(`/agent/tickets/${theirs.id}`);
  await page.waitForSelector('.talk textarea');
  const heard = /\/api\/v1\/tickets\?.*id\.in/;         /* what the other one saves is not heard of before this page sends its own */
  await page.route(heard, (r) => r.abort());
  await page.keyboard.press('i');
  await page.fill('.form input[name=name]', `${mark} my title`);
  await page.fill('.form input[name=partner_phone]', '+370 1');
  await call('PATCH', `/tickets/${theirs.id}`, { description: 'Their text', partner_phone: '+46 2' });
  await page.click('.form button[type=submit]');
  await page.waitForSelector('dialog .conflict');
  const asked = await page.locator('dialog .conflict legend').allTextContents();
  await page.locator('dialog .conflict input').nth(1).check();
  await page.click('dialog .btn-primary');
  await title(`${mark} my title`);
  await page.unroute(heard);
  const got = await call('GET', `/tickets/${theirs.id}`);
  await page.keyboard.press('z');
  await title(theirs.name);
  const back = await call('GET', `/tickets/${theirs.id}`);
  if (asked.length !== 1 || got.description !== 'Their text' || got.partner_phone !== '+46 2' || back.description !== 'Their text') return [asked.join(), JSON.stringify([got.description, got.partner_phone, back.description])];
});
await step('a follower taken away and an activity cancelled come back as they were', async () => {
  const path = `/tickets/${theirs.id}`;
  await call('POST', `${path}/followers`, { partner_ids: [erik.partner_id], notify: false });
  await call('PATCH', `${path}/followers/${erik.partner_id}`, { subtypes: ['note'] });
  const type = (await call('GET', '/activity_types')).items[0];
  await call('POST', '/activities', { ticket_id: theirs.id, activity_type_id: type.id, summary: `${mark} ring`, date_deadline: '2027-01-15' });
  const of = async () => (await call('GET', `${path}/followers`)).items.find((f) => f.partner_id === erik.partner_id)?.subtypes.join();
  await go(`/agent${path}`);
  await page.click(`.follower:has-text("${erik.name}") > button`);
  if (!await becomes(of, undefined)) throw new Error('still follows');
  await page.click('.toast .btn-link');
  if (!await becomes(of, 'note')) throw new Error(`hears of ${await of()}`);
  await page.click('.activity .menu-wrap button');
  await page.locator('.menu [role=menuitem]').last().click();
  const planned = async () => (await call('GET', `/activities?ticket_id=${theirs.id}`)).items.map((a) => `${a.summary} ${a.date_deadline}`).join();
  if (!await becomes(planned, '')) throw new Error('still planned');
  await page.waitForSelector(`.toast:has-text("${mark} ring")`);
  await page.keyboard.press('z');
  return becomes(planned, `${mark} ring 2027-01-15`);
});
await step('printed: all that was said, the facts, and nothing to press', async () => {
  for (let n = 0; n < 3; n++) await call('POST', `/tickets/${mine.id}/messages`, { body: `Printed ${n}` });
  await page.route('**/thread*', async (r) => {         /* as if a page held two */
    const url = new URL(r.request().url());
    url.searchParams.set('limit', '2');
    await r.continue({ url: url.href });
  });
  await page.evaluate(() => { window.printed = []; window.print = () => window.printed.push([...document.querySelectorAll('.talk-message .rich')].map((x) => x.textContent.trim())); });
  await b.visit(`/agent/tickets/${mine.id}`);
  await page.waitForSelector('.talk-message');
  await page.keyboard.press('Control+p');
  await page.waitForFunction(() => window.printed.length === 1);
  const [said] = await page.evaluate(() => window.printed);
  await page.unroute('**/thread*');
  await page.evaluate(() => { document.documentElement.dataset.theme = 'dark'; });
  await page.emulateMedia({ media: 'print' });
  const seen = await page.evaluate(() => {
    const shown = (x) => x.checkVisibility() && x.getBoundingClientRect().height > 1;
    return { controls: [...document.querySelectorAll('button, input, select, textarea, nav, .bar')].filter(shown).map((x) => x.outerHTML.slice(0, 90)),
      facts: [...document.querySelectorAll('.printed dd')].filter(shown).map((x) => x.textContent), ink: getComputedStyle(document.querySelector('.talk-message .rich')).color,
      paper: getComputedStyle(document.querySelector('.talk-message article')).backgroundColor };
  });
  await page.emulateMedia({ media: null });
  await page.evaluate(() => { delete document.documentElement.dataset.theme; });
  if (said.join() !== 'Printed 2,Printed 1,Printed 0' || seen.controls.length || !seen.facts.includes('anna@example.com') || !seen.facts.includes(team.name)
    || seen.ink !== 'rgb(0, 0, 0)' || seen.paper !== 'rgb(255, 255, 255)') return [said.join(), JSON.stringify(seen)];
});

/* ---- tabs, a broken line ---- */

await step('two tabs have one event stream, and both hear; the one left goes on when the other is closed', async () => {
  const streams = [];
  context.on('request', (r) => { if (r.url().includes('/api/v1/events')) streams.push(r); });
  const second = await context.newPage();
  await second.goto(`${base}/agent/tickets/${mine.id}`);
  await second.waitForSelector('.talk textarea');
  await call('PATCH', `/tickets/${mine.id}`, { name: `${mark} heard` });
  for (const tab of [page, second]) await tab.waitForFunction((x) => document.querySelector('h1')?.textContent === x, `${mark} heard`);
  if (streams.length) throw new Error(`${streams.length} streams more`);
  await page.goto('about:blank');                             /* the first had the stream */
  await second.waitForFunction(() => navigator.locks.query().then((q) => q.held.length === 1));
  const change = (name) => second.evaluate(async ([id, n]) => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    await fetch(`/api/v1/tickets/${id}`, { method: 'PATCH', headers: { 'X-CSRF': csrf, 'Content-Type': 'application/json' }, body: JSON.stringify({ name: n }) });
  }, [mine.id, name]);
  await change(`${mark} still heard`);
  await second.waitForFunction((x) => document.querySelector('h1')?.textContent === x, `${mark} still heard`);
  const strange = streams.filter((r) => r.frame().page() !== second).length;
  await second.close();
  if (!streams.length || strange) return [`${streams.length} streams, ${strange} of the closed tab`];
});
await step('no connection: it is said, a change is taken back and can be sent again, what others did is caught up with', async () => {
  const other = await b.browser.newContext({ storageState: await context.storageState() });
  const helper = await other.newPage();
  await helper.goto(`${base}/healthz`);
  const elsewhere = (body) => helper.evaluate(async ([id, x]) => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    return (await fetch(`/api/v1/tickets/${id}`, { method: 'PATCH', headers: { 'X-CSRF': csrf, 'Content-Type': 'application/json' }, body: JSON.stringify(x) })).status;
  }, [mine.id, body]);
  await go(`/agent/tickets/${mine.id}`);
  await page.waitForSelector('.talk textarea');
  await context.setOffline(true);
  await page.waitForSelector('.offline');
  if (await elsewhere({ name: `${mark} meanwhile` }) !== 200) throw new Error('the other one failed');
  await page.fill('.talk textarea', 'Typed without a line');
  await page.locator('.side .rate label >> nth=3').click();
  await page.waitForSelector('.toast-bad:has-text("Not saved")');
  if (await page.locator('.side .rate input:checked').getAttribute('value') === '3') throw new Error('shown as if it were saved');
  await context.setOffline(false);
  await title(`${mark} meanwhile`);
  await page.waitForSelector('.offline', { state: 'detached' });
  await page.click('.toast-bad .btn-link');
  if (!await becomes(() => field(mine.id, 'priority'), '3')) throw new Error('not sent again');
  if (!await becomes(async () => (await call('GET', `/tickets/${mine.id}/draft`)).draft?.body, 'Typed without a line')) throw new Error('the draft is not kept');
  await other.close();
});
await step('no connection: what is typed outlives a reload, what was shown stays, and what could not be read is read once it is back', async () => {
  const one = await make('on a bad line');
  await call('POST', `/tickets/${one.id}/messages`, { body: 'Said before' });
  await go(`/agent/tickets/${one.id}`);
  await page.waitForSelector('.talk-message:has-text("Said before")');
  let tried = 0;
  await page.route('**/api/v1/**', (r) => { if (r.request().url().includes('/thread')) tried++; return r.abort(); });         /* the stream goes on: there are news of what cannot be read */
  await page.fill('.talk textarea', 'Typed on a bad line');
  const line = await context.newPage();
  await line.goto(`${base}/agent`);
  await line.evaluate(async (id) => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const post = (path, body) => fetch(`/api/v1${path}`, { method: path.endsWith('messages') ? 'POST' : 'PATCH', headers: { 'X-CSRF': csrf, 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    await post(`/tickets/${id}/messages`, { body: 'Said meanwhile' });
    await post(`/tickets/${id}`, { name: 'Renamed meanwhile' });
  }, one.id);
  await line.close();
  if (!await becomes(() => tried >= 3, true)) throw new Error(`the conversation was read ${tried} times`);
  const failed = await page.locator('.talk .empty').count(), shown = await page.locator('.talk-message').count();
  await page.unroute('**/api/v1/**');
  await context.setOffline(true);
  await page.waitForSelector('.offline');
  await context.setOffline(false);
  await page.waitForSelector('.talk-message:has-text("Said meanwhile")');
  await title('Renamed meanwhile');
  await page.route('**/draft*', (r) => r.abort());
  await page.fill('.talk textarea', 'Typed, then reloaded');
  await page.reload();
  await page.unroute('**/draft*');
  await page.waitForFunction(() => document.querySelector('.talk textarea')?.value === 'Typed, then reloaded');
  if (failed || shown !== 1) throw new Error(`${failed} failed, ${shown} shown`);
  return becomes(async () => (await call('GET', `/tickets/${one.id}/draft`)).draft?.body, 'Typed, then reloaded');
});
await step('no request went to any other host', async () => [...hosts].filter((x) => x !== base));
await b.done();
