/*
 * A field that offers choices while one types (ARIA combobox with a list).  The caller finds the choices:
 * search(text) answers [{ id, label, hint }] or a promise of it.
 */
import { html, useEffect, useRef, useState, useId, cx } from '../html.js';
import { t } from '../i18n.js';
import { say } from './toast.js';

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
