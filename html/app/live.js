/*
 * One event stream for all tabs of a browser: the tab that holds the lock reads it and passes events on.
 * A break is resumed at the last event; when that is not possible the visible lists are read again.
 */
import { forget, hear, learn, whoIsThere } from './presence.js';

const URL_EVENTS = '/api/v1/events';
const LONGEST_WAIT = 30_000;

let store = null;               /* see startLive */
let stopped = true;
let release = () => {};
let channel = null;
let source = null;
let last = null;
let wait = 1000;
let retry = 0;

function receive(message) {
  if (message.kind === 'event') {
    last = message.event.seq ?? last;
    store.apply(message.event);
  } else if (message.kind === 'presence') {
    hear(message.present);
  } else if (message.kind === 'forget') {
    forget();
  } else if (message.kind === 'there') {
    learn(message.there);
  } else if (message.kind === 'who') {            /* a tab that was just opened */
    if (source) channel?.postMessage({ kind: 'there', there: whoIsThere() });
  } else if (message.kind === 'resync') {
    store.resync();
  } else if (message.kind === 'online') {
    store.online.value = message.value;
  }
}

function pass(message) {
  receive(message);
  channel?.postMessage(message);
}

function open() {
  if (stopped) return;
  source = new EventSource(URL_EVENTS + (last === null ? '' : `?after=${encodeURIComponent(last)}`));
  let broken = false;
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

/** keeper: { apply(event), resync(), online }: what the store does with what it hears. */
export function startLive(keeper) {
  store = keeper;
  if (!stopped) return;
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
