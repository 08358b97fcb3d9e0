/* The pages of configuration.  TAP.  node t/ui/setup.mjs BASE_URL LOGIN PASSWORD STAFF_LOGIN STAFF_PASSWORD */
import { readFileSync } from 'node:fs';
import { becomes, desk, step, WAIT } from './browser.mjs';

const [base, login, password, staff, staffPassword] = process.argv.slice(2);
if (!staffPassword) {
  console.log('Bail out! usage: node t/ui/setup.mjs BASE_URL LOGIN PASSWORD STAFF_LOGIN STAFF_PASSWORD');
  process.exit(2);
}
const b = await desk(base, { allow: /status of (401|404|409|412|422)|ERR_FAILED/, policy: true });
const { page, call } = b;
const leaving = { asked: 0, stay: false };
page.on('dialog', (d) => { leaving.asked++; return leaving.stay ? d.dismiss() : d.accept(); });
const save = () => page.click('.save-bar button[type=submit]');
const saved = () => page.waitForSelector('.save-bar:not(.save-bar-on)');
const stamp = Date.now();
let team, erik;

await step('an administrator signs in', () => b.signIn(login, password));
await step('TEAM-2: Configuration leads to the teams', async () => {
  await page.click('.nav .nav-link:has-text("Configuration")');
  await page.waitForSelector('.sections .nav-link[aria-current=page]:has-text("Teams")');
});
await step('STG-1, STG-2: stages are listed in developer mode only, which each switches on for himself', async () => {
  await b.go('/agent/settings/general');
  const before = await page.locator('.sections-list .nav-link:has-text("Stages")').count();
  await page.click('input[role=switch]');
  await page.waitForSelector('.sections-list .nav-link:has-text("Stages")');
  await page.reload();
  await page.waitForSelector('.sections-list .nav-link:has-text("Stages")');
  const kept = (await call('GET', '/session')).user.developer_mode;
  await page.click('input[role=switch]');
  await page.waitForFunction(() => ![...document.querySelectorAll('.sections-list .nav-link')].some((x) => x.textContent.includes('Stages')));
  return before === 0 && kept === true;
});

/* ---- team ---- */

