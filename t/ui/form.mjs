/*
 * The public form in a real browser: with and without JavaScript, by keyboard, in two directions, light and dark.  TAP.
 * node t/ui/form.mjs BASE_URL LOGIN PASSWORD      SHOTS=<dir> leaves pictures there
 */
import { apiOf, axe, end, launch, openPage, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
const HASTE = 1100;       /* nobody fills in a form within a second */

function expect(good, what) {
  if (!good) throw new Error(what);
}

const browser = await launch();
const complaints = [];
const open = (options) => openPage(browser, complaints, /status of (422|429)/, options);
const done = (page) => page.context().close();

/* ---- a team with a form of every kind of field ---- */

const desk = await open();
const { call } = await apiOf(desk, base, login, password);
const stamp = Date.now().toString(36);
const team = await call('POST', '/teams', {
  name: `Device care ${stamp}`, use_website_helpdesk_form: true, website_published: true,
  description: 'Repairs, parts and questions about your device.\nWe answer on working days from 8 to 17.',
  ticket_properties: [{ name: 'serial', type: 'text', label: 'Serial number' }],
});
const topic = await call('POST', '/tags', { name: `Screen ${stamp}` });
const words = (en, fa) => ({ en, fa });
await call('PATCH', `/teams/${team.id}`, { form_fields: [
  { field: 'text', name: 'kind', input: 'radio', required: true, label: words('What can we do?', 'چه کاری می‌توانیم بکنیم؟'),
    options: [{ value: 'repair', label: words('Repair a device', 'تعمیر دستگاه') }, { value: 'ask', label: words('Answer a question', 'پاسخ به یک پرسش') }] },
  { field: 'properties.serial', required: true, label: words('Serial number', 'شماره سریال'), help: words('It is on the back.', 'پشت دستگاه نوشته شده است.'),
    placeholder: 'AB-1234', visibility: 'conditional', condition: { field: 'text.kind', op: '=', value: 'repair' } },
  { field: 'text', name: 'bought', input: 'date', label: words('Bought on', 'تاریخ خرید'), label_position: 'beside',
    visibility: 'conditional', condition: { field: 'properties.serial', op: 'set' } },
  { field: 'name' }, { field: 'description' }, { field: 'priority', input: 'select', label_position: 'beside' },
  { field: 'tag_ids', options: [topic.id], label: words('Topics', 'موضوع‌ها') },
  { field: 'text', name: 'terms', input: 'checkbox', required: true, label: words('I have read the terms', 'شرایط را خوانده‌ام') },
] });
const address = `${base}/support/${team.slug}`;
const shot = async (page, name) => {
  if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`), fullPage: true });
};
const shown = (page, id) => page.locator(`[id="${id}"]`).isVisible();
async function fill(page) {
  await page.fill('#partner_name', 'Vera Visitor');
  await page.fill('#partner_email', 'vera@example.com');
  await page.fill('#name', 'Screen is dark');
}
async function read(page) {
  const ref = (await page.textContent('.reference')).replace(/\D/g, '');
  return call('GET', `/tickets/${Number(ref)}`);
}

/* ---- with JavaScript ---- */

const page = await open();
await step('CHN-14: fields come and go as one types', async () => {
  await page.goto(`${address}?lang=en`);
  await page.waitForSelector('html.live');
  expect(!await shown(page, 'properties.serial'), 'shown before its condition holds');
  await page.check('[id="text.kind"]');
  expect(await shown(page, 'properties.serial'), 'hidden while its condition holds');
  expect(await page.locator('[id="properties.serial"]').getAttribute('required') !== null, 'not required');
  expect(!await shown(page, 'text.bought'), 'shown while what it asks about is empty');
  await page.fill('[id="properties.serial"]', 'AB-1');
  expect(await shown(page, 'text.bought'), 'hidden though what it asks about is filled in');
  expect(!await shown(page, 'properties.serial-when'), 'the sentence is said though it is not needed');
  await page.check('[id="text.kind-2"]');
  expect(!await shown(page, 'properties.serial') && !await shown(page, 'text.bought'), 'shown after its condition has ceased');
  return (await page.locator('[id="properties.serial"]').getAttribute('required')) === null;
});
await step('T-11: what is wrong stands in a list on top, has the focus and leads to the field', async () => {
  await page.evaluate(() => document.querySelector('form').setAttribute('novalidate', ''));
  await fill(page);
  await page.fill('#partner_email', 'vera');
  await page.waitForTimeout(HASTE);
  await page.click('button[type=submit]');
  await page.waitForSelector('.notice');
  expect(await page.evaluate(() => document.activeElement.classList.contains('notice')), 'the list has no focus');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement.id) === 'partner_email', 'the link leads elsewhere');
  await shot(page, 'form-en-errors');
  return await page.inputValue('#name') === 'Screen is dark' && await page.isChecked('[id="text.kind-2"]');
});
await step('a form mended by keyboard alone is taken at once, and what was hidden is not stored', async () => {
  await page.keyboard.press('Control+a');
  await page.keyboard.type('vera@example.com');
  await page.focus('[id="text.terms"]');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.reference');
  await shot(page, 'form-en-thanks');
  const t = await read(page);
  expect(t.description === `Other Information:\nWhat can we do?: Answer a question\nI have read the terms: yes`, t.description);
  return t.properties === null || !('serial' in t.properties) || t.properties.serial === '';
});
await step('the browser itself asks for what is required', async () => {
  await page.goto(address);
  await page.waitForTimeout(HASTE);
  await page.click('button[type=submit]');
  return page.url() === address && await page.evaluate(() => document.querySelector('form').matches(':invalid'));
});
await done(page);

const persian = await open({ locale: 'fa' });
await step('Persian: what is sent by the form becomes a ticket, and the page says so from right to left', async () => {
  await persian.goto(address);
  await fill(persian);
  await persian.fill('#name', 'صفحه تاریک است');
  await persian.getByLabel('پاسخ به یک پرسش').check();
  await persian.getByLabel('شرایط را خوانده‌ام').check();
  await persian.waitForTimeout(HASTE);
  await persian.click('main button[type=submit]');
  await persian.waitForSelector('[dir=rtl] .reference');
  const ref = (await persian.textContent('.reference')).replace(/\D/g, '');
  return (await call('GET', `/tickets/${Number(ref)}`)).name === 'صفحه تاریک است';
});
await done(persian);

/* ---- without ---- */

const plain = await open({ javaScriptEnabled: false });
await step('CHN-14: without JavaScript every field is there and says when it matters', async () => {
  await plain.goto(`${address}?lang=en`);
  expect(await shown(plain, 'properties.serial') && await shown(plain, 'text.bought'), 'a field is missing');
  expect((await plain.textContent('[id="properties.serial-when"]')).includes('Repair a device'), 'no word of the condition');
  await fill(plain);
  await plain.check('[id="text.kind"]');
  await plain.check('[id="text.terms"]');
  await plain.waitForTimeout(HASTE);
  await plain.click('button[type=submit]');
  await plain.waitForSelector('[id="properties.serial-error"]');
  await plain.fill('[id="properties.serial"]', 'AB-2');
  await plain.fill('[id="text.bought"]', '2026-11-01');
  await plain.click('button[type=submit]');
  const t = await read(plain);
  return t.properties.serial === 'AB-2' && t.description.includes('Bought on: 2026-11-01');
});
await done(plain);

/* ---- looks ---- */

for (const [lang, dir] of [['en', 'ltr'], ['fa', 'rtl']]) {
  for (const [device, viewport] of [['desktop', { width: 1280, height: 900 }], ['phone', { width: 360, height: 740 }]]) {
    for (const colorScheme of ['light', 'dark']) {
      const p = await open({ viewport, colorScheme, bypassCSP: true });      /* axe-core sets styles of its own */
      await step(`${lang}, ${device}, ${colorScheme}: fits, and axe finds nothing`, async () => {
        await p.goto(`${address}?lang=${lang}`);
        expect(await p.evaluate(() => document.documentElement.dir) === dir, 'another direction');
        const wide = await p.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wide <= 0, `${wide} pixels too wide`);
        await p.check('[id="text.kind"]');
        await p.fill('[id="properties.serial"]', 'AB-1');
        await shot(p, `form-${lang}-${device}-${colorScheme}`);
        await p.evaluate(() => document.querySelector('form').setAttribute('novalidate', ''));
        const found = async (where) => {
          await p.addScriptTag({ content: axe.source });
          const r = await p.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
          return r.violations.map((v) => `${where}: ${v.id}: ${v.nodes[0].html}`);
        };
        const bad = await found('form');
        await p.waitForTimeout(HASTE);
        await p.click('button[type=submit]');
        await p.waitForSelector('.notice');
        bad.push(...await found('errors'));
        await shot(p, `form-${lang}-${device}-${colorScheme}-errors`);
        await p.goto(`${base}/support?lang=${lang}`);
        bad.push(...await found('list'));
        await shot(p, `list-${lang}-${device}-${colorScheme}`);
        return bad;
      });
      await done(p);
    }
  }
}
await step('fields are large enough to touch (2.5.8)', async () => {
  const p = await open({ viewport: { width: 360, height: 740 } });
  await p.goto(address);
  const small = await p.evaluate(() => [...document.querySelectorAll('input:not([type=hidden], .away *), select, textarea, button, .choice, .languages a')]
    .filter((e) => e.offsetParent).map((e) => [e, e.getBoundingClientRect()])
    .filter(([e, r]) => r.height < 24 && !e.closest('.choice')).map(([e, r]) => `${e.outerHTML.slice(0, 80)} ${r.height}`));
  await done(p);
  return small;
});
await step('the language one chooses stays', async () => {
  const p = await open();
  await p.goto(address);
  await p.click('.languages a[hreflang=sv]');
  await p.goto(`${base}/support`);
  const lang = await p.evaluate(() => document.documentElement.lang);
  await done(p);
  return lang === 'sv';
});
await step('no script, style or policy complains', async () => complaints);
await call('PATCH', `/teams/${team.id}`, { website_published: false });
await browser.close();
end();
