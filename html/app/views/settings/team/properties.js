/* Properties: fields of the team's own on all its tickets (TKT-12). */
import { html, useEffect, useState } from '../../../html.js';
import { t } from '../../../i18n.js';
import { isAdmin } from '../../../store.js';
import { Empty, Icon, Menu } from '../../../parts/basics.js';
import { Field } from '../../../parts/form.js';
import { ColourMenu } from '../../../parts/choose.js';
import { Reorder } from '../edit.js';

export const TYPES = { text: 'prop.text', multiline: 'prop.multiline', html: 'prop.html', checkbox: 'prop.checkbox', integer: 'prop.integer', decimal: 'prop.decimal', monetary: 'prop.monetary',
  date: 'prop.date', datetime: 'prop.datetime', selection: 'prop.selection', tags: 'prop.tags', many2one: 'prop.many2one', many2many: 'prop.many2many', separator: 'prop.separator' };
const RECORDS = { contact: 'contact.one', user: 'user.one', ticket: 'ticket.one', team: 'team.one', company: 'company.one', tag: 'prop.tag', ticket_type: 'prop.type' };
const PLAIN = ['text', 'multiline', 'integer', 'decimal', 'monetary', 'date', 'datetime'];
const INPUT = { multiline: 'area', integer: 'number', decimal: 'number', monetary: 'number', date: 'date', datetime: 'datetime-local' };
const choices = (map) => Object.entries(map).map(([value, label]) => ({ value, label: t(label) }));
const hasOptions = (p) => ['selection', 'tags'].includes(p.type);

let serial = 0;
const keys = new WeakMap();
const keyOf = (p) => {
  if (!keys.has(p)) keys.set(p, `p${++serial}`);
  return keys.get(p);
};

function Options({ p, errors, onChange }) {
  const list = p.options ?? [];
  const write = (options) => onChange({ options });
  const set = (i, patch) => write(list.map((o, n) => (n === i ? { ...o, ...patch } : o)));
  return html`<fieldset class="field options"><legend class="label">${t('builder.options')}</legend>
    ${list.map((o, i) => html`<div key=${i} class="option"><${ColourMenu} value=${o.color} label=${o.label ?? ''} onChange=${(color) => set(i, { color })} />
      <input class="input" dir="auto" maxlength="120" aria-label=${t('builder.option', { n: i + 1 })} value=${o.label ?? ''} aria-invalid=${errors[`options[${i}]`] ? 'true' : undefined} onInput=${(e) => set(i, { label: e.target.value })} />
      <button type="button" class="btn btn-icon" aria-label=${t('builder.remove', { name: o.label ?? '' })} onClick=${() => write(list.filter((_, n) => n !== i))}><${Icon} name="close" /></button>
      ${errors[`options[${i}]`] && html`<p class="bad">${errors[`options[${i}]`]}</p>`}</div>`)}
    ${errors.options && html`<p class="bad">${errors.options}</p>`}
    <button type="button" class="btn" onClick=${() => write([...list, { label: '' }])}><${Icon} name="plus" /> ${t('builder.add_option')}</button></fieldset>`;
}

/* A number is sent as one; nothing means no default. */
const asDefault = (p, v) => (v === '' || v === null ? undefined : ['integer', 'decimal', 'monetary'].includes(p.type) ? Number(v) : p.type === 'datetime' ? `${v}:00Z` : v);
const fromDefault = (p) => (p.type === 'datetime' ? (p.default ?? '').slice(0, 16) : p.default ?? '');