await step('TEAM-3: make a team', async () => {
  await b.go('/agent/settings/teams/new');
  await page.fill('input[name=name]', `Garden ${stamp}`);
  await page.fill('textarea[name=description]', 'Plants and pots.');
  await page.check('.colour input[value="9"]', { force: true });
  await save();
  await page.waitForURL(/\/settings\/teams\/\d+$/);
  team = await call('GET', `/teams/${page.url().split('/').pop()}`);
  return team.name === `Garden ${stamp}` && team.color === 9;
});
await step('a name that is missing is said beside its field, on its own page', async () => {
  await b.go(`/agent/settings/teams/${team.id}`);
  await page.fill('input[name=name]', '');
  await page.click('.tabs .tab:has-text("Assignment")');
  await page.waitForSelector('.tab-dot');
  await save();
  await page.waitForSelector('.field:has(input[name=name]) .bad');
  const tied = await page.getAttribute('input[name=name]', 'aria-describedby');
  await page.click('.save-bar button:has-text("Discard")');
  await saved();
  return !!tied && await page.inputValue('input[name=name]') === team.name;
});
await step('STG-4: a team says which stages it has and where they are changed', async () => {
  const names = (await call('GET', '/stages?limit=200')).items.filter((s) => s.team_ids.includes(team.id)).map((s) => s.name);
  const said = await page.textContent(`.part:has(a[href$="/board/${team.id}"])`);
  return names.length > 0 && names.every((n) => said.includes(n)) ? [] : [said];
});
await step('unsaved changes are asked about before one leaves', async () => {
  await page.fill('input[name=name]', 'Something else');
  leaving.asked = 0;
  leaving.stay = true;
  await page.click('.sections .nav-link:has-text("Tags")');
  if (!await becomes(() => leaving.asked > 0, true)) throw new Error('nothing was asked');
  await page.waitForTimeout(200);
  const stays = page.url().includes(`/teams/${team.id}`);
  leaving.stay = false;
  await page.click('.save-bar button:has-text("Discard")');
  return leaving.asked === 1 && stays;
});
await step('ASG-1: assignment shows method, members and cap when it is on', async () => {
  await b.go(`/agent/settings/teams/${team.id}?part=assignment`);
  if (await page.locator('input[name=assign_cap]').count()) return false;
  await page.click('label:has-text("Assign new tickets automatically") input');
  await page.click('.choice:has-text("Equal number of open tickets") input');
  await page.click('.chips input');
  await page.keyboard.type('Erik');
  await page.waitForSelector('.combo-at:has-text("Erik")');
  await page.keyboard.press('Enter');
  await page.fill('input[name=assign_cap]', '7');
  await save();
  await saved();
  const now = await call('GET', `/teams/${team.id}`);
  erik = (await call('GET', `/users/${now.member_ids[0]}`));
  return now.auto_assignment && now.assign_method === 'balanced' && now.assign_cap === 7 && erik.name.startsWith('Erik');
});
await step('a change somebody else made to another field is no obstacle, one to the same field is asked about', async () => {
  await page.fill('input[name=assign_cap]', '8');
  await call('PATCH', `/teams/${team.id}`, { description: 'Plants, pots, soil.' });
  await save();
  await saved();
  let now = await call('GET', `/teams/${team.id}`);
  if (now.assign_cap !== 8 || now.description !== 'Plants, pots, soil.') throw new Error('other field');
  await page.click('.tabs .tab:has-text("General")');
  await page.fill('input[name=name]', `Garden mine ${stamp}`);
  await call('PATCH', `/teams/${team.id}`, { name: `Garden theirs ${stamp}` });
  await save();
  await page.waitForSelector('dialog .conflict');
  await page.click('dialog .btn-primary');
  await saved();
  now = await call('GET', `/teams/${team.id}`);
  return now.name === `Garden mine ${stamp}`;
});
await step('VIS-14: who would lose access is shown before the visibility is changed', async () => {
  const portal = (await call('GET', '/users?role=portal&limit=1')).items[0];
  const made = await call('POST', '/tickets', { name: 'Seen by a customer', team_id: team.id });
  await call('PUT', `/tickets/${made.id}/followers/${portal.partner_id}`);
  await b.go(`/agent/settings/teams/${team.id}?part=access`);
  await page.click('.choice:has-text("Invited internal users") input');
  await save();
  await page.waitForSelector(`dialog .effect-list li:has-text("${portal.name}")`);
  await page.click('dialog .buttons .btn:has-text("Cancel")');
  if ((await call('GET', `/teams/${team.id}`)).privacy_visibility !== 'portal') throw new Error('changed without a yes');
  await save();
  await page.click('dialog .btn-primary');
  await saved();
  const now = await call('GET', `/teams/${team.id}`);
  await call('PATCH', `/teams/${team.id}`, { privacy_visibility: 'portal' });
  return now.privacy_visibility === 'invited_internal';
});
await step('TEAM-9: deleting a team with tickets is refused in words, and archiving is offered', async () => {
  await b.go(`/agent/settings/teams/${team.id}`);
  await page.click('.head .menu-wrap > button');
  await page.click('.menu .menu-danger');
  await page.click('dialog .btn-danger');
  await page.waitForSelector('dialog:has-text("still has tickets")');
  await page.click('dialog .btn:has-text("Close")');
  return !!(await call('GET', `/teams/${team.id}`)).id;
});
await step('TKT-12: add a property with choices', async () => {
  await b.go(`/agent/settings/teams/${team.id}?part=properties`);
  await page.click('.section button:has-text("Add a property")');
  await page.click('.menu [role=menuitem]:has-text("Choice from a list")');
  await page.fill('.builder-body input[name=label]', 'Season');
  for (const [i, word] of ['Spring', 'Autumn'].entries()) {
    await page.click('.builder-body button:has-text("Add a choice")');
    await page.locator('.option .input').nth(i).fill(word);
  }
  await page.click('label:has-text("Show on the cards") input');
  await save();
  await saved();
  const [p] = (await call('GET', `/teams/${team.id}`)).ticket_properties;
  team.property = p.name;
  return p.label === 'Season' && p.type === 'selection' && p.options.length === 2 && p.in_cards === true;
});
await step('a property without a label is said beside it', async () => {
  await page.click('.section button:has-text("Add a property")');
  await page.locator('.menu [role=menuitem]').first().click();
  await save();
  await page.waitForSelector('.builder-body .field:has(input[name=label]) .bad');
  await page.click('.save-bar button:has-text("Discard")');
  await saved();
});

