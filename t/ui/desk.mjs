/*
 * The pages of tickets in a real browser: list, many at once, ticket, board, import.  TAP.
 * node t/ui/desk.mjs BASE_URL LOGIN PASSWORD, where LOGIN is an administrator.
 */
import { readFileSync } from 'node:fs';
import { desk, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
if (!password) {
  console.log('Bail out! usage: node t/ui/desk.mjs BASE_URL LOGIN PASSWORD');
  process.exit(2);
}
const { page, go, settled, call, signIn, look, inspect, done } = await desk(base, { allow: /status of (401|404|412|422)|ERR_FAILED/ });
const mark = `Z${Date.now()}`;
const until = async (read, want, what) => {
  for (let i = 0, last; ; i++) {
    last = await read();
    if (JSON.stringify(last) === JSON.stringify(want)) return;
    if (i === 200) throw new Error(`${what ?? ''} is ${JSON.stringify(last)}, not ${JSON.stringify(want)}`);
    await page.waitForTimeout(150);
  }
};
const field = async (id, name) => (await call('GET', `/tickets/${id}`))[name];
const menu = async (button, item) => {
  await page.click(button);
  await page.locator('.menu [role^=menuitem]', { hasText: item }).first().click();
};

/* ---- a team of its own, with properties, stages and tickets ---- */

let team, stages, tickets, me, type;
await step('a team with stages, properties and tickets', async () => {
  await signIn(login, password);
  me = (await call('GET', '/session')).user;
  type = await call('POST', '/types', { name: `${mark} type` });
  team = await call('POST', '/teams', { name: `${mark} team`, company_id: me.company_id, ticket_properties: [
    { name: 'serial', type: 'text', label: 'Serial', in_cards: true }, { name: 'size', type: 'integer', label: 'Size', in_cards: false },
    { name: 'part', type: 'separator', label: 'More of it' }, { name: 'paid', type: 'checkbox', label: 'Paid', in_cards: true },
    { name: 'kind', type: 'selection', label: 'Kind', in_cards: true, options: [{ value: 'a', label: 'Kind A' }, { value: 'b', label: 'Kind B' }] },
    { name: 'due', type: 'date', label: 'Due', in_cards: false }, { name: 'price', type: 'monetary', label: 'Price', currency: 'EUR', in_cards: false },
    { name: 'helper', type: 'many2one', comodel: 'user', label: 'Helper', in_cards: false }] });
  await call('PATCH', `/teams/${team.id}`, { auto_assignment: false });
  for (const s of (await call('GET', '/stages?limit=200')).items.filter((x) => x.team_ids.includes(team.id))) {     /* those every new team gets */
    await call('PATCH', `/stages/${s.id}`, { team_ids: s.team_ids.filter((x) => x !== team.id) });
  }
  stages = [];
  for (const [i, name] of ['First', 'Second', 'Third'].entries()) {
    stages.push(await call('POST', '/stages', { name: `${mark} ${name}`, sequence: 1000 + i * 10, team_ids: [team.id], fold: i === 2, legend_blocked: i === 0 ? 'Needs a part' : '' }));
  }
  tickets = [];
  for (let i = 0; i < 8; i++) tickets.push(await call('POST', '/tickets', { name: `${mark} ticket ${i}`, team_id: team.id, stage_id: stages[0].id, user_id: null, priority: String(i % 4) }));
  return tickets.every((x) => x.id) && stages.every((x) => x.id);
});
const list = (more = '') => `/agent/tickets?filter=open&team=${team.id}${more}`;
const rows = () => page.locator('.list [data-row]').evaluateAll((r) => r.map((x) => Number(x.dataset.row)));

/* ---- list ---- */

await step('columns are chosen and kept', async () => {
  await go(list());
  await page.click('.btn-tool:has-text("Columns")');
  await page.locator('.menu [role=menuitemcheckbox]', { hasText: 'Tags' }).click();
  await page.locator('.menu [role=menuitemcheckbox]', { hasText: /^Customer$/ }).click();
  await page.keyboard.press('Escape');
  await page.reload();
  await settled();
  const heads = await page.locator('.list th').allTextContents();
  if (!heads.includes('Tags') || heads.includes('Customer')) throw new Error(heads.join());
});
await step('a click, then one with Shift, select what is between; Escape lets go', async () => {
  await page.click('.list tbody tr:nth-child(2) .c-check input');
  await page.click('.list tbody tr:nth-child(5) .c-check input', { modifiers: ['Shift'] });
  await page.waitForSelector('.bulk strong:has-text("4 selected")');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.bulk', { state: 'detached' });
});
const choose = async (n) => {
  await go(list());
  for (let i = 1; i <= n; i++) await page.click(`.list tbody tr:nth-child(${i}) .c-check input`);
  return (await rows()).slice(0, n);
};
await step('many at once: tags are made on the fly, added, and taken back by undo', async () => {
  const ids = await choose(3);
  await page.click('.bulk .btn:has-text("Tags")');
  await page.fill('dialog .combo input >> nth=0', `${mark} tag`);
  await page.locator('dialog .combo-item').first().click();
  await page.waitForSelector(`dialog .chip:has-text("${mark} tag")`);
  await page.click('dialog .btn-primary');
  await page.waitForSelector('.toast .btn-link');
  const tag = (await call('GET', `/tags?name=${mark}%20tag`)).items[0];
  for (const id of ids) await until(() => field(id, 'tag_ids'), [tag.id], 'tags');
  await page.click('.toast .btn-link');
  for (const id of ids) await until(() => field(id, 'tag_ids'), [], 'tags');
});
await step('many at once: what is refused is said before, ticket by ticket; the others change', async () => {
  const company = await call('POST', '/companies', { name: `${mark} company` });
  const user = await call('POST', '/users', { name: `${mark} Outsider`, login: `o${mark.toLowerCase()}`, role: 'user', password: 'a long sentence of an outsider', company_id: company.id, company_ids: [company.id] });
  const other = await call('POST', '/teams', { name: `${mark} elsewhere`, company_id: company.id, auto_assignment: false });
  const there = await call('POST', '/tickets', { name: `${mark} elsewhere`, team_id: other.id, user_id: null });
  await go(`/agent/tickets?filter=open&q=${mark}`);
  await page.waitForSelector(`[data-row="${there.id}"]`);
  await page.click(`[data-row="${there.id}"] .c-check input`);
  await page.click(`[data-row="${tickets[0].id}"] .c-check input`);
  await menu('.bulk .btn:has-text("Assign") >> nth=1', `${mark} Outsider`);
  await page.waitForSelector('dialog .refused');
  if (!(await page.textContent('dialog .refused')).includes(`${mark} ticket 0`)) throw new Error('the refused ticket is not named');
  await page.click('dialog .btn-primary');
  await until(() => field(there.id, 'user_id'), user.id, 'the other one');
  await page.waitForSelector('dialog .refused:has-text("ticket 0")');
  await page.click('dialog .btn-primary');
  await call('PATCH', `/users/${user.id}`, { active: false });
  return await field(tickets[0].id, 'user_id') === null;
});
await step('many at once: archived, and back', async () => {
  const ids = await choose(2);
  await menu('.bulk .btn:has-text("More")', 'Archive');
  for (const id of ids) await until(() => field(id, 'active'), false, 'active');
  await page.click('.toast .btn-link');
  for (const id of ids) await until(() => field(id, 'active'), true, 'active');
});
await step('deletion asks first and says that it is for good', async () => {
  const gone = await call('POST', '/tickets', { name: `${mark} gone`, team_id: team.id, priority: '3' });
  await go(list());
  await page.click(`[data-row="${gone.id}"] .c-check input`);
  await menu('.bulk .btn:has-text("More")', 'Delete');
  await page.waitForSelector('dialog .problem');
  await page.click('dialog .btn-danger');
  await page.waitForSelector(`[data-row="${gone.id}"]`, { state: 'detached' });
  return (await call('GET', `/tickets/${gone.id}`)).status === 404;
});
await step('many at once: all that match, also those not on the screen, after a question', async () => {
  const far = [];
  for (let i = 0; i < 60; i++) far.push((await call('POST', '/tickets', { name: `${mark} far ${i}`, team_id: team.id, user_id: null })).id);
  await go(list('&q=far'));
  await page.click('.list th.c-check input');
  await page.click('.bulk .btn-link:has-text("Select all 60 matches")');
  await page.waitForSelector('.bulk strong:has-text("60 selected")');
  await menu('.bulk .btn:has-text("Priority")', 'High');
  await page.waitForSelector('dialog p:has-text("60 of 60 tickets")');
  await page.click('dialog .btn-primary');
  await page.waitForSelector('dialog', { state: 'detached' });
  await until(async () => (await call('GET', `/tickets/count?name.contains=${mark}%20far&priority=2`)).count, 60, 'changed');
  for (let i = 0; i < far.length; i += 1) await call('DELETE', `/tickets/${far[i]}`);
});

/* ---- order, conditions, groups ---- */

await step('a heading sorts, again the other way, and once more as usual; with Shift in addition', async () => {
  await go(list());
  const usual = await rows();
  const press = async (name, options) => {
    await Promise.all([page.waitForResponse((r) => /\/tickets\?.*limit=/.test(r.url())), page.locator('.list th .sort', { hasText: name }).click(options)]);
    await settled();
  };
  await press('Title');
  const names = async () => page.locator('.list .row-title').allTextContents();
  const up = await names();
  if (JSON.stringify(up) !== JSON.stringify([...up].sort())) throw new Error(up.join());
  if (await page.locator('.list th.c-name').getAttribute('aria-sort') !== 'ascending') throw new Error('aria-sort');
  await press('Title');
  if (JSON.stringify(await names()) !== JSON.stringify([...up].reverse())) throw new Error('not turned around');
  await press('Title');
  if (JSON.stringify(await rows()) !== JSON.stringify(usual)) throw new Error('not as usual');
  await press('Priority');
  await press('Title', { modifiers: ['Shift'] });
  return new URL(page.url()).searchParams.get('sort') === 'priority,name';
});
await step('conditions are built, shown as chips, changed and taken away', async () => {
  await go(list());
  await menu('.btn-tool:has-text("Filter")', 'Own filter');
  await page.locator('dialog .condition select >> nth=1').selectOption('from');
  await page.locator('dialog .condition-value select').selectOption('2');
  await page.click('dialog .btn:has-text("Add a condition")');
  await page.locator('dialog .condition >> nth=1').locator('input').fill('ticket 3');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('.applied .chip >> nth=1');
  const chips = (await page.locator('.applied .chip').allTextContents()).map((x) => x.trim());
  if (chips[0] !== 'Priority is at least High' || chips[1] !== 'Title contains “ticket 3”') throw new Error(chips.join(' | '));
  await until(rows, [tickets[3].id], 'rows');
  await page.click('.applied .chip >> nth=1 >> .chip-x');
  await until(async () => (await rows()).length > 1, true, 'more rows');
  await page.goBack();
  await until(rows, [tickets[3].id], 'rows after going back');
});
await step('names are in the order of each language, though the first letters mostly decide', async () => {
  const wrong = await page.evaluate(async () => {
    const { compare, setLang, LANGUAGES } = await import('/app/i18n.js');
    const letters = [...'aAbBcChHiIjJyYzZvVwWlLnNsS  ,.-\'(1239åÅäöéñşūčđ\u0301\u030a'], was = document.documentElement.lang, bad = [];
    let seed = 7;
    const below = (n) => { seed = (seed * 48271) % 2147483647; return seed % n; };
    const name = () => Array.from({ length: 1 + below(6) }, () => letters[below(letters.length)]).join('').trim();
    for (const l of Object.keys(LANGUAGES)) {
      await setLang(l, false);
      const right = new Intl.Collator(l, { numeric: true });
      for (let i = 0; i < 20_000; i++) {
        const [x, y] = [name(), name()];
        if (Math.sign(compare(x, y)) !== Math.sign(right.compare(x, y))) bad.push(`${l}: ${x} | ${y}`);
      }
    }
    await setLang(was, false);
    return bad;
  });
  if (wrong.length) throw new Error(`${wrong.length}: ${wrong.slice(0, 5).join('; ')}`);
});
for (const lang of ['en', 'fa']) {
  await step(`TKT-8: groups of conditions are built by keyboard, shown as one chip, and read again, ${lang}`, async () => {
    const f = JSON.parse(readFileSync(new URL(`../../html/i18n/${lang}.json`, import.meta.url), 'utf8'));
    await look(lang, 'light');
    await go(list('&where=priority%3E%3D2'));
    const press = async (name) => { await page.locator('dialog .btn', { hasText: f[name] }).last().focus(); await page.keyboard.press('Enter'); };
    const focused = (what) => page.waitForFunction((x) => document.activeElement?.matches(x), what);
    await page.click('.applied .chip-edit');
    await page.waitForSelector('dialog .condition');
    await press('filter.add_group');
    await focused('.condition-group .condition select');
    const inner = page.locator('dialog .condition-group');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('ticket 3');
    await inner.locator('.btn', { hasText: f['filter.add'] }).focus();
    await page.keyboard.press('Enter');
    await focused('.condition-group .condition:nth-child(2) select');
    await inner.locator('.condition >> nth=1').locator('input').fill('ticket 7');
    if (await inner.locator('select').first().inputValue() !== 'any') throw new Error('a group in "all" begins as "any"');
    await page.click('dialog button[type=submit]');
    const where = 'priority>=2 and (name contains "ticket 3" or name contains "ticket 7")';
    await until(async () => new URL(page.url()).searchParams.get('where'), where, 'the address');
    await until(async () => (await rows()).sort(), [tickets[3].id, tickets[7].id].sort(), 'rows');
    if (await page.locator('.applied .chip').count() !== 2) throw new Error('chips');
    await page.locator('.applied .chip-edit').last().click();
    await inner.locator('.condition >> nth=1').waitFor();
    await inner.locator('.group-head button').click();
    await focused('dialog .condition select, dialog .btn');
    await page.click('dialog button[type=submit]');
    await until(async () => new URL(page.url()).searchParams.get('where'), 'priority>=2', 'the address');
  });
}
await look('en', 'light');
await step('a telephone number is found however it is spaced, in the list and in the palette', async () => {
  const one = await call('POST', '/tickets', { name: `${mark} of a caller`, team_id: team.id, partner_phone: '+370 612 34598' });
  await go(`/agent/tickets?filter=open&q=${encodeURIComponent('370-61234598')}`);
  await page.waitForSelector(`[data-row="${one.id}"]`);
  await page.fill('.search input', '0612 34 598');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=0612/);
  await page.waitForSelector(`[data-row="${one.id}"]`);
  await page.keyboard.press('Control+k');
  await page.fill('.palette-field', '61234598');
  await page.waitForSelector(`.palette-item:has-text("${one.name}")`);
  await page.keyboard.press('Escape');
  await call('DELETE', `/tickets/${one.id}`);
});
await step('an expression of the API is taken as it is, and a mistake in it is said', async () => {
  const where = `priority=3 and (name contains "ticket 3" or name contains "ticket 7")`;
  await go(list(`&where=${encodeURIComponent(where)}`));
  await until(async () => (await rows()).sort(), [tickets[3].id, tickets[7].id].sort(), 'rows');
  await go(list(`&where=${encodeURIComponent('priority>=')}`));
  await page.waitForSelector('.empty-title:has-text("filter is not understood")');
});
await step('groups have counts, open, close, and hold what they say', async () => {
  await go(list('&group=priority'));
  await page.waitForSelector('.group-button');
  const group = page.locator('.group-button', { hasText: 'Urgent' });
  await group.click();
  await page.waitForSelector('.list [data-row]');
  await until(async () => (await rows()).length, Number(await group.locator('.column-count').textContent()), 'rows of the group');
  await group.click();
  await page.waitForSelector('.list [data-row]', { state: 'detached' });
  await go(list('&group=create_date.month'));
  await page.locator('.group-button').first().click();
  await page.waitForSelector('.list [data-row]');
});
await step('an export has the chosen columns of what is shown, in its order', async () => {
  await go(list('&where=priority%3D3&sort=name'));
  const text = await page.evaluate(async (url) => (await fetch(url)).text(), await page.getAttribute('a[download]', 'href'));
  const [head, ...lines] = text.trim().split(/\r?\n/);
  if (!head.includes('tag_ids') || head.includes('partner_name')) throw new Error(head);
  return lines.length === (await rows()).length && lines.every((l) => l.includes(mark));
});

