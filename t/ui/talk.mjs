/*
 * The conversation of a ticket in a real browser (CHT-1, CHT-5, CHT-7, CHT-8).  TAP.
 *   node t/ui/talk.mjs URL LOGIN PASSWORD
 */
import { becomes, desk, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
const { page, go: visit, settled, call, signIn, close } = await desk(base, { policy: true });
await signIn(login, password);
const ticket = await call('POST', '/tickets', { name: 'A talk', description: 'It does not print.', user_id: null });
const go = async () => { await visit(`/agent/tickets/${ticket.id}`); await page.waitForSelector('.talk textarea'); };
const texts = () => page.$$eval('.talk-message .rich', (all) => all.map((x) => x.textContent.trim()));

await step('a message is written with the keyboard and shown, rendered', async () => {
  await go();
  await page.keyboard.press('r');
  await page.waitForFunction(() => document.activeElement?.matches('.talk textarea'));
  await page.keyboard.type('Hello **Anna**, see https://x.example/');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.talk-message .rich strong');
  const link = await page.getAttribute('.talk-message .rich a', 'href');
  return link === 'https://x.example/' && await page.inputValue('.talk textarea') === '';
});
await step('a note is marked as one', async () => {
  await page.click('.compose-kinds button >> nth=1');
  await page.fill('.talk textarea', 'She is <img src=x onerror=alert(1)> upset');
  await page.click('.compose button[type=submit]');
  await page.waitForSelector('.talk-note .tag');
  return await page.$('.rich img') === null && (await texts())[0] === 'She is <img src=x onerror=alert(1)> upset';
});
await step('CHT-5: what others change appears without a reload, in words', async () => {
  await call('PATCH', `/tickets/${ticket.id}`, { priority: '3' });
  await page.waitForSelector('.talk-change li:has-text("Priority")');
  return (await page.textContent('.talk-change li')).includes('Urgent');
});
await step('what others say, too', async () => {
  await call('POST', `/tickets/${ticket.id}/messages`, { body: 'From elsewhere' });
  return becomes(async () => (await texts())[0], 'From elsewhere');
});
await step('what is typed is kept on the server and comes back', async () => {
  await page.click('.compose-kinds button >> nth=0');
  await page.fill('.talk textarea', 'Half a sent');
  if (!await becomes(async () => (await call('GET', `/tickets/${ticket.id}/draft`)).draft?.body, 'Half a sent')) throw new Error('not kept');
  await go();
  return becomes(() => page.inputValue('.talk textarea'), 'Half a sent');
});
await step('CHT-8: words are found', async () => {
  await page.fill('.talk-tools input', 'anna');
  return becomes(async () => (await texts()).join('|'), 'Hello Anna, see https://x.example/');
});
await step('CHT-7: one\'s own message is edited', async () => {
  await page.click('.talk-message .menu-wrap button');
  await page.click('.menu [role=menuitem] >> nth=0');
  await page.fill('.talk-message textarea', 'Hello *Anna*');
  await page.click('.talk-message form button[type=submit]');
  return becomes(async () => (await texts()).join('|'), 'Hello Anna');
});
await page.fill('.talk-tools input', '');
await settled();
await close();

/* The checker of accessibility sets styles of its own: without the policy. */
const eyes = await desk(base);
await eyes.signIn(login, password);
for (const [lang, theme] of [['en', 'light'], ['fa', 'dark']]) {
  await eyes.look(lang, theme);
  await eyes.go(`/agent/tickets/${ticket.id}`);
  await eyes.page.waitForSelector('.talk-message');
  if (process.env.SHOTS) await eyes.page.screenshot({ path: `${process.env.SHOTS}/talk-${lang}.png`, fullPage: true });
  await eyes.inspect(`conversation, ${lang} ${theme}`, { part: '.talk' });
}
await eyes.call('DELETE', `/tickets/${ticket.id}`);
await eyes.done();
