/* A team's tickets in columns by stage: drag, "Move to" menu, or Shift and an arrow key. */
import { html, useEffect, useRef, useState, signal, batch, useMemo } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { changed, peek, put, rec, tell, me, isAdmin } from '../store.js';
import { order } from '../lists.js';
import { arrive, href, go } from '../router.js';
import { useKeys } from '../keys.js';
import { move } from '../actions.js';
import { sentence } from '../errors.js';
import { pref, setPref } from '../prefs.js';
import { Icon } from '../parts/icon.js';
import { Column } from '../parts/column.js';
import { Failed, Empty, Skeleton } from '../parts/empty.js';
import { toast } from '../parts/toast.js';
import { newTicket } from './shell.js';

const PAGE = 20;

class Board {
  constructor(teamId) {
    this.teamId = teamId;
    this.columns = signal(null);        /* [{ id, count, ids, next }] */
    this.error = signal(null);
    this.stop = changed((type, ids) => {
      if (type !== 'ticket' && type !== 'stage') return;
      const ours = ids === null || type === 'stage' || ids.some((id) => this.at(id) || peek('ticket', id)?.team_id === teamId);
      if (ours) this.timer ||= setTimeout(() => this.load(), 250);
    });
    this.load();
  }

  at(id) { return this.columns.peek()?.find((c) => c.ids.includes(id)); }

  async load() {
    this.timer = 0;
    const longest = Math.max(PAGE, ...(this.columns.peek() ?? []).map((c) => c.ids.length));
    try {
      const answer = await api.get(`/teams/${this.teamId}/board`, { limit: Math.min(200, longest) });
      batch(() => {
        put('team', answer.team);
        this.columns.value = answer.columns.map((c) => {
          put('stage', c.stage);
          c.tickets.forEach((x) => put('ticket', x));
          return { id: c.stage.id, count: c.count, ids: c.tickets.map((x) => x.id), next: c.next };
        });
        this.error.value = null;
      });
    } catch (e) {
      if (!this.columns.peek()) this.error.value = e;
    }
  }

  edit(stageId, fn) { this.columns.value = this.columns.peek().map((c) => (c.id === stageId ? { ...c, ...fn(c) } : c)); }

  async more(stageId) {
    const column = this.columns.peek().find((c) => c.id === stageId);
    const page = await api.get('/tickets', { team_id: this.teamId, stage_id: stageId, active: 'true', limit: PAGE, after: column.next });
    batch(() => {
      page.items.forEach((x) => put('ticket', x));
      this.edit(stageId, (c) => ({ ids: [...new Set([...c.ids, ...page.items.map((x) => x.id)])], next: page.next }));
    });
  }

  async move(id, stageId) {
    const from = this.at(id);
    if (!from || from.id === stageId) return;
    batch(() => {
      this.edit(from.id, (c) => ({ ids: c.ids.filter((x) => x !== id), count: c.count - 1 }));
      this.edit(stageId, (c) => ({ ids: [...c.ids, id].sort((a, b) => order(peek('ticket', a), peek('ticket', b))), count: c.count + 1 }));
    });
    await move([id], stageId);
    this.load();
  }
}

function focusCard(id) {
  setTimeout(() => document.querySelector(`[data-card="${id}"]`)?.focus(), 30);
}