/* ---- ticket ---- */

await step('type, tags, properties of every kind and a follower are changed where they stand', async () => {
  const id = tickets[1].id;
  await go(`/agent/tickets/${id}`);
  await page.selectOption('.side select >> nth=0', String(type.id));
  await until(() => field(id, 'ticket_type_id'), type.id, 'type');
  await page.getByLabel('Tags', { exact: true }).first().fill(`${mark} new tag`);
  await page.locator('.side .combo-item').first().click();
  await page.waitForSelector(`.side .chip:has-text("${mark} new tag")`);
  await page.getByLabel('Serial').fill('AX-17');
  await page.keyboard.press('Enter');
  await page.getByLabel('Size').fill('42');
  await page.getByLabel('Paid').check();
  await page.getByLabel('Kind').selectOption('b');
  await page.getByLabel('Due').fill('2026-12-24');
  await page.getByLabel('Price').fill('12.5');
  await page.keyboard.press('Tab');
  await page.getByLabel('Helper').first().fill(me.name.slice(0, 4));
  await page.locator('.side .combo-item', { hasText: me.name }).click();
  await until(() => field(id, 'properties'), { serial: 'AX-17', size: 42, paid: true, kind: 'b', due: '2026-12-24', price: 12.5, helper: me.id }, 'properties');
});
await step('the state is named by the legend of its stage', async () => {
  await page.click('.side .value');
  await page.locator('.menu [role=menuitemradio]', { hasText: 'Needs a part' }).click();
  await until(() => field(tickets[1].id, 'kanban_state'), 'blocked');
});
await step('who changed the same field first is named, with the value, and one can still have one’s own', async () => {
  const id = tickets[1].id;
  /* what the other one saves is not heard of before this page sends its own */
  await page.route('**/api/v1/tickets?**', (r) => (r.request().url().includes('id.in') ? r.abort() : r.continue()));
  await call('PATCH', `/tickets/${id}`, { priority: '3' });
  await page.locator('.side .rate label >> nth=2').click();
  await page.waitForSelector('.toast-bad:has-text("Priority"):has-text("Urgent")');
  await page.unroute('**/api/v1/tickets?**');
  await page.click('.toast-bad .btn-link');
  await until(() => field(id, 'priority'), '2', 'priority');
});
await step('why this assignee: in words', async () => {
  await page.click('.side button:has-text("Why this assignee?")');
  await page.waitForSelector('dialog p');
  const text = await page.textContent('dialog');
  await page.keyboard.press('Escape');
  if (!/Automatic assignment|by hand/.test(text)) throw new Error(text);
});
await step('duplicate gives a ticket of its own; it is deleted after a question', async () => {
  await menu('.head-tools .menu-wrap button', 'Duplicate');
  await page.waitForFunction((id) => location.pathname.startsWith('/agent/tickets/') && !location.pathname.endsWith(`/${id}`), tickets[1].id);
  await settled();
  const copy = Number(page.url().split('/').pop());
  if (await field(copy, 'name') !== `${mark} ticket 1`) throw new Error('another title');
  await menu('.head-tools .menu-wrap button', 'Delete');
  await page.click('dialog .btn-danger');
  await page.waitForFunction((id) => !location.pathname.endsWith(`/${id}`), copy);
  return (await call('GET', `/tickets/${copy}`)).status === 404;
});

