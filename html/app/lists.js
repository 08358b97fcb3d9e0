/*
 * Lists of tickets: pages by cursor, kept up as tickets change.  Which of the changed ones belong here is asked of
 * the server, so that a list may be filtered by whatever the server knows.
 */
import { signal, batch, computed } from './html.js';
import { api } from './api.js';
import { changed, peek, put } from './store.js';
import { order } from './fields.js';
import { within } from './query.js';

const FIRST = 50, FURTHER = 100, LARGEST = 200;

const RELATED = { team_id: 'team', stage_id: 'stage', user_id: 'user', ticket_type_id: 'ticket_type' };

/* Relations stand by name, texts without case and accents. */
function placeOf(ticket, key) {
  const value = RELATED[key] ? peek(RELATED[key], ticket[key])?.name ?? '' : ticket[key] ?? '';
  return typeof value === 'string' ? value.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase() : Number(value);
}

/** "-priority,create_date" as a comparison; what is equal comes newest first, as at the server. */
export function comparison(sort) {
  if (!sort) return order;
  const keys = sort.split(',').map((k) => (k[0] === '-' ? [k.slice(1), -1] : [k, 1]));
  return (a, b) => {
    for (const [key, way] of keys) {
      const x = placeOf(a, key), y = placeOf(b, key), same = RELATED[key] && x === y ? (a[key] ?? 0) - (b[key] ?? 0) : 0;
      if (same) return same * way;
      if (x < y) return -way;
      if (x > y) return way;
    }
    return b.id - a.id;
  };
}

function place(ids, ticket, compare) {
  let lo = 0, hi = ids.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    const other = peek('ticket', ids[mid]);
    if (other && compare(other, ticket) < 0) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/** params: as the server takes them; sort: as in the address. */
export class TicketList {
  constructor(params, sort, { counted = true } = {}) {
    this.params = { ...params, sort };
    this.compare = comparison(sort);
    this.counted = counted;
    this.ids = signal([]);
    this.count = signal(null);
    this.next = signal(null);
    this.state = signal('loading');      /* loading, ready, failed */
    this.more = this.more.bind(this);
    this.stop = changed((type, ids) => {
      if (type === 'ticket' && this.state.peek() !== 'loading') (ids ? this.update(ids) : this.load()).catch(() => {});
    });
    this.load();
  }

  async load() {
    try {
      const limit = Math.min(LARGEST, Math.max(FIRST, this.ids.peek().length));
      const [page] = await Promise.all([api.get('/tickets', { ...this.params, limit }), this.recount()]);
      batch(() => {
        page.items.forEach((r) => put('ticket', r));
        this.ids.value = page.items.map((r) => r.id);
        this.next.value = page.next;
        this.state.value = 'ready';
      });
    } catch (e) {
      this.error = e;
      this.state.value = 'failed';
    }
  }

  async more() {
    const after = this.next.peek();
    if (!after || this.busy) return;
    this.busy = true;
    try {
      const page = await api.get('/tickets', { ...this.params, limit: FURTHER, after });
      if (this.next.peek() !== after) return;          /* read again meanwhile */
      const have = new Set(this.ids.peek());
      batch(() => {
        page.items.forEach((r) => put('ticket', r));
        this.ids.value = this.ids.peek().concat(page.items.map((r) => r.id).filter((id) => !have.has(id)));
        this.next.value = page.next;
      });
    } finally {
      this.busy = false;
    }
  }

  async recount() {
    if (!this.counted) return;
    const { sort, ...filters } = this.params;
    this.count.value = (await api.get('/tickets/count', filters)).count;
  }

  /* Tickets beyond the last loaded page stay where they are: more() will bring them. */
  async update(ids) {
    const page = await api.get('/tickets', { ...this.params, 'id.in': ids.join(','), limit: LARGEST });
    const moved = new Set(ids);
    const rest = this.ids.peek().filter((id) => !moved.has(id));
    const last = peek('ticket', this.ids.peek().at(-1));
    batch(() => {
      for (const r of page.items) {
        put('ticket', r);
        const now = peek('ticket', r.id);
        if (!this.next.peek() || !last || this.compare(now, last) <= 0) rest.splice(place(rest, now, this.compare), 0, r.id);
      }
      this.ids.value = rest;
    });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.recount().catch(() => {}), 400);
  }

  close() {
    this.stop();
    clearTimeout(this.timer);
  }
}

/** The same by groups: how many in each first, the tickets of a group when it is opened. */
export class GroupedList {
  constructor(params, sort, by) {
    Object.assign(this, { params, sort, by });
    this.groups = signal([]);            /* [{ value, count, list }] */
    this.other = signal(0);              /* tickets of groups beyond those the server lists */
    this.count = signal(null);
    this.state = signal('loading');
    this.ids = computed(() => this.groups.value.flatMap((g) => (g.list ? g.list.ids.value : [])));
    this.entries = computed(() => this.groups.value.flatMap((g) => [g, ...(g.list ? g.list.ids.value : [])]));
    this.stop = changed((type, ids) => {
      if (type === 'ticket' && ids) this.timer ||= setTimeout(() => this.load(), 500);
      else if (type === 'ticket') this.load();
    });
    this.load();
  }

  async load() {
    this.timer = 0;
    try {
      const answer = await api.get('/tickets/groups', { ...this.params, by: this.by });
      const old = new Map(this.groups.peek().map((g) => [String(g.value), g]));
      this.groups.value = answer.groups.map((g) => ({ ...g, list: old.get(String(g.value))?.list }));
      for (const g of old.values()) if (g.list && !this.groups.peek().some((x) => x.list === g.list)) g.list.close();
      this.count.value = answer.total;
      this.other.value = answer.other ?? 0;
      this.state.value = 'ready';
    } catch (e) {
      this.error = e;
      this.state.value = 'failed';
    }
  }

  toggle(group) {
    group.list?.close();
    const list = group.list ? undefined : new TicketList(within(this.params, this.by, group.value), this.sort, { counted: false });
    this.groups.value = this.groups.peek().map((g) => (g === group ? { ...g, list } : g));
  }

  close() {
    this.stop();
    clearTimeout(this.timer);
    for (const g of this.groups.peek()) g.list?.close();
  }
}
