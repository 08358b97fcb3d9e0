/*
 * What the agents' pages cost: weight and requests of a first load, a board of 200 cards on a slow processor, going from
 * ticket to ticket.  TAP.  node t/ui/speed.mjs BASE_URL LOGIN PASSWORD
 */
import { cpus, loadavg } from 'node:os';
import { desk, note, ok, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
if (!password) {
  console.log('Bail out! usage: node t/ui/speed.mjs BASE_URL LOGIN PASSWORD');
  process.exit(2);
}
const KB = 1024;
const REQUESTS = 25, SIZE = 120;                  /* of a first load, whichever view it begins with; KB compressed */
const CARDS = 200, COLUMNS = 10, SLOWDOWN = 4, BOARD_MS = 500, SWITCH_MS = 50, BUSY = 5;          /* so many times longer may it take on a busy machine */
const RUNS = 7;                  /* the best of them counts: other programs run on the machine, too */
const REST = 1000;               /* ms: a browser that has just made a process and a window is busy with that */
const SWITCHES = 30;

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
  await tab.addInitScript(() => { window.requestIdleCallback = () => 0; });       /* what is read ahead while nothing is waited for does not count */
  await tab.goto(base + path);
  for (const what of until) await tab.waitForSelector(what);
  await tab.waitForFunction(() => !document.querySelector('.skeletons'));
  const stream = () => [...asked].some(([, url]) => url.startsWith('/api/v1/events'));
  const open = () => [...asked].filter(([id, url]) => !packed.has(id) && !url.startsWith('/api/v1/events'));
  for (const over = Date.now() + 5000; Date.now() < over && (!stream() || open().length);) await tab.waitForTimeout(10);
  const loaded = [...asked];
  const sum = (sizes) => loaded.reduce((n, [id]) => n + (packed.has(id) ? sizes.get(id) ?? 0 : 0), 0);
  return { requests: loaded.length, bytes: sum(packed) - sum(heads), heads: sum(heads), paths: loaded.map(([, path1]) => path1) };
});
const team = (await call('GET', '/teams?sort=id&limit=1')).items[0].id;
let talked = 0;                 /* a ticket of the demonstration with a conversation */
for (const x of (await call('GET', '/tickets?active=any&sort=id&limit=20')).items) {
  if (!talked && (await call('GET', `/tickets/${x.id}/messages`)).items.length > 1) talked = x.id;
}
for (const [name, path, until] of [['dashboard', '/agent/dashboard', ['.tiles', '.team-card']], ['list', '/agent/tickets?filter=all', ['.list .row']],
  ['board', `/agent/board/${team}`, ['.card']], ['ticket', `/agent/tickets/${talked}`, ['.side .prop', '.talk-list', '.talk-message .rich:not(.rich-plain)']],
  ['settings', '/agent/settings', ['.section h1']], ['own settings', '/agent/settings/account', ['.section form']], ['team', `/agent/settings/teams/${team}`, ['.sheet-fields']]]) {
  const load = await firstLoad(path, until);
  note(`first load, ${name}: ${load.requests} requests, ${Math.round(load.bytes / KB)} KB compressed and ${Math.round(load.heads / KB)} KB of heads`);
  ok(load.requests <= REQUESTS, `first load, ${name}: at most ${REQUESTS} requests`, [`${load.requests}: ${load.paths.join(' ')}`]);
  ok(load.bytes <= SIZE * KB, `first load, ${name}: at most ${SIZE} KB compressed`, `${load.bytes} bytes`);
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
 * Interactive: the cards on the screen were painted, and a click on one was answered by its menu, painted.  The click comes
 * with the first frame after the cards; cards beyond the edge of the screen are drawn when they come near it.  The clock
 * runs from the beginning of the navigation.
 */
function watch([columns]) {
  window.seen = new Promise((done) => {
    const painted = (then) => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = then; c.port2.postMessage(0); });
    const look = () => {
      const all = [...document.querySelectorAll('.column')], below = [...document.querySelectorAll('.cards-more')].map((x) => x.getBoundingClientRect());
      const seen = all.filter((x) => x.getBoundingClientRect().left < innerWidth && x.querySelector('.card'));
      if (all.length < columns || seen.length < 3 || below.some((r) => r.top < innerHeight && r.left < innerWidth)) { requestAnimationFrame(look); return; }
      painted(() => {
        const drawn = performance.now();
        document.querySelector('.card .card-head [aria-haspopup=menu]').click();
        const answered = () => (document.querySelector('[role=menu]') ? painted(() => {
          performance.mark('answered');
          done({ drawn, answered: performance.now(), cards: document.querySelectorAll('.card').length });
        }) : requestAnimationFrame(answered));
        answered();
      });
    };
    look();
  });
}
/* Not the tasks alone: what follows when an answer has come runs between two of them.  Events stand inside each other. */
function busyOf(events) {
  let sum = 0, end = 0;
  for (const { tts, tdur } of events.sort((x, y) => x.tts - y.tts)) {
    sum += Math.max(0, tts + tdur - Math.max(end, tts));
    end = Math.max(end, tts + tdur);
  }
  return sum / 1000;
}

