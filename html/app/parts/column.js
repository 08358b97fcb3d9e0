/* A column of the board; folded it is a narrow strip that still takes drops.  Its heading can be dragged to another place. */
import { html, cx, useState, useRef, useId } from '../html.js';
import { number, t } from '../i18n.js';
import { Icon } from './icon.js';
import { Card } from './card.js';
import { Menu } from './menu.js';

function QuickCreate({ onQuick, onClose, label }) {
  const field = useRef();
  const [busy, setBusy] = useState(false);
  const send = async (e) => {
    e.preventDefault();
    const name = field.current.value.trim();
    if (!name || busy) return;
    setBusy(true);
    if (await onQuick(name)) field.current.value = '';
    setBusy(false);
    field.current.focus();
  };
  return html`<form class="quick" onSubmit=${send} onKeyDown=${(e) => { if (e.key === 'Escape') { e.stopPropagation(); onClose(); } }}>
    <input ref=${(el) => { if (el && !field.current) el.focus(); field.current = el; }} class="input" dir="auto" maxlength="250"
      aria-label=${label} placeholder=${t('ticket.name')} />
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button>
      <button type="submit" class="btn btn-primary" disabled=${busy}>${t('action.add')}</button></div></form>`;
}

/* What is dragged: { card } or { stage }; a column takes both. */
function useDrop({ dragged, onDrag, stage, onMove, onPlace }) {
  const [over, setOver] = useState(false);
  return [over && dragged && (dragged.card ? 'column-over' : 'column-here'), {
    onDragOver: (e) => { if (dragged) { e.preventDefault(); setOver(true); } },
    onDragLeave: (e) => { if (!e.currentTarget.contains(e.relatedTarget)) setOver(false); },
    onDrop: (e) => {
      e.preventDefault();
      setOver(false);
      onDrag(null);
      if (dragged?.card) onMove(dragged.card, stage.id);
      else if (dragged?.stage && dragged.stage !== stage.id) onPlace(dragged.stage, stage.id);
    },
  }];
}

/** admin: { edit, place(by), canGo(by), add }, for who may change stages; else null. */
export function Column({ column, stages, properties, folded, onFold, onMove, dragged, onDrag, onMore, onQuick, onPlace, onChange, admin }) {
  const { stage, ids, count, next } = column;
  const [quick, setQuick] = useState(false);
  const [over, drop] = useDrop({ dragged, onDrag, stage, onMove, onPlace });
  const id = useId();
  const grip = admin ? { draggable: true, onDragEnd: () => onDrag(null), onDragStart: (e) => {
    e.dataTransfer.effectAllowed = 'move';
    e.dataTransfer.setData('text/plain', stage.name);
    onDrag({ stage: stage.id });
  } } : {};
  const name = html`<bdi>${stage.name}</bdi>`;
  const menu = html`<${Menu} label=${t('board.column_menu', { stage: stage.name })} items=${[
    { label: t(folded ? 'board.unfold' : 'board.fold'), icon: 'fold', run: () => onFold(!folded) },
    admin && { line: true },
    admin && { label: t('board.edit_stage'), icon: 'edit', run: admin.edit },
    admin?.canGo(-1) && { label: t('board.earlier'), icon: 'back', run: () => admin.place(-1) },
    admin?.canGo(1) && { label: t('board.later'), icon: 'next', run: () => admin.place(1) },
    admin && { label: t('board.add_stage'), icon: 'plus', run: admin.add },
  ]} />`;
  if (folded) {
    return html`<section class=${cx('column', 'column-folded', over)} aria-labelledby=${id} data-folded=${stage.id} ...${drop}>
      ${menu}<button type="button" class="column-strip" aria-expanded="false" title=${t('board.unfold')} onClick=${() => onFold(false)} ...${grip}>
        <${Icon} name=${stage.fold ? 'check' : 'fold'} /><span class="column-strip-name" id=${id} dir="auto">${stage.name}</span>
        <span class="column-count" aria-hidden="true">${number(count)}</span><span class="hidden">${t('board.count', { n: count })}</span></button></section>`;
  }
  return html`<section class=${cx('column', over)} aria-labelledby=${id} data-stage=${stage.id} ...${drop}>
    <header class=${cx('column-head', admin && 'column-grip')} ...${grip}><h2 id=${id}>${stage.fold && html`<span class="closing" title=${t('stage.closing')}><${Icon} name="check" /></span>`}${name}</h2>
      <span class="column-count" aria-hidden="true">${number(count)}</span><span class="hidden">${t('board.count', { n: count })}</span>
      <button type="button" class="btn btn-icon" aria-label=${t('board.add', { stage: stage.name })} title=${t('board.add', { stage: stage.name })}
        onClick=${() => setQuick(true)}><${Icon} name="plus" /></button>${menu}</header>
    ${quick && html`<${QuickCreate} label=${t('board.add', { stage: stage.name })} onQuick=${onQuick} onClose=${() => setQuick(false)} />`}
    ${ids.length ? html`<ol class="cards">${ids.map((x) => html`<${Card} key=${x} id=${x} stages=${stages} stage=${stage} properties=${properties} onMove=${onMove} onDrag=${onDrag}
        onChange=${onChange} dragging=${dragged?.card === x} />`)}</ol>`
      : !quick && html`<p class="column-none muted">${t('board.empty')}</p>`}
    ${next && html`<button type="button" class="btn btn-quiet column-more" onClick=${onMore}>${t('list.more')}</button>`}
  </section>`;
}