export default function BoardView({ params }) {
  const teamId = Number(params.id);
  const board = useMemo(() => new Board(teamId), [teamId]);
  const [dragged, setDragged] = useState(null);
  const box = useRef();
  useEffect(() => () => { board.stop(); clearTimeout(board.timer); }, [board]);
  const team = rec('team', teamId);
  const title = team?.name ?? t('board.title');
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);

  const foldKey = `fold.${me.value.id}.${teamId}`;
  const folds = pref(foldKey, {}).value;
  const isFolded = (stage) => folds[stage.id] ?? stage.fold;
  const fold = (id, on) => setPref(foldKey, { ...folds, [id]: on });
  const columns = (board.columns.value ?? []).map((c) => ({ ...c, stage: rec('stage', c.id) })).filter((c) => c.stage);
  const stages = columns.map((c) => c.stage);

  const here = () => document.activeElement?.closest?.('[data-ticket]');
  const rows = (column) => [...column.querySelectorAll('[data-card]')];
  const across = (by) => {
    const rtl = document.documentElement.dir === 'rtl' ? -1 : 1;
    const card = here();
    const lists = [...box.current.querySelectorAll('[data-stage]')].filter((c) => rows(c).length);
    const at = lists.findIndex((c) => c.contains(card));
    const to = lists[at + by * rtl] ?? (card ? null : lists[0]);
    if (!to) return false;
    const row = card ? rows(lists[at]).indexOf(card.querySelector('[data-card]')) : 0;
    rows(to)[Math.min(row, rows(to).length - 1)].focus();
    return true;
  };
  const along = (by) => {
    const card = here();
    if (!card) return across(1);
    const all = rows(card.closest('[data-stage]'));
    all[Math.max(0, Math.min(all.length - 1, all.indexOf(card.querySelector('[data-card]')) + by))].focus();
    return true;
  };
  const push = (by) => {
    const card = here();
    if (!card) return false;
    const rtl = document.documentElement.dir === 'rtl' ? -1 : 1;
    const id = Number(card.dataset.ticket);
    const to = columns[columns.findIndex((c) => c.ids.includes(id)) + by * rtl];
    if (!to) return true;
    if (isFolded(to.stage)) fold(to.id, false);
    board.move(id, to.id);
    focusCard(id);
    return true;
  };
  useKeys('board', [
    { keys: ['ArrowLeft', 'ArrowRight'], label: 'keys.columns', run: (e) => across(e.key === 'ArrowRight' ? 1 : -1) },
    { keys: ['j', 'ArrowDown'], label: 'keys.next', run: () => along(1) },
    { keys: ['k', 'ArrowUp'], label: 'keys.previous', run: () => along(-1) },
    { keys: ['Shift+ArrowLeft', 'Shift+ArrowRight'], label: 'keys.move', run: (e) => push(e.key === 'ArrowRight' ? 1 : -1) },
    { keys: ['l'], label: 'keys.as_list', icon: 'all', run: () => go(href('/tickets', { filter: 'open', team: teamId })) },
  ]);
  const quick = async (stageId, name) => {
    try {
      const made = await api.post('/tickets', { name, team_id: teamId, stage_id: stageId });
      put('ticket', made);
      board.edit(stageId, (c) => ({ ids: [...c.ids, made.id].sort((a, b) => order(peek('ticket', a), peek('ticket', b))), count: c.count + 1 }));
      tell('ticket', [made.id]);
      return true;
    } catch (e) {
      toast(sentence(e), { bad: true });
      return false;
    }
  };
  return html`<div class="view view-board">
    <header class="head"><h1 tabindex="-1"><span class=${`dot hue-${team?.color ?? 0}`}></span><bdi>${title}</bdi></h1>
      <div class="head-tools"><a class="btn" href=${href('/tickets', { filter: 'open', team: teamId })}><${Icon} name="all" /> ${t('board.as_list')}</a>
        ${isAdmin.value && html`<a class="btn" href=${href(`/settings/teams/${teamId}`)}><${Icon} name="settings" /> ${t('board.team_settings')}</a>`}
        <button type="button" class="btn" onClick=${() => { newTicket.value = { team_id: teamId }; }}><${Icon} name="plus" /> ${t('ticket.new')}</button></div></header>
    ${board.error.value && html`<${Failed} text=${sentence(board.error.value)} onRetry=${() => board.load()} />`}
    ${!board.columns.value && !board.error.value && html`<${Skeleton} kind="board" rows=${4} />`}
    ${board.columns.value && !columns.length && html`<${Empty} icon="board" title=${t('board.no_stages')}>
      ${isAdmin.value && html`<a class="btn btn-primary" href=${href('/settings/stages')}>${t('stage.new')}</a>`}</${Empty}>`}
    <div class="board" ref=${box}>${columns.map((c) => html`<${Column} key=${c.id} column=${c} stages=${stages} folded=${isFolded(c.stage)}
      onFold=${(on) => fold(c.id, on)} onMove=${(id, to) => { board.move(id, to); focusCard(id); }} dragged=${dragged} onDrag=${setDragged}
      onMore=${() => board.more(c.id).catch((e) => toast(sentence(e), { bad: true }))} onQuick=${(name) => quick(c.id, name)}
      onEdit=${isAdmin.value ? () => go(href(`/settings/stages/${c.id}`)) : null} />`)}</div>
  </div>`;
}
