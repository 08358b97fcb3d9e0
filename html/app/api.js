/* The one module that talks to the server: requests, the stream of events, who is at a ticket. */
import { signal, useEffect } from './html.js';

const ROOT = '/api/v1';
const TRIES = 3;

let csrf = '', missed = false;         /* something could not be read for want of a line */
let signInAgain = null;     /* async () => boolean, set by main.js */

export const setCsrf = (value) => { csrf = value ?? ''; };
export const onSignedOut = (ask) => { signInAgain = ask; };

/** An answer that is not 2xx, or no answer at all (status 0). */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? (status === 0 ? 'offline' : 'unknown');
    this.fields = body.fields ?? [];
    this.retryAfter = retryAfter;
  }
}

export function query(values = {}) {
  const pairs = Object.entries(values).filter(([, v]) => v !== undefined && v !== '');
  return pairs.length ? '?' + new URLSearchParams(pairs.map(([k, v]) => [k, String(v)])) : '';
}

/* Works on plain http too, where crypto.randomUUID is missing. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

/* fetch does not tell how much of a file has gone up: progress(share) does. */
const climb = (url, { method, headers, body, signal }, progress) => new Promise((done, fail) => {
  const x = new XMLHttpRequest();
  x.open(method, url);
  for (const [name, value] of Object.entries(headers)) x.setRequestHeader(name, value);
  x.upload.onprogress = (e) => { if (e.lengthComputable) progress(e.loaded / e.total); };
  x.onload = () => done({ ok: x.status >= 200 && x.status < 300, status: x.status, text: async () => x.responseText,
    headers: { get: (name) => x.getResponseHeader(name) } });
  x.onerror = () => fail(new TypeError());
  x.onabort = () => fail(new DOMException('', 'AbortError'));
  signal?.addEventListener('abort', () => x.abort());
  x.send(body);
});

async function once(method, path, { body, type, ifMatch, key, signal, progress }) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = type ?? 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF'] = csrf;
  if (ifMatch !== undefined) headers['If-Match'] = `"v${ifMatch}"`;
  if (key) headers['Idempotency-Key'] = key;
  let answer;
  try {
    const request = { method, headers, signal, credentials: 'same-origin', cache: 'no-store',
      body: body === undefined || type ? body : JSON.stringify(body) };
    answer = await (progress ? climb(ROOT + path, request, progress) : fetch(ROOT + path, request));
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new Problem(0);
  }
  if (answer.status === 204) return null;
  const text = await answer.text();
  let value = {};
  try { value = text ? JSON.parse(text) : {}; } catch { /* an error page of a proxy */ }
  if (!answer.ok) throw new Problem(answer.status, value, Number(answer.headers.get('Retry-After')) || 0);
  return value;
}

/* What early.js asked for while the modules were on their way; each answer is given once, and only while the page begins. */
const BEGINS = 10_000;
let early = null;         /* { answers, paths } */
if (window.early) {
  const { answer, asked } = window.early;
  early = { paths: new Set(asked), answers: answer.then(async (a) => (a.ok ? new Map((await a.json()).answers.map((x) => [x.get, x])) : a.text().then(() => a.status))).catch(() => 0) };
}
/** Who signs in or out is another person. */
export const forgetEarly = () => { early = null; };

/* A part of an answer of GET /together, as if it had been asked for alone. */
function given({ status, body }) {
  if (status >= 400) throw new Problem(status, body);
  return body;
}

/* The answer, or undefined. */
async function fromEarly(path) {
  if (performance.now() > BEGINS || !early?.paths.delete(path)) return undefined;
  const found = await early.answers;
  if (found instanceof Map) return found.has(path) ? given(found.get(path)) : undefined;
  early = null;
  if (found === 401) throw new Problem(401, { code: 'login_required' });
  return undefined;
}

/*
 * Reads that several parts of a view begin at once go as one request; when that has no answer each asks alone, and tries
 * again as reads do.
 */
const TOGETHER_MOST = 12;
let row = null;         /* [{ path, done, alone }], until the parts that are being drawn have all asked */

async function sendRow(list) {
  if (list.length === 1) return list[0].alone();
  try {
    const { answers } = await once('GET', `/together?${new URLSearchParams(list.map((x) => ['get', x.path]))}`, {});
    answers.forEach((x, i) => list[i].done(x));
  } catch {
    list.forEach((x) => x.alone());
  }
  return undefined;
}

