/*
 * What the agents' pages cost: weight and requests of a first load, a board of 200 cards on a slow processor, going from
 * ticket to ticket.  TAP.  node t/ui/speed.mjs BASE_URL LOGIN PASSWORD
 */
import { desk, note, ok, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
if (!password) {
  console.log('Bail out! usage: node t/ui/speed.mjs BASE_URL LOGIN PASSWORD');
  process.exit(2);
}
const KB = 1024;
const MOST = { list: [25, 120], board: [25, 120], ticket: [35, 150] };       /* requests, KB compressed; there is no build: a module is a request */
const CARDS = 200, COLUMNS = 10, SLOWDOWN = 4, BOARD_MS = 500, SWITCH_MS = 50;
const RUNS = 5;                  /* the best of them counts: other programs run on the machine, too */

const b = await desk(base, { allow: /status of (401|404|422)/, policy: true });
const { page, call, settled } = b;
await step('an administrator signs in', () => b.signIn(login, password));
await settled();

/* A browser that has nothing but the session. */
async function fresh(run) {
  const context = await b.browser.newContext({ storageState: await b.context.storageState(), viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  const tab = await context.newPage();
  try {
    return await run(tab, await context.newCDPSession(tab));
  } finally {
    await context.close();
  }
}

/* ---- weight ---- */

const firstLoad = (path, until) => fresh(async (tab, line) => {
  const asked = new Map(), heads = new Map(), packed = new Map();
  await line.send('Network.enable');
  line.on('Network.requestWillBeSent', (e) => { if (!e.request.url.startsWith('data:')) asked.set(e.requestId, e.request.url.replace(base, '')); });
  line.on('Network.responseReceived', (e) => heads.set(e.requestId, e.response.encodedDataLength));
  line.on('Network.loadingFinished', (e) => packed.set(e.requestId, e.encodedDataLength));
  await tab.goto(base + path);
  for (const what of until) await tab.waitForSelector(what);
  await tab.waitForFunction(() => !document.querySelector('.skeletons'));
  const stream = () => [...asked].some(([, url]) => url.startsWith('/api/v1/events'));
  const open = () => [...asked].filter(([id, url]) => !packed.has(id) && !url.startsWith('/api/v1/events'));
  for (const over = Date.now() + 5000; Date.now() < over && (!stream() || open().length);) await tab.waitForTimeout(10);
  const loaded = [...asked];                    /* what comes after is read ahead, while nothing is waited for */
  const sum = (sizes) => loaded.reduce((n, [id]) => n + (packed.has(id) ? sizes.get(id) ?? 0 : 0), 0);
  return { requests: loaded.length, bytes: sum(packed) - sum(heads), heads: sum(heads), paths: loaded.map(([, path1]) => path1) };
});
const team = (await call('GET', '/teams?limit=1')).items[0].id;
let talked = 0;                 /* a ticket of the demonstration with a conversation */
for (const x of (await call('GET', '/tickets?active=any&sort=id&limit=20')).items) {
  if (!talked && (await call('GET', `/tickets/${x.id}/messages`)).items.length > 1) talked = x.id;
}
for (const [name, path, until] of [['list', '/agent/tickets?filter=all', ['.list .row']], ['board', `/agent/board/${team}`, ['.card']],
  ['ticket', `/agent/tickets/${talked}`, ['.side .prop', '.talk-list']]]) {
  const load = await firstLoad(path, until);
  const [requests, size] = MOST[name];
  note(`first load, ${name}: ${load.requests} requests, ${Math.round(load.bytes / KB)} KB compressed and ${Math.round(load.heads / KB)} KB of heads`);
  ok(load.requests <= requests, `first load, ${name}: at most ${requests} requests`, [`${load.requests}: ${load.paths.join(' ')}`]);
  ok(load.bytes <= size * KB, `first load, ${name}: at most ${size} KB compressed`, `${load.bytes} bytes`);
  const own = load.paths.filter((x) => !x.startsWith('/img/'));
  ok(new Set(own).size === own.length, `first load, ${name}: nothing is read twice`, own.filter((x, i) => own.indexOf(x) !== i));
}

/* ---- a board of 200 cards, cold, on a processor of a quarter the speed ---- */

const big = await call('POST', '/teams', { name: `Speed ${Date.now()}` });
await step(`a team has ${CARDS} tickets in ${COLUMNS} columns`, async () => {
  const stages = [];
  for (let i = 0; i < COLUMNS; i++) stages.push((await call('POST', '/stages', { name: `Column ${i}`, team_ids: [big.id], sequence: i })).id);
  for (let i = 0; i < CARDS; i++) await call('POST', '/tickets', { name: `Card ${i}: something that does not work as it did`, team_id: big.id, stage_id: stages[i % COLUMNS], priority: String(i % 4) });
  return (await call('GET', `/tickets/count?team_id=${big.id}`)).count === CARDS;
});

/*
 * Interactive: all cards stand in the page and were painted, and a click on one was answered by its menu, painted.  The
 * clock runs from the beginning of the navigation; the click comes with the first frame after the cards.
 */
function watch([cards]) {
  window.seen = new Promise((done) => {
    const painted = (then) => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = then; c.port2.postMessage(0); });
    const look = () => {
      if (document.querySelectorAll('.card').length < cards) { requestAnimationFrame(look); return; }
      painted(() => {
        const drawn = performance.now();
        document.querySelector('.card .card-head [aria-haspopup=menu]').click();
        const answered = () => (document.querySelector('.card [role=menu]') ? painted(() => done({ drawn, answered: performance.now() })) : requestAnimationFrame(answered));
        answered();
      });
    };
    look();
  });
}
const coldBoard = () => fresh(async (tab, line) => {
  await line.send('Network.setCacheDisabled', { cacheDisabled: true });
  await line.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  await tab.addInitScript(watch, [CARDS]);
  await tab.goto(`${base}/agent/board/${big.id}`);
  return tab.evaluate(() => window.seen);
});
const boards = [];
for (let i = 0; i < RUNS; i++) boards.push(await coldBoard());
boards.sort((x, y) => x.answered - y.answered);
note(`a board of ${CARDS} cards, cold, ${SLOWDOWN}x slower: painted after ${boards.map((x) => Math.round(x.drawn)).join(' ')} ms, a click answered after ${boards.map((x) => Math.round(x.answered)).join(' ')} ms`);
ok(boards[0].answered <= BOARD_MS, `a board of ${CARDS} cards is interactive within ${BOARD_MS} ms on a cold cache and a ${SLOWDOWN}x slower processor`, `${Math.round(boards[0].answered)} ms`);

/* ---- from ticket to ticket ---- */

const pair = (await call('GET', `/tickets?team_id=${big.id}&limit=2`)).items;
for (const [i, x] of pair.entries()) await call('POST', `/tickets/${x.id}/messages`, { body: `The answer number ${i}` });
/* From the click to the frame in which title, text, properties and conversation of the other ticket stand. */
const switched = (to) => page.evaluate(([id, name, said]) => new Promise((done, fail) => {
  const a = Object.assign(document.createElement('a'), { href: `/agent/tickets/${id}` });
  document.body.append(a);
  const from = performance.now();
  a.click();
  a.remove();
  const over = from + 5000;
  const look = () => {
    const there = document.querySelector('.view-ticket h1')?.textContent === name && document.querySelector('.side .prop') && !document.querySelector('.skeletons')
      && document.querySelector('.talk-list')?.textContent.includes(said);
    if (there) requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = () => done(performance.now() - from); c.port2.postMessage(0); });
    else if (performance.now() > over) fail(new Error(`${name} does not come`));
    else setTimeout(look);
  };
  look();
}), [to.id, to.name, `The answer number ${pair.indexOf(to)}`]);
await step('two tickets are opened, so that the browser has them', async () => {
  await b.go(`/agent/tickets/${pair[0].id}`);
  await switched(pair[1]);
  await settled();
});
const times = [];
for (let i = 0; i < 2 * RUNS; i++) times.push(await switched(pair[i % 2]));
times.sort((x, y) => x - y);
note(`from ticket to ticket: ${times.map((x) => Math.round(x)).join(' ')} ms`);
ok(times[0] <= SWITCH_MS, `a ticket the browser has stands there within ${SWITCH_MS} ms`, `${Math.round(times[0])} ms`);
await b.done();
