//# allFunctionsCalledOnLoad
/* Tickets as a board: cards in columns. */
import { html, cx, signal, useState, useRef, useId, useEffect, useMemo, href, arrive, go, useKeys, pref, setPref, trail, placeOf, returned } from '../html.js';
import { t, number, explain, sentence } from '../i18n.js';
import { rec, ensure, peek, me, isAdmin, stagesOf } from '../store.js';
import { propertyText, useProperties } from '../tickets.js';
import { Avatar, StarButtons, StateDot, Clock, Tags, Time, Menu, MenuButton, OpenMenu, Icon, Failed, Empty, Skeleton, PRIORITIES, STATES } from '../parts/basics.js';
import { Board, moveStage } from '../board.js';
import { toast, later, newTicket } from '../parts/dialog.js';
import { params as paramsOf } from '../lists.js';
import { Applied, FilterMenu, useOwnFilter, ViewsMenu } from './list-tools.js';

/* A ticket on the board. */
const painted = signal(null);          /* the ticket whose colour is being chosen */

function Facts({ ticket, properties }) {
  const facts = properties.map((p) => [p, propertyText(p, ticket.properties?.[p.name])]).filter(([, text]) => text);
  const type = rec('ticket_type', ticket.ticket_type_id)?.name;
  if (!facts.length && !type && !ticket.tag_ids?.length) return null;
  return html`<div class="card-facts">${type && html`<span class="card-type"><bdi>${type}</bdi></span>`}${Tags({ ids: ticket.tag_ids, most: 5 })}
    ${facts.map(([p, text]) => html`<span key=${p.name} class="card-fact"><span class="muted"><bdi>${p.label}</bdi>:</span> <bdi>${text}</bdi></span>`)}</div>`;
}

function Card({ id, stages, onMove, onDrag, onChange, dragging, stage, properties }) {
  const ticket = rec('ticket', id);
  if (!ticket) return null;
  const user = rec('user', ticket.user_id);
  const start = (e) => {
    e.dataTransfer.effectAllowed = 'move';
    e.dataTransfer.setData('text/plain', String(id));
    e.stopPropagation();
    onDrag({ card: id });
  };
  return html`<li class=${cx('card', dragging && 'card-dragged', ticket.color > 0 && `card-hue hue-${ticket.color}`)} draggable="true" data-ticket=${id}
      onDragStart=${start} onDragEnd=${() => onDrag(null)}>
    <div class="card-head"><span class="ref">${ticket.ticket_ref}</span>${StateDot({ value: ticket.kanban_state, stage, onChange: (s) => onChange(id, { kanban_state: s }) })}
      ${Clock({ ticket })}${MenuButton({ label: t('board.move_to', { ref: ticket.ticket_ref }), icon: 'move', className: 'mini card-move',
        items: () => [...stages.map((s) => ({ label: s.name, checked: s.id === stage.id, run: () => s.id !== stage.id && onMove(id, s.id) })),
          { line: true }, { label: t('ticket.color'), icon: 'theme', run: () => { painted.value = id; } }] })}</div>
    <a class="card-title" href=${href(`/tickets/${id}`)} draggable=${false} data-card=${id} dir="auto"
      aria-keyshortcuts="Shift+ArrowLeft Shift+ArrowRight">${ticket.name}</a>
    ${Facts({ ticket, properties })}
    <div class="card-foot">${StarButtons({ value: ticket.priority, onChange: (p) => onChange(id, { priority: p }) })}
      ${ticket.partner_name && html`<span class="card-customer muted" dir="auto">${ticket.partner_name}</span>`}
      ${Time({ iso: ticket.create_date, className: 'card-time muted' })}
      ${user ? Avatar({ id: user.id, name: user.name, small: true, label: `${t('ticket.assignee')}: ${user.name}` })
        : html`<span class="hidden">${t('ticket.unassigned')}</span>`}</div></li>`;
}

/* A column of the board; folded it is a narrow strip that still takes drops.  Its heading can be dragged to another place. */

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

const CARD = 112, COLUMN = 276;         /* px: what one usually takes */
const FIRST = 2;                        /* cards a column in the first frame; the next has the rest of the screen */
const HEAD = 120, SIDE = 232, NARROW = 832;         /* above the cards; beside the board, but on narrow screens */
const NEAR = '300px 600px';             /* so far outside the screen cards are drawn, when nothing else is to be done */
const idle = (run) => (window.requestIdleCallback ?? setTimeout)(run, { timeout: 200 });
const onScreen = ({ boundingClientRect: r }) => r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth;
const wanted = signal(null);            /* a card that is to have the focus, or was just made, so it must be there */

