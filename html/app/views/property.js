/* What a team wants to know of its tickets: its properties (TKT-12); read for teams that have some. */
import { html, useEffect, useId, useState } from '../html.js';
import { t, fromInput, toInput } from '../i18n.js';
import { nameOf, optionsOf, change, searchContacts, searchOf, searchPeople } from '../tickets.js';
import { Chips, Combobox } from '../parts/choose.js';
import { api } from '../api.js';
import { PLURAL, ensure, need, put } from '../store.js';

/* The editor of one property of a ticket (TKT-12), by its type. */

/* Text is sent when the field is left or Enter is pressed, so that half a word is not saved; Escape takes it back. */
function Typed({ id, value, onChange, type = 'text', step, rows, ltr }) {
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  const keep = () => {
    if (String(text) === String(value ?? '')) return;
    onChange(text === '' ? null : type === 'number' ? Number(text) : text);
  };
  const key = (e) => {
    if (e.key === 'Escape') { e.stopPropagation(); setText(value ?? ''); }
    if (e.key === 'Enter' && !rows && !e.isComposing) { e.preventDefault(); keep(); }
  };
  const common = { id, class: 'input', dir: ltr ? 'ltr' : 'auto', value: text, onInput: (e) => setText(e.target.value), onBlur: keep, onKeyDown: key };
  return rows ? html`<textarea ...${common} class="input area" rows=${rows}></textarea>` : html`<input ...${common} type=${type} step=${step} />`;
}

function PropertyEditor({ p, value, onChange, search }) {
  const id = useId();
  const options = optionsOf(p);
  const find = search ?? ((words) => options.filter((o) => o.label.toLocaleLowerCase().includes(words.toLocaleLowerCase())));
  const label = html`<label class="prop-label" for=${id}>${p.label}</label>`;
  const many = (items) => html`<${Chips} id=${id} plain items=${items} label=${p.label} search=${find}
    onAdd=${(o) => onChange([...(value ?? []), o.id])} onRemove=${(o) => onChange(value.length > 1 ? value.filter((x) => x !== o.id) : null)} />`;
  const field = () => {
    switch (p.type) {
      case 'multiline': return html`<${Typed} id=${id} value=${value} rows=${3} onChange=${onChange} />`;
      case 'html': return html`<${Typed} id=${id} value=${value} rows=${3} onChange=${onChange} />`;
      case 'integer': return html`<${Typed} id=${id} value=${value} type="number" step="1" ltr onChange=${onChange} />`;
      case 'decimal': return html`<${Typed} id=${id} value=${value} type="number" step="any" ltr onChange=${onChange} />`;
      case 'monetary': return html`<div class="money"><${Typed} id=${id} value=${value} type="number" step="any" ltr onChange=${onChange} /><span class="muted">${p.currency}</span></div>`;
      case 'date': return html`<input id=${id} type="date" class="input" value=${value ?? ''} onChange=${(e) => onChange(e.target.value || null)} />`;
      case 'datetime': return html`<input id=${id} type="datetime-local" class="input" value=${toInput(value, true)} onChange=${(e) => onChange(fromInput(e.target.value))} />`;
      case 'selection': return html`<select id=${id} class="input select" onChange=${(e) => onChange(e.target.value || null)}>
        <option value="">${t('word.none')}</option>${options.map((o) => html`<option key=${o.id} value=${o.id} selected=${o.id === value}>${o.label}</option>`)}</select>`;
      case 'tags': return many((value ?? []).map((v) => options.find((o) => o.id === v) ?? { id: v, label: v }));
      case 'many2one': return html`<${Combobox} id=${id} value=${value ? nameOf(p, value) : ''} search=${find} onChoose=${(o) => onChange(o?.id ?? null)} />`;
      case 'many2many': return many((value ?? []).map((v) => ({ id: v, label: nameOf(p, v) })));
      default: return html`<${Typed} id=${id} value=${value} onChange=${onChange} />`;
    }
  };
  if (p.type === 'separator') return html`<h3 class="prop-separator">${p.label}</h3>`;
  if (p.type === 'checkbox') {
    return html`<div class="prop"><label class="check"><input type="checkbox" checked=${!!value} onChange=${(e) => onChange(e.target.checked)} /><span><bdi>${p.label}</bdi></span></label></div>`;
  }
  return html`<div class="prop">${label}<div class="prop-value">${field()}</div></div>`;
}

const AT_START = ['user', 'team'], SHORT = ['company', 'tag', 'ticket_type'];

async function searchTickets(words) {
  const page = await api.get('/tickets', { 'name.contains': words || undefined, active: 'true', limit: 12 });
  page.items.forEach((r) => put('ticket', r));
  return page.items.map((r) => ({ id: r.id, label: r.name, hint: r.ticket_ref }));
}

function searchFor(p) {
  if (!p.comodel) return undefined;
  if (p.comodel === 'contact') return searchContacts;
  if (p.comodel === 'ticket') return searchTickets;
  if (p.comodel === 'user') return (words) => searchPeople(words);
  return searchOf(p.comodel);
}

/** list: the team's definitions. */
export function Properties({ ticket, list }) {
  const values = ticket.properties ?? {};
  const wanted = list.filter((p) => p.comodel && PLURAL[p.comodel]).flatMap((p) => [values[p.name]].flat().filter(Boolean).map((id) => `${p.comodel} ${id}`));
  useEffect(() => {
    for (const type of new Set(list.map((p) => p.comodel).filter(Boolean))) {
      const ids = wanted.filter((w) => w.startsWith(`${type} `)).map((w) => Number(w.split(' ')[1]));
      if (!AT_START.includes(type)) (SHORT.includes(type) ? ensure(type) : need(type, ids)).catch(() => {});
    }
  }, [wanted.join()]);
  return html`<section class="props" aria-label=${t('ticket.properties')}>${list.map((p) => html`<${PropertyEditor} key=${`${ticket.id} ${p.name}`} p=${p} value=${values[p.name]} search=${searchFor(p)}
    onChange=${(v) => change([ticket.id], { properties: { [p.name]: v } }, t('done.field', { field: p.label }))} />`)}</section>`;
}
