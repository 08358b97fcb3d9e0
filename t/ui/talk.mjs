/*
 * The conversation of a ticket or a team in a real browser (CHT-1, CHT-3 .. CHT-8, T-01): what is written, with whom, with
 * which files, and that nothing of others' HTML runs.  TAP.
 *   node t/ui/talk.mjs URL LOGIN PASSWORD
 */
import { becomes, desk, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
let hostile = false;         /* what is parsed and never shown may break the policy, and says so on the console */
const { page, browser, go: visit, settled, call, signIn, close } = await desk(base, { policy: true, allow: { test: (text) => /status of (401|412|413)/.test(text) || (hostile && /Content Security Policy|TrustedHTML/i.test(text)) } });
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
await step('CHT-7: what stood there before is shown from "edited"', async () => {
  await page.click('.talk-edited');
  await page.waitForSelector('dialog .earlier li');
  const list = await page.$$eval('.earlier .rich-plain', (all) => all.map((x) => x.textContent));
  if (list.join('|') !== 'Hello *Anna*|Hello **Anna**, see https://x.example/') return [list.join('|')];
});
await step('a message at the edge of the window lies in front of an open dialog, is read out there and can be clicked', async () => {
  await page.evaluate(async () => {
    const { toast } = await import('/app/parts/dialog.js');
    toast('In front', { undo: () => { window.undone = true; } });
  });
  await page.click('dialog .toast:has-text("In front") .btn-link', { timeout: 3000 });
  return await page.evaluate(() => window.undone === true && document.querySelector('dialog [role=status]').textContent === 'Taken back: In front');
});
await page.keyboard.press('Escape');
await page.waitForSelector('dialog', { state: 'detached' });

/* ---- mentions ---- */

const box = '.talk .compose textarea';
const newest = async (kind) => (await call('GET', `/tickets/${ticket.id}/messages`)).items.filter((m) => !kind || m.subtype === kind).at(-1);
const anna = await call('POST', '/users', { name: 'Anna Åström', login: `anna${Date.now()}`, role: 'user', password: 'a long sentence of anna', company_id: 1, company_ids: [1] });
await step('CHT-3: after @ colleagues are offered; the arrow keys and Enter choose, and who is named is mentioned', async () => {
  await page.keyboard.press('n');
  await page.waitForFunction((at) => document.activeElement?.matches(at), box);
  await page.keyboard.type('Ask @ast');
  const offers = async () => (await page.$$eval('[role=option] > bdi', (all) => all.map((x) => x.textContent))).join();
  await becomes(offers, 'Anna Åström');        /* who began like that was offered before */
  const offered = await offers();
  const active = await page.evaluate((at) => document.getElementById(document.querySelector(at).getAttribute('aria-activedescendant'))?.textContent ?? '', box);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.keyboard.type('please');
  const text = await page.inputValue(box);
  await page.keyboard.press('Control+Enter');
  await becomes(() => page.inputValue(box), '');
  const m = await newest('note');
  if (offered !== 'Anna Åström' || !active.includes('Anna') || text !== 'Ask @Anna Åström please' || m.body !== text || m.mention_ids.join() !== String(anna.partner_id)) {
    return [offered, active, text, JSON.stringify(m)];
  }
});
await step('Enter while the list still answers fewer letters waits for those there are', async () => {
  await page.route('**/mentionable?*', async (route) => {
    if (/=anna/.test(route.request().url())) await new Promise((go) => setTimeout(go, 400));
    await route.continue();
  });
  await page.fill(box, '');
  await page.focus(box);
  await page.keyboard.type('@a');
  await page.waitForSelector('[role=option] >> nth=1');
  await page.keyboard.type('nna');
  await page.keyboard.press('Enter');
  const good = await becomes(() => page.inputValue(box), '@Anna Åström ');
  await page.unroute('**/mentionable?*');
  await page.fill(box, '');
  return good;
});
await step('the mouse chooses too; Escape closes the list; a name that is taken out again is no mention', async () => {
  await page.click('.compose button[aria-label="Mention somebody"]');
  await page.keyboard.type('anna');
  await page.click('[role=option]:has-text("Anna")');
  if (await page.inputValue(box) !== '@Anna Åström ') return [await page.inputValue(box)];
  await page.fill(box, 'Nobody @ann');
  await page.waitForSelector('[role=option]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('[role=option]', { state: 'detached' });
  await page.keyboard.press('Control+Enter');
  await becomes(() => page.inputValue(box), '');
  const m = await newest('note');
  return m.body === 'Nobody @ann' && m.mention_ids.length === 0;
});

await step('CHT-7: others\' messages are not hers to change, her own she edits and administrators delete', async () => {
  const other = await browser.newContext({ locale: 'en-GB' });
  const tab = await other.newPage();
  await tab.goto(`${base}/agent/tickets/${ticket.id}`);
  await tab.fill('input[name=login]', anna.login);
  await tab.fill('input[name=password]', 'a long sentence of anna');
  await tab.click('button[type=submit]');
  await tab.waitForSelector('.talk-message');
  const menus = await tab.locator('.talk-message .menu-wrap').count();
  await tab.fill(box, 'Hers');
  await tab.press(box, 'Control+Enter');
  await tab.click('.talk-message:has-text("Hers") .menu-wrap button');
  const items = await tab.locator('.menu [role=menuitem]').allInnerTexts();
  await other.close();
  await page.click('.talk-message:has-text("Hers") .menu-wrap button');
  await page.click('.menu [role=menuitem]:has-text("Delete")');
  await page.click('dialog .btn-danger');
  await page.waitForSelector('.talk-message:has-text("Hers")', { state: 'detached' });
  if (menus !== 0 || items.map((x) => x.trim()).join() !== 'Edit') return [`${menus} menus`, items.join()];
});

/* ---- files ---- */

const carry = (name, text) => page.evaluateHandle(([n, x]) => {
  const d = new DataTransfer();
  d.items.add(new File([x], n, { type: 'text/plain' }));
  return d;
}, [name, text]);
const tray = () => page.$$eval('.tray-file bdi', (all) => all.map((x) => x.textContent).join());
await step('CHT-4: files dropped, pasted and chosen stand in the composer; one is taken out; they leave with the message', async () => {
  await page.click('.compose-kinds button >> nth=0');
  await becomes(() => page.inputValue(box), 'Half a sent');    /* the draft of above comes back first */
  await page.fill(box, '');
  await page.dispatchEvent('.compose', 'drop', { dataTransfer: await carry('dropped.txt', 'one') });
  await page.evaluate(([at, data]) => document.querySelector(at).dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })), [box, await carry('pasted.txt', 'two')]);
  await page.setInputFiles('.compose input[type=file]', { name: 'chosen.txt', mimeType: 'text/plain', buffer: Buffer.from('three') });
  if (!await becomes(tray, 'dropped.txt,pasted.txt,chosen.txt')) return [await tray()];
  await page.waitForSelector('.tray-share', { state: 'detached' });
  await page.click('.tray-file >> nth=1 >> button');
  if (!await becomes(async () => (await call('GET', `/tickets/${ticket.id}/draft`)).draft?.attachment_ids.length, 2)) return ['draft'];
  await go();
  if (!await becomes(tray, 'dropped.txt,chosen.txt')) return [`after a reload: ${await tray()}`];
  await page.focus(box);
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.talk-message .file-name:has-text("dropped.txt")');
  const m = await newest();
  if (m.body !== '' || m.attachment_ids.length !== 2 || !await becomes(tray, '')) return [JSON.stringify([m.body, m.attachment_ids]), await tray()];
});
await step('what went wrong stands beside the file, and it can be tried again', async () => {
  await page.route('**/api/v1/attachments?*', (r) => r.fulfill({ status: 413, contentType: 'application/problem+json', body: '{"code":"too_large","title":"x"}' }));
  await page.setInputFiles('.compose input[type=file]', { name: 'late.txt', mimeType: 'text/plain', buffer: Buffer.from('four') });
  await page.waitForSelector('.tray-file .bad');
  await page.unroute('**/api/v1/attachments?*');
  await page.click('.tray-file .btn-link');
  await page.waitForSelector('.tray-file .bad', { state: 'detached' });
  await page.waitForSelector('.tray-share', { state: 'detached' });
  await page.click('.tray-file button');
  return becomes(tray, '');
});

