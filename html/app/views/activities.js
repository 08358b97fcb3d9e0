/* All there is to do: mine, of my teams, or all I may see; the late ones first (ACT-7). */
import { html, useEffect, useState, arrive, go, href } from '../html.js';
import { t, sentence, day } from '../i18n.js';
import { changed, put, stays } from '../store.js';
import { api } from '../api.js';
import { clockOf, Empty, Failed, Icon, Skeleton } from '../parts/basics.js';
import { Activity, attempt, iconOf, readTypes, STATES, Plan } from './activity.js';

const WHOSE = { __proto__: null, mine: ['activity.mine', { user_id: 'me' }], teams: ['activity.teams', { team_id: 'mine' }], all: ['activity.all', { user_id: 'any' }] };
const MODES = { list: 'activity.as_list', grid: 'activity.as_grid' };
const PAGE = 100;

function Choice({ label, value, options, onChange }) {
  return html`<select class="input select" aria-label=${label} onChange=${(e) => onChange(e.target.value)}>
    ${options.map(([v, text]) => html`<option key=${v} value=${v} selected=${v === (value ?? '')}>${text}</option>`)}</select>`;
}

/* A row a ticket, a column a kind. */
function Grid({ items, known, title }) {
  const kinds = known.filter((x) => items.some((a) => a.activity_type_id === x.id));
  const tickets = [...new Map(items.map((a) => [a.ticket_id, a.ticket])).values()].filter(Boolean);
  const cell = (ticket, kind) => items.filter((a) => a.ticket_id === ticket.id && a.activity_type_id === kind.id);
  return html`<div class="table-wrap"><table class="table"><caption class="hidden">${title}</caption>
    <thead><tr><th scope="col">${t('ticket.one')}</th>${kinds.map((k) => html`<th key=${k.id} scope="col"><${Icon} name=${iconOf(k)} /> <bdi>${k.name}</bdi></th>`)}</tr></thead>
    <tbody>${tickets.map((x) => html`<tr key=${x.id}><th scope="row"><a href=${href(`/tickets/${x.id}`)}><span class="ref">${x.ticket_ref}</span> <bdi>${x.name}</bdi></a></th>
      ${kinds.map((k) => html`<td key=${k.id}>${cell(x, k).map((a) => html`<button type="button" key=${a.id} class=${`btn-cell ${STATES[a.state][0]}`} aria-haspopup="dialog"
        onClick=${() => { clockOf.value = x.id; }}>${t(STATES[a.state][1])} · ${day(a.date_deadline)}</button> `)}</td>`)}</tr>`)}</tbody></table></div>`;
}

export default function ActivitiesView({ query }) {
  const [items, setItems] = useState(null);
  const [next, setNext] = useState(null);
  const [known, setKnown] = useState([]);
  const [error, setError] = useState(null);
  const [plan, setPlan] = useState(null);
  const whose = WHOSE[query.of] ? query.of : 'mine', grid = query.as === 'grid', narrowed = !!(query.kind || query.state);
  const asked = { ...WHOSE[whose][1], activity_type_id: query.kind, state: query.state, expand: 'ticket_id', limit: PAGE };
  const take = (page, before = []) => {
    page.items.forEach((a) => a.ticket && put('ticket', a.ticket));
    setError(null);
    setItems([...before, ...page.items]);
    setNext(page.next);
  };
  const read = () => api.get('/activities', asked).then(take, setError);
  const more = () => attempt(() => api.get('/activities', { ...asked, after: next })).then((page) => page && take(page, items));
  useEffect(() => arrive(`${t('activity.many')} · ${t('app.name')}`), []);
  useEffect(() => { readTypes().then(setKnown).catch(() => {}); }, []);
  useEffect(() => {
    let timer = 0;
    setItems(null);
    read();
    const stop = changed((type) => { if (type === 'activity' || type === 'ticket') timer ||= setTimeout(() => { timer = 0; read(); }, 400); });
    return () => { stop(); clearTimeout(timer); };
  }, [whose, query.kind, query.state]);
  const turn = (change) => go(href('/activities', { ...query, ...change }), { replace: true, quiet: true });
  const states = Object.entries(STATES).map(([v, [, label]]) => [v, t(label)]);
  return html`<section class="view view-activities"><header class="head"><h1 tabindex="-1">${t('activity.many')}</h1><div class="head-tools">
      <${Choice} label=${t('activity.whose')} value=${whose} options=${Object.entries(WHOSE).map(([v, [label]]) => [v, t(label)])} onChange=${(of) => turn({ of })} />
      <${Choice} label=${t('activity.type')} value=${query.kind} options=${[['', t('activity.any_type')], ...known.map((x) => [String(x.id), x.name])]} onChange=${(kind) => turn({ kind })} />
      <${Choice} label=${t('activity.state')} value=${query.state} options=${[['', t('activity.any_state')], ...states]} onChange=${(state) => turn({ state })} />
      <${Choice} label=${t('activity.as_list')} value=${grid ? 'grid' : 'list'} options=${Object.entries(MODES).map(([v, label]) => [v, t(label)])} onChange=${(as) => turn({ as })} /></div></header>
    ${error && !stays(items, error) ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !items ? html`<${Skeleton} kind="text" rows=${6} />`
      : !items.length && !next ? html`<${Empty} icon="clock" title=${narrowed ? t('empty.filtered') : t('activity.none')} text=${narrowed ? undefined : t('activity.none_text')}>
          ${narrowed ? html`<button type="button" class="btn" onClick=${() => turn({ kind: undefined, state: undefined })}>${t('list.clear_search')}</button>`
            : html`<a class="btn" href=${href('/tickets', { filter: 'my' })}>${t('filter.my')}</a>`}</${Empty}>`
      : grid ? html`<${Grid} items=${items} known=${known} title=${t('activity.many')} />`
      : html`<ul class="activity-list activity-rows">${items.map((a) => html`<${Activity} key=${a.id} a=${a} known=${known} onChange=${read} onPlan=${(types, ticket) => setPlan({ types, ticket })}>
          ${a.ticket && html`<a class="activity-ticket" href=${href(`/tickets/${a.ticket_id}`)}><span class="ref">${a.ticket.ticket_ref}</span> <bdi>${a.ticket.name}</bdi></a>`}</${Activity}>`)}</ul>`}
    ${next && html`<div class="more"><button type="button" class="btn" onClick=${more}>${t('list.more')}</button></div>`}
    ${plan && html`<${Plan} ticketId=${plan.ticket} known=${plan.types} onClose=${() => setPlan(null)} onDone=${() => { setPlan(null); read(); }} />`}</section>`;
}
