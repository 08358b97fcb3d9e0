//# allFunctionsCalledOnLoad
/*
 * Records by type and id, each in its own signal; what the server answers and what the event stream says both
 * end in put().  Lists listen to changed().
 */
import { signal, computed, batch, untracked } from './html.js';
import { api, forgetEarly, setCsrf } from './api.js';

export const PLURAL = { ticket: 'tickets', team: 'teams', stage: 'stages', user: 'users', contact: 'contacts', company: 'companies',
  ticket_type: 'types', tag: 'tags', calendar: 'calendars', leave: 'leaves', canned_response: 'canned_responses', activity_type: 'activity_types', view: 'views' };
const HEAVY = ['description', 'ticket_properties', 'form_fields', 'default_note'];      /* not in lists: read again when the record moved */
const NEVER_ARCHIVED = ['leave', 'token', 'view'];
const AT_START = ['user', 'team', 'stage', 'ticket_type', 'tag', 'activity_type', 'view'];
const MOST_IDS = 200;
const BURST = 100;      /* more changes at once than this: read the visible lists again instead */

const cells = Object.fromEntries(Object.keys(PLURAL).map((type) => [type, new Map()]));
const known = Object.fromEntries(Object.keys(PLURAL).map((type) => [type, signal(0)]));
const listeners = new Set();

export const session = signal(null);                /* null: not signed in */
export const me = computed(() => (session.value ? rec('user', session.value.user.id) : null));
export const isStaff = computed(() => ['user', 'admin'].includes(me.value?.role));     /* others read what they follow */
export const isAdmin = computed(() => me.value?.role === 'admin');
export const online = signal(true);
export const counts = signal({});                  /* beside the navigation: my, unassigned, unread */

function cell(type, id) {
  let c = cells[type].get(id);
  if (!c) {
    c = signal(undefined);
    cells[type].set(id, c);
  }
  return c;
}

/** The record, or undefined while it is not here; null when it is gone or hidden. */
export const rec = (type, id) => (!id ? undefined : cell(type, id).value);
export const peek = (type, id) => (id == null ? undefined : cell(type, id).peek());

export function put(type, record, force = false) {
  const c = cell(type, record.id);
  const old = c.peek();
  if (old && !force && old.version > record.version) return;
  const stale = old && old.version < record.version ? HEAVY.filter((k) => record[k] === undefined) : [];
  c.value = dressed(type, { ...old, ...Object.fromEntries(stale.map((k) => [k, undefined])), ...record });
  if (!old) known[type].value = untracked(() => known[type].value) + 1;
}

export function drop(type, id) {
  cell(type, id).value = null;
  known[type].value = known[type].peek() + 1;
}

/** Every record of a short type, in reading order. */
export function all(type) {
  known[type].value;
  const list = [...cells[type].values()].map((c) => c.value).filter(Boolean);
  return list.sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0) || a.id - b.id);
}

export const stagesOf = (teamId) => all('stage').filter((s) => s.active !== false && s.team_ids?.includes(teamId));
export const people = () => all('user').filter((u) => u.active && (u.role === 'user' || u.role === 'admin'));

/* Answers that views show again while they read them anew, by address; the oldest goes first. */
export const kept = new Map();
const MOST_KEPT = 50;
export function keep(path, answer) {
  kept.delete(path);
  kept.set(path, answer);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
}

/* ---- loading ---- */

const loading = new Map();      /* "team 7" -> its answer: several parts of a view want it at once */

async function loadNow(type, id) {
  const record = await api.join(`/${PLURAL[type]}/${id}`);
  put(type, record);
  return record;
}

/** A ticket is read each time: who asks may have changed it since the last request went out. */
export function load(type, id) {
  const name = `${type} ${id}`;
  if (type === 'ticket') return loadNow(type, id);
  if (!loading.has(name)) loading.set(name, loadNow(type, id).finally(() => loading.delete(name)));
  return loading.get(name);
}

const asked = new Map();        /* "contact 7" -> the answer it comes with */
const next = {};                /* by type: { ids, answer } of the request that is being put together */

