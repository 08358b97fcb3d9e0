/* What is known of a ticket's fields: for columns, conditions, groups and order. */
import { t } from './i18n.js';
import { all, rec } from './store.js';
import { date, month } from './format.js';
import { PRIORITIES, priorityName } from './parts/priority.js';
import { STATES, stateName } from './parts/state.js';
import { activityName } from './parts/clock.js';

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

/** A condition in words, for a chip. */
export function sayCondition(c) {
  if (c.raw) return c.raw;
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
