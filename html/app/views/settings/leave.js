/* Time off: asked for, approved, imported. */
import { html, useState, useId } from '../../html.js';
import { t, byField, sentence, browserZone, compare, locale } from '../../i18n.js';
import { api, query } from '../../api.js';
import { all, drop, isAdmin, me, patchOn, people, put, rec } from '../../store.js';
import { addDays, instant, wall, Month } from './time.js';
import { toast, Dialog } from '../../parts/dialog.js';
import { Form, Field } from '../../parts/form.js';
import { Icon, Empty, Failed, Skeleton } from '../../parts/basics.js';
import { useShort, saveOr } from './edit.js';

/* One time off: whose it is, from when to when; whole days or hours. */

export const STATES = { draft: 'leave.draft', approved: 'leave.approved', refused: 'leave.refused', cancelled: 'leave.cancelled' };

/** Days are days where the person is; for a team or a company, where the reader is. */
export const zoneOf = (l) => rec('user', l.user_id)?.tz || me.value?.tz || browserZone();

export const subjectName = (l) => (l.user_id ? rec('user', l.user_id)?.name ?? '…' : l.team_id ? t('leave.team', { name: rec('team', l.team_id)?.name ?? '…' })
  : t('leave.company', { name: rec('company', l.company_id)?.name ?? '…' }));

const whole = (l, zone) => wall(l.date_from, zone).endsWith('T00:00') && wall(l.date_to, zone).endsWith('T00:00');

/** "3–7 November 2026", with hours where it is not whole days. */
export function span(l) {
  const zone = zoneOf(l), days = whole(l, zone);
  const format = new Intl.DateTimeFormat(locale(), { timeZone: zone, dateStyle: 'medium', ...(days ? {} : { timeStyle: 'short' }) });
  return format.formatRange(new Date(l.date_from), new Date(Date.parse(l.date_to) - (days ? 1 : 0)));
}

function start(leave) {
  if (!leave) {
    const today = wall(new Date().toISOString(), me.value.tz || browserZone()).slice(0, 10);
    return { subject: 'user', user_id: me.value.id, team_id: '', company_id: me.value.company_id, name: '', days: true, first: today, last: today, from: `${today}T09:00`, to: `${today}T12:00`, approved: false };
  }
  const zone = zoneOf(leave), from = wall(leave.date_from, zone), to = wall(leave.date_to, zone), days = whole(leave, zone);
  return { subject: leave.user_id ? 'user' : leave.team_id ? 'team' : 'company', user_id: leave.user_id ?? '', team_id: leave.team_id ?? '', company_id: leave.company_id ?? '', name: leave.name ?? '',
    days, first: from.slice(0, 10), last: days ? addDays(to.slice(0, 10), -1) : to.slice(0, 10), from, to };
}

function bodyOf(v, leave) {
  const subject = { user_id: v.subject === 'user' ? Number(v.user_id) : null, team_id: v.subject === 'team' ? Number(v.team_id) : null, ...(v.subject === 'company' ? { company_id: Number(v.company_id) } : {}) };
  const zone = zoneOf(subject);
  const body = { ...subject, name: v.name, date_from: instant(v.days ? `${v.first}T00:00` : v.from, zone), date_to: instant(v.days ? `${addDays(v.last, 1)}T00:00` : v.to, zone) };
  if (!leave && v.approved && isAdmin.peek()) body.state = 'approved';
  if (leave && !isAdmin.peek()) { delete body.user_id; delete body.team_id; }
  return body;
}

