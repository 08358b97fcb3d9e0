/* Why this assignee: what the automatic assignment saw, in words (GET /tickets/{id}/assignment). */
import { html, useEffect, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { api } from '../api.js';
import { rec } from '../store.js';
import { sentence } from '../errors.js';
import { dateTime } from '../format.js';
import { Dialog } from '../parts/dialog.js';
import { Failed, Skeleton } from '../parts/empty.js';
import { Person } from '../parts/avatar.js';

const METHODS = { balanced: 'why.balanced', randomly: 'why.randomly', tags: 'why.tags', manual: 'why.manual', none: 'why.none' };
const REASONS = { chosen: 'why.chosen', higher_load: 'why.higher_load', tie: 'why.tie', time_off: 'why.time_off', off_hours: 'why.off_hours',
  at_cap: 'why.at_cap', no_tag: 'why.no_tag', not_allowed: 'why.not_allowed' };

function Reasons({ trace }) {
  const counted = trace.method === 'randomly' ? 'why.load_all' : 'why.load_open';
  return html`<p>${t(METHODS[trace.method] ?? METHODS.none)} ${trace.at && html`<span class="muted">(${dateTime(trace.at)})</span>`}</p>
    ${trace.looked_ahead_to && html`<p>${t('why.ahead', { time: dateTime(trace.looked_ahead_to) })}</p>`}
    ${trace.waiting && html`<p>${t('why.waiting')}</p>`}
    ${trace.candidates?.length > 0 && html`<div class="table-wrap"><table class="table"><caption class="hidden">${t('why.title')}</caption>
      <thead><tr><th scope="col">${t('why.member')}</th><th scope="col">${t(counted)}</th><th scope="col">${t('why.reason')}</th></tr></thead>
      <tbody>${trace.candidates.map((c) => html`<tr key=${c.user_id} class=${c.reason === 'chosen' ? 'why-chosen' : undefined}>
        <th scope="row"><${Person} id=${c.user_id} name=${rec('user', c.user_id)?.name ?? `#${c.user_id}`} /></th>
        <td>${c.load === null || c.load === undefined ? '' : number(c.load)}</td><td>${t(REASONS[c.reason] ?? 'why.not_allowed')}</td></tr>`)}</tbody></table></div>`}`;
}

export function Why({ id, onClose }) {
  const [trace, setTrace] = useState(null);
  const [error, setError] = useState(null);
  const read = () => { setError(null); api.get(`/tickets/${id}/assignment`).then(setTrace, setError); };
  useEffect(read, [id]);
  return html`<${Dialog} wide title=${t('why.title')} onClose=${onClose}>
    ${error ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : trace ? html`<${Reasons} trace=${trace} />` : html`<${Skeleton} kind="text" rows=${3} />`}
    <div class="buttons"><button type="button" class="btn btn-primary" autofocus onClick=${onClose}>${t('action.close')}</button></div></${Dialog}>`;
}
