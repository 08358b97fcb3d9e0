/*
 * Activities of a ticket, the inbox and what a follower hears of, in a real browser.  TAP.
 * node t/ui/inbox.mjs BASE_URL LOGIN PASSWORD, where LOGIN is an administrator.
 */
import { becomes, desk, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
if (!password) {
  console.log('Bail out! usage: node t/ui/inbox.mjs BASE_URL LOGIN PASSWORD');
  process.exit(2);
}
const { page, go, visit, call, signIn, look, inspect, done } = await desk(base);
const mark = `Y${Date.now()}`;
let ticket, me;

await step('a ticket', async () => {
  await signIn(login, password);
  me = (await call('GET', '/session')).user;
  ticket = await call('POST', '/tickets', { name: `${mark} ticket`, priority: '3' });
  await go(`/agent/tickets/${ticket.id}`);
});
await step('ACT-3: an activity is planned and stands with the ticket', async () => {
  await page.locator('.activities .prop-head button').click();
  await page.fill('dialog input[maxlength="250"]', `${mark} call them`);
  await page.locator('dialog button.btn-primary').click();
  await page.waitForSelector(`.activity:has-text("${mark} call them") .icon-check`);
});
await inspect('a ticket with an activity', { part: '.activities' });
await step('ACT-7: put off from its menu', async () => {
  await page.locator('.activity .menu-wrap > button').first().click();
  await page.locator('.menu [role=menuitem]').first().click();
  return becomes(async () => {
    const a = (await call('GET', `/activities?ticket_id=${ticket.id}`)).items[0];
    return Math.round((Date.parse(`${a.date_deadline}T12:00:00Z`) - Date.now()) / 86_400_000) <= 2;
  }, true);
});
await step('ACT-5: handed over and changed', async () => {
  await page.locator('.activity .menu-wrap > button').first().click();
  await page.locator('.menu [role=menuitem]').nth(2).click();
  await page.fill('dialog input[maxlength="250"]', `${mark} call again`);
  await page.fill('dialog textarea', 'number on file');
  await page.fill('dialog input[type=date]', '2020-01-01');
  await page.locator('dialog button.btn-primary').click();
  await page.waitForSelector(`.activity:has-text("number on file") .tag-warn`);
});
await step('ACT-7: a card has the clock, which opens them', async () => {
  await go(`/agent/board/${ticket.team_id}`);
  await page.locator(`[data-ticket="${ticket.id}"] .clock-overdue`).click();
  await page.waitForSelector(`dialog .activity:has-text("${mark} call again")`);
});
await inspect('the activities of a card', { part: 'dialog' });
await step('ACT-7: Escape goes back to the clock', async () => {
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  return page.evaluate(() => document.activeElement.classList.contains('clock'));
});
await inspect('a board with clocks');
await step('ACT-7: lists are filtered and grouped by it', async () => {
  await go(`/agent/tickets?filter=all&where=${encodeURIComponent('activity_state=overdue')}&group=activity_state`);
  await page.waitForSelector('.group-row, .row-group, tr:has(button[aria-expanded])');
});
await step('ACT-7: all there is to do, as a list and by kind', async () => {
  await go('/agent/activities?of=all');
  await page.waitForSelector(`.activity-rows .activity:has-text("${mark} call again") .activity-ticket:has-text("${mark} ticket")`);
  await inspect('all activities', { part: 'main' });
  await go('/agent/activities?of=all&as=grid');
  await page.waitForSelector(`.view-activities th:has-text("${mark} ticket")`);
  await inspect('activities by ticket and kind', { part: 'main' });
});
await step('ACT-6: one that wants a document is done by uploading it', async () => {
  const kind = (await call('GET', '/activity_types')).items.find((x) => x.category === 'upload_file');
  await call('POST', '/activities', { ticket_id: ticket.id, activity_type_id: kind.id, summary: `${mark} contract` });
  await go(`/agent/tickets/${ticket.id}`);
  await page.locator(`.activity:has-text("${mark} contract") > .btn-icon`).click();
  await page.setInputFiles('dialog input[type=file]', { name: `${mark}.txt`, mimeType: 'text/plain', buffer: Buffer.from('signed') });
  await page.locator('dialog button.btn-primary').click();
  await page.waitForSelector(`.activity:has-text("${mark} contract")`, { state: 'detached' });
  return becomes(async () => (await call('GET', `/tickets/${ticket.id}/attachments`)).items.some((f) => f.name === `${mark}.txt`), true);
});
await step('ACT-6: done with feedback, and it is gone', async () => {
  await page.locator('.activity .btn-icon').first().click();
  await page.fill('dialog textarea', 'all is well');
  await page.locator('dialog button.btn-primary').click();
  await page.waitForSelector('.activity', { state: 'detached' });
  return becomes(async () => (await call('GET', `/tickets/${ticket.id}/messages`)).items.some((m) => m.body.includes('all is well')), true);
});
await step('CHT-6: what I hear of', async () => {
  await page.locator('.follower .menu-wrap > button').first().click();
  await page.locator('.menu [role=menuitemcheckbox]').nth(1).click();
  return becomes(async () => (await call('GET', `/tickets/${ticket.id}/followers`)).items.find((f) => f.partner_id === me.partner_id).subtypes.join(), 'comment,note');
});
await step('CHT-6: somebody is added, told, and hears of what I choose', async () => {
  await page.keyboard.press('Escape');
  const carla = await call('POST', '/contacts', { name: `${mark} Carla`, email: `${mark.toLowerCase()}@example.com` });
  await page.locator('.followers .check input').check();
  await page.fill('.followers [role=combobox]', `${mark} Carla`);
  await page.locator('.followers .combo-item').first().click();
  await page.locator(`.follower:has-text("${mark} Carla") .menu-wrap > button`).click();
  await page.locator('.menu [role=menuitemcheckbox]').nth(1).click();
  return becomes(async () => (await call('GET', `/tickets/${ticket.id}/followers`)).items.find((f) => f.partner_id === carla.id)?.subtypes.join(), 'comment,stage');
});
await step('VIS-20: a team is followed, with what one hears of', async () => {
  await go(`/agent/teams/${ticket.team_id}`);
  const button = page.locator('.followers .prop-head .btn-link');
  if (!(await call('GET', `/teams/${ticket.team_id}/followers`)).items.some((f) => f.partner_id === me.partner_id)) await button.click();
  await page.locator('.follower .menu-wrap > button').first().click();
  await page.locator('.menu [role=menuitemcheckbox]').nth(3).click();
  return becomes(async () => (await call('GET', `/teams/${ticket.team_id}/followers`)).items.find((f) => f.partner_id === me.partner_id)?.subtypes.includes('created'), true);
});
await inspect('the followers of a team', { part: '.side' });
await step('ACT-2: a kind of activity is set up', async () => {
  await go('/agent/settings/activities');
  await page.locator('.head-tools .btn-primary').click();
  await page.fill('dialog input[name=name]', `${mark} kind`);
  await page.fill('dialog input[name=delay_count]', '3');
  await page.selectOption('dialog select[name=delay_unit]', 'weeks');
  await page.selectOption('dialog select[name=chaining_type]', 'trigger');
  await page.selectOption('dialog select[name=triggered_next_type_id]', { index: 1 });
  await page.check('dialog .icons input[value=tools]');
  await inspect('a kind of activity', { part: 'dialog' });
  await page.locator('dialog button.btn-primary').click();
  await page.waitForSelector(`.table:has-text("${mark} kind")`);
  return becomes(async () => {
    const x = (await call('GET', '/activity_types')).items.find((k) => k.name === `${mark} kind`);
    return `${x.delay_count} ${x.delay_unit} ${x.chaining_type} ${x.icon} ${await page.locator(`.table tr:has-text("${mark} kind") .icon-tools`).count()}`;
  }, '3 weeks trigger tools 1');
});
await inspect('kinds of activities', { part: 'main' });
await step('CHT-2: a line of the inbox comes by itself and is read', async () => {
  const other = await call('POST', '/users', { login: `${mark.toLowerCase()}x`, name: 'Told', role: 'user', password: `${mark}-long-enough` });
  await call('POST', '/activities', { ticket_id: ticket.id, activity_type_id: 1, user_id: other.id, date_deadline: '2030-01-01' });
  await page.evaluate(() => fetch('/api/v1/session').then((r) => r.json()).then((s) => fetch('/api/v1/logout', { method: 'POST', headers: { 'X-CSRF': s.csrf } })));
  await page.context().clearCookies();
  await signIn(other.login, `${mark}-long-enough`);
  await visit('/agent/inbox');
  await page.waitForSelector(`.inbox-unread:has-text("${mark} ticket")`);
  await inspect('the inbox', { part: 'main' });
  await page.locator('.head-tools .btn').click();
  await page.waitForSelector('.inbox-unread', { state: 'detached' });
  return becomes(async () => (await call('GET', '/notifications/count')).unread, 0);
});
await step('CHT-2: how to be told is chosen in the account', async () => {
  await go('/agent/settings/account');
  const form = page.locator('.panel', { has: page.locator('select option[value=email]') });
  await form.locator('select').first().selectOption('email');
  await form.locator('button.btn-primary').click();
  return becomes(async () => (await call('GET', '/session')).user.notify_by?.comment, 'email');
});
for (const [lang, theme] of [['fa', 'dark'], ['lt', 'light']]) {
  await look(lang, theme);
  await go('/agent/inbox');
  await inspect(`the inbox in ${lang}, ${theme}`);
  await go('/agent/activities');
  await inspect(`activities in ${lang}, ${theme}`);
}
await done();
