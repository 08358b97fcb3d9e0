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

/*
 * Choices offered while one writes a text: a sign at the beginning of a word opens a list, what follows narrows it.  A
 * text of several lines may not be a combobox by the rules of ARIA, so it stays a text box that controls a list box.
 */

const SOON = 120;

const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
/* Would the server still offer it?  As far as can be told here; what cannot be told is asked. */
const begins = (option, words) => ` ${plain(`${option.label} ${option.hint ?? ''}`)}`.includes(` ${plain(words.trim())}`);

/* As if it were typed, so that undo takes it back. */
export function typeInto(box, text, from, to) {
  box.focus();
  box.setSelectionRange(from, to);
  if (document.execCommand('insertText', false, text)) return;
  box.setRangeText(text, from, to, 'end');
  box.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

/**
 * box: ref of the textarea; sources: [{ sign: /…$/u with the words as its first group, search(words), choose(option) → the
 * text in its place, or a promise of it, label }].  { look, key, close, attributes, list }.
 */
export function useSuggest(box, sources) {
  const [open, setOpen] = useState(null);         /* { source, from, options } */
  const [at, setAt] = useState(0);
  const asked = useRef(0), timer = useRef(0);
  const pending = useRef(null), wanted = useRef(false);       /* words an answer is under way for; its first choice is meant */
  const chosen = useRef(null), nothing = useRef(null);         /* { from, text }: what was put in, what finds nobody */
  const id = useId();
  const close = () => {
    asked.current++;
    clearTimeout(timer.current);
    pending.current = null;
    wanted.current = false;
    setOpen(null);
  };
  useEffect(() => close, []);
  const look = () => {
    const { value, selectionStart: caret, selectionEnd } = box.current;
    const before = value.slice(0, caret);
    const found = caret !== selectionEnd ? null : sources.map((source) => ({ source, match: source.sign.exec(before) })).find((x) => x.match);
    if (!found) return close();
    const words = found.match[1], from = caret - words.length - 1;
    const known = (ref, text) => ref.current?.from === from && text.startsWith(ref.current.text);
    if (known(chosen, value.slice(from)) || known(nothing, words)) return close();
    const mine = ++asked.current;
    clearTimeout(timer.current);
    pending.current = words;
    wanted.current = false;
    timer.current = setTimeout(async () => {
      const options = await Promise.resolve(found.source.search(words)).catch(() => []);
      if (mine !== asked.current) return;
      pending.current = null;
      if (wanted.current && options.length) {
        choose(options[0], { source: found.source, from });
        return;
      }
      setAt(0);
      setOpen(options.length ? { source: found.source, from, options } : null);
      nothing.current = options.length ? null : { from, text: words };
      if (options.length) say(t('combobox.found', { n: options.length }));
    }, SOON);
    return undefined;
  };
  const choose = async (option, { source, from } = open) => {
    const to = box.current.selectionEnd;
    close();
    const text = await source.choose(option);
    if (!text || !box.current) return;
    chosen.current = { from, text };
    typeInto(box.current, text, from, Math.max(from, to));
  };
  /** True: the key was for the list. */
  const key = (e) => {
    if (!open || e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return false;
    const n = open.options.length;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') setAt((at + (e.key === 'ArrowDown' ? 1 : n - 1)) % n);
    else if ((e.key === 'Enter' || e.key === 'Tab') && !e.shiftKey) {
      /* What is shown may answer fewer letters than there are now: never choose what they rule out. */
      const fits = (o) => pending.current === null || begins(o, pending.current);
      const option = [open.options[at], ...open.options].find(fits);
      if (option) choose(option);
      else wanted.current = true;
    }
    else if (e.key === 'Escape') close();
    else return false;
    e.preventDefault();
    e.stopPropagation();
    return true;
  };
  useEffect(() => { if (open) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' }); }, [at, open]);
  const attributes = { 'aria-autocomplete': 'list', 'aria-haspopup': 'listbox', 'aria-controls': open ? id : undefined,
    'aria-activedescendant': open ? `${id}-${at}` : undefined };
  const list = open && html`<ul id=${id} class="combo-list" role="listbox" aria-label=${open.source.label}>${open.options.map((o, i) => html`<li key=${o.id} id=${`${id}-${i}`}
      role="option" aria-selected=${i === at ? 'true' : 'false'} class=${cx('combo-item', i === at && 'combo-at')} onMouseDown=${(e) => { e.preventDefault(); choose(o); }}>
      <bdi>${o.label}</bdi>${o.hint && html`<span class="muted"><bdi>${o.hint}</bdi></span>`}</li>`)}</ul>`;
  return { look, key, close, attributes, list };
}