/* ---- form ---- */

await step('CHN-14: build a form with a question, a property and a condition; the preview follows', async () => {
  await b.go(`/agent/settings/teams/${team.id}?part=channels`);
  await page.click('label:has-text("Use a website form") input');
  await page.click('label:has-text("Published") input');
  await page.click('.tabs .tab:has-text("Form")');
  await page.click('button:has-text("Add a field")');
  await page.click('.menu [role=menuitem]:has-text("Season")');
  await page.click('button:has-text("Add a field")');
  await page.click('.menu [role=menuitem]:has-text("One line of text")');
  await page.fill('.builder-body input[name=label]', 'Which plant?');
  await page.selectOption('.builder-lang select', 'lt');
  await page.fill('.builder-body input[name=label]', 'Koks augalas?');
  await page.waitForSelector('.preview:has-text("Koks augalas?")');
  await page.selectOption('.builder-lang select', 'en');
  await page.selectOption('.builder-body select[name=visibility]', 'conditional');
  await page.selectOption('.condition select >> nth=0', `properties.${team.property}`);
  await page.selectOption('.condition select >> nth=1', '=');
  await page.selectOption('.condition select >> nth=2', { label: 'Spring' });
  if (await page.locator('.preview:has-text("Which plant?")').count()) throw new Error('shown without its condition');
  await page.selectOption('.preview select', { label: 'Spring' });
  await page.waitForSelector('.preview:has-text("Which plant?")');
});
await step('reorder by keyboard: the focus stays on the button', async () => {
  await page.focus('button[aria-label="Move Your telephone number earlier"]');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  const first = await page.locator('.reorder-row').first().textContent();
  return first.includes('telephone') && await page.evaluate(() => document.activeElement?.closest('.reorder-row') === document.querySelector('.reorder-row'));
});
await step('drag a field to another place', async () => {
  await page.dragAndDrop('.reorder-row:has([aria-label="Move Your telephone number later"]) .grip', '.reorder-row:has([aria-label="Move Your question later"])');
  await page.waitForFunction(() => !document.querySelector('.reorder-row').textContent.includes('telephone'));
});
await step('a condition that compares with nothing is refused beside it, in words', async () => {
  await page.selectOption('.condition select >> nth=1', 'contains');
  await page.fill('.condition input', '');
  await save();
  await page.waitForSelector('.condition .bad:has-text("A value is required.")');
  await page.selectOption('.condition select >> nth=1', '=');
  await page.selectOption('.condition select >> nth=2', { label: 'Spring' });
});
await step('save it', async () => {
  await save();
  await saved();
  const now = await call('GET', `/teams/${team.id}`);
  team = { ...team, ...now };
  const fields = now.form_fields.map((x) => x.field);
  const want = ['name', 'partner_email', 'partner_name', 'partner_phone', 'description', 'attachments', 'text', `properties.${team.property}`];
  if ([...fields].sort().join() !== want.sort().join() || !now.website_published) throw new Error(fields.join());
  return fields[0] !== 'partner_phone';
});
await step('the public page has the fields, in the language of the visitor', async () => {
  const context = await b.browser.newContext({ locale: 'lt' });
  const visitor = await context.newPage();
  visitor.setDefaultTimeout(WAIT);
  await visitor.goto(`${base}/support/${team.slug}?lang=lt`);
  await visitor.selectOption(`[name="properties.${team.property}"]`, { label: 'Spring' });
  await visitor.waitForSelector('text=Koks augalas?');
  await visitor.fill('[name="text.q1"]', 'Pelargonija');
  await visitor.fill('[name=partner_name]', 'Vera');
  await visitor.fill('[name=partner_email]', 'vera@example.com');
  await visitor.fill('[name=name]', `Leaves ${stamp}`);
  await visitor.fill('[name=description]', 'They are yellow.');
  await visitor.click('button[type=submit]');
  await visitor.waitForSelector('.reference, .notice');
  if (await visitor.locator('.notice').count()) {         /* whoever is as quick as this is asked to press once more */
    await visitor.click('button[type=submit]');
    await visitor.waitForSelector('.reference');
  }
  const ref = Number((await visitor.textContent('.reference')).replace(/\D/g, ''));
  await context.close();
  const made = await call('GET', `/tickets/${ref}`);
  const spring = team.ticket_properties[0].options.find((o) => o.label === 'Spring').value;
  return made.name === `Leaves ${stamp}` && made.description.includes('Pelargonija') && made.properties[team.property] === spring;
});

