/* Where one lands: one's own numbers, what comes next, and a card a team; each number opens the list it counts (DSH-1 .. DSH-5). */
import { html, cx, useEffect, useState, arrive, go, href } from '../html.js';
import { age, explain, number, sentence, span, t } from '../i18n.js';
import { api } from '../api.js';
import { all, changed, isAdmin, me, put, rec } from '../store.js';
import { Clock, Empty, Failed, Icon, Menu, Skeleton, Stars, StateMark, priorityName } from '../parts/basics.js';
import { copyText, Dialog } from '../parts/dialog.js';
import { NumberField } from '../parts/form.js';
import { Activity, Plan, readTypes } from './activity.js';

const NEXT = 8, ACTIVITIES = 6, PAUSE = 800;

const tickets = (values) => href('/tickets', values);
const closedSince = (time, more) => tickets({ filter: 'closed', ...more, where: [more?.where, `close_date>=${time}`].filter(Boolean).join(' and ') });

function Tile({ label, n, to, children }) {
  return html`<li class="tile"><a class="tile-link" href=${to}><span class="tile-label">${label}</span>
    <span class=${cx('tile-number', !n && 'tile-zero')}>${number(n)}</span></a><span class="tile-more">${children}</span></li>`;
}

function Mine({ d, onTarget }) {
  const { all: every, high, urgent } = d.mine;
  const { today, week, target } = d.closed;
  const open = (x) => (x.open ? t('home.open_for', { age: span(x.seconds) }) : t('home.nothing_open'));
  const mine = `user_id=${me.value.id}`;
  return html`<ul class="tiles" aria-label=${t('filter.my')}>
    <${Tile} label=${t('filter.my')} n=${every.open} to=${tickets({ filter: 'my' })}>${open(every)}</${Tile}>
    <${Tile} label=${t('home.high')} n=${high.open} to=${tickets({ filter: 'my', where: 'priority=2' })}>${open(high)}</${Tile}>
    <${Tile} label=${priorityName('3')} n=${urgent.open} to=${tickets({ filter: 'my', where: 'priority=3' })}>${open(urgent)}</${Tile}>
    <${Tile} label=${t('home.closed_today')} n=${today} to=${closedSince(d.today_from, { where: mine })}>
      ${target > 0 && html`<meter class="tile-meter" min="0" max=${target} value=${Math.min(today, target)} aria-label=${t('home.target', { target })}></meter>`}
      <button type="button" class="btn btn-link" onClick=${onTarget}>${target ? t('home.target', { target }) : t('home.set_target')}</button></${Tile}>
    <${Tile} label=${t('home.closed_week')} n=${week} to=${closedSince(d.week_from, { where: mine })}>${t('home.a_day', { average: Math.round(week / 0.7) / 10 })}</${Tile}></ul>`;
}

function Next({ ids, open }) {
  return html`<section class="panel" aria-labelledby="home-next"><header class="panel-head"><h2 id="home-next">${t('home.next')}</h2>
      ${open > ids.length && html`<a class="btn btn-link" href=${tickets({ filter: 'my' })}>${t('home.all')}</a>`}</header>
    ${ids.length ? html`<ul class="next">${ids.map((id) => rec('ticket', id)).filter(Boolean).map((x) => html`<li key=${x.id} class="next-row">
        <span class="ref">${x.ticket_ref}</span>
        <a class="next-title" dir="auto" href=${href(`/tickets/${x.id}`)}>${x.name}</a>
        <${StateMark} value=${x.kanban_state} stage=${rec('stage', x.stage_id)} /><${Stars} value=${x.priority} />
        <span class="tag"><bdi>${rec('stage', x.stage_id)?.name}</bdi></span><time class="muted" datetime=${x.create_date}>${age(x.create_date)}</time><${Clock} ticket=${x} /></li>`)}</ul>`
      : html`<p class="panel-none muted">${t('home.next_none')} <a href=${tickets({ filter: 'unassigned' })}>${t('home.take')}</a></p>`}</section>`;
}

