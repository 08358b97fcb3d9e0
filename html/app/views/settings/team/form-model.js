/* What a public form can be made of (CHN-13, CHN-14): the same table as src/desk/desk_form_entry.c has. */
import { wordsFor } from '../../../words.js';

export const INPUTS = { text: 'builder.text', textarea: 'builder.textarea', email: 'builder.email', tel: 'builder.tel', url: 'builder.url', number: 'builder.number',
  date: 'builder.date', datetime: 'prop.datetime', select: 'builder.select', radio: 'builder.radio', checkbox: 'builder.checkbox', file: 'builder.file' };

/* always: required, and never shown on a condition; hides: may be sent without being shown. */
const FIELDS = {
  partner_name: { label: 'form.name', inputs: ['text'], always: true },
  partner_email: { label: 'form.email', inputs: ['email'], always: true },
  partner_phone: { label: 'form.phone', inputs: ['tel', 'text'] },
  name: { label: 'form.subject', inputs: ['text'], always: true, hides: true },
  description: { label: 'form.question', inputs: ['textarea', 'text'] },
  ticket_type_id: { label: 'builder.type', inputs: ['select', 'radio'], hides: true, from: 'ticket_type' },
  priority: { label: 'ticket.priority', inputs: ['select', 'radio'], hides: true, from: 'priority' },
  tag_ids: { label: 'builder.tags', inputs: ['checkbox', 'select', 'radio'], hides: true, from: 'tag', choose: true },
  attachments: { label: 'form.files', inputs: ['file'] },
};
const LINE = ['text', 'email', 'tel', 'url'];
const PROPERTIES = { text: LINE, multiline: ['textarea', 'text'], checkbox: ['checkbox'], integer: ['number'], decimal: ['number'], monetary: ['number'], date: ['date'], datetime: ['datetime'],
  selection: ['select', 'radio'], tags: ['checkbox', 'select', 'radio'] };

export const USUAL = [{ field: 'partner_name' }, { field: 'partner_email' }, { field: 'partner_phone' }, { field: 'name' }, { field: 'description', required: true }, { field: 'attachments' }];
export const FIELD_NAMES = Object.keys(FIELDS);
export const isOwn = (item) => item.field === 'text';
export const controlName = (item) => (isOwn(item) ? `text.${item.name ?? ''}` : item.field);

const propertyOf = (item, properties) => properties.find((p) => item.field === `properties.${p.name}`);
export const formProperties = (properties) => properties.filter((p) => p.name && PROPERTIES[p.type]);

/** { label (catalog key) or title, inputs, always, hides, from } */
export function kindOf(item, properties) {
  if (isOwn(item)) return { inputs: Object.keys(INPUTS).filter((x) => x !== 'file'), hides: true, own: true };
  const p = propertyOf(item, properties);
  if (p) return { title: p.label || p.name, inputs: PROPERTIES[p.type] ?? ['text'], hides: true, property: p };
  return FIELDS[item.field] ?? { title: item.field, inputs: ['text'], gone: true };
}

export const inputOf = (item, kind) => (kind.inputs.includes(item.input) ? item.input : kind.inputs[0]);

const isYesNo = (item, kind) => kind.property?.type === 'checkbox' || (kind.own && inputOf(item, kind) === 'checkbox' && !item.options);
export const isChoice = (item, kind) => ['select', 'radio', 'checkbox'].includes(inputOf(item, kind)) && !isYesNo(item, kind);
export { isYesNo };

/** All a field offers: [{ value, label }]; records: { ticket_type: [...], tag: [...] }, priorities: [label ...]. */
export function everyChoice(kind, records, priorities) {
  if (kind.property) return (kind.property.options ?? []).map((o) => ({ value: o.value ?? o.label ?? o, label: o.label ?? o.value ?? o }));
  if (kind.from === 'priority') return priorities.map((label, i) => ({ value: String(i), label }));
  return (records[kind.from] ?? []).map((r) => ({ value: String(r.id), label: r.name }));
}

/** What the visitor is offered, in a language. */
export function choicesOf(item, kind, records, priorities, lang) {
  const all = kind.own ? [] : everyChoice(kind, records, priorities);
  const listed = item.options?.length ? item.options : null;
  if (!listed) return kind.choose ? [] : all;
  return listed.map((o) => {
    const value = String(o.value ?? o);
    return { value, label: wordsFor(o.label, lang) || (all.find((x) => x.value === value)?.label ?? value) };
  });
}

export const OPS = { '=': 'builder.op_eq', '!=': 'builder.op_ne', contains: 'builder.op_contains', set: 'builder.op_set', not_set: 'builder.op_not_set', '>': 'builder.op_gt', '<': 'builder.op_lt' };

/** Does the condition hold for what was typed into the preview? */
export function holds(condition, typed) {
  const value = typed[condition?.field];
  const list = Array.isArray(value) ? value : value === undefined || value === '' || value === false ? [] : [String(value)];
  const want = String(condition?.value ?? ''), low = (s) => s.toLocaleLowerCase();
  switch (condition?.op) {
    case '=': return list.some((v) => low(v) === low(want));
    case '!=': return !list.some((v) => low(v) === low(want));
    case 'contains': return list.some((v) => low(v).includes(low(want)));
    case 'set': return list.length > 0;
    case 'not_set': return list.length === 0;
    case '>': return list.some((v) => Number(v) > Number(want) || (!Number.isFinite(Number(want)) && v > want));
    case '<': return list.some((v) => Number(v) < Number(want) || (!Number.isFinite(Number(want)) && v < want));
    default: return false;
  }
}

/** A name no other question of the team has, for conditions. */
export function freshName(items) {
  const taken = new Set(items.filter(isOwn).map((x) => x.name));
  for (let n = 1; ; n++) if (!taken.has(`q${n}`)) return `q${n}`;
}
