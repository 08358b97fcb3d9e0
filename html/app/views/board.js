/* A team's tickets in columns by stage: drag, "Move to" menu, or Shift and an arrow key. */
import { html, useEffect, useRef, useState, useMemo } from '../html.js';
import { t } from '../i18n.js';
import { Board } from '../board.js';
import { ensure, peek, rec, me, isAdmin } from '../store.js';
import { arrive, href, go } from '../router.js';
import { useKeys } from '../keys.js';
import { useProperties } from '../properties.js';
import { explain, sentence } from '../errors.js';
import { moveStage } from '../stages.js';
import { pref, setPref } from '../prefs.js';
import { Icon } from '../parts/icon.js';
import { Column } from '../parts/column.js';
import { Failed, Empty, Skeleton } from '../parts/empty.js';
import { PRIORITIES } from '../parts/priority.js';
import { STATES } from '../parts/state.js';
import { say, toast } from '../parts/toast.js';
import { later, newTicket } from '../later.js';

const StageDialog = later(() => import('./stage-dialog.js'), 'StageDialog');
const rtl = () => (document.documentElement.dir === 'rtl' ? -1 : 1);
const failed = (e) => toast(explain(e), { bad: true });
const focusCard = (id) => setTimeout(() => document.querySelector(`[data-card="${id}"]`)?.focus(), 30);

/* Going from card to card, and pushing one to the next column. */
function useBoardKeys({ box, board, columns, isFolded, fold, teamId }) {
  const here = () => document.activeElement?.closest?.('[data-ticket]');
  const rows = (column) => [...column.querySelectorAll('[data-card]')];
  const across = (by) => {
    const card = here();
    const lists = [...box.current.querySelectorAll('[data-stage]')].filter((c) => rows(c).length);
    const at = lists.findIndex((c) => c.contains(card));
    const to = lists[at + by * rtl()] ?? (card ? null : lists[0]);
    if (!to) return false;
    const row = card ? rows(lists[at]).indexOf(card.querySelector('[data-card]')) : 0;
    rows(to)[Math.min(row, rows(to).length - 1)].focus();
    return true;
  };
  const along = (by) => {
    const card = here();
    if (!card) return across(rtl());
    const all = rows(card.closest('[data-stage]'));
    all[Math.max(0, Math.min(all.length - 1, all.indexOf(card.querySelector('[data-card]')) + by))].focus();
    return true;
  };
  const push = (by) => {
    const card = here();
    if (!card) return false;
    const id = Number(card.dataset.ticket);
    const to = columns[columns.findIndex((c) => c.ids.includes(id)) + by * rtl()];
    if (!to) return true;
    if (isFolded(to.stage)) fold(to.id, false);
    board.move(id, to.id);
    focusCard(id);
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
    { keys: ['l'], label: 'keys.as_list', icon: 'all', run: () => go(href('/tickets', { filter: 'open', team: teamId })) },
  ]);
}

export default function BoardView({ params }) {
  const teamId = Number(params.id);
  const board = useMemo(() => new Board(teamId), [teamId]);
  const [dragged, setDragged] = useState(null);
  const [edited, setEdited] = useState(null);         /* { stage, count }; stage null for a new one */
  const box = useRef();
  useEffect(() => () => board.close(), [board]);
  useEffect(() => { for (const type of ['tag', 'ticket_type']) ensure(type).catch(() => {}); }, []);
  const properties = useProperties(teamId).filter((p) => p.in_cards && p.type !== 'separator');
  const team = rec('team', teamId);
  const title = team?.name ?? t('board.title');
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);

  const foldKey = `fold.${me.value.id}.${teamId}`;
  const folds = pref(foldKey, {}).value;
  const isFolded = (stage) => folds[stage.id] ?? stage.fold;
  const fold = (id, on) => setPref(foldKey, { ...folds, [id]: on });
  const columns = (board.columns.value ?? []).map((c) => ({ ...c, stage: rec('stage', c.id) })).filter((c) => c.stage)
    .sort((a, b) => a.stage.sequence - b.stage.sequence || a.id - b.id);
  const stages = columns.map((c) => c.stage);
  useBoardKeys({ box, board, columns, isFolded, fold, teamId });

  const place = async (id, to) => {
    const from = stages.findIndex((s) => s.id === id);
    if (from < 0 || to < 0 || to >= stages.length || from === to) return;
    try {
      await moveStage(stages, from, to);
      say(t('board.placed', { stage: stages[from].name, n: to + 1, of: stages.length }));
    } catch (e) {
      failed(e);
    }
  };
  const step = async (id, at, by) => {
    await place(id, at + by);
    setTimeout(() => box.current?.querySelector(`[data-stage="${id}"] .column-head > .menu-wrap > button, [data-folded="${id}"] > .menu-wrap > button`)?.focus(), 60);
  };
  const add = () => setEdited({ stage: null });
  const adminOf = (c, at) => (isAdmin.value ? { edit: () => setEdited({ stage: c.stage, count: c.count }), place: (by) => step(c.id, at, by),
    canGo: (by) => at + by >= 0 && at + by < stages.length, add } : null);
  const quick = (stageId, name) => board.create(stageId, name).then(() => true, (e) => { failed(e); return false; });
  const done = (saved) => {
    setEdited(null);
    if (saved) board.load();
  };
  return html`<div class="view view-board">
    <header class="head"><h1 tabindex="-1"><span class=${`dot hue-${team?.color ?? 0}`}></span><bdi>${title}</bdi></h1>
      <div class="head-tools"><a class="btn" href=${href('/tickets', { filter: 'open', team: teamId })}><${Icon} name="all" /> ${t('board.as_list')}</a>
        <a class="btn" href=${href(`/teams/${teamId}`)}><${Icon} name="mail" /> ${t('talk.title')}</a>
        ${isAdmin.value && html`<a class="btn" href=${href(`/settings/teams/${teamId}`)}><${Icon} name="settings" /> ${t('board.team_settings')}</a>`}
        <button type="button" class="btn" onClick=${() => { newTicket.value = { team_id: teamId }; }}><${Icon} name="plus" /> ${t('ticket.new')}</button></div></header>
    ${board.error.value && html`<${Failed} text=${sentence(board.error.value)} onRetry=${() => board.load()} />`}
    ${!board.columns.value && !board.error.value && html`<${Skeleton} kind="board" rows=${4} />`}
    ${board.columns.value && !columns.length && html`<${Empty} icon="board" title=${t('board.no_stages')}>
      ${isAdmin.value && html`<button type="button" class="btn btn-primary" onClick=${add}>${t('stage.new')}</button>`}</${Empty}>`}
    <div class="board" ref=${box}>${columns.map((c, at) => html`<${Column} key=${c.id} column=${c} stages=${stages} properties=${properties} folded=${isFolded(c.stage)}
      onFold=${(on) => fold(c.id, on)} onMove=${(id, to) => { board.move(id, to); focusCard(id); }} dragged=${dragged} onDrag=${setDragged}
      onMore=${() => board.more(c.id).catch(failed)} onQuick=${(name) => quick(c.id, name)} onChange=${(id, patch) => board.set(id, patch)}
      onPlace=${(id, before) => place(id, stages.findIndex((s) => s.id === before))} admin=${adminOf(c, at)} />`)}
      ${isAdmin.value && columns.length > 0 && html`<button type="button" class="btn btn-icon column-add" aria-label=${t('board.add_stage')} title=${t('board.add_stage')} onClick=${add}><${Icon} name="plus" /></button>`}</div>
    ${edited && html`<${StageDialog} ...${edited} teamId=${teamId} onClose=${done} />`}
  </div>`;
}
