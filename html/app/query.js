/*
 * What a list shows, as it stands in the address: a standing filter, team, customer, words, a period and conditions.
 * Conditions are kept as the server's own expression, so that an address can be read, written and sent by hand;
 * an expression that is more than a row of conditions stays as it was typed.
 */
import { FIELDS } from './fields.js';
import { dayBegins, today } from './format.js';

/* ---- conditions <-> expression ---- */

const quote = (text) => `"${String(text).replace(/["\\]/g, '\\$&')}"`;
const bare = (field, v) => (FIELDS[field].kind === 'text' ? quote(v) : v);

function term({ field, op, values = [], raw }) {
  if (raw) return `(${raw})`;
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

/** { conditions, any }, and `raw` as the only condition when the text is more than that. */
export function read(text) {
  if (!text?.trim()) return { conditions: [], any: false };
  const whole = { conditions: [{ raw: text.trim() }], any: false };
  const list = tokens(text);
  const conditions = [];
  let joint = null;
  while (list?.length) {
    const c = readTerm(list);
    if (!c) return whole;
    conditions.push(c);
    if (!list.length) return { conditions, any: joint === 'or' };
    const word = list.shift().text;
    if ((word !== 'and' && word !== 'or') || (joint && joint !== word)) return whole;
    joint = word;
  }
  return whole;
}

/* ---- periods: days in the person's own time zone ---- */

export const PERIODS = ['today', 'yesterday', 'week', 'days30', 'month', 'last_month', 'year'];

function days(period) {
  const d = today();                           /* [year, month 1-12, day, weekday 1-7 from Monday] */
  switch (period) {
    case 'today': return [[d[0], d[1], d[2]]];
    case 'yesterday': return [[d[0], d[1], d[2] - 1], [d[0], d[1], d[2]]];
    case 'week': return [[d[0], d[1], d[2] - d[3] + 1]];
    case 'days30': return [[d[0], d[1], d[2] - 29]];
    case 'month': return [[d[0], d[1], 1]];
    case 'last_month': return [[d[0], d[1] - 1, 1], [d[0], d[1], 1]];
    case 'year': return [[d[0], 1, 1]];
    default: return null;
  }
}

function periodParams(period) {
  const found = days(period);
  if (!found) return {};
  const [from, to] = found.map((x) => dayBegins(...x));
  return { 'create_date.gte': from, 'create_date.lt': to };
}

/* ---- what the server is asked ---- */

export function params(q, where) {
  return { ...where, team_id: q.team, partner_id: q.customer, 'name.contains': q.q, ...periodParams(q.period), filter: q.where };
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