/* [cards, a mark behind them]: those on the screen, and more as they come near it; what nobody sees costs nothing. */
function useCards(props, draw) {
  const { at, column: { ids } } = props;
  const screen = Math.ceil((innerHeight - HEAD) / CARD);
  const [shown, setShown] = useState(at * COLUMN > innerWidth - (innerWidth < NARROW ? 0 : SIDE) ? 0 : Math.min(screen, FIRST));
  const mark = useRef();
  const least = ids.indexOf(wanted.value) + 1;
  const count = Math.min(ids.length, Math.max(shown, least));
  useEffect(() => {
    if (!mark.current) return undefined;
    let gone = false;
    const more = () => { if (!gone) setShown(count + screen); };
    const near = new IntersectionObserver((seen) => {
      if (seen.some((x) => x.isIntersecting)) seen.some(onScreen) ? more() : idle(more);
    }, { rootMargin: NEAR });
    near.observe(mark.current);
    return () => { gone = true; near.disconnect(); };
  }, [count, count < ids.length]);
  return [ids.slice(0, count).map(draw), count < ids.length && html`<li ref=${mark} class="cards-more" aria-hidden="true"></li>`];
}

/** at: which of the columns it is; admin: { edit, place(by), canGo(by), add }, for who may change stages; else null. */
function Column(props) {
  const { column, stages, properties, folded, onFold, onMove, dragged, onDrag, onMore, onQuick, onPlace, onChange, admin, quick, setQuick } = props;
  const { stage, ids, count, next } = column;
  const cards = useCards(props, (x) => html`<${Card} key=${x} id=${x} stages=${stages} stage=${stage} properties=${properties} onMove=${onMove} onDrag=${onDrag}
    onChange=${onChange} dragging=${dragged?.card === x} />`);
  const [over, drop] = useDrop({ dragged, onDrag, stage, onMove, onPlace });
  const id = useId();
  const grip = admin ? { draggable: true, onDragEnd: () => onDrag(null), onDragStart: (e) => {
    e.dataTransfer.effectAllowed = 'move';
    e.dataTransfer.setData('text/plain', stage.name);
    onDrag({ stage: stage.id });
  } } : {};
  const menu = html`<${Menu} label=${t('board.column_menu', { stage: stage.name })} items=${() => [
    { label: t(folded ? 'board.unfold' : 'board.fold'), icon: 'fold', run: () => onFold(!folded) },
    admin && { line: true },
    admin && { label: t('board.edit_stage'), icon: 'edit', run: admin.edit },
    admin?.canGo(-1) && { label: t('board.earlier'), icon: 'back', run: () => admin.place(-1) },
    admin?.canGo(1) && { label: t('board.later'), icon: 'next', run: () => admin.place(1) },
    admin && { label: t('board.add_stage'), icon: 'plus', run: admin.add },
    admin && { line: true },
    admin && { label: t('board.remove_stage'), icon: 'trash', danger: true, run: admin.remove },
  ]} />`;
  if (folded) {
    return html`<section class=${cx('column', 'column-folded', over)} aria-labelledby=${id} data-folded=${stage.id} ...${drop}>
      ${menu}<button type="button" class="column-strip" aria-expanded="false" title=${t('board.unfold')} onClick=${() => onFold(false)} ...${grip}>
        <${Icon} name=${stage.fold ? 'check' : 'fold'} /><span class="column-strip-name" id=${id} dir="auto">${stage.name}</span>
        <span class="column-count" aria-hidden="true">${number(count)}</span><span class="hidden">${t('board.count', { n: count })}</span></button></section>`;
  }
  return html`<section class=${cx('column', over)} aria-labelledby=${id} data-stage=${stage.id} ...${drop}>
    <header class=${cx('column-head', admin && 'column-grip')} ...${grip}><h2 id=${id}>${stage.fold && html`<span class="closing" title=${t('stage.closing')}><${Icon} name="check" /></span>`}<bdi>${stage.name}</bdi></h2>
      <span class="column-count" aria-hidden="true">${number(count)}</span><span class="hidden">${t('board.count', { n: count })}</span>
      <button type="button" class="btn btn-icon" aria-label=${t('board.add', { stage: stage.name })} title=${t('board.add', { stage: stage.name })}
        onClick=${() => setQuick(stage.id)}><${Icon} name="plus" /></button>${menu}</header>
    ${quick && html`<${QuickCreate} label=${t('board.add', { stage: stage.name })} onQuick=${onQuick} onClose=${() => setQuick(null)} />`}
    ${ids.length ? html`<ol class="cards">${cards}</ol>`
      : !quick && html`<p class="column-none muted">${t('board.empty')}</p>`}
    ${next && html`<button type="button" class="btn btn-quiet column-more" onClick=${onMore}>${t('list.more')}</button>`}
  </section>`;
}

