//# allFunctionsCalledOnLoad
/* A board of tickets and the order of its columns. */
import { signal, batch } from './html.js';
import { api } from './api.js';
import { amend, changed, peek, put, tell } from './store.js';
import { assign, move, order, setPriority, setState } from './tickets.js';

/* The tickets of a team by stage, kept up as they change. */

const PAGE = 20;

/** filters: as lists take them. */
export class Board {
  constructor(teamId, filters = {}) {
    Object.assign(this, { teamId, filters });
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
      const answer = await api.get(`/teams/${this.teamId}/board`, { limit: Math.min(200, longest), ...this.filters });
      batch(() => {
        put('team', answer.team);
        this.columns.value = answer.columns.map((c) => {
          if (!peek('stage', c.stage.id) || peek('stage', c.stage.id).version < c.stage.version) put('stage', c.stage);
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
    const page = await api.get('/tickets', { team_id: this.teamId, stage_id: stageId, active: 'true', limit: PAGE, after: column.next, ...this.filters });
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

  /** patch: one of priority, kanban_state, user_id. */
  async set(id, patch) {
    const [[field, value]] = Object.entries(patch);
    await { priority: setPriority, kanban_state: setState, user_id: assign }[field]([id], value);
    if (patch.priority) this.load();
  }

  /** A new ticket in a stage (TKT-2). */
  async create(stageId, name) {
    const made = await api.post('/tickets', { name, team_id: this.teamId, stage_id: stageId });
    put('ticket', made);
    this.edit(stageId, (c) => ({ ids: [...c.ids, made.id].sort((a, b) => order(peek('ticket', a), peek('ticket', b))), count: c.count + 1 }));
    tell('ticket', [made.id]);
    return made.id;
  }

  close() {
    this.stop();
    clearTimeout(this.timer);
  }
}

/* The order of a team's stages (STG-4): where there is room between the neighbours only the moved one is written. */

const STEP = 10;

/** [[stage, sequence]]: what to write so that the stage at `from` stands at `to`. */
export function reordered(stages, from, to) {
  const next = [...stages];
  const [moved] = next.splice(from, 1);
  next.splice(to, 0, moved);
  const before = next[to - 1]?.sequence, after = next[to + 1]?.sequence;
  const middle = before === undefined ? after - STEP : after === undefined ? before + STEP : Math.floor((before + after) / 2);
  const rising = next.every((s, i) => i === 0 || i === to || i - 1 === to || next[i - 1].sequence < s.sequence || (next[i - 1].sequence === s.sequence && next[i - 1].id < s.id));
  if (rising && (before === undefined || middle > before) && (after === undefined || middle < after)) return [[moved, middle]];
  return next.map((s, i) => [s, (i + 1) * STEP]).filter(([s, n]) => s.sequence !== n);
}

/** Shown at once; taken back where it is refused, with the error thrown. */
export const moveStage = (stages, from, to) => batch(() => Promise.all(reordered(stages, from, to).map(([s, sequence]) => amend('stage', s.id, { sequence }))));