/* ---- where there is nothing yet ---- */

await step('an empty list says what to do, and does it', async () => {
  await page.route('**/api/v1/{canned_responses,tokens,notifications,activities}?**', (r) => r.fulfill({ json: { items: [], next: null } }));
  const wrong = [];
  for (const [path, next] of [['settings/canned', 'dialog form'], ['settings/tokens', 'dialog form'], ['inbox', '.section h1'], ['activities', '.view-list']]) {
    await b.go(`/agent/${path}`);
    await page.waitForSelector('.empty .btn');
    await page.click('.empty .btn');
    if (!await page.waitForSelector(next, { timeout: 10_000 }).catch(() => null)) wrong.push(path);
  }
  await page.unroute('**/api/v1/{canned_responses,tokens,notifications,activities}?**');
  return wrong;
});

/* ---- contacts ---- */

await step('contacts are found by name, address and telephone', async () => {
  const made = await call('POST', '/contacts', { name: `Quincy ${stamp}`, email: `qq${stamp}@example.net`, phone: `+46 8 ${stamp}` });
  await b.go('/agent/contacts');
  for (const words of [`quincy ${stamp}`, `qq${stamp}@`, `+46 8 ${stamp}`]) {
    await page.fill('.search input', words);
    await page.waitForFunction((name) => [...document.querySelectorAll('.table tbody tr')].length === 1 && document.querySelector('.table tbody').textContent.includes(name), made.name);
  }
  await page.fill('.search input', `qq${stamp}`);
  await page.click('.table .btn-cell');
  await page.click('dialog .after-form .btn-danger:has-text("Delete")');
  await page.locator('dialog .btn-danger').last().click();
  await page.waitForSelector('.empty');
  return (await call('GET', `/contacts/${made.id}`)).code === 'not_found';
});
await step('ACT-1: kinds of activities stand in an order of one’s own', async () => {
  await b.go('/agent/settings/activities');
  const order = async () => (await call('GET', '/activity_types?limit=50')).items.sort((x, y) => x.sequence - y.sequence || x.id - y.id).map((x) => x.name).join('|');
  const before = (await order()).split('|');
  await page.locator('.table tbody tr').first().locator('.menu-wrap > button').click();
  await page.click(`.menu [role=menuitem]:has-text("Move ${before[0]} later")`);
  return becomes(order, [before[1], before[0], ...before.slice(2)].join('|'));
});

/* ---- types and tags ---- */

