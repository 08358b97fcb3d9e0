/*
 * Portal access in a real browser (PRT-6): agents invite and revoke, and the pages of signing in look right and are
 * accessible, in English and Persian.  TAP.  node t/ui/access.mjs URL LOGIN PASSWORD
 */
import { becomes, desk, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
const { page, go, settled, call, signIn, inspect, done } = await desk(base, { allow: /status of (401|410|412)/ });
await signIn(login, password);
const mark = `Vera ${Date.now()}`;
const contact = await call('POST', '/contacts', { name: mark, email: `vera${Date.now()}@example.com` });
const said = () => page.textContent('dialog .after-form [role=status]');
const state = async () => (await call('GET', `/contacts/${contact.id}/portal`)).state;

await step('PRT-6: an agent invites a contact to the portal', async () => {
  await go('/agent/contacts');
  await page.fill('.search input', mark);
  await page.click(`.btn-cell:has-text("${mark}")`);
  await page.click('dialog .after-form button:has-text("Invite to the portal")');
  return await becomes(async () => (await said()).startsWith('Invited on'), true) && await state() === 'invited';
});
await inspect('inviting a contact', { part: 'dialog' });
await step('PRT-6: sends the invitation again', async () => {
  await page.click('dialog .after-form button:has-text("Send the invitation again")');
  await page.waitForSelector('dialog .after-form button:not([disabled]):has-text("Send the invitation again")');
  return await state() === 'invited';
});
await step('PRT-6: and takes the access away, after a question', async () => {
  await page.click('dialog .after-form button:has-text("Revoke access")');
  await page.click('dialog dialog .btn-danger');
  return await becomes(said, 'Access was revoked.') && await state() === 'revoked';
});
const linked = async (purpose) => becomes(async () => new URL(await page.inputValue('dialog input[readonly]')).pathname, purpose);
await step('PRT-6: an administrator may hand the link over himself', async () => {
  await call('POST', `/contacts/${contact.id}/portal`);
  await go('/agent/contacts');
  await page.fill('.search input', mark);
  await page.click(`.btn-cell:has-text("${mark}")`);
  await page.click('dialog .after-form button:has-text("Make a link")');
  return linked('/invitation');
});
await step('PRT-6: who is made without a password has a link, and can be sent another', async () => {
  const name = `Iris ${mark}`;
  await go('/agent/settings/users');
  await page.click('.head-tools .btn-primary');
  await page.fill('dialog input[name=name]', name);
  await page.fill('dialog input[name=login]', name);
  await page.fill('dialog input[name=email]', `iris${Date.now()}@example.com`);
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog input[readonly]');
  if (!await linked('/invitation')) return false;
  const first = await page.inputValue('dialog input[readonly]');
  await page.click('dialog .btn-primary');
  await page.click(`.btn-cell:has-text("${name}")`);
  await page.click('dialog .after-form button:has-text("Send a link")');
  return await linked('/invitation') && await page.inputValue('dialog input[readonly]') !== first;
});
await inspect('a link to hand over', { part: 'dialog:has(input[readonly])' });
await call('POST', '/logout');
for (const lang of ['en', 'fa']) {
  for (const path of ['/signin', '/reset', '/reset?token=none']) {
    await step(`PRT-6: ${path} in ${lang}`, async () => {
      await page.goto(`${base}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      return await page.getAttribute('html', 'dir') === (lang === 'fa' ? 'rtl' : 'ltr');
    });
    await inspect(`${path} in ${lang}`);
  }
}
await step('PRT-6: the sign-in page signs in', async () => {
  await page.goto(`${base}/signin?lang=en&next=/agent/contacts`);
  await page.fill('input[name=login]', login);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  await page.waitForURL(`${base}/agent/contacts`);
  await settled();
  return true;
});
await page.goto(`${base}/my/account`);
await inspect('/my/account');
await done();
