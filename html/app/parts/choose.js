/* Choosing from what there is: people, contacts, tags, colours. */
import { html, useEffect, useRef, useState, useId, cx } from '../html.js';
import { t } from '../i18n.js';
import { Icon, Avatar, Menu } from './basics.js';
import { say } from './dialog.js';

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
