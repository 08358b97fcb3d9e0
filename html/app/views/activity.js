/* What is to be done about a ticket. */
import { html, useEffect, useState } from '../html.js';
import { t, explain, day, today } from '../i18n.js';
import { all, changed, ensure, load, me, rec } from '../store.js';
import { api } from '../api.js';
import { toast, Dialog, later } from '../parts/dialog.js';
import { Icon, Menu } from '../parts/basics.js';

/* What is to be done about the ticket: plan, done with feedback or a file, put off, hand over, cancel (ACT-3 .. ACT-7). */

/* What a kind of activity may be marked with. */
export const ICONS = { check: 'icon.check', phone: 'icon.phone', people: 'icon.people', clip: 'icon.clip', mail: 'icon.mail', calendar: 'icon.calendar',
  clock: 'icon.clock', edit: 'icon.edit', eye: 'icon.eye', tools: 'icon.tools', star: 'icon.star', warn: 'icon.warn' };
const USUAL = { phonecall: 'phone', meeting: 'people', upload_file: 'clip' };
/** Of a type; one from elsewhere, without an icon of this set, has that of what it does. */
export const iconOf = (type) => (ICONS[type?.icon] ? type.icon : USUAL[type?.category] ?? 'check');

export const STATES = { overdue: ['tag tag-warn', 'activity.overdue'], today: ['tag tag-hue hue-3', 'activity.today'], planned: ['tag', 'activity.planned'] };
const dialogs = () => import('./activity-dialogs.js');
export const Plan = later(dialogs, 'Plan');
const Change = later(dialogs, 'Change'), Done = later(dialogs, 'Done');

export const readTypes = () => ensure('activity_type').then(() => all('activity_type'));

export async function attempt(run) {
  try {
    return await run();
  } catch (e) {
    toast(explain(e), { bad: true });
    return undefined;
  }
}

/* So many days from today, where the person is. */
function daysAhead(n) {
  const [y, m, d] = today();
  return new Date(Date.UTC(y, m - 1, d + n)).toISOString().slice(0, 10);
}

export const nameOf = (known, a) => [known.find((x) => x.id === a.activity_type_id)?.name, a.summary].filter(Boolean).join(': ');

/** One activity with all that can be done about it; onChange() follows each change, onPlan(types) what its type suggests next. */
export function Activity({ a, known, children, onChange, onPlan }) {
  const [open, setOpen] = useState(null);
  const name = nameOf(known, a), type = known.find((x) => x.id === a.activity_type_id);
  const putOff = async (date_deadline) => {
    const moved = await attempt(() => api.patch(`/activities/${a.id}`, { date_deadline }, a.version));
    onChange();
    if (moved) toast(`${name}: ${day(date_deadline)}`, { undo: () => attempt(() => api.patch(`/activities/${a.id}`, { date_deadline: a.date_deadline }, moved.version)).then((x) => { onChange(); return !!x; }) });
  };
  const cancel = async () => {
    const gone = await attempt(() => api.delete(`/activities/${a.id}`, a.version).then(() => true));
    onChange();
    const { ticket_id, activity_type_id, summary, date_deadline, note, user_id } = a;
    if (gone) toast(t('done.activity_cancelled', { name }), { undo: () => attempt(() => api.post('/activities', { ticket_id, activity_type_id, summary, date_deadline, note, user_id })).then((x) => { onChange(); return !!x; }) });
  };
  const finish = (answer) => {
    setOpen(null);
    onChange();
    if (answer.next) toast(t('activity.next_made', { name: nameOf(known, answer.next) }));
    const next = known.filter((x) => x.active && answer.suggested_type_ids.includes(x.id));
    if (next.length) onPlan(next, a.ticket_id);
  };
  return html`<li class="activity"><span class=${STATES[a.state][0]}>${t(STATES[a.state][1])}</span>
    <${Icon} name=${iconOf(type)} /><span class="activity-what"><bdi>${name}</bdi> <span class="muted"><time datetime=${a.date_deadline}>${day(a.date_deadline)}</time>
      ${a.user_id !== me.value.id && html` · <bdi>${rec('user', a.user_id)?.name ?? ''}</bdi>`}</span>${children}
      ${a.note && html`<span class="activity-note muted" dir="auto">${a.note}</span>`}</span>
    <button type="button" class="btn btn-icon" aria-label=${t('activity.done_of', { name })} title=${t('activity.done')} onClick=${() => setOpen('done')}><${Icon} name="check" /></button>
    <${Menu} label=${t('activity.more', { name })} items=${[
      { label: t('activity.tomorrow'), icon: 'calendar', run: () => putOff(daysAhead(1)) },
      { label: t('activity.next_week'), icon: 'calendar', run: () => putOff(daysAhead(7)) },
      { label: t('activity.change'), icon: 'edit', run: () => setOpen('change') },
      { label: t('activity.cancel'), icon: 'close', danger: true, run: cancel }]} />
    ${open === 'done' && html`<${Done} activity=${a} name=${name} file=${type?.category === 'upload_file'} onClose=${() => setOpen(null)} onDone=${finish} />`}
    ${open === 'change' && html`<${Change} activity=${a} name=${name} onClose=${() => setOpen(null)} onDone=${() => { setOpen(null); onChange(); }} />`}</li>`;
}

/** bare: its heading stands elsewhere. */
export function Activities({ ticket, bare }) {
  const [list, setList] = useState(null);
  const [known, setKnown] = useState([]);
  const [plan, setPlan] = useState(null);
  const read = () => api.join('/activities', { ticket_id: ticket.id, limit: 200 }).then((page) => setList(page.items)).catch(() => {});
  useEffect(() => {
    readTypes().then(setKnown).catch(() => {});
    return changed((type) => { if (type === 'activity') read(); });
  }, [ticket.id]);
  useEffect(() => { read(); }, [ticket.id, ticket.activity_due, ticket.activity_late]);
  const offered = known.filter((x) => x.active);
  return html`<div class="prop prop-wide activities"><div class="prop-head">${!bare && html`<h2>${t('activity.many')}</h2>`}
      <button type="button" class="btn btn-link" aria-haspopup="dialog" disabled=${!offered.length} onClick=${() => setPlan(offered)}><${Icon} name="plus" /> ${t('activity.plan')}</button></div>
    ${list?.length ? html`<ul class="activity-list">${list.map((a) => html`<${Activity} key=${a.id} a=${a} known=${known} onChange=${read} onPlan=${setPlan} />`)}</ul>`
      : list && html`<p class="muted">${t('activity.none')}</p>`}
    ${plan && html`<${Plan} ticketId=${ticket.id} known=${plan} onClose=${() => setPlan(null)} onDone=${() => { setPlan(null); read(); }} />`}</div>`;
}

/* What a clock opens: the same, over a board or a list. */
export function ActivitiesDialog({ id, onClose }) {
  const ticket = rec('ticket', id);
  useEffect(() => { if (!ticket) load('ticket', id).catch(onClose); }, [id]);
  return ticket ? html`<${Dialog} title=${t('activity.of', { ref: ticket.ticket_ref })} onClose=${onClose}><p class="muted" dir="auto">${ticket.name}</p><${Activities} ticket=${ticket} bare /></${Dialog}>` : null;
}