/* ---- canned responses ---- */

await step('a canned response is written in the settings, where its placeholders are shown filled in', async () => {
  await visit('/agent/settings/canned');
  await page.click('.head-tools .btn-primary');
  await page.fill('dialog input[name=name]', 'Greeting');
  await page.fill('dialog input[name=shortcut]', 'hi');
  await page.fill('dialog textarea[name=body]', 'Hello, this is {{nobody.knows}} ');
  await page.click('.canned-fill button:has-text("Your name")');
  const mine = await page.evaluate(async () => (await (await fetch('/api/v1/session')).json()).user.name);
  await page.waitForFunction((name) => document.querySelector('.canned-preview p')?.textContent === `Hello, this is {{nobody.knows}} ${name}`, mine);
  const marked = await page.textContent('.canned-preview mark');
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/canned-edit.png` });
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('.canned-row:has-text("/hi")');
  return marked === '{{nobody.knows}}';
});
await step('and found after / in the composer, filled in for the ticket; the button offers it, too', async () => {
  await go();
  await page.fill(box, '');
  await page.keyboard.press('Escape');
  await page.focus(box);
  await page.keyboard.type('Well /hi');
  await page.click('[role=option]:has-text("Greeting")');
  if (!await becomes(async () => /^Well Hello, this is \{\{nobody\.knows\}\} \S/.test(await page.inputValue(box)), true)) return [await page.inputValue(box)];
  await page.fill(box, '');
  await page.focus('.compose-canned button');
  await page.waitForTimeout(0);
  await page.click('.compose-canned button');
  await page.click('.menu [role=menuitem]:has-text("Greeting")');
  const good = await becomes(async () => (await page.inputValue(box)).startsWith('Hello, this is'), true);
  await page.fill(box, '');
  return good;
});
await step('archived it is offered no more; deleted it is gone', async () => {
  await visit('/agent/settings/canned');
  const menu = async (what) => {
    await page.click('.canned-row:has-text("Greeting") .menu-wrap button');
    await page.click(`.menu [role=menuitem]:has-text("${what}")`);
  };
  await menu('Archive');
  await page.waitForSelector('.canned-row:has-text("Greeting")', { state: 'detached' });
  await page.check('.head-tools input[type=checkbox]');
  await menu('Delete');
  await page.click('dialog .btn-danger');
  await page.waitForSelector('.canned-row:has-text("Greeting")', { state: 'detached' });
  return (await call('GET', '/canned_responses')).items.every((r) => r.name !== 'Greeting');
});

/* ---- what is asked of the server ---- */

await step('what is said elsewhere costs an open ticket no request, what is said here one', async () => {
  await go();
  await settled();
  const other = await call('POST', '/tickets', { name: 'Elsewhere', user_id: null });
  await settled();
  const asked = [];
  const note = (r) => { if (/\/(messages\/|thread|attachments|activities)/.test(r.url()) && r.method() === 'GET') asked.push(r.url()); };
  page.on('request', note);
  for (let n = 0; n < 3; n++) await call('POST', `/tickets/${other.id}/messages`, { body: `Elsewhere ${n}` });
  await call('POST', `/tickets/${ticket.id}/messages`, { body: 'Here' });
  await page.waitForSelector('.talk-message .rich:has-text("Here")');
  await settled();
  page.off('request', note);
  await call('DELETE', `/tickets/${other.id}`);
  if (asked.length !== 1 || !asked[0].includes('/thread')) return asked;
});

/* ---- T-01: hostile HTML, as if the server's own cleaning had failed ---- */

const HOSTILE = ['<img src=x onerror="hit(1)">', '<svg><animate onbegin="hit(2)" attributeName=x dur=1s></svg>', '<script>hit(3)</' + 'script>',
  '<iframe srcdoc="<script>parent.hit(4)</' + 'script>"></iframe>', '<a href="javascript:hit(5)">click</a>', '<a href=" java\tscript:hit(6)">click</a>',
  '<form action="https://evil.example/"><button formaction="javascript:hit(7)">go</button><input name=attributes></form>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hit(8)&gt;">', '<p onclick="hit(9)" style="position:fixed;inset:0" id=app class=dialog>over all</p>',
  '<details open ontoggle="hit(10)">x</details>', '<base href="https://evil.example/"><link rel=stylesheet href="https://evil.example/x.css"><meta http-equiv=refresh content="0;url=https://evil.example/">',
  '<noscript><p title="</noscript><img src=x onerror=hit(11)>"></noscript>', '<template><img src=x onerror=hit(12)></template>', '<video><source onerror="hit(13)"></video>',
  '<a href="https://good.example/" target=_self onmouseover="hit(14)">good</a>', '<object data="data:text/html,<script>hit(15)</' + 'script>"></object>'].join('\n');
const ALLOWED = new Set(['P', 'BR', 'STRONG', 'EM', 'DEL', 'A', 'CODE', 'PRE', 'UL', 'OL', 'LI', 'BLOCKQUOTE', 'H3', 'H4', 'H5', 'H6', 'HR', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD']);
await page.exposeFunction('hit', (n) => { hits.push(n); });
const hits = [], left = [];
page.on('request', (r) => { if (!r.url().startsWith(base) && !/^(?:data|blob|about):/.test(r.url())) left.push(r.url()); });
const rebuilt = "import DOMPurify from 'dompurify'; import { html, useEffect, useRef } from '../html.js';"
  + "export function Rich({ text }) { const at = useRef(); useEffect(() => { at.current.replaceChildren(DOMPurify.sanitize(text, { ALLOWED_TAGS: [...'p br strong a table tbody tr td'.split(' ')],"
  + "ALLOWED_ATTR: ['href'], ALLOWED_URI_REGEXP: /^https?:/i, RETURN_DOM_FRAGMENT: true })); }); return html`<div class=\"rich\" ref=${at}></div>`; }";
const untouched = "const p = trustedTypes.createPolicy('dompurify', { createHTML: (x) => x });"
  + "export default { sanitize: (text) => new DOMParser().parseFromString(p.createHTML(text), 'text/html').body };";
for (const [name, path, body] of [['both walls', null], ['DOMPurify replaced by nothing: what is rebuilt holds alone', '**/vendor/dompurify-*.mjs', untouched],
  ['nothing rebuilt: DOMPurify holds alone', '**/app/parts/rich.js', rebuilt]]) {
  await step(`T-01: hostile HTML runs nothing, with ${name}`, async () => {
    if (path) await page.route(path, (r) => r.fulfill({ contentType: 'text/javascript', body }));
    const poison = (thread) => { for (const i of thread.items) if (i.message) i.message.body_html = HOSTILE; };
    await page.route('**/api/v1/**', async (r) => {
      if (!/\/(?:thread|together)\b/.test(new URL(r.request().url()).pathname)) { await r.fallback(); return; }
      const answer = await r.fetch();
      const json = await answer.json();
      [json.answers?.find((x) => x.get.endsWith('/thread'))?.body, json.items && json].filter(Boolean).forEach(poison);
      await r.fulfill({ response: answer, json });
    });
    hits.length = left.length = 0;
    hostile = true;
    await page.goto(`${base}/agent/tickets/${ticket.id}`);
    await page.waitForSelector('.talk-message .rich:not(.rich-plain)');
    for (const link of (await page.$$('.rich >> nth=0 >> a')).slice(0, 4)) await link.dispatchEvent('mouseover');
    const seen = await page.$$eval('.rich *', (all) => all.map((x) => [x.tagName, ...x.getAttributeNames().filter((n) => /^on|^style$|^id$|^class$/.test(n)), x.getAttribute('href') ?? '']));
    await page.waitForTimeout(300);
    const wrong = seen.filter(([tag, ...rest]) => !ALLOWED.has(tag) || rest.length > 1 || !/^(?:$|https:\/\/good)/.test(rest[0])).map((x) => x.join(' '));
    await page.unroute('**/api/v1/**');
    if (path) await page.unroute(path);
    await page.goto('about:blank');
    hostile = false;
    if (!seen.length) return ['nothing was shown'];
    return [...hits.map((h) => `hit ${h}`), ...left, ...wrong];
  });
}
await page.goto(`${base}/agent/tickets/${ticket.id}`);
hostile = true;
await step('T-01: nobody but DOMPurify may make HTML, and no text becomes a page', async () => page.evaluate(() => {
  const refused = (run) => { try { run(); return false; } catch (e) { return e instanceof TypeError; } };
  return refused(() => trustedTypes.createPolicy('app', { createHTML: (x) => x })) && refused(() => { document.body.innerHTML = '<b>x</b>'; })
    && refused(() => new DOMParser().parseFromString('<b>x</b>', 'text/html'));
}));

hostile = false;
await step('T-28: an address that names what all objects have, and messages from elsewhere, change nothing', async () => {
  const odd = '__proto__[x]=1&__proto__.x=1&__proto__=x&constructor[prototype][x]=1&constructor=x&group=constructor&filter=toString&period=valueOf&of=constructor';
  const seen = [];
  for (const path of [`/tickets/${ticket.id}`, '/tickets', '/board/1', '/contacts', '/activities', '/settings', '/settings/constructor', '/settings/__proto__', '/settings/toString/valueOf']) {
    await visit(`/agent${path}?${odd}#__proto__[x]=<img src=x onerror=alert(1)>`);
    await settled();
    const bad = await page.evaluate(() => {
      for (const data of [{ kind: 'online', value: false }, { kind: 'gone', __proto__: { x: 1 } }, '<img src=x onerror=alert(1)>']) {
        dispatchEvent(new MessageEvent('message', { data, origin: 'https://evil.example' }));
      }
      return [...('x' in {} || 'x' in [] ? ['all objects have x'] : []), ...(document.querySelector('#app, main')?.textContent.trim() ? [] : ['nothing is shown']),
        ...(document.querySelector('img[src="x"]') ? ['an image'] : [])];
    });
    seen.push(...bad.map((b) => `${path}: ${b}`));
  }
  return seen.length ? seen : true;
});

/* ---- a team's own conversation ---- */

const team = (await call('GET', '/teams')).items[0];
await step('CHT-1: a team has a conversation of its own, with followers', async () => {
  await visit(`/agent/board/${team.id}`);
  await page.click('.head-tools a:has-text("Conversation")');
  await page.waitForSelector('.talk textarea');
  await page.fill(box, 'To all of you');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('.talk-message .rich:has-text("To all of you")');
  await call('POST', `/teams/${team.id}/messages`, { body: 'From elsewhere', subtype: 'note' });
  await page.waitForSelector('.talk-note .rich:has-text("From elsewhere")');
  const follow = await page.textContent('.side .prop-head .btn-link');
  await page.click('.side .prop-head .btn-link');
  const other = await becomes(() => page.textContent('.side .prop-head .btn-link'), follow === 'Follow' ? 'Stop following' : 'Follow');
  await page.click('.side .prop-head .btn-link');
  return other && becomes(() => page.textContent('.side .prop-head .btn-link'), follow);
});
await call('PATCH', `/users/${anna.id}`, { active: false });
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
  await eyes.page.focus('.talk textarea');
  await eyes.page.keyboard.type(' @');
  await eyes.page.waitForSelector('.talk [role=option]');
  await eyes.page.setInputFiles('.compose input[type=file]', { name: 'a long name of a file.txt', mimeType: 'text/plain', buffer: Buffer.from('x'.repeat(2000)) });
  await eyes.page.waitForSelector('.tray-file');
  if (process.env.SHOTS) await eyes.page.screenshot({ path: `${process.env.SHOTS}/compose-${lang}.png` });
  await eyes.inspect(`conversation, choices and a file in the composer, ${lang} ${theme}`, { part: '.talk' });
  await eyes.page.fill('.talk textarea', '');
  await eyes.go(`/agent/teams/${team.id}`);
  await eyes.page.waitForSelector('.talk-message');
  if (process.env.SHOTS) await eyes.page.screenshot({ path: `${process.env.SHOTS}/team-${lang}.png` });
  await eyes.inspect(`conversation of a team, ${lang} ${theme}`);
  await eyes.go('/agent/settings/canned');
  await eyes.page.click('.head-tools .btn-primary');
  await eyes.page.waitForSelector('.canned-preview .hint');
  if (process.env.SHOTS) await eyes.page.screenshot({ path: `${process.env.SHOTS}/canned-${lang}.png`, fullPage: true });
  await eyes.inspect(`canned response, ${lang} ${theme}`);
}
await eyes.call('DELETE', `/tickets/${ticket.id}`);
await eyes.done();