await step('TKT-4: types are added, renamed where they stand, and reordered', async () => {
  await b.go('/agent/settings/types');
  for (const name of [`Alpha ${stamp}`, `Beta ${stamp}`]) {
    await page.fill('.inline-add input', name);
    await page.keyboard.press('Enter');
    await page.waitForFunction((x) => [...document.querySelectorAll('.inline-name')].some((i) => i.value === x), name);
  }
  const rows = page.locator('.reorder-row');
  let late = 0;
  await page.route('**/api/v1/types/*', async (r) => {          /* the second change is made before the first is answered */
    if (r.request().method() === 'PATCH' && r.request().postData().includes('Beta two')) {
      late++;
      await rows.last().locator('.mover-up').click();
      await page.waitForFunction((x) => [...document.querySelectorAll('.inline-name')].at(-1).value === x, `Alpha ${stamp}`);
    }
    await r.continue();
  });
  await rows.last().locator('.inline-name').fill(`Beta two ${stamp}`);
  await page.keyboard.press('Enter');
  const there = await becomes(async () => {
    const list = (await call('GET', '/types?limit=200')).items.sort((x, y) => x.sequence - y.sequence).map((x) => x.name);
    return list.includes(`Beta two ${stamp}`) && list.indexOf(`Beta two ${stamp}`) === list.indexOf(`Alpha ${stamp}`) - 1;
  }, true);
  await page.unroute('**/api/v1/types/*');
  return there && late === 1 && await page.locator('.toast-bad, .inline .bad').count() === 0;
});
await step('a name that is taken is refused beside it', async () => {
  await page.fill('.inline-add input', `Alpha ${stamp}`);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.inline-add .bad');
});
await step('TKT-5, ASG-9: a tag has a colour and members', async () => {
  await b.go('/agent/settings/tags');
  await page.fill('.inline-add input', `Roses ${stamp}`);
  await page.keyboard.press('Enter');
  const row = page.locator('.tag-row', { has: page.locator(`button[aria-label^="Colour of Roses ${stamp}"]`) });
  await row.waitFor();
  await row.locator('button[aria-label^="Colour"]').click();
  await page.click('.menu [role=menuitemradio]:has-text("Violet")');
  await row.locator('.combo input').click();
  await page.keyboard.type('Erik');
  await page.waitForSelector('.combo-at:has-text("Erik")');
  await page.keyboard.press('Enter');
  await row.locator('.chip').waitFor();
  const tag = async () => (await call('GET', `/tags?name=${encodeURIComponent(`Roses ${stamp}`)}`)).items[0];
  if (!await becomes(async () => (await tag()).member_ids.length, 1) || (await tag()).color !== 10) return ['colour or member'];
  /* While one more is on its way the next is added, and somebody else writes too: nobody is lost. */
  const others = (await call('GET', '/users?role=user&limit=9')).items.filter((u) => u.name !== erik.name).slice(0, 2);
  const add = async (u) => {
    await row.locator('.combo input').fill(u.name);
    await page.waitForSelector(`.combo-at:has-text("${u.name}")`);
    await page.keyboard.press('Enter');
    await row.locator(`.chip:has-text("${u.name}")`).waitFor();
  };
  let held = 0;                                         /* refused with 412, it comes again */
  await page.route('**/api/v1/tags/*', async (r) => {
    if (r.request().method() === 'PATCH' && JSON.parse(r.request().postData()).member_ids?.length === 2 && held++ === 0) {
      await call('PATCH', `/tags/${(await tag()).id}`, { color: 3 });
      await add(others[1]);
    }
    await r.continue();
  });
  await add(others[0]);
  const all = await becomes(async () => (await tag()).member_ids.length, 3);
  await page.unroute('**/api/v1/tags/*');
  return all && (await tag()).color === 3 && await page.locator('.toast-bad').count() === 0;
});

await step('STG-4, TKT-7: stages are put into another order; a stage has words of its own for the states', async () => {
  const order = async () => (await call('GET', '/stages?limit=200')).items.filter((s) => s.team_ids.includes(team.id)).sort((x, y) => x.sequence - y.sequence || x.id - y.id);
  const before = await order();
  await b.go('/agent/settings/stages');
  await page.selectOption('.head-tools select', String(team.id));
  await page.click(`button[aria-label="Move ${before[0].name} later"]`);
  await page.waitForFunction((x) => document.querySelector('.stage-row strong').textContent === x, before[1].name);
  await page.click(`.stage-name:has-text("${before[0].name}")`);
  await page.fill('dialog input[name=legend_blocked]', 'On hold');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  const after = await order();
  return after[0].id === before[1].id && after[1].id === before[0].id && after[1].legend_blocked === 'On hold';
});

/* ---- calendars and time off ---- */

