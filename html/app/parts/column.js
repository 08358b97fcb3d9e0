/* A column of the board; folded it is a narrow strip that still takes drops. */
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

export function Column({ column, stages, folded, onFold, onMove, dragged, onDrag, onMore, onQuick, onEdit }) {
  const { stage, ids, count, next } = column;
  const [over, setOver] = useState(false);
  const [quick, setQuick] = useState(false);
  const id = useId();
  const drop = {
    onDragOver: (e) => { if (dragged) { e.preventDefault(); setOver(true); } },
    onDragLeave: (e) => { if (!e.currentTarget.contains(e.relatedTarget)) setOver(false); },
    onDrop: (e) => {
      e.preventDefault();
      setOver(false);
      const moved = dragged;
      onDrag(null);
      if (moved) onMove(moved, stage.id);
    },
  };
  if (folded) {
    return html`<section class=${cx('column', 'column-folded', over && 'column-over')} aria-labelledby=${id} ...${drop}>
      <button type="button" class="column-strip" aria-expanded="false" title=${t('board.unfold')} onClick=${() => onFold(false)}>
        <${Icon} name=${stage.fold ? 'check' : 'fold'} /><span class="column-strip-name" id=${id} dir="auto">${stage.name}</span>
        <span class="column-count">${number(count)}</span></button></section>`;
  }
  return html`<section class=${cx('column', over && 'column-over')} aria-labelledby=${id} data-stage=${stage.id} ...${drop}>
    <header class="column-head"><h2 id=${id}>${stage.fold && html`<${Icon} name="check" />`}<bdi>${stage.name}</bdi></h2>
      <span class="column-count" aria-hidden="true">${number(count)}</span><span class="hidden">${t('board.count', { n: count })}</span>
      <button type="button" class="btn btn-icon" aria-label=${t('board.add', { stage: stage.name })} title=${t('board.add', { stage: stage.name })}
        onClick=${() => setQuick(true)}><${Icon} name="plus" /></button>
      <${Menu} label=${t('board.column_menu', { stage: stage.name })} items=${[
        { label: t('board.fold'), icon: 'fold', run: () => onFold(true) },
        onEdit && { label: t('board.edit_stage'), icon: 'edit', run: onEdit },
      ]} /></header>
    ${quick && html`<${QuickCreate} label=${t('board.add', { stage: stage.name })} onQuick=${onQuick} onClose=${() => setQuick(false)} />`}
    ${ids.length ? html`<ol class="cards">${ids.map((x) => html`<${Card} key=${x} id=${x} stages=${stages} stageId=${stage.id} onMove=${onMove} onDrag=${onDrag} dragging=${dragged === x} />`)}</ol>`
      : !quick && html`<p class="column-none muted">${t('board.empty')}</p>`}
    ${next && html`<button type="button" class="btn btn-quiet column-more" onClick=${onMore}>${t('list.more')}</button>`}
  </section>`;
}
