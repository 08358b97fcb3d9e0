/* Time off: who is away, asked for and decided (ASG-4, ASG-5); days of a team or of everybody; iCalendar in and out. */
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { all, isAdmin, me, rec } from '../../store.js';
import { browserZone } from '../../format.js';
import { sentence } from '../../errors.js';
import { wall } from '../../zone.js';
import { Icon } from '../../parts/icon.js';
import { Empty, Failed, Skeleton } from '../../parts/empty.js';
import { Month } from '../../parts/month.js';
import { useShort } from './short.js';
import { saveOr } from './edit.js';
import { LeaveDialog, span, STATES, subjectName, zoneOf } from './leave.js';
import { ImportDialog } from './leave-import.js';

/* Names of those who are away on a date, by the wall clock of each. */
export const awayOn = (leaves, date) => leaves.filter((l) => {
  const zone = zoneOf(l);
  return wall(l.date_from, zone).slice(0, 10) <= date && wall(new Date(Date.parse(l.date_to) - 1).toISOString(), zone).slice(0, 10) >= date;
});

function Row({ leave, onOpen }) {
  const mine = leave.user_id === me.value.id, admin = isAdmin.value;
  const to = (state) => saveOr('leave', leave, { state });
  const name = subjectName(leave);
  const may = admin || (mine && leave.state === 'draft');
  return html`<li class="leave-row" data-leave=${leave.id}><span class=${`leave-mark leave-${leave.state}`}></span>
    <span class="leave-text"><strong><bdi>${name}</bdi></strong>${leave.name && html`<span dir="auto">${leave.name}</span>`}<span class="muted">${span(leave)}</span></span>
    <span class=${`tag leave-tag leave-tag-${leave.state}`}>${t(STATES[leave.state])}</span>
    <span class="leave-tools">${admin && leave.state === 'draft' && html`<button type="button" class="btn" aria-label=${t('leave.approve_of', { name })} onClick=${() => to('approved')}>${t('leave.approve')}</button>
        <button type="button" class="btn" aria-label=${t('leave.refuse_of', { name })} onClick=${() => to('refused')}>${t('leave.refuse')}</button>`}
      ${(admin || mine) && leave.state === 'approved' && html`<button type="button" class="btn" aria-label=${t('leave.cancel_of', { name })} onClick=${() => to('cancelled')}>${t('leave.cancel')}</button>`}
      ${mine && !admin && leave.state === 'draft' && html`<button type="button" class="btn" aria-label=${t('leave.cancel_of', { name })} onClick=${() => to('cancelled')}>${t('leave.cancel')}</button>`}
      ${may && html`<button type="button" class="btn btn-icon" aria-label=${t('edit.edit', { name })} title=${t('action.edit')} onClick=${() => onOpen(leave)}><${Icon} name="edit" /></button>`}</span></li>`;
}

function Filters({ filter, set, leaves }) {
  const people = [...new Set(leaves.map((l) => l.user_id).filter(Boolean))].map((id) => rec('user', id)).filter(Boolean);
  const choose = (name, label, options) => html`<select class="input select" aria-label=${label} onChange=${(e) => set({ ...filter, [name]: e.target.value })}>
    ${options.map(([v, text]) => html`<option key=${v} value=${v} selected=${v === filter[name]}>${text}</option>`)}</select>`;
  return html`<div class="leave-filters">${choose('state', t('leave.state'), [['', t('leave.any_state')], ...Object.entries(STATES).map(([v, l]) => [v, t(l)])])}
    ${(isAdmin.value || people.length > 1) && choose('who', t('leave.who'), [['', t('leave.everybody')], ['me', t('leave.only_mine')], ['team', t('leave.of_teams')], ['company', t('leave.of_company')], ...people.map((u) => [String(u.id), u.name])])}
    ${choose('when', t('leave.when'), [['now', t('leave.from_now')], ['', t('leave.any_time')]])}</div>`;
}

const fits = (l, f) => (!f.state || l.state === f.state) && (f.when !== 'now' || Date.parse(l.date_to) > Date.now())
  && (!f.who || (f.who === 'me' ? l.user_id === me.value.id : f.who === 'team' ? !!l.team_id : f.who === 'company' ? !l.team_id && !l.user_id : String(l.user_id) === f.who));

export function TimeOff({ title }) {
  const { state, error, retry } = useShort('leave');
  const today = wall(new Date().toISOString(), me.value.tz || browserZone()).slice(0, 10);
  const [month, setMonth] = useState(today);
  const [filter, setFilter] = useState({ state: '', who: '', when: 'now' });
  const [open, setOpen] = useState(null);
  const [bring, setBring] = useState(false);
  const leaves = all('leave').sort((a, b) => a.date_from.localeCompare(b.date_from) || a.id - b.id);
  const counted = leaves.filter((l) => ['approved', 'draft'].includes(l.state));
  const shown = leaves.filter((l) => fits(l, filter));
  const items = (date) => awayOn(counted, date).map((l) => ({ id: l.id, label: subjectName(l), className: `leave-${l.state}`, title: [l.name, t(STATES[l.state])].filter(Boolean).join(' · ') }));
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      <a class="btn" href=${api.url('/leaves/ical', isAdmin.value ? { company_id: me.value.company_id } : { user_id: me.value.id })} download="time-off.ics"><${Icon} name="download" /> ${t('leave.export')}</a>
      <button type="button" class="btn" onClick=${() => setBring(true)}><${Icon} name="upload" /> ${t('leave.import')}</button>
      <button type="button" class="btn btn-primary" onClick=${() => setOpen({})}><${Icon} name="plus" /> ${t('leave.new')}</button></div></header>
    <p class="muted lead">${t('leave.text')}</p>
    ${state === 'failed' && html`<${Failed} text=${sentence(error)} onRetry=${retry} />`}
    ${state === 'loading' && html`<${Skeleton} rows=${5} />`}
    ${state === 'ready' && html`<${Month} date=${month} today=${today} onMove=${setMonth} items=${items} label=${t('leave.who_is_off')} />
      <${Filters} filter=${filter} set=${setFilter} leaves=${leaves} />
      ${!shown.length && html`<${Empty} icon="off" title=${leaves.length ? t('leave.none_fit') : t('leave.none')} text=${leaves.length ? undefined : t('leave.none_text')} />`}
      <ul class="cards-list" aria-label=${title}>${shown.map((l) => html`<${Row} key=${l.id} leave=${l} onOpen=${setOpen} />`)}</ul>`}
    ${open && html`<${LeaveDialog} leave=${open.id ? open : null} onClose=${() => setOpen(null)} />`}
    ${bring && html`<${ImportDialog} onClose=${() => { setBring(false); retry(); }} />`}`;
}
