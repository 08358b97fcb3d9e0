//# allFunctionsCalledOnLoad
/* What every view of tickets knows of them: standing filters, fields, properties, choices, and how they are changed. */
import { useEffect } from './html.js';
import { t, date, month, number, dateTime, money, compare, sentence, explain } from './i18n.js';
import { all, amend, rec, load, need, people, put, peek, same, valuesOf } from './store.js';
import { PRIORITIES, priorityName, STATES, stateName, activityName } from './parts/basics.js';
import { api, query } from './api.js';
import { toast } from './parts/dialog.js';

/** Saved views, by name. */
export const views = () => all('view').sort((a, b) => compare(a.name, b.name));

/* The standing filters of the ticket list (TKT-8); who has no right to the helpdesk has one: what he follows. */
const OPEN = { closed: 'false', active: 'true' };

export const FILTERS = {
  my: { label: 'filter.my', icon: 'person', empty: 'empty.my', where: (me) => ({ user_id: me?.id, ...OPEN }) },
  unassigned: { label: 'filter.unassigned', icon: 'unassigned', empty: 'empty.unassigned', where: () => ({ user_id: 'null', ...OPEN }) },
  urgent: { label: 'filter.urgent', icon: 'star', empty: 'empty.urgent', where: () => ({ 'priority.gte': '2', ...OPEN }) },
  open: { label: 'filter.open', icon: 'open', empty: 'empty.open', where: () => OPEN },
  closed: { label: 'filter.closed', icon: 'check', empty: 'empty.closed', where: () => ({ closed: 'true', active: 'true' }) },
  all: { label: 'filter.all', icon: 'all', empty: 'empty.all', where: () => ({ active: 'true' }) },
  archived: { label: 'filter.archived', icon: 'archive', empty: 'empty.archived', where: () => ({ active: 'false' }) },
};

const FOLLOWED = { all: { label: 'filter.followed', icon: 'all', empty: 'empty.followed', where: () => ({ active: 'true' }) } };
export const filtersFor = (staff) => (staff ? FILTERS : FOLLOWED);

/* What is known of a ticket's fields: for columns, conditions, groups and order. */

const yesNo = (v) => t(v === 'true' ? 'word.yes' : 'word.no');

/* kind: text, choice, ref (one record), refs (several), time, bool. */
export const FIELDS = {
  name: { label: 'ticket.name', kind: 'text' },
  priority: { label: 'ticket.priority', kind: 'choice', choices: PRIORITIES, say: priorityName },
  kanban_state: { label: 'ticket.state', kind: 'choice', choices: STATES, say: stateName },
  stage_id: { label: 'ticket.stage', kind: 'ref', type: 'stage' },
  team_id: { label: 'ticket.team', kind: 'ref', type: 'team' },
  user_id: { label: 'ticket.assignee', kind: 'ref', type: 'user', none: 'ticket.unassigned' },
  ticket_type_id: { label: 'ticket.type', kind: 'ref', type: 'ticket_type' },
  tag_ids: { label: 'ticket.tags', kind: 'refs', type: 'tag' },
  partner_id: { label: 'ticket.customer', kind: 'ref', type: 'contact', none: 'ticket.no_customer' },
  partner_name: { label: 'ticket.customer_name', kind: 'text' },
  partner_email: { label: 'ticket.email', kind: 'text' },
  partner_phone: { label: 'ticket.phone', kind: 'text' },
  message_partner_ids: { label: 'ticket.followers', kind: 'refs', type: 'contact' },
  create_date: { label: 'ticket.created', kind: 'time' },
  write_date: { label: 'ticket.changed', kind: 'time' },
  assign_date: { label: 'ticket.assigned_on', kind: 'time' },
  date_last_stage_update: { label: 'ticket.stage_since', kind: 'time' },
  close_date: { label: 'ticket.closed_on', kind: 'time' },
  activity_state: { label: 'activity.many', kind: 'choice', choices: ['overdue', 'today', 'planned', 'none'], say: activityName },
  activity_due: { label: 'activity.next_due', kind: 'time' },
  closed: { label: 'filter.closed', kind: 'bool', choices: ['true', 'false'], say: yesNo },
  active: { label: 'record.in_use', kind: 'bool', choices: ['true', 'false'], say: yesNo },
  waiting: { label: 'ticket.waiting', kind: 'bool', choices: ['true', 'false'], say: yesNo },
};

