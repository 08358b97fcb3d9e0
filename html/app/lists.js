/* Lists of tickets: what is asked for, and what was answered. */
import { signal, batch, computed } from './html.js';
import { FIELDS, order, quote } from './tickets.js';
import { dayBegins, today } from './i18n.js';
import { api } from './api.js';
import { changed, isStaff, peek, put, stays } from './store.js';

/*
 * What a list shows, as it stands in the address: a standing filter, team, customer, words, a period and conditions.
 * Conditions are kept as the server's own expression, so that an address can be read, written and sent by hand;
 * an expression that is more than conditions and groups of them stays as it was typed.
 */

/* ---- conditions <-> expression ---- */

const bare = (field, v) => (FIELDS[field].kind === 'text' ? quote(v) : v);

function term({ field, op, values = [], raw, conditions, any }) {
  if (raw) return `(${raw})`;
  if (conditions) return conditions.length === 1 ? term(conditions[0]) : `(${write(conditions, any)})`;
  const v = bare(field, values[0] ?? ''), nothing = FIELDS[field].kind === 'text' ? '""' : 'null';
  const several = `${field} in (${values.map((x) => bare(field, x)).join(',')})`;
  switch (op) {
    case 'is': return values.length > 1 ? several : `${field}=${v}`;
    case 'not': return values.length > 1 ? `not ${several}` : `${field}!=${v}`;
    case 'has': return `${field} contains ${v}`;
    case 'hasnot': return `not ${field} contains ${v}`;
    case 'from': return `${field}>=${v}`;
    case 'before': return `${field}<${v}`;
    case 'empty': return `${field}=${nothing}`;
    default: return `${field}!=${nothing}`;
  }
}

