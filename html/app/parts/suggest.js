/*
 * Choices offered while one writes a text: a sign at the beginning of a word opens a list, what follows narrows it.  A
 * text of several lines may not be a combobox by the rules of ARIA, so it stays a text box that controls a list box.
 */
import { html, cx, useEffect, useId, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { say } from './toast.js';

const DELAY = 120;

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
    }, DELAY);
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