/** A value as it stands in a condition or a group, in words. */
export function sayValue(field, value) {
  const f = FIELDS[field];
  if (value === 'null' || value === null || value === '') return t(f?.none ?? 'word.none');
  if (!f) return String(value);
  if (f.type) return rec(f.type, Number(value))?.name ?? '…';
  if (f.kind === 'time') return date(value);
  return f.say ? f.say(String(value)) : String(value);
}

const WORDS = { is: 'op.is', not: 'op.not', has: 'op.has', hasnot: 'op.hasnot', from: 'op.from', before: 'op.before', empty: 'op.empty', set: 'op.set' };
export const opName = (field, op) => t(field === 'priority' && op === 'from' ? 'op.at_least' : field === 'priority' && op === 'before' ? 'op.below' : WORDS[op]);

/** A text as it stands in an expression. */
export const quote = (text) => `"${String(text).replace(/["\\]/g, '\\$&')}"`;

/** A condition in words, for a chip. */
export function sayCondition(c) {
  if (c.raw) return c.raw;
  if (c.conditions) return c.conditions.map((x) => (x.conditions ? `(${sayCondition(x)})` : sayCondition(x))).join(` ${t(c.any ? 'filter.or' : 'filter.and')} `);
  const value = c.values.map((v) => (FIELDS[c.field].kind === 'text' ? `“${v}”` : sayValue(c.field, v))).join(', ');
  return `${t(FIELDS[c.field].label)} ${opName(c.field, c.op)} ${value}`.trim();
}

/** The value of a group; months come as the instant they begin. */
export function sayGroup(by, value) {
  if (by.endsWith('.month') && value) return month(String(value));
  const name = sayValue(by.split('.')[0], value);
  const stage = by === 'stage_id' && rec('stage', value);
  if (!stage || !all('stage').some((s) => s.id !== stage.id && s.name === stage.name)) return name;
  return `${name} (${(stage.team_ids ?? []).map((id) => rec('team', id)?.name).filter(Boolean).join(', ')})`;      /* teams have stages of one name */
}

/* What a list can be grouped by: the parameter of the server, and the field behind it. */
export const GROUPS = {
  __proto__: null,
  stage_id: 'stage_id', team_id: 'team_id', user_id: 'user_id', priority: 'priority', ticket_type_id: 'ticket_type_id',
  tag_ids: 'tag_ids', kanban_state: 'kanban_state', partner_id: 'partner_id', activity_state: 'activity_state',
  'create_date.month': 'create_date', 'close_date.month': 'close_date',
};

/*
 * Columns of the list; sort: the field behind the heading; csv: the fields an export writes for it; width in rem: when
 * there is no room, those that come last in NARROW go first.
 */
export const COLUMNS = {
  ref: { label: 'ticket.ref', sort: 'id', csv: ['ticket_ref'], width: 4.5 },
  name: { label: 'ticket.name', sort: 'name', csv: ['name'], width: 15, fixed: true },
  priority: { label: 'ticket.priority', sort: 'priority', csv: ['priority'], width: 5.5 },
  type: { label: 'ticket.type', sort: 'ticket_type_id', csv: ['ticket_type_id'], width: 8 },
  tags: { label: 'ticket.tags', csv: ['tag_ids'], width: 9.5 },
  state: { label: 'ticket.state', sort: 'kanban_state', csv: ['kanban_state'], width: 9 },
  customer: { label: 'ticket.customer', sort: 'partner_name', csv: ['partner_name'], width: 10 },
  email: { label: 'ticket.email', sort: 'partner_email', csv: ['partner_email'], width: 13 },
  phone: { label: 'ticket.phone', csv: ['partner_phone'], width: 9 },
  team: { label: 'ticket.team', sort: 'team_id', csv: ['team_id'], width: 9 },
  stage: { label: 'ticket.stage', sort: 'stage_id', csv: ['stage_id'], width: 9.75 },
  assignee: { label: 'ticket.assignee', sort: 'user_id', csv: ['user_id'], width: 10.5 },
  activity: { label: 'activity.next_due', sort: 'activity_due', csv: ['activity_due'], width: 7 },
  changed: { label: 'ticket.changed', sort: 'write_date', csv: ['write_date'], width: 6 },
  closed: { label: 'ticket.closed_on', sort: 'close_date', csv: ['close_date'], width: 7 },
  age: { label: 'ticket.age', sort: 'create_date', csv: ['create_date'], width: 5, down: true },
};
export const USUAL = ['ref', 'name', 'priority', 'customer', 'team', 'stage', 'assignee', 'age'];
export const PHONE = ['ref', 'name', 'priority', 'stage', 'assignee'];
const NARROW = ['name', 'assignee', 'stage', 'ref', 'priority', 'state', 'customer', 'age', 'tags', 'type', 'team', 'activity', 'closed', 'changed', 'email', 'phone'];