/* A team's tickets in columns by stage: drag, "Move to" menu, or Shift and an arrow key. */

const StageDialog = later(() => import('./stage-dialog.js'), 'StageDialog'), StageRemove = later(() => import('./stage-dialog.js'), 'StageRemove'),
  CardColour = later(() => import('./stage-dialog.js'), 'CardColour');
const rtl = () => (document.documentElement.dir === 'rtl' ? -1 : 1), failed = (e) => toast(explain(e), { bad: true });
const FRAMES = 60;
/* When its card is drawn anew the focus goes with the old one, and comes back here; who went on meanwhile is left where he is. */
function focusCard(id, frames = FRAMES) {
  const at = document.activeElement, lost = !at || at === document.body;
  if (frames === FRAMES) wanted.value = id;
  if (lost) document.querySelector(`[data-card="${id}"]`)?.focus();
  if (frames && (lost || at.closest(`[data-ticket="${id}"]`))) requestAnimationFrame(() => focusCard(id, frames - 1));
}

/* The focus goes to a card, which is drawn first where it is not. */
function reach(id) {
  const link = () => document.querySelector(`[data-card="${id}"]`);
  wanted.value = id;
  if (link()) link().focus();
  else setTimeout(() => link()?.focus(), 30);
}

/* Going from card to card, and pushing one to the next column. */
function useBoardKeys({ box, board, columns, isFolded, fold, teamId, setQuick, field }) {
  const here = () => document.activeElement?.closest?.('[data-ticket]');
  const at = (id) => columns.find((c) => c.ids.includes(id));
  const across = (by) => {
    const id = Number(here()?.dataset.ticket);
    const lists = columns.filter((c) => c.ids.length && !isFolded(c.stage));
    const from = lists.indexOf(at(id));
    const to = lists[from + by * rtl()] ?? (id ? null : lists[0]);
    if (!to) return false;
    reach(to.ids[Math.min(id ? lists[from].ids.indexOf(id) : 0, to.ids.length - 1)]);
    return true;
  };
  const along = (by) => {
    const id = Number(here()?.dataset.ticket);
    if (!id) return across(rtl());
    const { ids } = at(id);
    reach(ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(id) + by))]);
    return true;
  };
  const push = (by) => {
    const card = here();
    if (!card) return false;
    const id = Number(card.dataset.ticket);
    const to = columns[columns.indexOf(at(id)) + by * rtl()];
    if (!to) return true;
    if (isFolded(to.stage)) fold(to.id, false);
    board.move(id, to.id);
    focusCard(id);
    return true;
  };
  /* With the ticket and the column that have the focus, or the first column. */
  const withHere = (run) => {
    const id = Number(here()?.dataset.ticket);
    const column = at(id);
    return column ? run(id, column) : false;
  };
  const quick = () => {
    const column = withHere((_, c) => c) || columns.find((c) => !isFolded(c.stage));
    if (!column) return false;
    setQuick(column.id);
    return true;
  };
  const close = (id, { id: from }) => {
    const closing = columns.find((c) => c.stage.fold);
    if (!closing || closing.id === from) return false;
    along(1);
    board.move(id, closing.id);
    return true;
  };
  const next = (field, all) => {
    const id = Number(here()?.dataset.ticket);
    if (!id) return false;
    board.set(id, { [field]: all[(all.indexOf(peek('ticket', id)[field]) + 1) % all.length] }).then(() => focusCard(id));
    return true;
  };
  useKeys('board', [
    { keys: ['ArrowLeft', 'ArrowRight'], label: 'keys.columns', run: (e) => across(e.key === 'ArrowRight' ? 1 : -1) },
    { keys: ['j', 'ArrowDown'], label: 'keys.next', run: () => along(1) },
    { keys: ['k', 'ArrowUp'], label: 'keys.previous', run: () => along(-1) },
    { keys: ['Shift+ArrowLeft', 'Shift+ArrowRight'], label: 'keys.move', run: (e) => push(e.key === 'ArrowRight' ? 1 : -1) },
    { keys: ['p'], label: 'keys.priority', icon: 'star', run: () => next('priority', PRIORITIES) },
    { keys: ['s'], label: 'keys.state', icon: 'open', run: () => next('kanban_state', STATES) },
    { keys: ['m'], label: 'keys.mine', icon: 'person', run: () => withHere((id) => { board.set(id, { user_id: me.value.id }).then(() => focusCard(id)); return true; }) },
    { keys: ['e'], label: 'keys.close', icon: 'check', run: () => withHere(close) },
    { keys: ['n'], label: 'keys.quick', icon: 'plus', run: quick },
    { keys: ['f'], label: 'board.fold', icon: 'fold', run: () => withHere((_, c) => { fold(c.id, true); requestAnimationFrame(() => box.current?.querySelector(`[data-folded="${c.id}"] .column-strip`)?.focus()); return true; }) },
    { keys: ['l'], label: 'keys.as_list', icon: 'all', run: () => go(href('/tickets', { filter: 'open', team: teamId })) },
    { keys: ['/'], label: 'keys.search', icon: 'search', run: () => field.current?.focus() },
  ]);
}

