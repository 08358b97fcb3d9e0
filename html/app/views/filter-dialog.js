/* Conditions of a list: field, comparison, value, and groups of them; or the expression itself. */
import { html, useEffect, useLayoutEffect, useRef, useState } from '../html.js';
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

/* What is not filled in yet is left out, and a group with nothing in it. */
const full = (c) => (c.conditions ? c.conditions.some(full) : c.raw || c.op === 'empty' || c.op === 'set' || (c.values.length > 0 && c.values.every((v) => v !== '')));
const filled = (list) => list.filter(full).map((c) => (c.conditions ? { ...c, conditions: filled(c.conditions) } : c));

const DEPTH = 3;          /* groups in groups beyond this are read and shown, not offered */

/** Conditions of which all or any must be met; some of them are such groups themselves. */
function Group({ g, set, remove, depth = 1 }) {
  const box = useRef();
  const fresh = useRef(null);          /* the member that gets the focus: it was just added, or stands where one was taken away */
  useLayoutEffect(() => {
    if (fresh.current === null) return;
    const members = [...box.current.querySelector('.conditions').children];
    const at = members[Math.min(fresh.current, members.length - 1)];
    fresh.current = null;
    (at?.querySelector('.condition select') ?? at?.querySelector('select, input, button') ?? box.current.querySelector('.group-tools button')).focus();
  });
  const put = (conditions, focus = null) => {
    fresh.current = focus;
    set({ ...g, conditions });
  };
  const add = (c) => put([...g.conditions, c], g.conditions.length);
  const replace = (i, c) => put(g.conditions.map((x, n) => (n === i ? c : x)));
  const without = (i) => put(g.conditions.filter((_, n) => n !== i), i);
  const inner = depth > 1;
  return html`<div ref=${box} class=${inner ? 'condition-group' : 'condition-root'} role="group" aria-label=${inner ? t('filter.group') : t('filter.own')}>
    ${(inner || g.conditions.length > 1) && html`<div class="group-head"><label class="match"><span>${t(inner ? 'filter.match_group' : 'filter.match')}</span><select class="input select" onChange=${(e) => set({ ...g, any: e.target.value === 'any' })}>
      <option value="all" selected=${!g.any}>${t('filter.match_all')}</option><option value="any" selected=${g.any}>${t('filter.match_any')}</option></select></label>
      ${inner && html`<button type="button" class="btn btn-icon" aria-label=${t('filter.remove_group')} title=${t('filter.remove_group')} onClick=${remove}><${Icon} name="close" /></button>`}</div>`}
    <div class="conditions">${g.conditions.map((c, i) => (c.conditions ? html`<${Group} key=${i} g=${c} depth=${depth + 1} set=${(x) => replace(i, x)} remove=${() => without(i)} />`
      : html`<${Condition} key=${i} c=${c} set=${(x) => replace(i, x)} remove=${() => without(i)} />`))}</div>
    <div class="group-tools"><button type="button" class="btn" onClick=${() => add(start('name'))}><${Icon} name="plus" /> ${t('filter.add')}</button>
      ${depth < DEPTH && html`<button type="button" class="btn" onClick=${() => add({ any: !g.any, conditions: [start('name')] })}><${Icon} name="group" /> ${t('filter.add_group')}</button>`}</div></div>`;
}

export function FilterDialog({ where, onApply, onClose }) {
  const begin = read(where);
  useEffect(() => { for (const type of ['tag', 'ticket_type']) ensure(type).catch(() => {}); }, []);
  const [all, setAll] = useState(begin.conditions.length ? begin : { any: false, conditions: [start('priority')] });
  const [typed, setTyped] = useState(null);            /* the expression, once somebody writes in it */
  const expression = typed ?? write(filled(all.conditions), all.any);
  const apply = (e) => {
    e.preventDefault();
    onApply(expression.trim() || undefined);
  };
  return html`<${Dialog} wide title=${t('filter.own')} onClose=${onClose}><form class="form" onSubmit=${apply}>
    <${Group} g=${all} set=${(g) => { setTyped(null); setAll(g); }} />
    <details class="expression"><summary>${t('filter.expression')}</summary><p class="hint">${t('filter.expression_hint')}</p>
      <textarea class="input area" dir="ltr" rows="2" spellcheck="false" aria-label=${t('filter.expression')} value=${expression} onInput=${(e) => setTyped(e.target.value)}></textarea></details>
    <div class="buttons"><button type="button" class="btn" onClick=${() => onApply(undefined)}>${t('filter.clear')}</button>
      <button type="submit" class="btn btn-primary">${t('filter.apply')}</button></div>
  </form></${Dialog}>`;
}