/** Those of the columns that have room in so many rem. */
export function fitting(columns, room) {
  let left = room;
  const fits = new Set();
  for (const c of NARROW) {
    if (!columns.includes(c) || left < COLUMNS[c].width) continue;
    left -= COLUMNS[c].width;
    fits.add(c);
  }
  return columns.filter((c) => fits.has(c));
}

/** The usual order of tickets: the most urgent first, then the newest. */
export const order = (a, b) => Number(b.priority) - Number(a.priority) || b.id - a.id;

/* The properties of a team's tickets (TKT-12): which there are, and their values in words.  Their editor is parts/property.js. */

export const optionsOf = (p) => (p.options ?? []).map((o) => ({ id: o.value, label: o.label ?? o.value, hue: o.color }));
const labelOf = (p, v) => optionsOf(p).find((o) => o.id === v)?.label ?? v;
export const nameOf = (p, id) => rec(p.comodel, id)?.name ?? `#${id}`;

/** For cards and readers; empty for nothing. */
export function propertyText(p, value) {
  if (value === undefined || value === null || value === '') return '';
  switch (p.type) {
    case 'checkbox': return value ? t('word.yes') : t('word.no');
    case 'integer': case 'decimal': return number(value);
    case 'monetary': return money(value, p.currency);
    case 'date': return date(`${value}T12:00:00Z`);
    case 'datetime': return dateTime(value);
    case 'selection': return labelOf(p, value);
    case 'tags': return value.map((v) => labelOf(p, v)).join(', ');
    case 'many2one': return nameOf(p, value);
    case 'many2many': return value.map((v) => nameOf(p, v)).join(', ');
    case 'html': return value.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim();
    default: return String(value);
  }
}

/** The definitions of a team, or none while they are not here; they come with the team alone, not with lists. */
export function useProperties(teamId) {
  const team = rec('team', teamId);
  const missing = team && team.ticket_properties === undefined;
  useEffect(() => { if (missing) load('team', teamId).catch(() => {}); }, [teamId, missing]);
  return team?.ticket_properties ?? [];
}

/* Where the choices of fields come from: people, contacts, teams. */

const has = (text, words) => (text ?? '').toLocaleLowerCase().includes(words.toLocaleLowerCase());

export const personOption = (u) => ({ id: u.id, label: u.name });
/* Those of one company where it is given: others cannot be assigned there. */
export const searchPeople = (words, company) => people().filter((u) => !company || !u.company_ids || u.company_ids.includes(company))
  .filter((u) => has(u.name, words) || has(u.login, words))
  .sort((a, b) => compare(a.name, b.name)).slice(0, 30).map(personOption);

export const contactOption = (c) => ({ id: c.id, label: c.name, hint: c.email || c.phone });
/** Contacts by name, address or telephone number. */
export const contactsLike = (words) => words && ['name', 'email', 'phone'].map((f) => `${f} contains ${quote(words)}`).join(' or ');
export async function searchContacts(words) {
  const page = await api.get('/contacts', { filter: contactsLike(words) || undefined, active: 'true', limit: 12 });
  page.items.forEach((c) => put('contact', c));
  return page.items.map(contactOption);
}

export const searchOf = (type) => (words) => all(type).filter((r) => r.active && has(r.name, words)).map((r) => ({ id: r.id, label: r.name }));

/** Chips of ids: those not read yet are asked for. */
export function itemsOf(type) {
  return (ids) => {
    const missing = ids.filter((id) => peek(type, id) === undefined);
    if (missing.length) queueMicrotask(() => need(type, ids).catch(() => {}));
    return ids.map((id) => ({ id, label: rec(type, id)?.name ?? '…' }));
  };
}

export const teamOptions = (none) => [...(none === undefined ? [] : [{ value: '', label: none }]),
  ...all('team').filter((x) => x.active).map((x) => ({ value: x.id, label: x.name }))];

/** A tag that is made while it is typed (TKT-5); null, and said why, when it cannot be. */
export async function createTag(name) {
  try {
    const tag = await api.post('/tags', { name, color: (name.length * 7 + name.charCodeAt(0)) % 12 });
    put('tag', tag);
    return tag;
  } catch (e) {
    toast(sentence(e), { bad: true });
    return null;
  }
}

/* Changes to tickets: shown at once, taken back when refused (store.js). */

