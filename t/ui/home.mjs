/*
 * The dashboard in a real browser.  TAP.  node t/ui/home.mjs BASE_URL LOGIN PASSWORD
 */
import { becomes, desk, ok, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
if (!password) {
  console.log('Bail out! usage: node t/ui/home.mjs BASE_URL LOGIN PASSWORD');
  process.exit(2);
}
const { page, go, settled, call, signIn, look, inspect, done } = await desk(base, { allow: /status of (401|404|412)/ });
const mark = `H${Date.now()}`;
const headCount = async () => Number((await page.textContent('.head-count')).replace(/[۰-۹]/g, (d) => '۰۱۲۳۴۵۶۷۸۹'.indexOf(d)).replace(/\D/g, ''));
const tile = (name) => page.locator('.tile', { has: page.locator('.tile-label', { hasText: new RegExp(`^${name}$`) }) });
const shows = (locator, n) => locator.filter({ hasText: new RegExp(`^${n}$`) }).waitFor();

/* ---- the dashboard ---- */

let me, team, line;
const read = async () => { const d = await call('GET', '/dashboard'); line = d.teams.find((x) => x.team_id === team.id); return d; };
const card = () => page.locator('.team-card', { has: page.locator(`a[href$="/board/${team.id}"]`) });
const count = (name) => card().locator('.team-count', { hasText: name }).locator('.team-number');

await step('DSH-1: who signs in lands on the dashboard', async () => {
  await signIn(login, password);
  await page.waitForURL(/\/agent\/dashboard$/);
  await settled();
  me = (await call('GET', '/session')).user;
  team = await call('POST', '/teams', { name: `${mark} team`, company_id: me.company_id, auto_assignment: false });
  await card().waitFor();              /* a team made elsewhere comes by itself */
});
await step('DSH-5: a card counts what comes in, without a reload', async () => {
  await shows(card().locator('.tile-number'), 0);
  for (const [priority, user_id] of [['3', null], ['1', null], ['2', me.id], ['0', me.id]]) {
    await call('POST', '/tickets', { name: `${mark} ${priority}`, team_id: team.id, user_id, priority });
  }
  await shows(card().locator('.tile-number'), 4);
  await read();
  await shows(count('Unassigned'), line.unassigned);
  await shows(count('Urgent'), line.urgent);
  return line.open === 4 && line.unassigned === 2 && line.urgent === 1;
});
await step('DSH-5: each number opens the list it counts', async () => {
  const wrong = [];
  for (const [what, n] of [['Unassigned', 2], ['Urgent', 1], ['Closed in 7 days', 0]]) {
    await card().locator('.team-count', { hasText: what }).click();
    await page.waitForSelector('.view-list');
    await settled();
    if (await headCount() !== n) wrong.push(`${what}: ${await headCount()}, not ${n}`);
    await page.goBack();
    await card().waitFor();
  }
  return wrong;
});
await step('DSH-2: so do one\'s own', async () => {
  const wrong = [];
  for (const [what, key] of [['My tickets', 'all'], ['High priority', 'high'], ['Urgent', 'urgent']]) {
    const n = (await read()).mine[key].open;
    await shows(tile(what).locator('.tile-number'), n);
    await tile(what).locator('a').click();
    await page.waitForSelector('.view-list');
    await settled();
    if (await headCount() !== n) wrong.push(`${what}: ${await headCount()}, not ${n}`);
    await page.goBack();
    await page.waitForSelector('.view-home .tile');
  }
  return wrong;
});
await step('DSH-4: what is closed is counted today and this week, and listed', async () => {
  const before = (await read()).closed;
  const { columns } = await call('GET', `/teams/${team.id}/board?limit=20`);
  const end = columns.find((c) => c.stage.fold).stage;
  const mine = (await call('GET', `/tickets?team_id=${team.id}&user_id=${me.id}&priority=0`)).items[0];
  await call('PATCH', `/tickets/${mine.id}`, { stage_id: end.id });
  await shows(tile('Closed today').locator('.tile-number'), before.today + 1);
  await shows(tile('Closed in 7 days').locator('.tile-number'), before.week + 1);
  await shows(count('Closed in 7 days'), 1);
  await tile('Closed today').locator('a').click();
  await page.waitForSelector('.view-list');
  await settled();
  if (await headCount() !== before.today + 1) return [`${await headCount()}`];
  await page.goBack();
  await page.waitForSelector('.view-home .tile');
});
await step('DSH-3: one sets a target, and is shown it', async () => {
  await page.click('.tile button:has-text("Set a target")');
  await page.fill('dialog input[name=target]', '7');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.waitForSelector('.tile button:has-text("Target: 7 a day")');
  await page.waitForSelector('.tile-meter');
  return (await call('GET', '/session')).user.helpdesk_target_closed === 7;
});
await step('my tickets come next, and an activity is done from here', async () => {
  const mine = (await call('GET', `/tickets?team_id=${team.id}&user_id=${me.id}&closed=false`)).items[0];
  const type = (await call('GET', '/activity_types')).items[0];
  const todo = await call('POST', '/activities', { ticket_id: mine.id, activity_type_id: type.id, user_id: me.id, summary: `${mark} call`, date_deadline: '2020-01-01' });
  const row = page.locator('.panel .activity', { hasText: `${mark} call` });
  await row.locator('button').first().click();
  await page.waitForSelector('dialog[open]');
  await page.click('dialog .btn-primary');
  await row.waitFor({ state: 'detached' });
  return (await call('GET', `/activities/${todo.id}`)).code === 'not_found';
});
await step('by keyboard: g d comes here, and the tiles are reached by Tab', async () => {
  await go('/agent/tickets?filter=my');
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await page.waitForSelector('.view-home .tile');
  await page.waitForFunction(() => document.activeElement?.tagName === 'H1');
  await page.keyboard.press('Tab');
  return page.evaluate(() => document.activeElement.matches('.tile-link'));
});
for (const [lang, theme, name] of [['en', 'light', 'English'], ['en', 'dark', 'dark'], ['fa', 'light', 'Persian']]) {
  await look(lang, theme);
  await go('/agent/dashboard');
  await page.waitForSelector('.panel .activity-list, .panel .panel-none');
  await inspect(`the dashboard, ${name}`);
}
ok((await page.textContent('h1')).trim() === 'داشبورد', 'the dashboard speaks Persian');
await page.setViewportSize({ width: 360, height: 740 });
await inspect('the dashboard on a phone');
await page.setViewportSize({ width: 1280, height: 900 });
await look('en', 'light');

/* ---- saved views (TKT-8): filter and save, in English and Persian ---- */

const choose = async (button, item) => {
  await page.click(button);
  await page.locator('.menu [role^=menuitem]', { hasText: item }).first().click();
};
const words = { en: { views: 'Views', save: 'Save as a new view', again: 'Save the changes', discard: 'Back to what was saved', begin: 'Begin with this view', edit: 'Rename or share', end: 'Delete the view', filter: 'Filter', high: 'High or urgent' },
  fa: { views: 'نماها', save: 'ذخیره به‌عنوان نمای تازه', again: 'ذخیره تغییرات', discard: 'بازگشت به حالت ذخیره‌شده', begin: 'شروع با این نما', edit: 'تغییر نام یا اشتراک', end: 'حذف نما', filter: 'پالایه', high: 'بالا یا فوری' } };
const VIEW = '.btn-tool[aria-haspopup=menu]:has(.icon-eye)';
const inNav = (name) => page.locator('.nav a', { hasText: name });
const ofName = async (name) => (await call('GET', '/views?limit=200')).items.find((v) => v.name === name);
for (const [lang, w] of Object.entries(words)) {
  const name = `${mark} ${lang}`;
  await look(lang, 'light');
  await go(`/agent/tickets?filter=open&team=${team.id}`);
  await step(`TKT-8: filter and save a view (${lang})`, async () => {
    await choose(`.head-tools button[aria-label="${w.filter}"]`, w.high);
    await page.waitForSelector('.applied .chip');
    await choose(VIEW, w.save);
    await page.fill('dialog input[name=name]', name);
    await page.keyboard.press('Enter');
    await page.waitForURL(/view=\d+/);
    await inNav(name).waitFor();
    const kept = await ofName(name);
    return kept.shared === 'private' && kept.query.where === 'priority>=2' && kept.query.team === String(team.id) && kept.query.columns.includes('ref');
  });
  await step(`TKT-8: the view shows what it asks, from the navigation (${lang})`, async () => {
    await go('/agent/tickets?filter=all');
    await inNav(name).click();
    await page.waitForSelector('.applied .chip');
    await settled();
    const { count } = await call('GET', `/tickets/count?closed=false&active=true&team_id=${team.id}&priority.gte=2`);
    return await headCount() === count && (await page.textContent('h1')).includes(name);
  });
  await step(`TKT-8: what was changed since is marked, taken back, and saved (${lang})`, async () => {
    await page.click('.list th .sort >> nth=1');
    await page.waitForSelector('.view-changed');
    await choose(VIEW, w.discard);
    await page.waitForSelector('.view-changed', { state: 'detached' });
    await page.click('.list th .sort >> nth=1');
    await page.waitForSelector('.view-changed');
    await choose(VIEW, w.again);
    await page.waitForSelector('.view-changed', { state: 'detached' });
    return (await ofName(name)).query.sort === 'name';
  });
  await step(`TKT-8: it is shared, and renamed (${lang})`, async () => {
    await choose(VIEW, w.edit);
    await page.fill('dialog input[name=name]', `${name} 2`);
    await page.locator('dialog .choice').nth(2).click();
    await inspect(`the dialog of a view (${lang})`, { part: 'dialog' });
    await page.click('dialog [type=submit]');
    await inNav(`${name} 2`).waitFor();
    return (await ofName(`${name} 2`)).shared === 'everyone';
  });
  await step(`TKT-8: one begins with it (${lang})`, async () => {
    await choose(VIEW, w.begin);
    if (!await becomes(async () => (await call('GET', '/session')).user.view_id > 0, true)) throw new Error('not kept');
    await go('/agent');
    await page.waitForURL(/view=\d+/);
    return (await page.textContent('h1')).includes(name);
  });
  await step(`TKT-8: a deleted view leaves nothing behind (${lang})`, async () => {
    await choose(VIEW, w.end);
    await page.click('dialog .btn-danger');
    await inNav(name).waitFor({ state: 'detached' });
    await go('/agent');
    await page.waitForURL(/\/agent\/dashboard$/);
    return await ofName(`${name} 2`) === undefined;
  });
}
await look('en', 'light');
await step('TKT-8: a view of a board, and the palette finds it', async () => {
  await go(`/agent/board/${team.id}`);
  await page.waitForSelector('.card');
  const all = await page.locator('.card').count();
  await choose('.head-tools button[aria-label="Filter"]', 'High or urgent');
  await page.waitForSelector('.applied .chip');
  await settled();
  const few = await page.locator('.card').count();
  await choose(VIEW, 'Save as a new view');
  await page.fill('dialog input[name=name]', `${mark} pinned`);
  await page.keyboard.press('Enter');
  await page.waitForURL(/view=\d+/);
  await go('/agent/dashboard');
  await page.keyboard.press('Control+k');
  await page.fill('.palette-field', `${mark} pinned`);
  await page.locator('.palette-on', { hasText: `${mark} pinned` }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/board/${team.id}\\?view=`));
  await page.waitForSelector('.applied .chip');
  await settled();
  return few > 0 && few < all && await page.locator('.card').count() === few;
});
await step('a shared view made elsewhere comes by itself, and opens with what one sees', async () => {
  const made = await call('POST', '/views', { name: `${mark} live`, shared: 'everyone', query: { filter: 'all', q: mark, columns: ['ref', 'state'] } });
  await inNav(made.name).click();
  await page.waitForSelector('.list .row');
  await settled();
  return await page.locator('.list th.c-state').count() === 1 && await page.locator('.list th.c-assignee').count() === 0;
});
await step('words are searched in titles and in the names of customers', async () => {
  await call('POST', '/tickets', { name: 'Something else', team_id: team.id, partner_name: `${mark} Customer` });
  await go('/agent/tickets?filter=all');
  await page.keyboard.press('/');
  await page.keyboard.type(`${mark} cust`);
  await page.keyboard.press('Enter');
  await page.locator('.list .row', { hasText: 'Something else' }).waitFor();
  await settled();
  return await headCount() === 1;
});

await done();
