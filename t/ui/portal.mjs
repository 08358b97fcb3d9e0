/*
 * The customer's portal in a real browser, without JavaScript: the lists, a ticket, answering with a file, closing, the
 * same by a link; English and Persian, desk and phone, axe (PRT-1 .. PRT-5, SLF-6, VIS-22).  TAP.
 * node t/ui/portal.mjs BASE_URL LOGIN PASSWORD      SHOTS=<dir> leaves pictures there
 */
import { join } from 'node:path';
import { apiOf, axe, end, launch, ok, openPage, signInBy, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
const SECRET = 'copper-walnut-19-evening';
const browser = await launch();
const complaints = [];
const open = (options) => openPage(browser, complaints, /status of (422|404)/, options);
const done = (page) => page.context().close();
const shot = async (page, name) => { if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage: true }); };
async function inspect(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.addScriptTag({ content: axe.source });
  const r = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return [...(wide > 0 ? [`${page.url()}: ${wide} pixels too wide`] : []), ...r.violations.map((v) => `${page.url()}: ${v.id}: ${v.nodes[0].html}`)];
}

/* ---- a customer with two tickets ---- */

const desk = await open();
const { signed, call } = await apiOf(desk, base, login, password);
const stamp = Date.now().toString(36);
const team = await call('POST', '/teams', { name: `Workshop ${stamp}`, allow_portal_ticket_closing: true });
const user = await call('POST', '/users', { login: `vera-${stamp}`, name: 'Vera Visitor', role: 'portal', lang: 'en' });
await call('PUT', `/users/${user.id}/password`, { password: SECRET });
const make = (name, description) => call('POST', '/tickets', { name, description, team_id: team.id, partner_id: user.partner_id, user_id: signed.user.id });
const ticket = await make('Kaffemaskinen läcker', 'Det kommer vatten ur botten.\nSee the picture.');
const second = await make('دستگاه روشن نمی‌شود', 'از دیروز روشن نمی‌شود.');
await call('POST', `/tickets/${ticket.id}/messages`, { body: 'Thank you. **Which model** is it?\n\n- X1\n- X2' });
await call('POST', `/tickets/${ticket.id}/messages`, { subtype: 'note', body: 'NOT-FOR-CUSTOMERS' });
const { url: link } = await call('POST', `/tickets/${ticket.id}/link`);

/* ---- without JavaScript ---- */