/* What several parts of a view want at once is one request. */
function ask(type, id) {
  const one = next[type] ??= { ids: [], answer: new Promise((go) => { setTimeout(go); }).then(() => {
    const { ids } = one;
    if (next[type] === one) delete next[type];
    return refresh(type, ids, api.join).finally(() => ids.forEach((x) => asked.delete(`${type} ${x}`)));
  }) };
  one.ids.push(id);
  asked.set(`${type} ${id}`, one.answer);
  if (one.ids.length === MOST_IDS) delete next[type];
}

/** Contacts shown as followers and the like: those that are not here yet. */
export async function need(type, ids) {
  const missing = ids.filter((id) => id && peek(type, id) === undefined);
  for (const id of missing) if (!asked.has(`${type} ${id}`)) ask(type, id);
  await Promise.all(missing.map((id) => asked.get(`${type} ${id}`)));
}

const withArchived = (type) => (NEVER_ARCHIVED.includes(type) ? {} : { active: 'any' });

async function loadAll(type) {
  const items = await api.all(`/${PLURAL[type]}`, withArchived(type));
  batch(() => items.forEach((r) => put(type, r)));
}

const read = new Map();         /* short types that are read when a view first wants them */

/** Every record of a short type such as tags; resolves when they are here. */
export function ensure(type) {
  if (!read.has(type)) {
    read.set(type, loadAll(type).catch((e) => {
      read.delete(type);
      throw e;
    }));
  }
  return read.get(type);
}

/** start: the answer of GET /start; its lists are whole unless they are long. */
export async function begin(start) {
  const long = [];
  setCsrf(start.csrf);
  batch(() => {
    for (const type of AT_START) {
      const page = start[PLURAL[type]];
      page.items.forEach((r) => put(type, r));
      if (page.next) long.push(type);
      else read.set(type, Promise.resolve());
    }
    put('user', start.user, true);
    counts.value = { my: start.my, unassigned: start.unassigned, unread: start.unread };
    session.value = { user: start.user, csrf: start.csrf, seq: start.seq };
  });
  await Promise.all(long.map(ensure));
}

/** Once somebody has signed in. */
export const enter = async () => begin(await api.get('/start', {}, { plain: true }));

export function end() {
  batch(() => {
    session.value = null;
    for (const type of Object.keys(PLURAL)) {
      cells[type].clear();
      known[type].value = 0;
    }
  });
  read.clear();
  kept.clear();
  forgetEarly();
  setCsrf('');
}

/* ---- changes ---- */

/*
 * Changes of one record go one after the other, each on the answer to the one before; until they are answered they are
 * shown over whatever comes in.  A change somebody else made to other fields meanwhile is no obstacle; one to the same field is.
 */

/* Properties are one field with a value each: a patch names those it changes, null takes one away. */
const merged = (record, patch) => ({ ...record, ...patch, ...(patch.properties ? { properties: { ...record.properties, ...patch.properties } } : {}) });
export const valuesOf = (record, patch) => Object.fromEntries(Object.entries(patch).map(([k, v]) => [k, k === 'properties'
  ? Object.fromEntries(Object.keys(v).map((p) => [p, record.properties?.[p] ?? null])) : record[k] ?? null]));
export const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

const TRIES = 3;

/** A change made on the record `before`.  An error has `clash`, the field somebody else changed first, and `fresh`, the record as it is now. */
export async function patchOn(type, before, patch) {
  const path = `/${PLURAL[type]}/${before.id}`;
  let { version } = before;
  for (let tries = 0; ; tries++) {
    try {
      return await api.patch(path, patch, version);
    } catch (e) {
      if (e.code !== 'version_mismatch' || tries === TRIES) throw e;
      const fresh = await api.get(path);
      const now = valuesOf(fresh, patch), was = valuesOf(before, patch);
      const clash = Object.keys(patch).find((k) => !same(now[k], was[k]) && !same(now[k], patch[k]));
      if (clash) throw Object.assign(e, { clash, fresh });
      version = fresh.version;
    }
  }
}