await step('ASG-5: a calendar: hours are added, copied to other days, and kept', async () => {
  await b.go('/agent/settings/calendars/new');
  await page.fill('input[name=name]', `Shop ${stamp}`);
  await page.selectOption('select[name=tz]', 'Europe/Vilnius');
  const day = (n) => page.locator('.hours-day', { has: page.locator(`.hours-name:text-is("${n}")`) });
  await day('Saturday').locator('button[aria-label^="Add hours"]').click();
  await day('Saturday').locator('.hours-time').first().fill('10:00');
  await day('Saturday').locator('.hours-time').last().fill('15:30');
  await day('Saturday').locator('button[aria-label^="Copy"]').click();
  await page.click('.menu [role=menuitem]:has-text("Sunday")');
  await save();
  await page.waitForURL(/\/settings\/calendars\/\d+$/);
  const made = await call('GET', `/calendars/${page.url().split('/').pop()}`);
  const of = (d) => made.hours.filter((x) => x.day === d).map((x) => `${x.from}-${x.to}`).join();
  return made.tz === 'Europe/Vilnius' && of(5) === '10:00-15:30' && of(6) === '10:00-15:30' && of(0) === '08:00-12:00,13:00-17:00';
});
await step('hours that end before they begin are refused at their day', async () => {
  const time = page.locator('.hours-day').first().locator('.hours-time');
  await time.first().fill('18:00');
  await save();
  await page.waitForSelector('.hours-day .bad');
  await page.click('.save-bar button:has-text("Discard")');
});
const other = await b.browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 } });
await other.addInitScript(() => localStorage.setItem('hd.lang', 'en'));
const tab = await other.newPage();
tab.setDefaultTimeout(WAIT);
await step('ASG-4: somebody asks for time off', async () => {
  await tab.goto(`${base}/agent`);
  await tab.fill('input[name=login]', staff);
  await tab.fill('input[name=password]', staffPassword);
  await tab.click('button[type=submit]');
  await tab.waitForSelector('.nav');
  await tab.goto(`${base}/agent/settings/timeoff`);
  await tab.click('.head-tools .btn-primary');
  await tab.fill('dialog input[name=name]', `Holidays ${stamp}`);
  await tab.click('dialog button[type=submit]');
  await tab.waitForSelector(`.leave-row:has-text("Holidays ${stamp}"):has-text("Requested")`);
  return await tab.locator('.leave-row button:has-text("Approve")').count() === 0;
});
await step('and the administrator approves it; it appears without a reload', async () => {
  await b.go('/agent/settings/timeoff');
  const row = page.locator('.leave-row', { hasText: `Holidays ${stamp}` });
  await row.locator('button:has-text("Approve")').click();
  await row.locator('.tag:has-text("Approved")').waitFor();
  await page.waitForSelector('.month-today .month-item:has-text("Erik")');
  await tab.waitForSelector(`.leave-row:has-text("Holidays ${stamp}"):has-text("Approved")`);
});
await step('ACC-1: who is no administrator reads the settings of a team and changes nothing', async () => {
  await tab.goto(`${base}/agent/settings/teams/1?part=assignment`);
  await tab.waitForSelector('.sheet-fields .choice');
  const controls = await tab.locator('.sheet :is(input, select, textarea, button):enabled:visible').count();
  await tab.goto(`${base}/agent/settings/users`);
  await tab.waitForSelector('.empty');
  return controls === 0 && await tab.locator('.save-bar').count() === 0;
});
await other.close();
await step('a day off for everybody', async () => {
  await page.click('.head-tools .btn-primary');
  await page.selectOption('dialog select[name=subject]', 'company');
  await page.fill('dialog input[name=name]', `Foundation day ${stamp}`);
  await page.fill('dialog input[name=first]', '2031-05-02');
  await page.fill('dialog input[name=last]', '2031-05-01');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog .field:has(input[name=last]) .bad');
  await page.fill('dialog input[name=last]', '2031-05-02');
  await page.click('dialog label:has-text("Approved at once") input');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  const made = (await call('GET', '/leaves?limit=200')).items.find((x) => x.name === `Foundation day ${stamp}`);
  return made.state === 'approved' && !made.user_id && !made.team_id && Date.parse(made.date_to) - Date.parse(made.date_from) === 86_400_000;
});
await step('import an .ics: told first, then done; a broken entry is named by its line; again changes nothing', async () => {
  const ics = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', 'BEGIN:VEVENT', `UID:a${stamp}@test`, 'DTSTART;VALUE=DATE:20310610', 'DTEND;VALUE=DATE:20310612', 'SUMMARY:Midsummer',
    'END:VEVENT', 'BEGIN:VEVENT', `UID:b${stamp}@test`, 'DTSTART:nonsense', 'SUMMARY:Broken', 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');
  const file = { name: 'days.ics', mimeType: 'text/calendar', buffer: Buffer.from(ics) };
  const before = (await call('GET', '/leaves?limit=200')).items.length;
  await page.click('.head-tools button:has-text("Import")');
  await page.setInputFiles('dialog input[type=file]', file);
  await page.waitForSelector('dialog .import-counts:has-text("1 new entry")');
  await page.waitForSelector('dialog .import-errors li');
  if ((await call('GET', '/leaves?limit=200')).items.length !== before) throw new Error('a dry run stored something');
  await page.click('dialog .btn-primary');
  await page.waitForSelector('dialog .import-result:has-text("Imported")');
  await page.click('dialog .btn-primary');
  await page.click('.head-tools button:has-text("Import")');
  await page.setInputFiles('dialog input[type=file]', file);
  await page.waitForSelector('dialog .import-counts:has-text("stays as it is")');
  await page.click('dialog .buttons .btn:has-text("Cancel")');
  return (await call('GET', '/leaves?limit=200')).items.length === before + 1;
});
await step('and export them', async () => {
  const answer = await page.evaluate(async (href) => (await fetch(href)).text(), await page.getAttribute('.head-tools a[download]', 'href'));
  return answer.startsWith('BEGIN:VCALENDAR') && answer.includes(`Foundation day ${stamp}`);
});
await step('a user gets a time zone, a calendar and a role in words', async () => {
  await b.go('/agent/settings/users');
  await page.click('.head-tools .btn-primary');
  await page.fill('dialog input[name=name]', 'Gita Garden');
  await page.fill('dialog input[name=login]', `gita${stamp}`);
  await page.fill('dialog input[name=password]', 'a long sentence of gita');
  await page.selectOption('dialog select[name=tz]', 'Asia/Tehran');
  await page.selectOption('dialog select[name=resource_calendar_id]', { label: `Shop ${stamp}` });
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  const made = (await call('GET', `/users?login=gita${stamp}`)).items[0];
  return made.tz === 'Asia/Tehran' && !!made.resource_calendar_id && made.role === 'user';
});
await step('in a dialog, too: another field is no obstacle, the same one is named and can be kept', async () => {
  const gita = async () => (await call('GET', `/users?login=gita${stamp}`)).items[0];
  const { id } = await gita();
  await page.click('.table .btn-cell:has-text("Gita Garden")');
  await page.route('**/api/v1/users?**', (r) => r.abort());           /* the news come late */
  await call('PATCH', `/users/${id}`, { tz: 'Europe/Oslo', name: 'Gita Theirs' });
  await page.fill('dialog input[name=name]', 'Gita Mine');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog .problem:has-text("“Name”")');
  await page.unroute('**/api/v1/users?**');
  if ((await gita()).name !== 'Gita Theirs') throw new Error('lost');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  const now = await gita();
  return now.name === 'Gita Mine' && now.tz === 'Europe/Oslo';
});

