/* Tickets by standing filter, team and words. */
import { html, useEffect, useMemo, useRef, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { TicketList } from '../lists.js';
import { isStaff, me, need, rec, stagesOf, peek } from '../store.js';
import { arrive, go, href } from '../router.js';
import { useKeys } from '../keys.js';
import { archive, assign, move, setPriority } from '../actions.js';
import { sentence } from '../errors.js';
import { Icon } from '../parts/icon.js';
import { Row } from '../parts/row.js';
import { Menu } from '../parts/menu.js';
import { Empty, Failed, Skeleton } from '../parts/empty.js';
import { PRIORITIES, priorityName } from '../parts/priority.js';
import { filtersFor } from './filters.js';
import { newTicket } from './shell.js';
import { searchPeople, teamOptions } from './pick.js';

function Bulk({ chosen, clear }) {
  const ids = [...chosen];
  const teams = new Set(ids.map((id) => peek('ticket', id)?.team_id));
  const stages = teams.size === 1 ? stagesOf([...teams][0]) : [];
  const archived = ids.every((id) => peek('ticket', id)?.active === false);
  const run = (what) => { what(); clear(); };
  return html`<div class="bulk" role="toolbar" aria-label=${t('list.selected', { n: ids.length })}>
    <strong>${t('list.selected', { n: ids.length })}</strong>
    <button type="button" class="btn" onClick=${() => run(() => assign(ids, me.value.id))}>${t('ticket.assign_me')}</button>
    <${Menu} className="btn" label=${t('action.assign')} items=${[{ label: t('ticket.unassigned'), run: () => run(() => assign(ids, null)) },
      { line: true }, ...searchPeople('').map((p) => ({ label: p.label, run: () => run(() => assign(ids, p.id)) }))]}>${t('action.assign')} <${Icon} name="down" /></${Menu}>
    ${stages.length > 0 && html`<${Menu} className="btn" label=${t('action.move')}
      items=${stages.map((s) => ({ label: s.name, run: () => run(() => move(ids, s.id)) }))}>${t('action.move')} <${Icon} name="down" /></${Menu}>`}
    <${Menu} className="btn" label=${t('ticket.priority')} items=${PRIORITIES.map((p) => ({ label: priorityName(p), run: () => run(() => setPriority(ids, p)) }))}>
      ${t('ticket.priority')} <${Icon} name="down" /></${Menu}>
    <button type="button" class="btn" onClick=${() => run(() => archive(ids, archived))}>${archived ? t('action.unarchive') : t('action.archive')}</button>
    <button type="button" class="btn btn-icon" aria-label=${t('list.clear')} onClick=${clear}><${Icon} name="close" /></button></div>`;
}

function Table({ list, chosen, select, selectAll, showTeam, caption, staff }) {
  const ids = list.ids.value;
  const end = useRef();
  useEffect(() => {
    if (!end.current) return undefined;
    const watch = new IntersectionObserver((e) => e[0].isIntersecting && list.more().catch(() => {}), { rootMargin: '400px' });
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [list, list.next.value]);
  const allOn = ids.length > 0 && ids.every((id) => chosen.has(id));
  return html`<table class="list"><caption class="hidden">${caption}</caption>
    <thead><tr>${staff && html`<th class="c-check"><label class="hit"><input type="checkbox" checked=${allOn} onChange=${(e) => selectAll(e.target.checked)} />
        <span class="hidden">${t('list.select_all')}</span></label></th>`}
      <th class="c-ref" scope="col">${t('ticket.ref')}</th><th class="c-title" scope="col">${t('ticket.name')}</th>
      <th class="c-priority" scope="col">${t('ticket.priority')}</th><th class="c-customer" scope="col">${t('ticket.customer')}</th>
      ${showTeam && html`<th class="c-team" scope="col">${t('ticket.team')}</th>`}<th class="c-stage" scope="col">${t('ticket.stage')}</th>
      ${staff && html`<th class="c-assignee" scope="col">${t('ticket.assignee')}</th>`}<th class="c-age" scope="col">${t('ticket.age')}</th></tr></thead>
    <tbody>${ids.map((id) => html`<${Row} key=${id} id=${id} selected=${chosen.has(id)} onSelect=${select} showTeam=${showTeam} staff=${staff} />`)}</tbody></table>
    ${list.next.value && html`<div class="more" ref=${end}><button type="button" class="btn" onClick=${list.more}>${t('list.more')}</button></div>`}`;
}

export default function List({ query }) {
  const staff = isStaff.value;
  const filters = filtersFor(staff);
  const name = filters[query.filter] ? query.filter : Object.keys(filters)[0];
  const filter = filters[name];
  const [chosen, setChosen] = useState(new Set());
  const field = useRef(), box = useRef();
  const list = useMemo(() => new TicketList({ ...filter.where(me.peek()), team_id: query.team, partner_id: query.customer, 'name.contains': query.q }),
    [name, query.team, query.q, query.customer]);
  useEffect(() => {
    setChosen(new Set());
    return () => list.close();
  }, [list]);
  const customer = rec('contact', Number(query.customer))?.name;
  useEffect(() => { need('contact', [Number(query.customer)]).catch(() => {}); }, [query.customer]);
  const title = customer ? `${t(filter.label)} · ${customer}` : t(filter.label);
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);

  const links = () => [...box.current.querySelectorAll('a[data-link]')];
  const here = () => links().findIndex((a) => a.closest('tr').contains(document.activeElement));
  const step = (by) => {
    const all = links();
    const to = all[Math.max(0, Math.min(all.length - 1, here() + by))];
    to?.focus();
    to?.scrollIntoView({ block: 'nearest' });
  };
  const current = () => { const a = links()[here()]; return a ? Number(a.dataset.link) : null; };
  const targets = () => (chosen.size ? [...chosen] : [current()].filter(Boolean));
  const select = (id, on) => setChosen((old) => {
    const next = new Set(old);
    on ? next.add(id) : next.delete(id);
    return next;
  });
  const mine = () => { const ids = targets(); return ids.length ? assign(ids, me.value.id) : false; };
  useKeys('list', [
    { keys: ['j', 'ArrowDown'], label: 'keys.next', run: () => step(1) },
    { keys: ['k', 'ArrowUp'], label: 'keys.previous', run: () => step(-1) },
    { keys: ['Enter', 'o'], label: 'keys.enter', run: (e) => { const id = current(); if (!id || e.target.closest('button, a')) return false; go(href(`/tickets/${id}`)); return true; } },
    staff && { keys: ['x'], label: 'keys.select', icon: 'check', run: () => { const id = current(); return id ? select(id, !chosen.has(id)) : false; } },
    staff && { keys: ['m'], label: 'keys.mine', icon: 'person', run: mine },
    { keys: ['Escape'], label: 'keys.clear', run: () => (chosen.size ? setChosen(new Set()) : false) },
    { keys: ['/'], label: 'keys.search', icon: 'search', run: () => field.current?.focus() },
  ].filter(Boolean));
  const find = (e) => {
    e.preventDefault();
    const q = field.current.value.trim();
    const ref = /^#?0*(\d{1,10})$/.exec(q);
    go(ref ? href(`/tickets/${ref[1]}`) : href('/tickets', { filter: name, team: query.team, customer: query.customer, q }), { quiet: !ref });
  };
  const state = list.state.value;
  return html`<div class="view view-list" ref=${box}>
    <header class="head"><h1 tabindex="-1">${title}${list.count.value !== null && html`<span class="head-count">${number(list.count.value)}</span>`}</h1>
      <div class="head-tools"><form class="search" role="search" onSubmit=${find}><${Icon} name="search" />
          <input ref=${field} class="input" type="search" dir="auto" value=${query.q ?? ''} key=${query.q} aria-label=${t('list.search')} placeholder=${t('list.search')} aria-keyshortcuts="/" /></form>
        ${staff && html`<select class="input select" aria-label=${t('ticket.team')} onChange=${(e) => go(href('/tickets', { filter: name, team: e.target.value, customer: query.customer, q: query.q }), { quiet: true })}>
          ${teamOptions(t('list.all_teams')).map((o) => html`<option key=${o.value} value=${o.value} selected=${String(o.value) === (query.team ?? '')}>${o.label}</option>`)}</select>`}
        ${staff && query.team && html`<a class="btn" href=${href(`/board/${query.team}`)}><${Icon} name="board" /> ${t('board.title')}</a>`}</div></header>
    ${state === 'loading' && html`<${Skeleton} rows=${8} />`}
    ${state === 'failed' && html`<${Failed} text=${sentence(list.error)} onRetry=${() => list.load()} />`}
    ${state === 'ready' && !list.ids.value.length && html`<${Empty} icon=${filter.icon} title=${query.q ? t('empty.search') : t(filter.empty)}>
      ${query.q ? html`<a class="btn" href=${href('/tickets', { filter: name, team: query.team })}>${t('list.clear_search')}</a>`
        : staff && html`<button type="button" class="btn btn-primary" onClick=${() => { newTicket.value = {}; }}>${t('ticket.new')}</button>`}</${Empty}>`}
    ${state === 'ready' && list.ids.value.length > 0 && html`<${Table} list=${list} chosen=${chosen} select=${select} showTeam=${staff && !query.team} staff=${staff}
      caption=${rec('team', Number(query.team))?.name ? `${title}: ${rec('team', Number(query.team)).name}` : title}
      selectAll=${(on) => setChosen(new Set(on ? list.ids.peek() : []))} />`}
    ${staff && chosen.size > 0 && html`<${Bulk} chosen=${chosen} clear=${() => setChosen(new Set())} />`}
  </div>`;
}
