/* Fields and what is made of them. */
import { html, useEffect, useRef, useState, useId, cx } from '../html.js';
import { t } from '../i18n.js';
import { say, Dialog } from './dialog.js';
import { Icon, Avatar, Menu } from './basics.js';

/*
 * A field that offers choices while one types (ARIA combobox with a list).  The caller finds the choices:
 * search(text) answers [{ id, label, hint }] or a promise of it.
 */

const DELAY = 180;

export function Combobox({ label, search, onChoose, placeholder, value = '', clearAfter, id: given, described, onCreate }) {
  const [text, setText] = useState(value);
  const [options, setOptions] = useState([]);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const timer = useRef(0), asked = useRef(0);
  const own = useId();
  const id = given ?? own;
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const look = (words, delay = DELAY) => {
    clearTimeout(timer.current);
    const mine = ++asked.current;
    timer.current = setTimeout(async () => {
      const found = await Promise.resolve(search(words.trim())).catch(() => []);
      if (mine !== asked.current) return;
      const extra = onCreate && words.trim() && !found.some((o) => o.label.toLocaleLowerCase() === words.trim().toLocaleLowerCase()) ? [{ create: words.trim(), label: t('combobox.create', { name: words.trim() }) }] : [];
      setOptions([...found, ...extra]);
      setOpen(true);
      setAt(found.length ? 0 : -1);
      say(t('combobox.found', { n: found.length }));
    }, delay);
  };
  const close = () => {
    asked.current++;
    clearTimeout(timer.current);
    setOpen(false);
  };
  const choose = (option) => {
    close();
    setText(clearAfter ? '' : option.create ?? option.label);
    option.create ? onCreate(option.create) : onChoose(option);
  };
  const key = (e) => {
    if (e.isComposing) return;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      if (!open) return look(text, 0);
      setAt((at + (e.key === 'ArrowDown' ? 1 : -1) + options.length) % (options.length || 1));
    } else if (e.key === 'Enter' && open && options[at]) {
      e.preventDefault();
      choose(options[at]);
    } else if (e.key === 'Escape' && open) {
      e.preventDefault();
      e.stopPropagation();
      close();
    }
  };
  const leave = () => {
    close();
    if (clearAfter) setText('');
    else if (text.trim() === '' && value) onChoose(null);
    else setText(value);
  };
  return html`<div class="combo">
    <input id=${id} class="input" type="text" role="combobox" autocomplete="off" aria-label=${label} aria-autocomplete="list"
      aria-expanded=${open ? 'true' : 'false'} aria-controls=${`${id}-list`} aria-describedby=${described}
      aria-activedescendant=${open && options[at] ? `${id}-${at}` : undefined} placeholder=${placeholder} dir="auto" value=${text}
      onInput=${(e) => { setText(e.target.value); look(e.target.value); }} onFocus=${(e) => e.target.select()} onClick=${(e) => { if (!open) { e.target.select(); look('', 0); } }}
      onKeyDown=${key} onBlur=${leave} />
    <ul id=${`${id}-list`} class="combo-list" role="listbox" aria-label=${label} hidden=${!open}>
      ${options.map((o, i) => html`<li key=${o.id ?? 'new'} id=${`${id}-${i}`} role="option" aria-selected=${i === at ? 'true' : 'false'}
        class=${cx('combo-item', i === at && 'combo-at')} onMouseDown=${(e) => { e.preventDefault(); choose(o); }}>
        <bdi>${o.label}</bdi>${o.hint && html`<span class="muted">${o.hint}</span>`}</li>`)}
      ${open && !options.length && html`<li class="combo-none muted" role="option" aria-disabled="true" aria-selected="false">${t('combobox.none')}</li>`}
    </ul></div>`;
}

/* Several choices: each a chip with a button to take it away, and a field to add one. */

