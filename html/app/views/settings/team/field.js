/* A field of a team's form. */
import { html, useId } from '../../../html.js';
import { wordsFor, LANGUAGES, t, tIn, wordsIn, wordsWith } from '../../../i18n.js';
import { Field } from '../../../parts/form.js';
import { Icon } from '../../../parts/basics.js';

/* What a public form can be made of (CHN-13, CHN-14): the same table as src/desk/desk_form_entry.c has. */

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
  const want = String(condition?.value ?? ''), fold = (s) => s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  switch (condition?.op) {
    case '=': return list.includes(want);
    case '!=': return !list.includes(want);
    case 'contains': return list.some((v) => fold(v).includes(fold(want)));
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

/* One field of the form: how it is asked, its texts in one language, its choices, when it is shown. */

const POSITIONS = { above: 'builder.above', beside: 'builder.beside', hidden: 'builder.label_hidden' };
const one = (map) => Object.entries(map).map(([value, label]) => ({ value, label: t(label) }));

/* A text in the language that is edited; what readers see without it stands in grey. */
function Words({ item, member, label, hint, world, errors, onChange, otherwise, area, required }) {
  const shown = wordsFor(item[member], world.of) || otherwise || '';
  return html`<${Field} f=${{ name: member, label: `${label} (${LANGUAGES[world.of]})`, hint, kind: area ? 'area' : undefined, rows: 2, placeholder: shown, required }} error=${errors[member]}
    value=${wordsIn(item[member], world.of)} set=${(v) => onChange({ [member]: wordsWith(item[member], world.of, v) })} />`;
}

function OwnOptions({ item, world, errors, onChange }) {
  const list = item.options ?? [];
  const write = (options) => onChange({ options: options.length || inputOf(item, { inputs: Object.keys(INPUTS) }) !== 'checkbox' ? options : undefined });
  const set = (i, text) => write(list.map((o, n) => (n === i ? { value: o.value ?? o, label: wordsWith(o.label ?? o, world.of, text) } : o)));
  const add = () => {
    const taken = new Set(list.map((o) => o.value ?? o));
    let n = list.length + 1;
    while (taken.has(`o${n}`)) n++;
    write([...list, { value: `o${n}`, label: { [world.of]: t('builder.option', { n }) } }]);
  };
  return html`<fieldset class="field options"><legend class="label">${t('builder.options')}</legend>
    ${list.map((o, i) => html`<div key=${o.value ?? o} class="option"><input class="input" dir="auto" aria-label=${t('builder.option', { n: i + 1 })} placeholder=${wordsFor(o.label ?? o, world.of)} value=${wordsIn(o.label ?? o, world.of)}
        aria-invalid=${errors[`options[${i}]`] ? 'true' : undefined} onInput=${(e) => set(i, e.target.value)} />
      <button type="button" class="btn btn-icon" disabled=${i === 0} aria-label=${t('stage.up', { name: wordsFor(o.label ?? o, world.of) })} onClick=${() => write(list.map((x, n) => (n === i - 1 ? o : n === i ? list[i - 1] : x)))}><${Icon} name="up" /></button>
      <button type="button" class="btn btn-icon" aria-label=${t('builder.remove', { name: wordsFor(o.label ?? o, world.of) })} onClick=${() => write(list.filter((_, n) => n !== i))}><${Icon} name="close" /></button>
      ${errors[`options[${i}]`] && html`<p class="bad">${errors[`options[${i}]`]}</p>`}</div>`)}
    ${errors.options && html`<p class="bad">${errors.options}</p>`}
    <button type="button" class="btn" onClick=${add}><${Icon} name="plus" /> ${t('builder.add_option')}</button></fieldset>`;
}

/* Which of a field's own choices are offered; all of them unless some are taken away. */
function Subset({ item, kind, world, errors, onChange }) {
  const every = everyChoice(kind, world.records, world.priorities);
  const chosen = item.options?.length ? item.options.map((o) => String(o.value ?? o)) : kind.choose ? [] : every.map((x) => x.value);
  const flip = (value, on) => {
    const next = every.map((x) => x.value).filter((v) => (v === value ? on : chosen.includes(v)));
    onChange({ options: !kind.choose && next.length === every.length ? undefined : next });
  };
  return html`<fieldset class="field options"><legend class="label">${t('builder.offered')}</legend>
    ${every.map((x) => html`<label key=${x.value} class="check"><input type="checkbox" checked=${chosen.includes(x.value)} onChange=${(e) => flip(x.value, e.target.checked)} /><bdi>${x.label}</bdi></label>`)}
    ${!every.length && html`<p class="hint">${t('builder.no_choices')}</p>`}${errors.options && html`<p class="bad">${errors.options}</p>`}</fieldset>`;
}

function Default({ item, kind, world, errors, onChange }) {
  const set = (v) => onChange({ default: v === '' || v === false || v?.length === 0 ? undefined : v });
  const base = { name: 'default', label: t('builder.default'), hint: item.visibility === 'hidden' ? t('builder.default_hidden') : undefined };
  if (isYesNo(item, kind)) return html`<${Field} f=${{ ...base, label: t('builder.default_yes'), kind: 'check' }} value=${!!item.default} error=${errors.default} set=${set} />`;
  if (isChoice(item, kind)) {
    const choices = choicesOf(item, kind, world.records, world.priorities, world.of);
    const value = Array.isArray(item.default) ? item.default[0] : item.default;
    return html`<${Field} f=${{ ...base, kind: 'select', options: [{ value: '', label: t('builder.none') }, ...choices] }} value=${value ?? ''} error=${errors.default} set=${set} />`;
  }
  return html`<${Field} f=${{ ...base, kind: { textarea: 'area', number: 'number', date: 'date', datetime: 'datetime-local' }[inputOf(item, kind)], rows: 2 }} value=${item.default ?? ''} error=${errors.default} set=${set} />`;
}

function Condition({ item, above, world, errors, name, onChange }) {
  const id = useId();
  const c = item.condition ?? {};
  const about = above.find((x) => controlName(x) === c.field);
  const set = (patch) => onChange({ condition: { ...c, ...patch } });
  const bare = ['set', 'not_set'].includes(c.op);
  const choices = about ? choicesOf(about, world.kindOf(about), world.records, world.priorities, world.of) : [];
  const bad = errors.condition ?? errors['condition.field'] ?? errors['condition.op'] ?? errors['condition.value'];
  return html`<fieldset class="field condition" aria-describedby=${bad ? id : undefined}><legend class="label">${t('builder.show_when')}</legend>
    <select class="input select" aria-label=${t('builder.when_field')} onChange=${(e) => set({ field: e.target.value, value: '' })}>${above.map((x) => html`<option key=${controlName(x)} value=${controlName(x)} selected=${controlName(x) === c.field}>${name(x)}</option>`)}</select>
    <select class="input select" aria-label=${t('builder.when_op')} onChange=${(e) => onChange({ condition: ['set', 'not_set'].includes(e.target.value) ? { field: c.field, op: e.target.value } : { ...c, op: e.target.value } })}>
      ${one(OPS).map((o) => html`<option key=${o.value} value=${o.value} selected=${o.value === c.op}>${o.label}</option>`)}</select>
    ${!bare && (choices.length && ['=', '!='].includes(c.op) ? html`<select class="input select" aria-label=${t('builder.when_value')} onChange=${(e) => set({ value: e.target.value })}><option value="">${t('builder.none')}</option>
        ${choices.map((o) => html`<option key=${o.value} value=${o.value} selected=${o.value === String(c.value ?? '')}>${o.label}</option>`)}</select>`
      : html`<input class="input" dir="auto" aria-label=${t('builder.when_value')} value=${c.value ?? ''} onInput=${(e) => set({ value: e.target.value })} />`)}
    ${bad && html`<p id=${id} class="bad">${bad}</p>`}</fieldset>`;
}

export function FieldEditor({ item, kind, errors, above, world, name, onChange }) {
  const input = inputOf(item, kind);
  const sees = item.visibility !== 'hidden';
  const ways = [['always', 'builder.always'], !kind.always && above.length && ['conditional', 'builder.conditional_long'], kind.hides && ['hidden', 'builder.hidden_long']].filter(Boolean);
  const setWay = (v) => onChange({ visibility: v === 'always' ? undefined : v, condition: v === 'conditional' ? item.condition ?? { field: controlName(above[0]), op: 'set' } : undefined });
  const setInput = (v) => onChange({ input: v, default: undefined, options: ['select', 'radio'].includes(v) && kind.own ? item.options ?? [] : kind.own ? undefined : item.options });
  const shared = { item, kind, world, errors, onChange };
  const show = (f, value, set) => html`<${Field} f=${f} value=${value} error=${errors[f.name]} set=${set} />`;
  return html`<div class="builder-body">${errors[''] && html`<p class="bad">${errors['']}</p>`}${errors.field && html`<p class="bad">${errors.field}</p>`}
    ${kind.inputs.length > 1 && show({ name: 'input', label: t('builder.input'), kind: 'select', options: kind.inputs.map((v) => ({ value: v, label: t(INPUTS[v]) })) }, input, setInput)}
    ${sees && html`<${Words} ...${shared} member="label" label=${t('builder.label')} otherwise=${kind.title ?? (kind.label ? tIn(world.of, kind.label) : '')} required=${kind.own} />
      <${Words} ...${shared} member="help" label=${t('builder.help')} area />
      ${!['select', 'radio', 'checkbox', 'date', 'datetime'].includes(input) && html`<${Words} ...${shared} member="placeholder" label=${t('builder.placeholder')} />`}
      ${show({ name: 'label_position', label: t('builder.position'), kind: 'select', options: one(POSITIONS) }, item.label_position ?? 'above', (v) => onChange({ label_position: v === 'above' ? undefined : v }))}`}
    ${kind.own && ['select', 'radio', 'checkbox'].includes(input) ? html`<${OwnOptions} ...${shared} />` : isChoice(item, kind) && html`<${Subset} ...${shared} />`}
    ${sees && !kind.always && show({ name: 'required', label: t('builder.must'), kind: 'check' }, !!item.required, (v) => onChange({ required: v || undefined }))}
    ${ways.length > 1 && show({ name: 'visibility', label: t('builder.when'), kind: 'select', options: ways.map(([value, label]) => ({ value, label: t(label) })) }, item.visibility ?? 'always', setWay)}
    ${item.visibility === 'conditional' && html`<${Condition} ...${shared} above=${above} name=${name} />`}
    <${Default} ...${shared} /></div>`;
}