function fieldsOf(v, leave) {
  const companies = all('company').filter((c) => c.active), teams = all('team').filter((x) => x.active);
  const choose = (list) => list.map((x) => ({ value: x.id, label: x.name }));
  return [
    isAdmin.value && { name: 'subject', label: t('leave.for'), kind: 'select', options: [['user', 'leave.for_person'], ['team', 'leave.for_team'], ['company', 'leave.for_company']].map(([value, label]) => ({ value, label: t(label) })) },
    isAdmin.value && v.subject === 'user' && { name: 'user_id', label: t('leave.person'), kind: 'select', required: true, options: choose(people().sort((a, b) => compare(a.name, b.name))) },
    isAdmin.value && v.subject === 'team' && { name: 'team_id', label: t('team.one'), kind: 'select', required: true, options: [{ value: '', label: t('builder.none') }, ...choose(teams)] },
    isAdmin.value && v.subject === 'company' && { name: 'company_id', label: t('company.one'), kind: 'select', options: choose(companies) },
    { name: 'name', label: t('leave.name'), hint: t('leave.name_hint'), max: 200 },
    { name: 'days', label: t('leave.whole_days'), kind: 'check' },
    v.days && { name: 'first', label: t('leave.first'), kind: 'date', required: true },
    v.days && { name: 'last', label: t('leave.last'), kind: 'date', required: true },
    !v.days && { name: 'from', label: t('leave.from'), kind: 'datetime-local', required: true },
    !v.days && { name: 'to', label: t('leave.to'), kind: 'datetime-local', required: true, hint: t('leave.zone', { zone: zoneOf({ user_id: v.subject === 'user' ? Number(v.user_id) : null }).replaceAll('_', ' ') }) },
    !leave && isAdmin.value && { name: 'approved', label: t('leave.approve_now'), kind: 'check' },
  ];
}

/* What the server says about instants belongs to the fields they were typed into. */
const onForm = (errors, v) => Object.fromEntries(Object.entries(errors).map(([k, s]) => [k === 'date_from' ? (v.days ? 'first' : 'from') : k === 'date_to' ? (v.days ? 'last' : 'to') : k, s]));

export function LeaveDialog({ leave, onClose }) {
  const [value, setValue] = useState(() => start(leave));
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const run = async (what) => {
    setBusy(true);
    setProblem('');
    setErrors({});
    try {
      await what();
      onClose();
    } catch (e) {
      setErrors(onForm(byField(e), value));
      setProblem(e.code === 'version_mismatch' ? t('edit.clash_reload') : sentence(e));
      setBusy(false);
    }
  };
  const submit = () => {
    const [a, b, field] = value.days ? [value.first, value.last, 'last'] : [value.from, value.to, 'to'];
    if (!a || !b || (value.days ? a > b : a >= b)) { setErrors({ [field]: t('leave.not_after') }); setProblem(t('error.invalid')); return undefined; }
    return run(async () => {
      const body = bodyOf(value, leave);
      put('leave', leave ? await patchOn('leave', leave, body) : await api.post('/leaves', body), true);
      toast(t(leave || body.state ? 'done.saved' : 'leave.requested'));
    });
  };
  const remove = () => run(async () => { await api.delete(`/leaves/${leave.id}`); drop('leave', leave.id); });
  return html`<${Dialog} title=${leave ? t('leave.one') : t('leave.new')} onClose=${onClose}>
    <${Form} fields=${fieldsOf(value, leave)} value=${value} errors=${errors} problem=${problem} busy=${busy} onChange=${(n, v) => setValue((old) => ({ ...old, [n]: v, ...(n === 'first' && old.last < v ? { last: v } : {}) }))}
      submit=${leave || isAdmin.value ? t('action.save') : t('leave.request')} onSubmit=${submit} onCancel=${onClose} />
    ${leave && isAdmin.value && html`<p><button type="button" class="btn" disabled=${busy} onClick=${remove}>${t('action.delete')}</button></p>`}</${Dialog}>`;
}

/* Time off from a calendar file: what it would do first, then the import; errors by line. */

const MOST = 1_000_000;

function Result({ result, done }) {
  const count = (key, n) => n > 0 && html`<li>${t(key, { n })}</li>`;
  const nothing = !result.created && !result.updated;
  return html`<div class="import-result" role="status"><p><strong>${done ? t('leave.imported') : nothing ? t('leave.import_nothing') : t('leave.import_would')}</strong></p>
    <ul class="import-counts">${count('leave.import_created', result.created)}${count('leave.import_updated', result.updated)}${count('leave.import_unchanged', result.unchanged)}</ul>
    ${result.errors?.length > 0 && html`<h3>${t('leave.import_errors', { n: result.errors.length })}</h3><ul class="import-errors">${result.errors.slice(0, 100).map((e, i) => html`<li key=${i}><span class="bad">${t('leave.import_line', { n: e.line })}</span> ${e.message}</li>`)}</ul>`}</div>`;
}