/* Somebody changed the same field first: what it is now, and one's own value a key away. */
function tellClash(e, id, patch) {
  const field = e.clash, value = e.fresh[field];
  const now = Array.isArray(value) ? value.map((v) => sayValue(field, v)).join(', ') || t('word.none')
    : typeof value === 'object' && value ? '' : sayValue(field, value);
  toast(t('conflict.now', { name: name('user', e.fresh.write_uid) || t('conflict.somebody'), field: FIELDS[field] ? t(FIELDS[field].label) : field, value: now }),
    { bad: true, action: { label: t('conflict.keep_mine'), run: () => change([id], patch) } });
}

const LANES = 4;
/* What the server changes along with a field: taken back with it. */
const ALONG = { stage_id: ['kanban_state'], team_id: ['stage_id', 'kanban_state', 'user_id'], partner_id: ['partner_name', 'partner_email', 'partner_phone'] };
const along = (before, now, patch) => Object.fromEntries(Object.keys(patch).flatMap((k) => ALONG[k] ?? [])
  .filter((k) => !(k in patch) && !same(before[k], now[k])).map((k) => [k, before[k] ?? null]));

/** Change one or many tickets; resolves to true when all went well.  With a message, an undo is offered. */
export async function change(ids, patch, message) {
  const queue = [...ids];
  const undo = [];
  const failed = [];
  await Promise.all(Array.from({ length: Math.min(LANES, queue.length) }, async () => {
    for (let id; (id = queue.shift()) !== undefined;) {
      try {
        const before = peek('ticket', id);
        const was = await amend('ticket', id, patch), now = peek('ticket', id);
        if (was && now) Object.assign(was, along(before, now, patch));
        if (was) undo.push([id, was, valuesOf(now, was)]);
      } catch (e) {
        failed.push([e, id]);
      }
    }
  }));
  if (failed.length) {
    const [e, id] = failed[0];
    if (e.clash) tellClash(e, id, patch);
    else if (e.code === 'offline') toast(t('error.unsaved'), { bad: true, action: { label: t('action.retry'), run: () => change(failed.map((f) => f[1]), patch, message) } });
    else toast(explain(e), { bad: true });
  }
  if (undo.length && message) toast(message, { undo: () => takeBack(undo) });
  return failed.length === 0;
}

/** A change that was made otherwise: said, with the way back to what the fields were. */
export function madeUndoable(message, id, was) {
  const made = valuesOf(peek('ticket', id), was);
  toast(message, { undo: () => takeBack([[id, was, made]]) });
}

/* list: [id, was, made]; what somebody else has changed since stays as it is.  True when all is as it was. */
async function takeBack(list) {
  const mine = list.filter(([id, was, made]) => peek('ticket', id) && same(valuesOf(peek('ticket', id), was), made));
  const other = list.find((x) => !mine.includes(x));
  try {
    await Promise.all(mine.map(([id, was]) => amend('ticket', id, was)));
  } catch (e) {
    e.clash ? tellClash(e, mine[0][0], mine[0][1]) : toast(sentence(e), { bad: true });
    return false;
  }
  if (other) {
    const now = peek('ticket', other[0]);
    toast(t('undo.changed_since', { ref: now?.ticket_ref ?? other[0], name: name('user', now?.write_uid) || t('conflict.somebody') }), { bad: true });
  }
  return !other;
}

const name = (type, id) => peek(type, id)?.name ?? '';

export const move = (ids, stageId) => change(ids, { stage_id: stageId },
  t('done.moved', { n: ids.length, stage: name('stage', stageId) }));

export const assign = (ids, userId) => change(ids, { user_id: userId },
  userId ? t('done.assigned', { n: ids.length, name: name('user', userId) }) : t('done.unassigned', { n: ids.length }));

export const setPriority = (ids, priority) => change(ids, { priority }, t('done.priority', { n: ids.length }));

export const setState = (ids, kanban_state) => change(ids, { kanban_state }, t('done.state', { n: ids.length, state: stateName(kanban_state) }));

export const setColour = (ids, color) => change(ids, { color }, t('done.colour'));

export const archive = (ids, active = false) => change(ids, { active },
  active ? t('done.unarchived', { n: ids.length }) : t('done.archived', { n: ids.length }));

/** Sends one file: to a ticket, or (none) for a message that follows; options: see api.upload. */
export const sendFile = (file, ticket, internal, options) => api.upload(`${ticket ? `/tickets/${ticket}` : ''}/attachments${query({ name: file.name || 'file', internal: ticket && internal ? 'true' : undefined })}`,
  file, 'application/octet-stream', options);