await step('TKT: who archives a user is told of the tickets that stay with him', async () => {
  const gita = (await call('GET', `/users?login=gita${stamp}`)).items[0];
  await call('POST', '/tickets', { name: `Left ${stamp}`, team_id: team.id, user_id: gita.id });
  await page.click(`.table tr:has-text("gita${stamp}") .btn-cell`);
  if (await page.locator('dialog .note').count()) throw new Error('told without being asked');
  await page.uncheck('dialog label:has-text("In use") input');
  await page.waitForSelector('dialog .note:has-text("1 open ticket stays")');
  await page.click('dialog .note a');
  await page.waitForSelector(`.row:has-text("Left ${stamp}")`);
  return await page.locator('.list .row').count() === 1 && (await call('GET', `/users/${gita.id}`)).active === true;
});
await step('a token ends on the day that was chosen, and is listed with its rights in words', async () => {
  await b.go('/agent/settings/tokens');
  await page.click('.head-tools .btn-primary');
  await page.fill('dialog input[name=name]', `Till ${stamp}`);
  await page.selectOption('dialog select[name=scope]', 'write');
  await page.selectOption('dialog select[name=days]', 'date');
  const day = new Date(Date.now() + 50 * 86_400_000).toISOString().slice(0, 10);
  await page.fill('dialog input[name=date]', day);
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog input[readonly]');
  await page.click('dialog .btn-primary');
  await page.waitForSelector(`.table tr:has-text("Till ${stamp}"):has-text("Read and change")`);
  const made = (await call('GET', '/tokens?limit=200')).items.find((x) => x.name === `Till ${stamp}`);
  const zone = (await call('GET', '/session')).user.tz || 'UTC';
  return new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(made.expires)) === `${day} 23:59`;
});
await step('OBS: the audit log names records and says in words what was changed', async () => {
  for (const auto_assignment of [false, true]) await call('PATCH', `/teams/${team.id}`, { auto_assignment });
  const { name } = await call('GET', `/teams/${team.id}`);
  await b.go('/agent/settings/audit');
  const row = page.locator('.events tr', { hasText: 'Automatic assignment' }).first();
  await row.waitFor();
  const said = await row.textContent();
  return said.includes(name) && said.includes('Yes') && said.includes('No') ? [] : [said];
});

