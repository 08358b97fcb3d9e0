/* Conditions of a list: field, comparison, value; or the expression itself. */
import { html, useEffect, useState } from '../html.js';
import { t, fromInput, toInput } from '../i18n.js';
import { FIELDS, opName, sayCondition, sayValue, searchContacts, searchOf, searchPeople } from '../tickets.js';
import { ensure } from '../store.js';
import { read, write } from '../lists.js';
import { Dialog } from '../parts/dialog.js';
import { Chips } from '../parts/choose.js';
import { Icon } from '../parts/basics.js';

const REF = ['is', 'not', 'empty', 'set'];
const OPS = { text: ['has', 'hasnot', 'is', 'not', 'empty', 'set'], choice: ['is', 'not'], ref: REF, refs: REF, bool: ['is'], time: ['from', 'before', 'empty', 'set'] };
const opsOf = (field) => (field === 'priority' ? [...OPS.choice, 'from', 'before'] : OPS[FIELDS[field].kind]);
const searches = { contact: searchContacts, user: (words) => searchPeople(words) };

function Value({ c, set, label }) {
  const { kind, choices, say, type } = FIELDS[c.field];
  if (c.op === 'empty' || c.op === 'set') return null;
  if (kind === 'time') {
    return html`<input class="input" type="date" required aria-label=${label} value=${toInput(c.values[0])}
      onChange=${(e) => set([fromInput(e.target.value)].filter(Boolean))} />`;
  }
  if (kind === 'text') return html`<input class="input" dir="auto" required aria-label=${label} value=${c.values[0] ?? ''} onInput=${(e) => set([e.target.value])} />`;
  if (choices && (kind === 'bool' || c.op === 'from' || c.op === 'before')) {
    return html`<select class="input select" aria-label=${label} onChange=${(e) => set([e.target.value])}>
      ${choices.map((x) => html`<option key=${x} value=${x} selected=${x === c.values[0]}>${say(x)}</option>`)}</select>`;
  }
  const items = c.values.map((v) => ({ id: choices ? v : Number(v), label: sayValue(c.field, v) }));
  const search = choices ? (words) => choices.map((x) => ({ id: x, label: say(x) })).filter((x) => x.label.toLocaleLowerCase().includes(words.toLocaleLowerCase()))
    : searches[type] ?? searchOf(type);
  return html`<${Chips} plain items=${items} label=${label} search=${search} onAdd=${(o) => set([...c.values, String(o.id)])}
    onRemove=${(o) => set(c.values.filter((v) => v !== String(o.id)))} />`;
}

const start = (field) => ({ field, op: opsOf(field)[0], values: FIELDS[field].kind === 'bool' ? ['true'] : [] });

function Condition({ c, set, remove }) {
  if (c.raw) return html`<div class="condition"><code class="condition-raw" dir="ltr">${c.raw}</code><${Remove} c=${c} remove=${remove} /></div>`;
  const op = (e) => {
    const to = e.target.value;
    const value = to === 'from' || to === 'before' ? c.values.slice(0, 1) : c.values;
    set({ ...c, op: to, values: c.field === 'priority' && (to === 'from' || to === 'before') && !value.length ? ['2'] : value });
  };
  return html`<div class="condition" role="group" aria-label=${sayCondition(c)}>
    <select class="input select" aria-label=${t('filter.field')} onChange=${(e) => set(start(e.target.value))}>
      ${Object.entries(FIELDS).map(([f, d]) => html`<option key=${f} value=${f} selected=${f === c.field}>${t(d.label)}</option>`)}</select>
    <select class="input select" aria-label=${t('filter.comparison')} onChange=${op}>
      ${opsOf(c.field).map((o) => html`<option key=${o} value=${o} selected=${o === c.op}>${opName(c.field, o)}</option>`)}</select>
    <div class="condition-value"><${Value} c=${c} label=${t('filter.value')} set=${(values) => set({ ...c, values })} /></div>
    <${Remove} c=${c} remove=${remove} /></div>`;
}

const Remove = ({ c, remove }) => html`<button type="button" class="btn btn-icon" aria-label=${t('chips.remove', { name: sayCondition(c) })} onClick=${remove}><${Icon} name="close" /></button>`;

const full = (c) => c.raw || c.op === 'empty' || c.op === 'set' || (c.values.length > 0 && c.values.every((v) => v !== ''));

export function FilterDialog({ where, onApply, onClose }) {
  const begin = read(where);
  useEffect(() => { for (const type of ['tag', 'ticket_type']) ensure(type).catch(() => {}); }, []);
  const [list, setList] = useState(begin.conditions.length ? begin.conditions : [start('priority')]);
  const [any, setAny] = useState(begin.any);
  const [typed, setTyped] = useState(null);            /* the expression, once somebody writes in it */
  const put = (i, c) => { setTyped(null); setList(list.map((x, n) => (n === i ? c : x))); };
  const expression = typed ?? write(list.filter(full), any);
  const apply = (e) => {
    e.preventDefault();
    onApply(expression.trim() || undefined);
  };
  return html`<${Dialog} wide title=${t('filter.own')} onClose=${onClose}><form class="form" onSubmit=${apply}>
    ${list.length > 1 && html`<label class="match"><span>${t('filter.match')}</span><select class="input select" onChange=${(e) => setAny(e.target.value === 'any')}>
      <option value="all" selected=${!any}>${t('filter.match_all')}</option><option value="any" selected=${any}>${t('filter.match_any')}</option></select></label>`}
    <div class="conditions">${list.map((c, i) => html`<${Condition} key=${i} c=${c} set=${(x) => put(i, x)}
      remove=${() => { setTyped(null); setList(list.filter((_, n) => n !== i)); }} />`)}</div>
    <div><button type="button" class="btn" onClick=${() => { setTyped(null); setList([...list, start('name')]); }}><${Icon} name="plus" /> ${t('filter.add')}</button></div>
    <details class="expression"><summary>${t('filter.expression')}</summary><p class="hint">${t('filter.expression_hint')}</p>
      <textarea class="input area" dir="ltr" rows="2" spellcheck="false" aria-label=${t('filter.expression')} value=${expression} onInput=${(e) => setTyped(e.target.value)}></textarea></details>
    <div class="buttons"><button type="button" class="btn" onClick=${() => onApply(undefined)}>${t('filter.clear')}</button>
      <button type="submit" class="btn btn-primary">${t('filter.apply')}</button></div>
  </form></${Dialog}>`;
}
