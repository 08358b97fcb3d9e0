/* One time off: whose it is, from when to when; whole days or hours. */
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { all, drop, isAdmin, me, people, put, rec } from '../../store.js';
import { byField, sentence } from '../../errors.js';
import { browserZone, compare, locale } from '../../format.js';
import { addDays, instant, wall } from '../../zone.js';
import { toast } from '../../parts/toast.js';
import { Dialog } from '../../parts/dialog.js';
import { Form } from '../../parts/form.js';

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
      put('leave', leave ? await api.patch(`/leaves/${leave.id}`, body, leave.version) : await api.post('/leaves', body), true);
      toast(t(leave || body.state ? 'done.saved' : 'leave.requested'));
    });
  };
  const remove = () => run(async () => { await api.delete(`/leaves/${leave.id}`); drop('leave', leave.id); });
  return html`<${Dialog} title=${leave ? t('leave.one') : t('leave.new')} onClose=${onClose}>
    <${Form} fields=${fieldsOf(value, leave)} value=${value} errors=${errors} problem=${problem} busy=${busy} onChange=${(n, v) => setValue((old) => ({ ...old, [n]: v, ...(n === 'first' && old.last < v ? { last: v } : {}) }))}
      submit=${leave || isAdmin.value ? t('action.save') : t('leave.request')} onSubmit=${submit} onCancel=${onClose} />
    ${leave && isAdmin.value && html`<p><button type="button" class="btn" disabled=${busy} onClick=${remove}>${t('action.delete')}</button></p>`}</${Dialog}>`;
}