/* ---- board ---- */

const order = () => page.locator('.board > section').evaluateAll((list) => list.map((x) => Number(x.dataset.stage ?? x.dataset.folded)));
await step('cards show type, tags and the properties meant for cards; stars are clicked', async () => {
  await go(`/agent/board/${team.id}`);
  const card = page.locator(`[data-ticket="${tickets[1].id}"]`);
  await card.locator('.card-fact >> nth=2').waitFor();
  const text = await card.textContent();
  for (const part of [`${mark} type`, `${mark} new tag`, 'AX-17', 'Kind B', 'yes']) if (!text.includes(part)) throw new Error(`${part} is not on the card: ${text}`);
  if (text.includes('Size')) throw new Error('a property that is not for cards');
  await card.locator('.star >> nth=2').click();
  await until(() => field(tickets[1].id, 'priority'), '3', 'priority');
});
await step('STG-9, STG-21: folded and empty stages are there', async () => {
  await until(order, stages.map((s) => s.id));
  return await page.locator(`[data-folded="${stages[2].id}"] .column-count`).textContent() === '0';
});
await step('STG-4: a column moves by its menu and by dragging', async () => {
  await menu(`[data-stage="${stages[0].id}"] .column-head .menu-wrap button`, 'Move later');
  await until(order, [stages[1].id, stages[0].id, stages[2].id], 'the order');
  await page.dragAndDrop(`[data-stage="${stages[0].id}"] .column-head h2`, `[data-stage="${stages[1].id}"] .column-head h2`);
  await until(order, stages.map((s) => s.id), 'the order');
  await settled();                 /* shown before it is written; a reload would break the request off */
  await page.reload();
  await settled();
  await until(order, stages.map((s) => s.id), 'the order after a reload');
});
await step('a stage is edited from its column, with a warning that folding closes tickets', async () => {
  await menu(`[data-stage="${stages[0].id}"] .column-head .menu-wrap button`, 'Edit stage');
  await page.waitForSelector('dialog input[name=name]');
  await page.fill('dialog input[name=name]', `${mark} Renamed`);
  await page.fill('dialog input[name=legend_done]', 'Parts are here');
  await page.click('dialog .field-check:has-text("Folded") input');
  await page.waitForSelector('dialog .problem:has-text("8 tickets")');
  await page.click('dialog .field-check:has-text("Folded") input');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector(`[data-stage="${stages[0].id}"] h2:has-text("${mark} Renamed")`);
  const saved = await call('GET', `/stages/${stages[0].id}`);
  return saved.legend_done === 'Parts are here' && saved.fold === false && saved.legend_blocked === 'Needs a part';
});
await step('a stage is added at the end', async () => {
  await page.click('.column-add');
  await page.fill('dialog input[name=name]', `${mark} Last`);
  await page.click('dialog button[type=submit]');
  await page.waitForSelector(`.column:has-text("${mark} Last")`);
  const found = (await call('GET', `/stages?name.contains=${mark}%20Last`)).items[0];
  await until(order, [...stages.map((x) => x.id), found.id], 'the order');
});

