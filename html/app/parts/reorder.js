/* A list whose rows change places: by dragging the grip, or by the two buttons beside it. */
import { html, cx, useLayoutEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';
import { say } from './toast.js';

/** items; keyOf(item), nameOf(item) for the labels; onMove(from, to); children(item, index): the row. */
export function Reorder({ items, keyOf, nameOf, onMove, children, className, label }) {
  const list = useRef();
  const after = useRef(null);         /* [key, which]: the button that keeps the focus */
  const [drag, setDrag] = useState(null);
  const [over, setOver] = useState(null);
  useLayoutEffect(() => {
    if (!after.current) return;
    const [key, which] = after.current;
    after.current = null;
    const row = [...list.current.children].find((x) => x.dataset.key === key);
    (row?.querySelector(`.mover-${which}:not(:disabled)`) ?? row?.querySelector('.mover:not(:disabled)'))?.focus();
  });
  const move = (from, to, which) => {
    if (to < 0 || to >= items.length || to === from) return;
    if (which) after.current = [String(keyOf(items[from])), which];
    say(t('reorder.moved', { name: nameOf(items[from]), n: to + 1, of: items.length }));
    onMove(from, to);
  };
  const end = () => { setDrag(null); setOver(null); };
  return html`<ol ref=${list} class=${cx('reorder', className)} aria-label=${label}>${items.map((item, i) => html`
    <li key=${keyOf(item)} data-key=${keyOf(item)} class=${cx('reorder-row', drag === i && 'reorder-dragged', over === i && drag !== i && (drag < i ? 'reorder-below' : 'reorder-above'))}
      onDragOver=${(e) => { if (drag === null) return; e.preventDefault(); setOver(i); }}
      onDrop=${(e) => { if (drag === null) return; e.preventDefault(); move(drag, i); end(); }}>
      <span class="movers"><span class="grip" draggable="true" aria-hidden="true" title=${t('reorder.drag')}
          onDragStart=${(e) => { e.dataTransfer.effectAllowed = 'move'; e.dataTransfer.setData('text/plain', nameOf(item)); setDrag(i); }} onDragEnd=${end}><${Icon} name="grip" /></span>
        <button type="button" class="btn btn-icon mover mover-up" disabled=${i === 0} aria-label=${t('stage.up', { name: nameOf(item) })}
          onClick=${() => move(i, i - 1, 'up')}><${Icon} name="up" /></button>
        <button type="button" class="btn btn-icon mover mover-down" disabled=${i === items.length - 1} aria-label=${t('stage.down', { name: nameOf(item) })}
          onClick=${() => move(i, i + 1, 'down')}><${Icon} name="down" /></button></span>
      <div class="reorder-body">${children(item, i)}</div></li>`)}</ol>`;
}