/* Conditions of the address, as the server takes them. */
const filtersOf = (query) => Object.fromEntries(Object.entries(paramsOf({ q: query.q, where: query.where, period: query.period })).filter(([, v]) => v));

export default function BoardView({ params, query }) {
  const teamId = Number(params.id);
  const filters = filtersOf(query), narrowed = JSON.stringify(filters);
  const board = useMemo(() => new Board(teamId, filters), [teamId, narrowed]);
  const change = (values) => go(href(`/board/${teamId}`, { ...query, ...values }), { quiet: true });
  const [own, Own] = useOwnFilter(query, change);
  const field = useRef();
  const find = (e) => { e.preventDefault(); change({ q: field.current.value.trim() }); };
  const [dragged, setDragged] = useState(null);
  const [edited, setEdited] = useState(null);         /* { stage, count }; stage null for a new one */
  const [going, setGoing] = useState(null);           /* the stage that is to be taken away */
  const box = useRef();
  useEffect(() => () => board.close(), [board]);
  useEffect(() => { for (const type of ['tag', 'ticket_type']) ensure(type).catch(() => {}); }, []);
  const properties = useProperties(teamId).filter((p) => p.in_cards && p.type !== 'separator');
  const team = rec('team', teamId);
  const view = rec('view', Number(query.view));
  const title = [team?.name ?? t('board.title'), view?.name].filter(Boolean).join(' · ');
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);

  const foldKey = `fold.${me.value.id}.${teamId}`;
  const folds = pref(foldKey, {}).value;
  const isFolded = (stage) => folds[stage.id] ?? stage.fold;
  const fold = (id, on) => setPref(foldKey, { ...folds, [id]: on });
  const columns = (board.columns.value ?? []).map((c) => ({ ...c, stage: rec('stage', c.id) })).filter((c) => c.stage)
    .sort((a, b) => a.stage.sequence - b.stage.sequence || a.id - b.id);
  const stages = columns.map((c) => c.stage);
  const [quick, setQuick] = useState(null);           /* the stage a ticket is being added to */
  useEffect(() => {
    if (!board.columns.value) return;
    const shown = columns.filter((c) => !isFolded(c.stage)).flatMap((c) => c.ids);
    const place = returned.peek() && placeOf(shown);
    returned.value = 0;
    trail.value = shown;
    if (place) reach(place);
  }, [board.columns.value, folds]);
  useBoardKeys({ box, board, columns, isFolded, fold, teamId, setQuick, field });

  const place = async (id, to) => {
    const from = stages.findIndex((s) => s.id === id);
    if (from < 0 || to < 0 || to >= stages.length || from === to) return;
    try {
      await moveStage(stages, from, to);
      toast(t('board.placed', { stage: stages[from].name, n: to + 1, of: stages.length }), { undo: () => putBack(id, from) });
    } catch (e) {
      failed(e);
    }
  };
  /* By what stands there now: others may have moved columns since. */
  const putBack = async (id, to) => {
    const now = stagesOf(teamId), at = now.findIndex((s) => s.id === id);
    if (at < 0 || at === to) return false;
    return moveStage(now, at, Math.min(to, now.length - 1)).catch((e) => { failed(e); return false; });
  };
  const step = async (id, at, by) => {
    await place(id, at + by);
    setTimeout(() => box.current?.querySelector(`[data-stage="${id}"] .column-head > .menu-wrap > button, [data-folded="${id}"] > .menu-wrap > button`)?.focus(), 60);
  };
  const add = () => setEdited({ stage: null });
  const adminOf = (c, at) => (isAdmin.value ? { edit: () => setEdited({ stage: c.stage, count: c.count }), place: (by) => step(c.id, at, by),
    canGo: (by) => at + by >= 0 && at + by < stages.length, add, remove: () => setGoing(c.stage) } : null);
  const added = useRef(null);
  const addTicket = (stageId, name) => board.create(stageId, name).then((id) => { added.current = wanted.value = id; return true; }, (e) => { failed(e); return false; });
  const endQuick = () => {         /* the focus goes to what was added, or back to where it began */
    added.current ? reach(added.current) : box.current?.querySelector(`[data-stage="${quick}"] .column-head > .btn-icon`)?.focus();
    setQuick(added.current = null);
  };
  const done = (saved) => {
    setEdited(null);
    if (saved) board.load();
  };
  return html`<div class="view view-board">
    <header class="head"><h1 tabindex="-1"><span class=${`dot hue-${team?.color ?? 0}`}></span><bdi>${title}</bdi></h1>
      <div class="head-tools"><form class="search" role="search" onSubmit=${find}><${Icon} name="search" />
          <input ref=${field} class="input" type="search" dir="auto" value=${query.q ?? ''} key=${query.q} aria-label=${t('list.search')} placeholder=${t('list.search')} aria-keyshortcuts="/" /></form>
        <${ViewsMenu} layout="board" query=${{ ...query, team: String(teamId) }} asked=${{ ...query, team: String(teamId) }} />
        <${FilterMenu} query=${query} change=${change} onOwn=${own} />
        <a class="btn btn-tool" title=${t('board.as_list')} href=${href('/tickets', { filter: 'open', team: teamId })}><${Icon} name="all" /><span class="btn-text">${t('board.as_list')}</span></a>
        <a class="btn btn-tool" href=${href(`/teams/${teamId}`)}><${Icon} name="mail" /><span class="btn-text">${t('talk.title')}</span></a>
        ${isAdmin.value && html`<a class="btn btn-tool" href=${href(`/settings/teams/${teamId}`)}><${Icon} name="settings" /><span class="btn-text">${t('board.team_settings')}</span></a>`}
        <button type="button" class="btn" onClick=${() => { newTicket.value = { team_id: teamId }; }}><${Icon} name="plus" /><span class="btn-text"> ${t('ticket.new')}</span></button></div>
      <${Applied} query=${query} change=${change} onOwn=${own} />${Own}</header>
    ${board.error.value && html`<${Failed} text=${sentence(board.error.value)} onRetry=${() => board.load()} />`}
    ${!board.columns.value && !board.error.value && html`<${Skeleton} kind="board" rows=${4} />`}
    ${board.columns.value && !columns.length && html`<${Empty} icon="board" title=${t('board.no_stages')}>
      ${isAdmin.value && html`<button type="button" class="btn btn-primary" onClick=${add}>${t('stage.new')}</button>`}</${Empty}>`}
    ${board.columns.value && html`<div class="board" ref=${box}>${columns.map((c, at) => html`<${Column} key=${c.id} at=${at} column=${c} stages=${stages} properties=${properties} folded=${isFolded(c.stage)}
      onFold=${(on) => fold(c.id, on)} onMove=${(id, to) => { board.move(id, to); focusCard(id); }} dragged=${dragged} onDrag=${setDragged}
      onMore=${() => board.more(c.id).catch(failed)} onQuick=${(name) => addTicket(c.id, name)} onChange=${(id, patch) => board.set(id, patch)}
      onPlace=${(id, before) => place(id, stages.findIndex((s) => s.id === before))} quick=${quick === c.id} setQuick=${(id) => (id ? setQuick(id) : endQuick())} admin=${adminOf(c, at)} />`)}
      ${isAdmin.value && columns.length > 0 && html`<button type="button" class="btn btn-icon column-add" aria-label=${t('board.add_stage')} title=${t('board.add_stage')} onClick=${add}><${Icon} name="plus" /></button>`}</div>`}
    <${OpenMenu} />
    ${edited && html`<${StageDialog} ...${edited} teamId=${teamId} onClose=${done} />`}
    ${painted.value && html`<${CardColour} id=${painted.value} onClose=${() => { focusCard(painted.value); painted.value = null; }} />`}
    ${going && html`<${StageRemove} stage=${going} stages=${stages} teamId=${teamId} onClose=${() => { setGoing(null); board.load(); }} />`}
  </div>`;
}