/* ---- each page in light, dark and Persian ---- */

const PAGES = {
  'list with a selection': [list(), async () => {
    await page.click('.list tbody tr:nth-child(2) .c-check input');
    await page.waitForSelector('.bulk');
  }],
  'own filter': [list(`&where=${encodeURIComponent('priority>=2 and (team_id=1 or (active=true and closed=false))')}`), async () => {
    await page.click('.chip-edit');
    await page.waitForSelector('dialog .condition');
  }],
  ticket: [`/agent/tickets/${tickets?.[1]?.id}`, () => page.waitForSelector('.props')],
  why: [`/agent/tickets/${tickets?.[1]?.id}`, async () => {
    await page.click('.prop-links [aria-haspopup=dialog]');
    await page.waitForSelector('dialog p');
  }],
  board: [`/agent/board/${team?.id}`, () => page.waitForSelector('.card-fact')],
  'stage of a column': [`/agent/board/${team?.id}`, async () => {
    await page.click('[data-stage] .column-head .menu-wrap button');
    await page.locator('.menu [role=menuitem]').nth(1).click();
    await page.waitForSelector('dialog input[name=name]');
  }],
  import: ['/agent/import', () => page.waitForSelector('.import-help')],
};
for (const [lang, theme] of [['en', 'light'], ['en', 'dark'], ['fa', 'light']]) {
  await look(lang, theme);
  for (const [name, [path, prepare]] of Object.entries(PAGES)) {
    await step(`${name}, ${lang}, ${theme}`, async () => {
      await go(path);
      await prepare();
    });
    await inspect(`${name}, ${lang}, ${theme}`);
  }
}

