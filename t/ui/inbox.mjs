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
  ticket = await call('POST', '/tickets', { name: `${mark} ticket` });
  await go(`/agent/tickets/${ticket.id}`);
});
await step('ACT-3: an activity is planned and stands with the ticket', async () => {
  await page.locator('.activities .prop-head button').click();
  await page.fill('dialog input[maxlength="250"]', `${mark} call them`);
  await page.locator('dialog button.btn-primary').click();
  await page.waitForSelector(`.activity:has-text("${mark} call them")`);
});
await inspect('a ticket with an activity', { part: '.activities' });
await step('ACT-6: done with feedback, and it is gone', async () => {
  await page.locator('.activity .btn-icon').first().click();
  await page.fill('dialog textarea', 'all is well');
  await page.locator('dialog button.btn-primary').click();
  await page.waitForSelector('.activity', { state: 'detached' });
  return becomes(async () => (await call('GET', `/tickets/${ticket.id}/messages`)).items.some((m) => m.body.includes('all is well')), true);
});
await step('CHT-6: what I hear of', async () => {
  await page.locator('.side .prop-head .btn-icon').last().click();
  await page.locator('.menu [role=menuitemcheckbox]').nth(1).click();
  return becomes(async () => (await call('GET', `/tickets/${ticket.id}/followers`)).items.find((f) => f.partner_id === me.partner_id).subtypes.join(), 'comment,note');
});
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
}
await done();
