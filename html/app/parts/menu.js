/* A button that opens a menu in the top layer; arrows, Home, End, letters and Escape work as in any menu. */
import { html, useEffect, useRef, useState, useId, cx } from '../html.js';
import { Icon } from './icon.js';

function place(list, button) {
  const b = button.getBoundingClientRect();
  const rtl = getComputedStyle(button).direction === 'rtl';
  const width = list.offsetWidth, height = list.offsetHeight;
  const start = rtl ? innerWidth - b.right : b.left;
  const below = b.bottom + 4 + height <= innerHeight;
  list.style.setProperty('--menu-x', `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`);
  list.style.setProperty('--menu-y', `${Math.max(8, below ? b.bottom + 4 : b.top - height - 4)}px`);
}

/** items: { label, run, icon, checked, danger, hint, line, head, keep }; keep: a box to tick, the menu stays open. */
export function Menu({ label, items, children, className = 'btn btn-icon', icon, keys, open: ask }) {
  const [open, setOpen] = useState(false);
  const button = useRef(), list = useRef();
  const id = useId();
  const entries = () => [...list.current.querySelectorAll('[role^=menuitem]')];

  useEffect(() => { if (ask) setOpen(true); }, [ask]);
  useEffect(() => {
    if (!open) return undefined;
    list.current.showPopover?.();
    place(list.current, button.current);
    (list.current.querySelector('[aria-checked=true]') ?? entries()[0])?.focus();
    const away = (e) => { if (!list.current?.contains(e.target) && !button.current.contains(e.target)) setOpen(false); };
    const gone = () => setOpen(false);
    document.addEventListener('pointerdown', away);
    addEventListener('resize', gone);
    return () => {
      document.removeEventListener('pointerdown', away);
      removeEventListener('resize', gone);
    };
  }, [open]);

  const shut = () => {
    setOpen(false);
    button.current?.focus();
  };
  const step = (e) => {
    const all = entries(), at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[e.key];
    if (to !== undefined) all.at(to % all.length)?.focus();
    else if (e.key === 'Escape') shut();
    else if (e.key === 'Tab') { setOpen(false); return; }
    else if (e.key.length === 1 && e.key !== ' ') {
      const found = [...all.slice(at + 1), ...all].find((x) => x.textContent.trim().toLocaleLowerCase().startsWith(e.key.toLocaleLowerCase()));
      found?.focus();
    } else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const choose = (item) => {
    if (!item.keep) shut();
    item.run();
  };
  return html`<span class="menu-wrap">
    <button type="button" ref=${button} class=${className} aria-haspopup="menu" aria-expanded=${open ? 'true' : 'false'}
      aria-label=${label} title=${children ? undefined : label} aria-keyshortcuts=${keys} onClick=${() => setOpen(!open)}>
      ${children ?? html`<${Icon} name=${icon ?? 'more'} />`}</button>
    ${open && html`<div ref=${list} id=${id} class="menu" role="menu" popover="manual" aria-label=${label} onKeyDown=${step}>
      ${items.filter(Boolean).map((item, i) => (item.line ? html`<div key=${i} role="separator" class="menu-line"></div>`
        : item.head ? html`<div key=${i} role="presentation" class="menu-head">${item.head}</div>`
        : html`<button type="button" key=${i} tabindex="-1" class=${cx('menu-item', item.danger && 'menu-danger')}
          role=${item.checked === undefined ? 'menuitem' : item.keep ? 'menuitemcheckbox' : 'menuitemradio'} aria-checked=${item.checked === undefined ? undefined : String(!!item.checked)}
          onClick=${() => choose(item)}>
          <span class="menu-mark">${item.checked ? html`<${Icon} name="check" />` : item.icon && html`<${Icon} name=${item.icon} />`}</span>
          <bdi>${item.label}</bdi>${item.hint && html`<span class="menu-hint">${item.hint}</span>`}</button>`))}
    </div>`}</span>`;
}