const lanes = new Map();         /* "tag 7" -> { base: as the server has it, patches: those shown, left: to be answered, tail } */

function dressed(type, record) {
  return lanes.get(`${type} ${record.id}`)?.patches.reduce(merged, record) ?? record;
}

async function deliver(type, id, patch, lane) {
  let answer = lane.base;
  try {
    answer = await patchOn(type, lane.base, patch);
  } catch (e) {
    answer = e.fresh ?? await api.get(`/${PLURAL[type]}/${id}`).catch(() => lane.base);
    throw e;
  } finally {
    lane.base = answer;
    lane.patches = lane.patches.filter((p) => p !== patch);
    if (--lane.left === 0) lanes.delete(`${type} ${id}`);
    put(type, answer, true);
    if (type === 'ticket') tell(type, [id]);
  }
}

/** Resolves to what the fields were, to null when they were so already.  shown: at once, not when it is answered. */
export async function amend(type, id, patch, shown = true) {
  const before = peek(type, id);
  if (!before || same(valuesOf(before, patch), valuesOf(merged(before, patch), patch))) return null;
  const name = `${type} ${id}`;
  const lane = lanes.get(name) ?? { base: before, patches: [], left: 0, tail: Promise.resolve() };
  lanes.set(name, lane);
  lane.left++;
  if (shown) {
    lane.patches.push(patch);
    put(type, before, true);
  }
  const mine = lane.tail.then(() => deliver(type, id, patch, lane));
  lane.tail = mine.catch(() => {});
  await mine;
  return valuesOf(before, patch);
}

/* ---- news ---- */

/** fn(type, ids, event): ids is null when everything may have changed; event as the stream tells it, of what is not kept here. */
export function changed(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

export const tell = (type, ids, event) => { for (const fn of [...listeners]) fn(type, ids, event); };

/**
 * Whether news of a message, file or activity is about this ticket (or team, field: 'team_id').  The end of one names its id
 * only: knows(id) tells whether it is shown.  Without an event everything may have changed.
 */
export const isAbout = (event, id, knows, field = 'ticket_id') => !event || (event.kind === 'deleted' ? knows(event.id) : event[field] === id);

const waiting = new Map();
let timer = 0;

const NEWS = ['attachment', 'message', 'notification', 'activity'];      /* not kept here: who shows them reads them again */

export function apply(event) {
  if (NEWS.includes(event.type)) tell(event.type, [event.id], event);
  if (!PLURAL[event.type] || !event.id) return;
  if (!waiting.has(event.type)) waiting.set(event.type, new Set());
  waiting.get(event.type).add(event.id);
  timer ||= setTimeout(flush, 150);
}

async function flush() {
  timer = 0;
  const batches = [...waiting];
  waiting.clear();
  for (const [type, ids] of batches) {
    if (!session.peek()) return;
    if (ids.size > BURST) {
      tell(type, null);
      continue;
    }
    const kept = [...ids].filter((id) => isKept(type, id));
    try {
      if (kept.length) await refresh(type, kept);
      tell(type, [...ids]);
    } catch { /* the next event or resync brings it */ }
  }
}

/* A ticket may belong to a list that is shown; of the rest what this page has read, or would have read with all of its type. */
const isKept = (type, id) => type === 'ticket' || read.has(type) || cells[type].has(id);

async function refresh(type, ids, get = api.get) {
  const page = await get(`/${PLURAL[type]}`, { 'id.in': ids.join(','), limit: 200, ...withArchived(type) });
  const seen = new Set(page.items.map((r) => r.id));
  batch(() => {
    page.items.forEach((r) => put(type, r));
    ids.filter((id) => !seen.has(id) && cells[type].has(id)).forEach((id) => drop(type, id));
  });
}

/** Whether what is shown may stay although it could not be read anew: it is when the line is back (resync). */
export const stays = (shown, e) => !!shown && e.code === 'offline';

export async function resync() {
  if (!session.peek()) return;
  await Promise.all([...read.keys()].map(loadAll)).catch(() => {});
  for (const type of ['ticket', ...NEWS]) tell(type, null);
}