/* What it took of the page's main thread is of the processor, not of the clock: other programs run here, too. */
const coldBoard = (slow) => fresh(async (tab, line) => {
  await line.send('Network.setCacheDisabled', { cacheDisabled: true });
  await tab.addInitScript(watch, [COLUMNS]);
  await tab.waitForTimeout(REST);
  if (slow > 1) await line.send('Emulation.setCPUThrottlingRate', { rate: slow });
  else await b.browser.startTracing(tab, { categories: ['toplevel', 'devtools.timeline', 'v8', 'blink.user_timing', '__metadata'] });
  await tab.goto(`${base}/agent/board/${big.id}`);
  const run = await tab.evaluate(() => window.seen);
  if (slow > 1) return run;
  const { traceEvents } = JSON.parse(await b.browser.stopTracing());
  const mark = traceEvents.find((e) => e.name === 'answered');
  run.busy = busyOf(traceEvents.filter((e) => e.pid === mark.pid && e.tid === mark.tid && e.ph === 'X' && e.tdur && e.ts < mark.ts));
  return run;
});
const best = (runs, key) => Math.round(Math.min(...runs.map((x) => x[key])));
const said = (runs, key) => runs.map((x) => Math.round(x[key])).join(' ');
const cold = [], plain = [];
for (let i = 0; i < RUNS; i++) { cold.push(await coldBoard(SLOWDOWN)); plain.push(await coldBoard(1)); }
note(`a board of ${CARDS} cards, cold, ${SLOWDOWN}x slower: painted after ${said(cold, 'drawn')} ms, a click answered after ${said(cold, 'answered')} ms`);
note(`the same at full speed: answered after ${said(plain, 'answered')} ms, ${said(plain, 'busy')} ms of them busy; ${plain[0].cards} cards are drawn by then; load ${loadavg()[0].toFixed(1)} on ${cpus().length} processors`);
ok(cold[0].cards >= 20 && cold[0].cards <= CARDS && plain.every((x) => x.busy > 10), 'cards were drawn, and that took time', JSON.stringify([cold[0], plain[0]]));
const quiet = loadavg()[0] < cpus().length / 2;
const took = SLOWDOWN * best(plain, 'busy');
/* The same work takes up to twice as long of a processor whose caches others use: 104 ms alone, 180 beside others. */
const most = BOARD_MS * (quiet ? 1 : 2);
ok(took <= most, `a board of ${CARDS} cards, cold: until a click is answered it takes at most ${most} ms of a ${SLOWDOWN}x slower processor`, `${took} ms`);

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
for (let i = 0; i < SWITCHES; i++) times.push(await switched(pair[i % 2]));
times.sort((x, y) => x - y);
const median = times[SWITCHES / 2];
note(`from ticket to ticket, ${SWITCHES} times: best ${Math.round(times[0])}, median ${Math.round(median)}, worst ${Math.round(times.at(-1))} ms`);
ok(median <= SWITCH_MS * (quiet ? 1 : BUSY), `a ticket the browser has stands there within ${SWITCH_MS} ms, in the median${quiet ? '' : ` (${BUSY} times that on a busy machine)`}`, `${Math.round(median)} ms`);
await b.done();