/** conditions: { field, op, values }, or { conditions, any } for a group of them. */
export const write = (conditions, any = false) => conditions.map(term).join(any ? ' or ' : ' and ');
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(>=|<=|!=|[=<>(),])|([^\s"=<>!(),]+))/y;

function tokens(text) {
  const list = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const m = TOKEN.exec(text);
    if (!m) return null;
    list.push(m[1] ? { text: m[1].slice(1, -1).replace(/\\(.)/g, '$1'), quoted: true } : { text: m[2] ?? m[3] });
  }
  return list;
}

const SIGNS = { '=': 'is', '!=': 'not', '>=': 'from', '<': 'before', contains: 'has', in: 'is' };
const TURNED = { is: 'not', not: 'is', has: 'hasnot' };

function readTerm(list) {
  const not = list[0]?.text === 'not' && list.shift();
  const [field, sign] = [list.shift()?.text, list.shift()?.text];
  const kind = FIELDS[field]?.kind;
  let op = SIGNS[sign], values = [];
  if (!kind || !op) return null;
  if (sign === 'in') {
    if (list.shift()?.text !== '(') return null;
    for (let sep = ','; sep === ','; sep = list.shift()?.text) values.push(list.shift());
  } else {
    values = [list.shift()];
  }
  if (values.some((x) => x === undefined)) return null;
  const nothing = values.length === 1 && (values[0].text === '' || (values[0].text === 'null' && !values[0].quoted));
  values = values.map((x) => x.text);
  if (not && !(op = TURNED[op])) return null;
  if (nothing && (op === 'is' || op === 'not')) return { field, op: op === 'is' ? 'empty' : 'set', values: [] };
  if (nothing || ((op === 'from' || op === 'before') && kind !== 'time' && field !== 'priority')) return null;
  return { field, op, values };
}

/* What is joined by one word; a single member stands for itself. */
function readJoined(list, word, readOne) {
  const conditions = [];
  do {
    const c = readOne(list);
    if (!c) return null;
    conditions.push(c);
  } while (list[0]?.text === word && list.shift());
  return conditions.length === 1 ? conditions[0] : { any: word === 'or', conditions };
}

function readMember(list) {
  if (list[0]?.text !== '(') return readTerm(list);
  list.shift();
  const inner = readAny(list);
  return inner && list.shift()?.text === ')' ? inner : null;
}

const readAll = (list) => readJoined(list, 'and', readMember);
const readAny = (list) => readJoined(list, 'or', readAll);

/** { conditions, any }, and `raw` as the only condition when the text is more than that. */
export function read(text) {
  if (!text?.trim()) return { conditions: [], any: false };
  const list = tokens(text);
  const all = list && readAny(list);
  if (!all || list.length) return { conditions: [{ raw: text.trim() }], any: false };
  return all.conditions ? { conditions: all.conditions, any: all.any } : { conditions: [all], any: false };
}

/* ---- periods: days in the person's own time zone ---- */

export const PERIODS = ['today', 'yesterday', 'week', 'days30', 'month', 'last_month', 'year'];

function days(period) {
  if (!PERIODS.includes(period)) return null;
  const d = today();                           /* [year, month 1-12, day, weekday 1-7 from Monday] */
  switch (period) {
    case 'today': return [[d[0], d[1], d[2]]];
    case 'yesterday': return [[d[0], d[1], d[2] - 1], [d[0], d[1], d[2]]];
    case 'week': return [[d[0], d[1], d[2] - d[3] + 1]];
    case 'days30': return [[d[0], d[1], d[2] - 29]];
    case 'month': return [[d[0], d[1], 1]];
    case 'last_month': return [[d[0], d[1] - 1, 1], [d[0], d[1], 1]];
    default: return [[d[0], 1, 1]];         /* year */
  }
}

function periodParams(period) {
  const found = days(period);
  if (!found) return {};
  const [from, to] = found.map((x) => dayBegins(...x));
  return { 'create_date.gte': from, 'create_date.lt': to };
}

/* ---- what the server is asked ---- */

const SEARCHED = ['name', 'partner_name', 'partner_email'];
const PHONE = /^[+(]?(?:[\d۰-۹٠-٩][\s().\/-]*){5,}$/;
/** The number of a ticket, if that is what was typed: with #, or too short for a telephone number. */
export const refIn = (words) => (/^#0*(\d{1,10})$/.exec(words) ?? /^0*(\d{1,6})$/.exec(words))?.[1];

/** Words of the search box: in the title, or the customer's name, address or telephone number, however that is spaced. */
export function searched(words) {
  const fields = PHONE.test(words) && isStaff.peek() ? [...SEARCHED, 'partner_phone'] : SEARCHED;
  return [...fields.map((f) => `${f} contains ${quote(words)}`), ...(/^[1-9]\d{0,8}$/.test(words) ? [`id=${words}`] : [])].join(' or ');
}

export function params(q, where) {
  const filter = [q.where, q.q && searched(q.q)].filter(Boolean);
  return { ...where, team_id: q.team, partner_id: q.customer, ...periodParams(q.period), filter: filter.length > 1 ? filter.map((x) => `(${x})`).join(' and ') : filter[0] };
}

const SIGN = { eq: '=', ne: '!=', gt: '>', gte: '>=', lt: '<', lte: '<=', contains: ' contains ' };

/** What a list shows, for commands on all of it: { filter, active }. */
export function meant(params) {
  const { active = 'true', filter, ...rest } = params;
  const terms = Object.entries(rest).filter(([, v]) => v !== undefined && v !== null && v !== '').map(([name, v]) => {
    const [field, op = 'eq'] = name.split('.');
    return `${field}${SIGN[op]}${v === 'null' ? v : quote(v)}`;
  });
  if (filter) terms.push(`(${filter})`);
  return { filter: terms.join(' and ') || 'priority>=0', active };
}

const monthBegins = (year, month) => new Date(Date.UTC(year, month - 1, 1)).toISOString().replace('.000Z', 'Z');
/** What one group of a list shows: the list's conditions and the group's value. */
export function within(params, by, value) {
  const [field, part] = by.split('.');
  if (value === null || value === '') return { ...params, [field]: 'null' };
  if (!part) return { ...params, [field]: String(value) };
  const [year, month] = String(value).split('-').map(Number);      /* months of the server: UTC */
  const from = `${field}.gte`, to = `${field}.lt`;
  const begin = monthBegins(year, month), end = monthBegins(year, month + 1);
  return { ...params, [from]: params[from] > begin ? params[from] : begin, [to]: params[to] < end ? params[to] : end };
}

/*
 * Lists of tickets: pages by cursor, kept up as tickets change.  Which of the changed ones belong here is asked of
 * the server, so that a list may be filtered by whatever the server knows.
 */

const FIRST = 50, FURTHER = 100, LARGEST = 200, FAR = 1000;         /* who has gone far goes on */
const RELATED = { team_id: 'team', stage_id: 'stage', user_id: 'user', ticket_type_id: 'ticket_type' };

/* Relations stand by name, texts without case and accents. */
function placeOf(ticket, key) {
  const value = RELATED[key] ? peek(RELATED[key], ticket[key])?.name ?? '' : ticket[key] ?? '';
  return typeof value === 'string' ? value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase() : Number(value);
}

/** "-priority,create_date" as a comparison; what is equal comes newest first, as at the server. */
export function comparison(sort) {
  if (!sort) return order;
  const keys = sort.split(',').map((k) => (k[0] === '-' ? [k.slice(1), -1] : [k, 1]));
  return (a, b) => {
    for (const [key, way] of keys) {
      const x = placeOf(a, key), y = placeOf(b, key), same = RELATED[key] && x === y ? (a[key] ?? 0) - (b[key] ?? 0) : 0;
      if (same) return same * way;
      if (x < y) return -way;
      if (x > y) return way;
    }
    return b.id - a.id;
  };
}

function place(ids, ticket, compare) {
  let lo = 0, hi = ids.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    const other = peek('ticket', ids[mid]);
    if (other && compare(other, ticket) < 0) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/** The first tickets asked for: the server looks at so many a time, so a page without any is no end.  still(): go on? */
export async function firstOf(ask, still) {
  let page = await api.get('/tickets', ask);
  while (!page.items.length && page.next && still()) page = await api.get('/tickets', { ...ask, after: page.next });
  return page;
}

let before = { of: '', rows: 0 };       /* the list that was closed last: who comes back to it finds the rows there were */
/** params: as the server takes them; sort: as in the address. */
export class TicketList {
  constructor(params, sort, { counted = true } = {}) {
    this.params = { ...params, sort };
    this.least = before.of === JSON.stringify(this.params) ? before.rows : FIRST;
    this.compare = comparison(sort);
    this.counted = counted;
    this.ids = signal([]);
    this.count = signal(null);
    this.next = signal(null);
    this.state = signal('loading');      /* loading, ready, failed */
    this.more = this.more.bind(this);
    this.stop = changed((type, ids) => {
      if (type === 'ticket' && this.state.peek() !== 'loading') (ids ? this.update(ids) : this.load()).catch(() => {});
    });
    this.load();
  }

  async load() {
    try {
      const limit = Math.min(LARGEST, Math.max(this.least, this.ids.peek().length));
      const [page] = await Promise.all([firstOf({ ...this.params, limit }, () => !this.closed), this.recount()]);
      batch(() => {
        page.items.forEach((r) => put('ticket', r));
        this.ids.value = page.items.map((r) => r.id);
        this.next.value = page.next;
        this.state.value = 'ready';
      });
    } catch (e) {
      if (stays(this.state.peek() === 'ready', e)) return;
      this.error = e;
      this.state.value = 'failed';
    }
  }

  async more() {
    const after = this.next.peek();
    if (!after || this.busy) return;
    this.busy = true;
    try {
      const page = await api.get('/tickets', { ...this.params, limit: this.ids.peek().length < FAR ? FURTHER : LARGEST, after });
      if (this.next.peek() !== after) return;          /* read again meanwhile */
      const have = new Set(this.ids.peek());
      batch(() => {
        page.items.forEach((r) => put('ticket', r));
        this.ids.value = this.ids.peek().concat(page.items.map((r) => r.id).filter((id) => !have.has(id)));
        this.next.value = page.next;
      });
    } finally {
      this.busy = false;
    }
  }

  async recount() {
    if (!this.counted) return;
    const { sort, ...filters } = this.params;
    this.count.value = (await api.get('/tickets/count', filters)).count;
  }

  /* Tickets beyond the last loaded page stay where they are: more() will bring them. */
  async update(ids) {
    const page = await api.get('/tickets', { ...this.params, 'id.in': ids.join(','), limit: LARGEST });
    const moved = new Set(ids);
    const rest = this.ids.peek().filter((id) => !moved.has(id));
    const last = peek('ticket', this.ids.peek().at(-1));
    batch(() => {
      for (const r of page.items) {
        put('ticket', r);
        const now = peek('ticket', r.id);
        if (!this.next.peek() || !last || this.compare(now, last) <= 0) rest.splice(place(rest, now, this.compare), 0, r.id);
      }
      this.ids.value = rest;
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.recount().catch(() => {}), 400);
  }

  close() {
    this.stop();
    this.closed = true;
    clearTimeout(this.timer);
    if (this.counted) before = { of: JSON.stringify(this.params), rows: Math.max(FIRST, this.ids.peek().length) };
  }
}

/** The same by groups: how many in each first, the tickets of a group when it is opened. */
export class GroupedList {
  constructor(params, sort, by) {
    Object.assign(this, { params, sort, by });
    this.groups = signal([]);            /* [{ value, count, list }] */
    this.other = signal(0);              /* tickets of groups beyond those the server lists */
    this.count = signal(null);
    this.state = signal('loading');
    this.ids = computed(() => this.groups.value.flatMap((g) => (g.list ? g.list.ids.value : [])));
    this.entries = computed(() => this.groups.value.flatMap((g) => [g, ...(g.list ? g.list.ids.value : [])]));
    this.stop = changed((type, ids) => {
      if (type === 'ticket' && ids) this.timer ||= setTimeout(() => this.load(), 500);
      else if (type === 'ticket') this.load();
    });
    this.load();
  }

  async load() {
    this.timer = 0;
    try {
      const answer = await api.get('/tickets/groups', { ...this.params, by: this.by });
      const old = new Map(this.groups.peek().map((g) => [String(g.value), g]));
      this.groups.value = answer.groups.map((g) => ({ ...g, list: old.get(String(g.value))?.list }));
      for (const g of old.values()) if (g.list && !this.groups.peek().some((x) => x.list === g.list)) g.list.close();
      this.count.value = answer.total;
      this.other.value = answer.other ?? 0;
      this.state.value = 'ready';
    } catch (e) {
      if (stays(this.state.peek() === 'ready', e)) return;
      this.error = e;
      this.state.value = 'failed';
    }
  }

  toggle(group) {
    group.list?.close();
    const list = group.list ? undefined : new TicketList(within(this.params, this.by, group.value), this.sort, { counted: false });
    this.groups.value = this.groups.peek().map((g) => (g === group ? { ...g, list } : g));
  }

  close() {
    this.stop();
    clearTimeout(this.timer);
    for (const g of this.groups.peek()) g.list?.close();
  }
}