const joined = (path) => new Promise((done, fail) => {
  if (!row || row.length === TOGETHER_MOST) {
    const mine = row = [];
    setTimeout(() => { if (row === mine) row = null; sendRow(mine); });
  }
  row.push({ path, alone: () => send('GET', path).then(done, fail), done: (part) => { try { done(given(part)); } catch (e) { fail(e); } } });
});

/* Reads, and writes that carry a key, are repeated when the server is busy or the line is gone. */
async function send(method, path, options = {}) {
  const o = { ...options, key: method === 'POST' && !options.plain ? options.key ?? newKey() : undefined };
  for (let n = 1; ; n++) {
    try {
      return await once(method, path, o);
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      if (e.status === 401 && !options.plain && signInAgain && await signInAgain()) continue;
      const again = (e.status === 503 || e.status === 0) && (method === 'GET' || o.key) && n < TRIES;
      missed ||= !again && e.status === 0 && method === 'GET';
      if (!again) throw e;
      await pause(Math.min(e.retryAfter * 1000 || 300 * n, 5000));
    }
  }
}

export const api = {
  /** The address of an answer, for a link that downloads it. */
  url: (path, values) => ROOT + path + query(values),
  get: async (path, values, options) => await fromEarly(path + query(values)) ?? send('GET', path + query(values), options),
  /** The same, of what several parts of a view ask for at once: it may go together with what the others ask. */
  join: async (path, values) => await fromEarly(path + query(values)) ?? joined(path + query(values)),
  post: (path, body, options) => send('POST', path, { body, ...options }),
  /** A file as it is; type: its media type; options: progress(share), signal. */
  upload: (path, file, type, options) => send('POST', path, { body: file, type, ...options }),
  patch: (path, body, ifMatch) => send('PATCH', path, { body, ifMatch }),
  put: (path, body) => send('PUT', path, { body }),
  delete: (path, ifMatch) => send('DELETE', path, { ifMatch }),
  /** Every page of a list; for short lists such as teams and stages. */
  async all(path, values = {}) {
    const items = [];
    let after;
    do {
      const page = await send('GET', path + query({ limit: 200, ...values, after }));
      items.push(...page.items);
      after = page.next;
    } while (after && items.length < 5000);
    return items;
  },
};

export async function fetchCatalog(lang) {
  const asked = window.early?.lang === lang && window.early.words;
  if (asked) window.early.words = null;
  const answer = await (asked || Promise.reject()).catch(() => fetch(new URL(`../i18n/${lang}.json`, import.meta.url)));
  if (!answer.ok) throw new Problem(answer.status);
  return answer.json();
}

/* Who looks at a ticket or writes an answer, as the event stream tells it; and that this page does. */

const AGAIN = 20_000;           /* the server forgets after 30 s */
const QUIET = 5_000;            /* no key for so long: not writing any more */

const present = signal({});     /* ticket: { user: { name, state } } */

function hear(p) {
  const { [p.user_id]: old, ...others } = present.peek()[p.ticket_id] ?? {};
  const there = p.state === 'gone' ? others : { ...others, [p.user_id]: { name: p.name, state: p.state } };
  present.value = { ...present.peek(), [p.ticket_id]: there };
}

/** For the stream: one came or went; it begins anew and tells who is there now; what another tab of this browser knows. */
const presence = { hear, forget() { present.value = {}; }, known: () => present.peek(), learn(there) { present.value = there; } };

/** The others at a ticket: [{ id, name, state }]. */
export const others = (ticket) => Object.entries(present.value[ticket] ?? {})
  .map(([id, p]) => ({ id: Number(id), ...p }));

let here = null, typedAt = 0, state = '';

function tellServer(next) {
  state = next;
  api.post(`/tickets/${here}/presence`, { state: next }, { plain: true }).catch(() => {});
}

const now = () => (Date.now() - typedAt < QUIET ? 'typing' : 'viewing');

/** Called with every key in a composer of the ticket. */
export function typing(ticket) {
  typedAt = Date.now();
  if (here === ticket && state !== 'typing') tellServer('typing');
}

