/* What the team wants to know of its tickets: its properties (TKT-12). */
import { html, useEffect } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { PLURAL, ensure, need, put } from '../store.js';
import { change } from '../actions.js';
import { useProperties } from '../properties.js';
import { PropertyEditor } from '../parts/property.js';
import { searchContacts, searchOf, searchPeople } from './pick.js';

const AT_START = ['user', 'team'], SHORT = ['company', 'tag', 'ticket_type'];

async function searchTickets(words) {
  const page = await api.get('/tickets', { 'name.contains': words || undefined, active: 'true', limit: 12 });
  page.items.forEach((r) => put('ticket', r));
  return page.items.map((r) => ({ id: r.id, label: r.name, hint: r.ticket_ref }));
}

function searchFor(p) {
  if (!p.comodel) return undefined;
  if (p.comodel === 'contact') return searchContacts;
  if (p.comodel === 'ticket') return searchTickets;
  if (p.comodel === 'user') return (words) => searchPeople(words);
  return searchOf(p.comodel);
}

export function Properties({ ticket }) {
  const list = useProperties(ticket.team_id);
  const values = ticket.properties ?? {};
  const wanted = list.filter((p) => p.comodel && PLURAL[p.comodel]).flatMap((p) => [values[p.name]].flat().filter(Boolean).map((id) => `${p.comodel} ${id}`));
  useEffect(() => {
    for (const type of new Set(list.map((p) => p.comodel).filter(Boolean))) {
      const ids = wanted.filter((w) => w.startsWith(`${type} `)).map((w) => Number(w.split(' ')[1]));
      if (!AT_START.includes(type)) (SHORT.includes(type) ? ensure(type) : need(type, ids)).catch(() => {});
    }
  }, [wanted.join()]);
  if (!list.length) return null;
  return html`<section class="props" aria-label=${t('ticket.properties')}>${list.map((p) => html`<${PropertyEditor} key=${`${ticket.id} ${p.name}`} p=${p} value=${values[p.name]} search=${searchFor(p)}
    onChange=${(v) => change([ticket.id], { properties: { [p.name]: v } })} />`)}</section>`;
}