/* One's own activities, the late ones first, to be done from here (ACT-7). */
function Activities() {
  const [page, setPage] = useState(null);
  const [known, setKnown] = useState([]);
  const [error, setError] = useState(null);
  const [plan, setPlan] = useState(null);
  const read = () => api.get('/activities', { user_id: 'me', expand: 'ticket_id', limit: ACTIVITIES }).then((x) => {
    x.items.forEach((a) => a.ticket && put('ticket', a.ticket));
    setPage(x);
  }, setError);
  useEffect(() => {
    let timer = 0;
    readTypes().then(setKnown).catch(() => {});
    read();
    const stop = changed((type) => { if (type === 'activity') timer ||= setTimeout(() => { timer = 0; read(); }, 400); });
    return () => { stop(); clearTimeout(timer); };
  }, []);
  return html`<section class="panel" aria-labelledby="home-activities"><header class="panel-head"><h2 id="home-activities">${t('home.activities')}</h2>
      ${page?.next && html`<a class="btn btn-link" href=${href('/activities')}>${t('home.all')}</a>`}</header>
    ${error && !page ? html`<p class="panel-none bad">${sentence(error)}</p>` : !page ? html`<${Skeleton} kind="text" rows=${4} />`
      : page.items.length ? html`<ul class="activity-list activity-rows">${page.items.map((a) => html`<${Activity} key=${a.id} a=${a} known=${known} onChange=${read}
          onPlan=${(types, ticket) => setPlan({ types, ticket })}>
          ${a.ticket && html`<a class="activity-ticket" href=${href(`/tickets/${a.ticket_id}`)}><span class="ref">${a.ticket.ticket_ref}</span> <bdi>${a.ticket.name}</bdi></a>`}</${Activity}>`)}</ul>`
      : html`<p class="panel-none muted">${t('home.activities_none')}</p>`}
    ${plan && html`<${Plan} ticketId=${plan.ticket} known=${plan.types} onClose=${() => setPlan(null)} onDone=${() => { setPlan(null); read(); }} />`}</section>`;
}

function Team({ team, line, week }) {
  const id = team.id;
  const counts = [
    ['filter.unassigned', line.unassigned, tickets({ filter: 'unassigned', team: id })],
    ['priority.urgent', line.urgent, tickets({ filter: 'open', team: id, where: 'priority=3' })],
    (line.waiting > 0 || team.assign_cap > 0) && ['home.waiting', line.waiting, tickets({ filter: 'open', team: id, where: 'waiting=true' })],
    ['home.closed_week', line.closed_week, closedSince(week, { team: id })]].filter(Boolean);
  const items = [
    { label: t('talk.title'), icon: 'mail', run: () => go(href(`/teams/${id}`)) },
    team.use_website_helpdesk_form && team.website_published && { label: t('home.team_form'), icon: 'form', run: () => { location.href = `/support/${team.slug}`; } },
    isAdmin.value && { line: true }, isAdmin.value && { label: t('board.team_settings'), icon: 'settings', run: () => go(href(`/settings/teams/${id}`)) }];
  return html`<li class="team-card"><header class="team-head"><h3><a href=${href(`/board/${id}`)}><span class=${`dot hue-${team.color ?? 0}`}></span><bdi>${team.name}</bdi></a></h3>
      <${Menu} label=${t('home.team_more', { team: team.name })} items=${items} /></header>
    ${team.use_website_helpdesk_form && team.website_published && html`<p class="team-address"><bdi dir="ltr">${`${location.host}/support/${team.slug}`}</bdi>
      <button type="button" class="btn btn-icon" aria-label=${t('home.copy_form', { team: team.name })} title=${t('home.copy_form', { team: team.name })} onClick=${() => copyText(`${location.origin}/support/${team.slug}`)}><${Icon} name="duplicate" /></button></p>`}
    <a class="team-open" href=${tickets({ filter: 'open', team: id })}><span class=${cx('tile-number', !line.open && 'tile-zero')}>${number(line.open)}</span><span>${t('home.open')}</span></a>
    <ul class="team-counts">${counts.map(([label, n, to]) => html`<li key=${label}><a href=${to} class=${cx('team-count', !n && 'team-zero', n > 0 && label === 'priority.urgent' && 'team-urgent')}>
      <span>${t(label)}</span><span class="team-number">${number(n)}</span></a></li>`)}</ul>
    <footer class="team-foot"><a class="btn" href=${href(`/board/${id}`)}><${Icon} name="board" /> ${t('board.title')}</a>
      <a class="btn" href=${tickets({ filter: 'open', team: id })}><${Icon} name="all" /> ${t('board.as_list')}</a></footer></li>`;
}