function PropertyEditor({ p, known, errors, onChange }) {
  const show = (f, value, set) => html`<${Field} f=${f} value=${value} error=${errors[f.name]} set=${set ?? ((v) => onChange({ [f.name]: v }))} />`;
  const setType = (type) => onChange({ type, default: undefined, options: ['selection', 'tags'].includes(type) ? p.options ?? [] : undefined, comodel: ['many2one', 'many2many'].includes(type) ? p.comodel ?? 'contact' : undefined,
    currency: type === 'monetary' ? p.currency : undefined });
  const values = [{ value: '', label: t('builder.none') }, ...(p.options ?? []).filter((o) => o.value ?? o.label).map((o) => ({ value: o.value ?? o.label, label: o.label ?? o.value }))];
  return html`<div class="builder-body">${errors[''] && html`<p class="bad">${errors['']}</p>`}
    ${show({ name: 'label', label: t('builder.label'), required: true, max: 120 }, p.label)}
    ${show({ name: 'type', label: t('prop.kind'), kind: 'select', options: choices(TYPES), hint: known ? t('prop.kind_hint') : undefined }, p.type, setType)}
    ${p.name && html`<p class="hint">${t('prop.name')} <code dir="ltr">properties.${p.name}</code></p>`}${errors.name && html`<p class="bad">${errors.name}</p>`}
    ${p.type in { many2one: 1, many2many: 1 } && show({ name: 'comodel', label: t('prop.comodel'), kind: 'select', options: choices(RECORDS) }, p.comodel)}
    ${p.type === 'monetary' && show({ name: 'currency', label: t('prop.currency'), hint: t('prop.currency_hint'), max: 3, ltr: true }, p.currency, (v) => onChange({ currency: v.toUpperCase() || undefined }))}
    ${hasOptions(p) && html`<${Options} p=${p} errors=${errors} onChange=${onChange} />`}
    ${p.type === 'checkbox' && show({ name: 'default', label: t('builder.default_yes'), kind: 'check' }, !!p.default, (v) => onChange({ default: v || undefined }))}
    ${p.type === 'selection' && show({ name: 'default', label: t('builder.default'), kind: 'select', options: values }, p.default ?? '', (v) => onChange({ default: v || undefined }))}
    ${PLAIN.includes(p.type) && show({ name: 'default', label: t('builder.default'), kind: INPUT[p.type], rows: 2 }, fromDefault(p), (v) => onChange({ default: asDefault(p, v) }))}
    ${p.type !== 'separator' && show({ name: 'in_cards', label: t('prop.in_cards'), kind: 'check' }, !!p.in_cards, (v) => onChange({ in_cards: v || undefined }))}</div>`;
}

export function Properties({ ed }) {
  const list = ed.value.ticket_properties ?? [];
  const [open, setOpen] = useState(null);
  const write = (v) => ed.set('ticket_properties', v.length ? v : null);
  useEffect(() => {
    const wrong = Object.keys(ed.errors).map((k) => /^ticket_properties\[(\d+)\]/.exec(k)).find(Boolean);
    if (wrong && list[wrong[1]]) setOpen(keyOf(list[wrong[1]]));
  }, [ed.errors]);
  const change = (i, patch) => {
    const next = { ...list[i], ...patch };
    for (const [k, v] of Object.entries(patch)) if (v === undefined) delete next[k];
    keys.set(next, keyOf(list[i]));
    write(list.map((p, n) => (n === i ? next : p)));
  };
  const move = (from, to) => {
    const next = [...list];
    next.splice(to, 0, ...next.splice(from, 1));
    write(next);
  };
  const add = (type) => {
    const p = { type, label: '', ...(hasOptions({ type }) ? { options: [] } : {}), ...(type.startsWith('many2') ? { comodel: 'contact' } : {}) };
    write([...list, p]);
    setOpen(keyOf(p));
  };
  const name = (p) => p.label || t('builder.untitled');
  const errorsOf = (i) => Object.fromEntries(Object.entries(ed.errors).filter(([k]) => k === `ticket_properties[${i}]` || k.startsWith(`ticket_properties[${i}].`))
    .map(([k, v]) => [k.slice(`ticket_properties[${i}]`.length + 1), v]));
  const row = (p, i) => {
    const shown = open === keyOf(p), errors = errorsOf(i);
    return html`<div class="builder-item"><div class="builder-head">
        <button type="button" class="btn-cell builder-title" aria-expanded=${shown ? 'true' : 'false'} onClick=${() => setOpen(shown ? null : keyOf(p))}><bdi>${name(p)}</bdi>
          <span class="muted">${[TYPES[p.type] && t(TYPES[p.type]), p.in_cards && t('prop.in_cards_short')].filter(Boolean).join(' · ')}</span></button>
        ${Object.keys(errors).length > 0 && html`<span class="tag tag-warn">${t('edit.has_errors')}</span>`}
        <button type="button" class="btn btn-icon" aria-label=${t('builder.remove', { name: name(p) })} title=${t('builder.remove', { name: name(p) })} onClick=${() => write(list.filter((_, n) => n !== i))}><${Icon} name="close" /></button></div>
      ${shown && html`<${PropertyEditor} p=${p} known=${!!p.name} errors=${errors} onChange=${(patch) => change(i, patch)} />`}</div>`;
  };
  return html`<p class="muted lead">${t('prop.lead')}</p>
    ${!list.length && html`<${Empty} icon="tag" title=${t('prop.none')} text=${isAdmin.value ? t('prop.none_text') : undefined} />`}
    ${list.length > 0 && html`<${Reorder} items=${list} keyOf=${keyOf} nameOf=${name} onMove=${move} label=${t('team.part_properties')}>${row}</${Reorder}>`}
    <p><${Menu} className="btn" label=${t('prop.add')} items=${Object.entries(TYPES).map(([type, label]) => ({ label: t(label), run: () => add(type) }))}><${Icon} name="plus" /> ${t('prop.add')}</${Menu}></p>`;
}