/** items: [{ id, label, hue }]; search and onCreate as in Combobox. */
export function Chips({ items, label, search, onAdd, onRemove, onCreate, plain, id, placeholder }) {
  const have = new Set(items.map((x) => x.id));
  const others = async (words) => (await search(words)).filter((o) => !have.has(o.id));
  return html`<div class="chips">
    ${items.length > 0 && html`<ul class="chip-list">${items.map((x) => html`<li key=${x.id} class=${x.hue === undefined ? 'chip' : `chip tag-hue hue-${x.hue}`}>
      ${!plain && html`<${Avatar} id=${x.id} name=${x.label} small />`}<bdi>${x.label}</bdi>
      <button type="button" class="chip-x" aria-label=${t('chips.remove', { name: x.label })} onClick=${() => onRemove(x)}>
        <${Icon} name="close" /></button></li>`)}</ul>`}
    <${Combobox} id=${id} label=${label} search=${others} onChoose=${(o) => o && onAdd(o)} placeholder=${placeholder ?? t('chips.add')} onCreate=${onCreate} clearAfter />
  </div>`;
}

/*
 * Forms from descriptions: { name, label, kind, required, hint, options, search, ... }.  Kinds: text (default),
 * email, tel, password, area, check, select, radio, chips, pick, note (shown, not asked).  Errors are tied to their fields and summed up.
 */

function Control({ f, id, value, set, bad, described }) {
  const common = { id, name: f.name, required: f.required, disabled: f.disabled, autocomplete: f.autocomplete ?? 'off',
    'aria-invalid': bad ? 'true' : undefined, 'aria-describedby': described, autofocus: f.autofocus, maxlength: f.max };
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
      return html`<input ...${common} type=${f.kind ?? 'text'} class="input" dir=${f.ltr ? 'ltr' : 'auto'} minlength=${f.min}
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

/* One of the twelve colours: radio buttons in a row, or a button that opens a menu of them. */

const NAMES = ['colour.teal', 'colour.red', 'colour.orange', 'colour.yellow', 'colour.blue', 'colour.pink', 'colour.sky', 'colour.indigo',
  'colour.rose', 'colour.green', 'colour.violet', 'colour.mint'];
export const colourName = (n) => t(NAMES[n] ?? NAMES[0]);

export function ColourPicker({ value, label, onChange, disabled }) {
  const id = useId();
  return html`<fieldset class="field" disabled=${disabled}><legend class="label">${label}</legend><div class="colours">${NAMES.map((name, n) => html`
    <label key=${n} class=${`colour hue-${n}`} title=${t(name)}><input type="radio" name=${id} value=${n} checked=${(value ?? 0) === n} onChange=${() => onChange(n)} />
      <span class="swatch"></span><span class="hidden">${t(name)}</span></label>`)}</div></fieldset>`;
}

export function ColourMenu({ value, label, onChange }) {
  return html`<${Menu} className="btn btn-icon" label=${`${label}: ${colourName(value)}`}
    items=${NAMES.map((name, n) => ({ label: t(name), checked: (value ?? 0) === n, run: () => onChange(n) }))}>
    <span class=${`dot dot-large hue-${value ?? 0}`}></span></${Menu}>`;
}

/* Somebody else saved first: each field with both values, and the choice. */

/** rows: [{ name, label, mine, theirs }]; title and text when it is no ticket. */
export function Conflict({ rows, who, title, text, onSave, onClose }) {
  const [choice, setChoice] = useState(() => Object.fromEntries(rows.map((r) => [r.name, 'mine'])));
  const pick = (name, side) => setChoice({ ...choice, [name]: side });
  const side = (r, which, label) => html`<label class="choice"><input type="radio" name=${`conflict-${r.name}`} checked=${choice[r.name] === which}
    onChange=${() => pick(r.name, which)} /><span><strong>${label}</strong><span class="conflict-text" dir="auto">${r[which] || '—'}</span></span></label>`;
  return html`<${Dialog} wide title=${title ?? t('conflict.title')} onClose=${onClose}>
    <p>${text ?? (who ? t('conflict.by', { name: who }) : t('conflict.text'))}</p>
    ${rows.map((r) => html`<fieldset key=${r.name} class="field conflict"><legend class="label">${r.label}</legend>
      ${side(r, 'mine', t('conflict.mine'))}${side(r, 'theirs', t('conflict.theirs'))}</fieldset>`)}
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('conflict.edit_on')}</button>
      <button type="button" class="btn btn-primary" onClick=${() => onSave(choice)}>${t('conflict.save')}</button></div>
  </${Dialog}>`;
}
