/* Events of the log in a table, page by page: the audit and a ticket's history. */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { ensure } from '../store.js';
import { sentence } from '../errors.js';
import { dateTime } from '../format.js';
import { FIELDS, sayValue } from '../fields.js';
import { Empty, Failed, Skeleton } from '../parts/empty.js';

export const KINDS = { created: 'event.created', changed: 'event.changed', deleted: 'event.deleted', login: 'event.login', logout: 'event.logout', refused: 'event.refused' };
export const TYPES = { ticket: 'ticket.one', team: 'team.one', stage: 'stage.one', user: 'user.one', contact: 'contact.one', company: 'company.one',
  calendar: 'calendar.one', leave: 'leave.one', ticket_type: 'settings.types', tag: 'settings.tags', token: 'settings.tokens', message: 'event.message',
  attachment: 'event.attachment', session: 'event.session',
  invitation: 'event.invitation' };
const EMPTY_PAGES = 20;         /* in a row that are read at once: the server looks at a bounded number of events a page */

const say = (type, field, value) => {
  if (type !== 'ticket' || !FIELDS[field]) return Array.isArray(value) || (value && typeof value === 'object') ? JSON.stringify(value) : String(value ?? '—');
  return Array.isArray(value) ? value.map((v) => sayValue(field, v)).join(', ') || t('word.none') : sayValue(field, value);
};

function Change({ type, field, pair }) {
  const label = type === 'ticket' && FIELDS[field] ? t(FIELDS[field].label) : field;
  return html`<li>${label}: <del><bdi>${say(type, field, pair[0])}</bdi></del> <span class="hidden">${t('event.to')}</span><span class="arrow" aria-hidden="true">→</span> <ins><bdi>${say(type, field, pair[1])}</bdi></ins></li>`;
}

function Event({ e, named }) {
  const pairs = Object.entries(e.changes).filter(([, p]) => Array.isArray(p) && p.length === 2 && e.kind === 'changed');
  return html`<tr><td class="e-time">${dateTime(e.time)}</td><th class="e-who" scope="row"><bdi>${e.actor_name || t('event.desk')}</bdi></th>
    <td class="e-what">${t(KINDS[e.kind])}${named && html` · ${TYPES[e.type] ? t(TYPES[e.type]) : e.type} <bdi>${e.id || ''}</bdi>`}</td>
    <td class="e-changes">${pairs.length > 0 && html`<ul class="changes">${pairs.map(([f, p]) => html`<${Change} key=${f} type=${e.type} field=${f} pair=${p} />`)}</ul>`}</td></tr>`;
}

/** path, filter: what is asked; named: each line says which record it is about. */
export function Events({ path, filter = {}, caption, named }) {
  const [items, setItems] = useState(null);
  const [next, setNext] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const read = async (after, before) => {
    setBusy(true);
    try {
      let page = { items: [], next: after };
      for (let n = 0; n < EMPTY_PAGES && !page.items.length && (n === 0 || page.next); n++) {
        page = await api.get(path, { limit: 50, ...filter, after: page.next ?? undefined });
      }
      setItems([...before, ...page.items]);
      setNext(page.next);
      setError(null);
    } catch (e) {
      setError(e);
    }
    setBusy(false);
  };
  const key = JSON.stringify([path, filter]);
  useEffect(() => { setItems(null); read(null, []); }, [key]);
  useEffect(() => { Promise.all(['ticket_type', 'tag'].map(ensure)).catch(() => {}); }, []);
  if (error && !items) return html`<${Failed} text=${sentence(error)} onRetry=${() => read(null, [])} />`;
  if (!items) return html`<${Skeleton} rows=${5} />`;
  if (!items.length && !next) return html`<${Empty} icon="clock" title=${t('event.none')} />`;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label=${caption}><table class="table events"><caption class="hidden">${caption}</caption>
      <thead><tr><th class="e-time" scope="col">${t('event.time')}</th><th class="e-who" scope="col">${t('event.who')}</th><th class="e-what" scope="col">${t('event.what')}</th>
        <th scope="col">${t('event.changes')}</th></tr></thead>
      <tbody>${items.map((e) => html`<${Event} key=${e.seq} e=${e} named=${named} />`)}</tbody></table></div>
    ${error && html`<${Failed} text=${sentence(error)} onRetry=${() => read(next, items)} />`}
    ${next && !error && html`<button type="button" class="btn" disabled=${busy} onClick=${() => read(next, items)}>${t('event.more')}</button>`}`;
}
