/* Fields and what is made of them. */
import { html, useEffect, useRef, useState, useId } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './basics.js';
import { Dialog } from './dialog.js';
import { Chips, Combobox } from './choose.js';

/*
 * Forms from descriptions: { name, label, kind, required, hint, options, search, ... }.  Kinds: text (default),
 * email, tel, password, area, check, select, radio, icons, chips, pick, note (shown, not asked).  Errors are tied to their fields and summed up.
 */

function Control({ f, id, value, set, bad, described }) {
  const common = { id, name: f.name, required: f.required, disabled: f.disabled, autocomplete: f.autocomplete ?? 'off',
    'aria-invalid': bad ? 'true' : undefined, 'aria-describedby': described, autofocus: f.autofocus, maxlength: f.max, placeholder: f.placeholder };
  switch (f.kind) {
    case 'area':
      return html`<textarea ...${common} class="input area" dir="auto" rows=${f.rows ?? 5} value=${value ?? ''} onInput=${(e) => set(e.target.value)}></textarea>`;
    case 'select':
      return html`<select ...${common} class="input select" value=${value ?? ''} onChange=${(e) => set(e.target.value)}>
        ${f.options.map((o) => html`<option key=${o.value} value=${o.value} selected=${String(o.value) === String(value ?? '')}>${o.label}</option>`)}</select>`;
    case 'chips':
      return html`<${Chips} id=${id} items=${f.items(value ?? [])} label=${f.label} search=${f.search} plain=${f.plain} placeholder=${f.placeholder}
        onAdd=${(o) => set([...(value ?? []), o.id])} onRemove=${(o) => set(value.filter((x) => x !== o.id))} />`;
    case 'pick':
      return html`<${Combobox} id=${id} value=${f.shown(value)} search=${f.search} described=${described} placeholder=${f.placeholder}
        onChoose=${(o) => set(o?.id ?? null, o)} onCreate=${f.create} />`;
    default:
      return html`<input ...${common} type=${f.kind ?? 'text'} class="input" dir=${f.ltr ? 'ltr' : 'auto'} minlength=${f.min} min=${f.least}
        value=${value ?? ''} spellcheck=${f.ltr ? 'false' : undefined} onInput=${(e) => set(e.target.value)} />`;
  }
}

export function Field({ f, value, set, error }) {
  const id = useId();
  const hint = f.hint && `${id}-hint`, bad = error && `${id}-bad`;
  const described = [hint, bad].filter(Boolean).join(' ') || undefined;
  const below = html`${f.hint && html`<p id=${hint} class="hint">${f.hint}</p>`}
    ${error && html`<p id=${bad} class="bad">${error}</p>`}`;
  if (f.kind === 'note') return html`<div class="field">${f.content}</div>`;
  if (f.kind === 'check') {
    return html`<div class="field field-check"><label class="check"><input type="checkbox" checked=${!!value} disabled=${f.disabled}
      aria-describedby=${described} onChange=${(e) => set(e.target.checked)} /><span>${f.label}</span></label>${below}</div>`;
  }
  if (f.kind === 'icons') {
    return html`<fieldset class="field icons"><legend class="label">${f.label}</legend>
      ${f.options.map((o) => html`<label key=${o.value} title=${o.label}><input type="radio" name=${id} value=${o.value} checked=${o.value === f.usual} onChange=${() => set(o.value)} />
        <${Icon} name=${o.value} /><span class="hidden">${o.label}</span></label>`)}${below}</fieldset>`;
  }
  if (f.kind === 'radio') {
    return html`<fieldset class="field choices" aria-describedby=${described}><legend class="label">${f.label}</legend>
      ${f.options.map((o) => html`<label key=${o.value} class="choice"><input type="radio" name=${id} checked=${value === o.value}
        onChange=${() => set(o.value)} /><span><strong>${o.label}</strong>${o.hint && html`<span class="hint">${o.hint}</span>`}</span></label>`)}
      ${below}</fieldset>`;
  }
  return html`<div class="field"><label class="label" for=${id}>${f.label}${f.required && html`<span class="need" aria-hidden="true"> *</span>`}</label>
    <${Control} f=${f} id=${id} value=${value} set=${set} bad=${bad} described=${described} />${below}</div>`;
}