/* The first letter of each text that does not fit must be inside the box that cuts it. */
const beheaded = () => page.evaluate(() => {
  const cut = [...document.querySelectorAll('body *')].filter((x) => getComputedStyle(x).textOverflow === 'ellipsis' && x.clientWidth > 1 && x.scrollWidth > x.clientWidth + 1 && !x.matches('select, input'));
  const bad = cut.filter((box) => {
    const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    const range = document.createRange(), edge = box.getBoundingClientRect();
    for (let n = texts.nextNode(); n; n = texts.nextNode()) {
      const at = n.data.search(/\p{L}/u);
      if (at < 0) continue;
      range.setStart(n, at);
      range.setEnd(n, at + 1);
      const letter = range.getBoundingClientRect();
      return letter.left < edge.left - 1 || letter.right > edge.right + 1;
    }
    return false;
  });
  return { cut: cut.filter((x) => /^[A-Z]/i.test(x.textContent.trim())).length, bad: bad.map((x) => `${x.className || x.tagName}: ${x.textContent.slice(0, 40)}`) };
});
await step('Persian: of a Latin name that does not fit, the end is cut and not the beginning', async () => {
  const long = `${mark} Extraordinarily long Latin name that never fits into a column`;
  await call('PATCH', `/teams/${team.id}`, { name: long });
  await call('PATCH', `/types/${type.id}`, { name: long });
  await call('PATCH', `/tickets/${tickets[1].id}`, { name: long, partner_email: `${'extraordinarily.long'.repeat(3)}@example.com` });
  const found = [];
  for (const path of [`/agent/tickets?filter=open&q=${mark}&columns=ref,name,type,customer,email,team,stage`, list('&group=ticket_type_id'), `/agent/board/${team.id}`, `/agent/tickets/${tickets[1].id}`]) {
    await go(path);
    const { cut, bad } = await beheaded();
    if (!cut) found.push(`${path}: nothing was cut`);
    found.push(...bad.map((x) => `${path}: ${x}`));
  }
  await call('PATCH', `/tickets/${tickets[1].id}`, { name: `${mark} ticket 1`, partner_email: '' });
  await call('PATCH', `/teams/${team.id}`, { name: `${mark} team` });
  return found;
});
/* ---- import ---- */