/* ---- Persian, on a narrow screen (every.mjs looks at each page on a wide one) ---- */

const PAGES = ['teams', `teams/${team?.id}?part=access`, `teams/${team?.id}?part=channels`, `teams/${team?.id}?part=form`, `teams/${team?.id}?part=properties`, 'tags', 'calendars/new', 'timeoff', 'users'];
await b.close();

const d = await desk(base);
const fa = JSON.parse(readFileSync(new URL('../../html/i18n/fa.json', import.meta.url), 'utf8'));
await d.signIn(login, password);
await d.page.setViewportSize({ width: 360, height: 900 });
await d.look('fa', 'light');
await d.go('/agent/settings/account');
for (const path of PAGES) {
  await d.visit(`/agent/settings/${path}`);
  if (/form|properties/.test(path)) await d.page.locator('.builder-title').last().click();
  await d.inspect(`${path.replace(/\d+/, 'N')}, Persian, narrow`, { part: path === 'teams' ? 'html' : 'main' });
}
await d.page.setViewportSize({ width: 1280, height: 900 });
await step('Persian: a team is configured, and told what its visibility does', async () => {
  await d.visit(`/agent/settings/teams/${team.id}?part=assignment`);
  await d.page.fill('input[name=assign_cap]', '9');
  await d.page.click(`.save-bar button:has-text("${fa['action.save']}")`);
  await d.page.waitForSelector('.save-bar:not(.save-bar-on)');
  await d.page.click(`.tabs .tab:has-text("${fa['team.visibility']}")`);
  await d.page.locator('.choice', { hasText: fa['visibility.internal_hint'] }).locator('input').check();
  await d.page.click(`.save-bar button:has-text("${fa['action.save']}")`);
  await d.page.click(`dialog:has-text("${fa['access.effect']}") .btn-primary:has-text("${fa['access.confirm']}")`);
  await d.page.waitForSelector('.save-bar:not(.save-bar-on)');
  const now = await d.call('GET', `/teams/${team.id}`);
  return now.assign_cap === 9 && now.privacy_visibility === 'internal';
});
await step('Persian: time off is approved', async () => {
  const who = (await d.call('GET', `/users?login=${staff}`)).items[0];
  const made = await d.call('POST', '/leaves', { name: `مرخصی ${stamp}`, user_id: who.id, date_from: '2031-03-21T00:00:00Z', date_to: '2031-03-24T00:00:00Z' });
  await d.visit('/agent/settings/timeoff');
  const row = d.page.locator('.leave-row', { hasText: made.name });
  await row.locator('button', { hasText: fa['leave.approve'] }).click();
  await row.locator(`.tag:has-text("${fa['leave.approved']}")`).waitFor();
  return becomes(async () => (await d.call('GET', `/leaves/${made.id}`)).state, 'approved');
});
await step('teams change places, and stand so in the list of teams everywhere', async () => {
  await d.visit('/agent/settings/teams');
  const order = () => d.page.locator('.nav ul[aria-labelledby=nav-teams] .nav-label').allTextContents();
  const before = await order();
  await d.page.locator('.team-order .mover-up').last().click();
  const want = [...before.slice(0, -2), before.at(-1), before.at(-2)].join('|');
  return becomes(async () => (await order()).join('|'), want) && becomes(async () => (await d.call('GET', '/teams?sort=sequence,id')).items.map((x) => x.name).join('|'), want);
});
await step('Persian: the month is one of the Persian calendar, from right to left', async () => {
  await d.visit('/agent/settings/timeoff');
  const title = await d.page.textContent('.month-head h2');
  const of = (type) => new Intl.DateTimeFormat('fa', { [type]: type === 'month' ? 'long' : 'numeric', timeZone: 'Europe/Stockholm' }).formatToParts(new Date()).find((x) => x.type === type).value;
  return await d.page.evaluate(() => document.documentElement.dir) === 'rtl' && title === `${of('month')} ${of('year')}`;
});
await d.done();