export function ImportDialog({ onClose }) {
  const id = useId();
  const [whose, setWhose] = useState(`user_id=${me.value.id}`);
  const [text, setText] = useState('');
  const [result, setResult] = useState(null);
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const options = [{ value: `user_id=${me.value.id}`, label: t('leave.import_mine') },
    ...(isAdmin.value ? [...people().filter((u) => u.id !== me.value.id).sort((a, b) => compare(a.name, b.name)).map((u) => ({ value: `user_id=${u.id}`, label: u.name })),
      ...all('team').filter((x) => x.active).map((x) => ({ value: `team_id=${x.id}`, label: t('leave.team', { name: x.name }) })),
      ...all('company').filter((x) => x.active).map((x) => ({ value: `company_id=${x.id}`, label: t('leave.company', { name: x.name }) }))] : [])];
  const run = async (body, subject, dry) => {
    if (!body) return;
    setBusy(true);
    setProblem('');
    try {
      const [name, value] = subject.split('=');
      setResult(await api.upload(`/leaves/import${query({ [name]: value, dry_run: dry ? 1 : undefined })}`, body, 'text/calendar'));
      setDone(!dry);
    } catch (e) {
      setResult(null);
      setProblem(Object.values(byField(e))[0] ?? sentence(e));
    }
    setBusy(false);
  };
  const take = async (file) => {
    setResult(null);
    setDone(false);
    setText('');
    if (!file) return;
    if (file.size > MOST) { setProblem(t('error.too_large')); return; }
    const body = await file.text();
    setText(body);
    run(body, whose, true);
  };
  const useful = result && (result.created > 0 || result.updated > 0);
  return html`<${Dialog} title=${t('leave.import_title')} onClose=${onClose}><p class="muted">${t('leave.import_text')}</p>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${!done && html`<${Field} f=${{ name: 'whose', label: t('leave.import_whose'), kind: 'select', options }} value=${whose} set=${(v) => { setWhose(v); run(text, v, true); }} />
      <div class="field"><label class="label" for=${id}>${t('leave.import_file')}</label><input id=${id} class="input" type="file" accept=".ics,text/calendar" disabled=${busy} onChange=${(e) => take(e.target.files[0])} /></div>`}
    ${result && html`<${Result} result=${result} done=${done} />`}
    <div class="buttons"><button type="button" class=${done ? 'btn btn-primary' : 'btn'} onClick=${onClose}>${done ? t('action.done') : t('action.cancel')}</button>
      ${!done && html`<button type="button" class="btn btn-primary" disabled=${busy || !useful} onClick=${() => run(text, whose, false)}>${t('leave.import')}</button>`}</div></${Dialog}>`;
}

/* Time off: who is away, asked for and decided (ASG-4, ASG-5); days of a team or of everybody; iCalendar in and out. */

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
      ${!shown.length && html`<${Empty} icon="off" title=${leaves.length ? t('leave.none_fit') : t('leave.none')} text=${leaves.length ? undefined : t('leave.none_text')}>
        ${leaves.length ? html`<button type="button" class="btn" onClick=${() => setFilter({ state: '', who: '', when: '' })}>${t('leave.show_all')}</button>`
          : html`<button type="button" class="btn btn-primary" onClick=${() => setOpen({})}>${t('leave.new')}</button>`}</${Empty}>`}
      <ul class="cards-list" aria-label=${title}>${shown.map((l) => html`<${Row} key=${l.id} leave=${l} onOpen=${setOpen} />`)}</ul>`}
    ${open && html`<${LeaveDialog} leave=${open.id ? open : null} onClose=${() => setOpen(null)} />`}
    ${bring && html`<${ImportDialog} onClose=${() => { setBring(false); retry(); }} />`}`;
}