await look('en', 'light');
const csv = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
await step('a CSV file is looked at before anything is stored; unknown columns are named', async () => {
  await go('/agent/import');
  await page.setInputFiles('#import-file', csv('odd.csv', `name,team_id,colour of the cat\n${mark} odd,${team.id},black\n`));
  await page.waitForSelector('.import-preview .bad');
  if (!(await page.textContent('.view-import')).includes('colour of the cat')) throw new Error('the column is not named');
  await page.waitForSelector('.import-names:has-text("team_id")');               /* which there are instead */
  if (await page.locator('.import-send').count()) throw new Error('counts what was never tried');
  return (await call('GET', `/tickets/count?name.contains=${mark}%20odd`)).count === 0;
});
await step('TKT import: good lines are stored, bad ones reported by their line in the file, and the report is a file', async () => {
  const lines = Array.from({ length: 620 }, (_, i) => (i === 300 ? `"${mark} row, ""${i}""\nsecond line";nowhere;1` : `${mark} row ${i};${team.id};${i % 4}`));
  await page.reload();
  await settled();
  await page.setInputFiles('#import-file', csv('tickets.csv', `\ufeffname;team_id;priority\r\n${lines.join('\r\n')}\r\n`));
  await page.waitForSelector('.import-send .btn-primary:not(:disabled)');
  if (!(await page.textContent('.import-send')).includes('499 tickets would be created')) throw new Error(await page.textContent('.import-send'));
  await page.click('.import-send .btn-primary');
  await page.waitForSelector('.import-send h2:has-text("Done: 620 lines")');
  const row = await page.locator('.import-errors tbody tr').allTextContents();
  if (row.length !== 1 || !row[0].startsWith('302') || !row[0].includes('team_id')) throw new Error(row.join(' | '));
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('.import-errors .btn')]);
  const text = readFileSync(await file.path(), 'utf8');
  if (file.suggestedFilename() !== 'tickets-errors.csv' || !/^\ufeffline,field,code,message\r\n302,team_id,/.test(text)) throw new Error(text.slice(0, 200));
  await until(async () => (await call('GET', `/tickets/count?name.contains=${mark}%20row`)).count, 619, 'stored');
});
await step('an import broken off goes on where it stopped, and nothing is stored twice', async () => {
  await go('/agent/import');
  await page.setInputFiles('#import-file', csv('more.csv', `name,team_id\n${Array.from({ length: 900 }, (_, i) => `${mark} more ${i},${team.id}`).join('\n')}\n`));
  await page.waitForSelector('.import-send .btn-primary:not(:disabled)');
  let stored = 0;
  await page.route('**/api/v1/tickets/import', async (r) => { await r.fetch(); stored++; await r.abort(); });      /* the answer is lost */
  await page.click('.import-send .btn-primary');
  await page.waitForSelector('.import-send h2.bad');
  await page.unroute('**/api/v1/tickets/import');
  await page.click('.import-send .btn:has-text("Go on")');
  await page.waitForSelector('.import-send h2:has-text("Done: 900 lines")');
  if (stored < 1) throw new Error('no answer was lost');
  await until(async () => (await call('GET', `/tickets/count?name.contains=${mark}%20more`)).count, 900, 'stored');
});
await step('a long list keeps few rows in the page, and its end is reached', async () => {
  await go(list('&q=row'));
  await page.waitForFunction(() => document.querySelector('.head-count')?.textContent === '619');
  let most = 0;
  await until(async () => {
    most = Math.max(most, await page.locator('.list .row').count());
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.waitForTimeout(60);
    return page.locator('.list .row').last().getAttribute('aria-rowindex');
  }, '620', 'the last row');
  if (most > 120) throw new Error(`${most} rows`);
});

await step('a window of 320 pixels needs no sideways scroll', async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of [list(), `/agent/tickets/${tickets[1].id}`, `/agent/board/${team.id}`, '/agent/import']) {
    await go(path);
    if (!await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)) throw new Error(path);
  }
});
await done();