const page = await open({ javaScriptEnabled: false });
await signInBy(page, base, user.login, SECRET);
await step('PRT-1: from /my to her tickets, searched and sorted', async () => {
  await page.goto(`${base}/my`);
  await page.click('.counters a >> nth=0');
  await page.fill('#q', 'kaffe');
  await page.click('form.search summary');
  await page.selectOption('#sort', 'title');
  await page.click('form.search button');
  return await page.locator('.tickets .title').count() === 1 && await page.inputValue('#q') === 'kaffe';
});
await step('PRT-2, CHT-9: her ticket, without notes; she answers with a file', async () => {
  await page.click('.tickets .title');
  if ((await page.content()).includes('NOT-FOR-CUSTOMERS')) return ['a note is shown'];
  await page.fill('#text', 'It is an X1.');
  await page.setInputFiles('#files', { name: 'läcka.png', mimeType: 'image/png', buffer: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') });
  await page.click('button[value=say]');
  const said = page.locator('.thread .message', { hasText: 'It is an X1.' });
  await said.waitFor();
  const file = await said.locator('.files a').textContent();
  return file === 'läcka.png' ? [] : [file];
});
await step('an empty answer comes back with a sentence', async () => {
  await page.click('button[value=say]');
  await page.waitForSelector('.notice[role=alert]');
  return await page.locator('#text[aria-invalid=true]').count() === 1;
});
await step('SLF-6: she closes it, saying why', async () => {
  await page.fill('#text', 'It was the seal.');
  await page.click('button[value=close]');
  await page.waitForSelector('.message.event');
  return await page.locator('button[value=close]').count() === 0 && (await call('GET', `/tickets/${ticket.id}`)).closed_by_partner;
});
await done(page);
const visitor = await open({ javaScriptEnabled: false });
await step('VIS-22: whoever has the link answers under a name', async () => {
  await visitor.goto(link);
  await visitor.fill('#name', 'Åsa');
  await visitor.fill('#text', 'I am her colleague.');
  await visitor.click('button[value=say]');
  await visitor.locator('.thread .message', { hasText: 'I am her colleague.' }).waitFor();
  return (await visitor.locator('.thread .message').last().textContent()).includes('Åsa');
});
await done(visitor);
const abroad = await open({ timezoneId: 'Asia/Tokyo' });
await step('PRT-2: whose zone the desk does not know reads times by the clock of the browser', async () => {
  await abroad.goto(link);
  await abroad.waitForSelector('time[title]');
  const wrong = await abroad.locator('time').evaluateAll((all) => all.filter((x) => x.textContent
    !== new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' }).format(new Date(x.dateTime))).map((x) => x.outerHTML));
  return wrong.concat(await abroad.locator('time').count() > 2 ? [] : ['no times']);
});
await step('she chooses Persian on the link, and stays at her ticket', async () => {
  await abroad.click('.languages a[lang=fa]');
  await abroad.waitForSelector('html[dir=rtl] h1');
  return (await abroad.textContent('h1')) === ticket.name;
});
await step('PRT-6: a sign-in in another language goes on to where one wanted to go', async () => {
  await abroad.goto(`${base}/my/ticket/${ticket.id}`);
  await abroad.waitForSelector('#login');
  await abroad.click('.languages a[lang=lt]');
  await abroad.waitForSelector('html[lang=lt]');
  await abroad.click('.languages a[lang=fa]');
  await abroad.waitForSelector('html[lang=fa][dir=rtl]');
  await abroad.fill('#login', user.login);
  await abroad.fill('#password', SECRET);
  await abroad.click('main button[type=submit]');
  await abroad.waitForURL(`**/my/ticket/${ticket.id}`);
});
await step('Persian: and she answers there', async () => {
  if (await abroad.evaluate(() => document.documentElement.lang) !== 'fa') throw new Error('not in Persian');
  await abroad.fill('#text', 'هنوز روشن نمی‌شود.');
  await abroad.click('button[value=say]');
  await abroad.locator('.thread .message', { hasText: 'هنوز روشن نمی‌شود.' }).waitFor();
  return (await call('GET', `/tickets/${ticket.id}/messages`)).items.some((m) => m.body === 'هنوز روشن نمی‌شود.');
});
await done(abroad);

/* ---- looks ---- */

for (const [lang, dir, viewport, colorScheme] of [['en', 'ltr', { width: 1280, height: 900 }, 'light'], ['fa', 'rtl', { width: 360, height: 740 }, 'dark']]) {
  const p = await open({ viewport, colorScheme, bypassCSP: true });       /* axe-core sets styles of its own */
  await signInBy(p, base, user.login, SECRET);
  for (const [name, path] of [['my', '/my'], ['tickets', '/my/tickets?state=all&group=stage'], ['ticket', `/my/ticket/${second.id}`], ['thread', `/my/ticket/${ticket.id}`],
    ['none', '/my/ticket/99999999'], ['link', link.slice(base.length)]]) {
    await step(`${lang}: ${name}: fits, and axe finds nothing`, async () => {
      await p.goto(`${base}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`);
      const got = await p.evaluate(() => document.documentElement.dir);
      await shot(p, `portal-${lang}-${name}`);
      return [...(got === dir ? [] : [`written ${got}`]), ...await inspect(p)];
    });
  }
  await done(p);
}
await step('agents see what customers see', async () => {
  await desk.goto(`${base}/my/ticket/${second.id}`);
  return await desk.locator('.who').isVisible() && await desk.locator('form').count() === 0;
});
ok(complaints.length === 0, 'no script, style or policy complains', complaints);
await call('PATCH', `/teams/${team.id}`, { active: false });
await call('PATCH', `/users/${user.id}`, { active: false });
await browser.close();
end();
