/* A list of tickets by filter: pages by cursor, and kept up as tickets change. */
import { signal, batch } from './html.js';
import { api } from './api.js';
import { changed, peek, put } from './store.js';

export const order = (a, b) => Number(b.priority) - Number(a.priority) || b.id - a.id;

export function matches(ticket, filter) {
  if (!ticket) return false;
  return Object.entries(filter).every(([key, want]) => {
    if (want === undefined || want === '') return true;
    if (key === 'active') return want === 'any' || String(ticket.active) === want;
    if (key === 'name.contains') return ticket.name.toLocaleLowerCase().includes(want.toLocaleLowerCase());
    const value = ticket[key];
    return want === 'null' ? value == null : String(value) === String(want);
  });
}

export class TicketList {
  constructor(filter) {
    this.filter = filter;
    this.ids = signal([]);
    this.count = signal(null);
    this.next = signal(null);
    this.state = signal('loading');      /* loading, ready, failed */
    this.more = this.more.bind(this);
    this.stopListening = changed((type, ids) => {
      if (type === 'ticket') ids ? this.update(ids) : this.load();
    });
    this.load();
  }

  async load() {
    try {
      const size = Math.min(200, Math.max(50, this.ids.peek().length));
      const [page] = await Promise.all([api.get('/tickets', { ...this.filter, limit: size }), this.recount()]);
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
      const page = await api.get('/tickets', { ...this.filter, limit: 50, after });
      batch(() => {
        page.items.forEach((r) => put('ticket', r));
        this.ids.value = [...new Set([...this.ids.peek(), ...page.items.map((r) => r.id)])];
        this.next.value = page.next;
      });
    } finally {
      this.busy = false;
    }
  }

  async recount() {
    const { count } = await api.get('/tickets/count', this.filter);
    this.count.value = count;
  }

  /* Tickets beyond the last loaded page stay where they are: "more" will bring them. */
  update(ids) {
    const have = new Set(this.ids.peek());
    const last = peek('ticket', this.ids.peek().at(-1));
    for (const id of ids) {
      const ticket = peek('ticket', id);
      const fits = matches(ticket, this.filter) && (!this.next.peek() || !last || order(ticket, last) <= 0);
      if (fits) have.add(id);
      else have.delete(id);
    }
    this.ids.value = [...have].filter((id) => peek('ticket', id)).sort((a, b) => order(peek('ticket', a), peek('ticket', b)));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.recount().catch(() => {}), 400);
  }

  close() {
    this.stopListening();
    clearTimeout(this.timer);
  }
}