/** onChange(name, value); errors: { field: sentence }; problem: one sentence for all. */
export function Form({ fields, value, onChange, errors = {}, problem, onSubmit, busy, submit, onCancel, children }) {
  const summary = useRef();
  const shown = fields.filter(Boolean);
  const loose = Object.entries(errors).filter(([name]) => !shown.some((f) => f.name === name));
  useEffect(() => {
    if (problem) summary.current?.focus();
  }, [problem]);
  const send = (e) => {
    e.preventDefault();
    if (!busy) onSubmit();
  };
  const quick = (e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) send(e); };
  return html`<form class="form" onSubmit=${send} onKeyDown=${quick}>
    ${problem && html`<div class="problem" ref=${summary} tabindex="-1" role="alert"><p>${problem}</p>
      ${loose.length > 0 && html`<ul>${loose.map(([name, s]) => html`<li key=${name}>${s}</li>`)}</ul>`}</div>`}
    ${shown.map((f) => html`<${Field} key=${f.name} f=${f} value=${value[f.name]} error=${errors[f.name]}
      set=${(v, o) => onChange(f.name, v, o)} />`)}
    ${children}
    <div class="buttons">${onCancel && html`<button type="button" class="btn" onClick=${onCancel}>${t('action.cancel')}</button>`}
      <button type="submit" class="btn btn-primary" disabled=${busy} aria-keyshortcuts="Control+Enter">${submit ?? t('action.save')}</button></div>
  </form>`;
}

/* A whole number in a field of its own; null while it is empty. */

export function NumberField({ name, label, hint, value, min, max, step = 1, error, onChange, required }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-bad`].filter(Boolean).join(' ') || undefined;
  return html`<div class="field field-number"><label class="label" for=${id}>${label}</label>
    <input id=${id} name=${name} class="input" type="number" inputmode=${step === 1 ? 'numeric' : 'decimal'} min=${min} max=${max} step=${step} value=${value ?? ''} required=${required} aria-invalid=${error ? 'true' : undefined}
      aria-describedby=${described} onInput=${(e) => onChange(e.target.value === '' || !Number.isFinite(e.target.valueAsNumber) ? null : e.target.valueAsNumber)} />
    ${hint && html`<p id=${`${id}-hint`} class="hint">${hint}</p>`}${error && html`<p id=${`${id}-bad`} class="bad">${error}</p>`}</div>`;
}

/* Somebody else saved first: each field with both values, and the choice. */

/** rows: [{ name, label, mine, theirs }]; title and text when it is no ticket. */
export function Conflict({ rows, who, title, text, onSave, onClose }) {
  const [choice, setChoice] = useState(() => Object.fromEntries(rows.map((r) => [r.name, 'mine'])));
  const pick = (name, side) => setChoice({ ...choice, [name]: side });
  const side = (r, which, label) => html`<label class="choice"><input type="radio" autofocus=${r === rows[0] && which === 'mine'} name=${`conflict-${r.name}`} checked=${choice[r.name] === which}
    onChange=${() => pick(r.name, which)} /><span><strong>${label}</strong><span class="conflict-text" dir="auto">${r[which] || '—'}</span></span></label>`;
  return html`<${Dialog} wide title=${title ?? t('conflict.title')} onClose=${onClose}>
    <p>${text ?? (who ? t('conflict.by', { name: who }) : t('conflict.text'))}</p>
    ${rows.map((r) => html`<fieldset key=${r.name} class="field conflict"><legend class="label">${r.label}</legend>
      ${side(r, 'mine', t('conflict.mine'))}${side(r, 'theirs', t('conflict.theirs'))}</fieldset>`)}
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('conflict.edit_on')}</button>
      <button type="button" class="btn btn-primary" onClick=${() => onSave(choice)}>${t('conflict.save')}</button></div>
  </${Dialog}>`;
}