/** While the view is open and its tab is looked at, the others are told. */
export function usePresence(ticket) {
  useEffect(() => {
    if (!ticket) return undefined;
    here = ticket;
    typedAt = 0;
    const look = () => {
      if (document.hidden) {
        if (state !== 'gone') tellServer('gone');
      } else {
        tellServer(now());
      }
    };
    const quiet = setInterval(() => { if (state === 'typing' && now() === 'viewing') look(); }, 1000);
    const again = setInterval(() => { if (!document.hidden) look(); }, AGAIN);
    document.addEventListener('visibilitychange', look);
    look();
    return () => {
      clearInterval(quiet);
      clearInterval(again);
      document.removeEventListener('visibilitychange', look);
      if (state !== 'gone') tellServer('gone');
      here = null;
    };
  }, [ticket]);
}

/*
 * One event stream for all tabs of a browser: the tab that holds the lock reads it and passes events on.
 * A break is resumed at the last event; when that is not possible the visible lists are read again.
 */

const URL_EVENTS = '/api/v1/events';
const LONGEST_WAIT = 30_000;

let store = null;               /* see startLive */
let stopped = true;
let release = () => {};
let channel = null;
let source = null, last = null;
let wait = 1000, retry = 0;

function receive(message) {
  if (message.kind === 'event') {
    last = message.event.seq ?? last;
    store.apply(message.event);
  } else if (message.kind === 'presence') {
    presence.hear(message.present);
  } else if (message.kind === 'forget') {
    presence.forget();
  } else if (message.kind === 'there') {
    presence.learn(message.there);
  } else if (message.kind === 'who') {            /* a tab that was just opened */
    if (source) for (const m of [{ kind: 'there', there: presence.known() }, { kind: 'online', value: store.online.peek() }]) channel?.postMessage(m);
  } else if (message.kind === 'resync') {
    store.resync();
  } else if (message.kind === 'online') {
    store.online.value = message.value;
    if (message.value && missed) { missed = false; store.resync(); }
  }
}

function pass(message) {
  receive(message);
  channel?.postMessage(message);
}

/** again: after a break, in which something may have been missed. */
function open(again = false) {
  if (stopped) return;
  source = new EventSource(URL_EVENTS + (last === null ? '' : `?after=${encodeURIComponent(last)}`));
  let broken = again;
  source.onopen = () => {
    wait = 1000;
    if (broken && last === null) pass({ kind: 'resync' });
    broken = false;
    pass({ kind: 'forget' });                     /* the stream tells who is there now */
    pass({ kind: 'online', value: true });
  };
  source.onmessage = (m) => {
    let event;
    try { event = JSON.parse(m.data); } catch { return; }
    pass({ kind: 'event', event: { ...event, seq: event.seq ?? m.lastEventId } });
  };
  source.addEventListener('presence', (m) => {
    try { pass({ kind: 'presence', present: JSON.parse(m.data) }); } catch { /* not for us */ }
  });
  source.addEventListener('resync', () => {
    last = null;
    pass({ kind: 'resync' });
  });
  source.onerror = () => {
    broken = true;
    pass({ kind: 'online', value: false });
    if (source.readyState !== EventSource.CLOSED) return;    /* the browser tries again by itself */
    clearTimeout(retry);
    retry = setTimeout(() => { last = null; pass({ kind: 'resync' }); open(); }, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };
}

/* The browser knows first that the line is gone; once it is back, nobody waits for the next try. */
addEventListener('offline', () => { if (!stopped) pass({ kind: 'online', value: false }); });
addEventListener('online', () => {
  if (stopped || !source) return;
  clearTimeout(retry);
  source.close();
  wait = 1000;
  open(true);
});

/** keeper: { apply(event), resync(), online }: what the store does with what it hears; after: the event it knows last. */
export function startLive(keeper) {
  store = keeper;
  if (!stopped) return;
  last = keeper.after ?? null;
  stopped = false;
  channel = 'BroadcastChannel' in window ? new BroadcastChannel('helpdesk-live') : null;
  if (channel) channel.onmessage = (m) => receive(m.data);
  if (!navigator.locks) {         /* plain http: each tab reads for itself */
    channel?.close();
    channel = null;
    open();
    return;
  }
  channel?.postMessage({ kind: 'who' });
  const abort = new AbortController();
  release = () => abort.abort();
  navigator.locks.request('helpdesk-live', { signal: abort.signal }, () => new Promise((done) => {
    release = done;
    if (stopped) done();
    else open();
  })).catch(() => {});
}

export function stopLive() {
  stopped = true;
  clearTimeout(retry);
  source?.close();
  channel?.close();
  source = channel = null;
  last = null;
  release();
}