function Teams({ d }) {
  const lines = new Map(d.teams.map((x) => [x.team_id, x]));
  const teams = all('team').filter((x) => x.active && lines.has(x.id));
  return html`<section class="home-teams" aria-labelledby="home-teams"><h2 id="home-teams">${t('nav.teams')}</h2>
    ${teams.length ? html`<ul class="team-cards">${teams.map((x) => html`<${Team} key=${x.id} team=${x} line=${lines.get(x.id)} week=${d.week_from} />`)}</ul>`
      : html`<${Empty} icon="people" title=${t('home.no_teams')}>${isAdmin.value && html`<a class="btn btn-primary" href=${href('/settings/teams/new')}>${t('team.new')}</a>`}</${Empty}>`}</section>`;
}

/* How many tickets one means to close a day (DSH-3). */
function Target({ value, onClose }) {
  const [n, setN] = useState(value || null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const save = async (e) => {
    e.preventDefault();
    setBusy(true);
    try {
      put('user', await api.patch(`/users/${me.peek().id}`, { helpdesk_target_closed: n ?? 0 }));
      onClose(true);
    } catch (error) {
      setProblem(explain(error));
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${t('home.set_target')} onClose=${() => onClose(false)}><form class="form" onSubmit=${save}>
    <${NumberField} name="target" label=${t('home.target_label')} hint=${t('home.target_hint')} value=${n} min=${0} max=${100000} error=${problem} onChange=${setN} />
    <div class="buttons"><button type="button" class="btn" onClick=${() => onClose(false)}>${t('action.cancel')}</button>
      <button type="submit" class="btn btn-primary" disabled=${busy}>${t('action.save')}</button></div></form></${Dialog}>`;
}

/* The numbers, and the first of one's tickets; read again a moment after something changed. */
function useDashboard() {
  const [d, setD] = useState(null);
  const [error, setError] = useState(null);
  const read = () => Promise.all([api.get('/dashboard'), api.get('/tickets', { user_id: me.peek().id, closed: 'false', active: 'true', limit: NEXT })])
    .then(([numbers, page]) => {
      page.items.forEach((x) => put('ticket', x));
      setD({ ...numbers, next: page.items.map((x) => x.id) });
      setError(null);
    }, setError);
  useEffect(() => {
    let timer = 0;
    read();
    const stop = changed((type) => { if (type === 'ticket' || type === 'team') timer ||= setTimeout(() => { timer = 0; read(); }, PAUSE); });
    return () => { stop(); clearTimeout(timer); };
  }, []);
  return { d, error, read };
}

export default function Dashboard() {
  const { d, error, read } = useDashboard();
  const [target, setTarget] = useState(false);
  useEffect(() => arrive(`${t('home.title')} · ${t('app.name')}`), [t('home.title')]);
  return html`<div class="view view-home"><header class="head"><h1 tabindex="-1">${t('home.title')}</h1></header>
    ${!d && error && html`<${Failed} text=${sentence(error)} onRetry=${read} />`}
    ${!d && !error && html`<${Skeleton} rows=${8} />`}
    ${d && html`<${Mine} d=${d} onTarget=${() => setTarget(true)} />
      <div class="home-two"><${Next} ids=${d.next} open=${d.mine.all.open} /><${Activities} /></div>
      <${Teams} d=${d} />`}
    ${target && html`<${Target} value=${d.closed.target} onClose=${(saved) => { setTarget(false); if (saved) read(); }} />`}
  </div>`;
}
