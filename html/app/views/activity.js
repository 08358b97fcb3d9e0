/* What is to be done about a ticket. */
import { html, useEffect, useState, useId } from '../html.js';
import { t, explain, day, today } from '../i18n.js';
import { all, changed, ensure, load, me, rec, people, tell } from '../store.js';
import { api, sendFile } from '../api.js';
import { toast, Dialog } from '../parts/dialog.js';
import { Icon, Menu } from '../parts/basics.js';

/* What is to be done about the ticket: plan, done with feedback or a file, put off, hand over, cancel (ACT-3 .. ACT-7). */

export const STATES = { overdue: ['tag tag-warn', 'activity.overdue'], today: ['tag tag-hue hue-3', 'activity.today'], planned: ['tag', 'activity.planned'] };
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
  const name = nameOf(known, a);
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
    <span class="activity-what"><bdi>${name}</bdi> <span class="muted"><time datetime=${a.date_deadline}>${day(a.date_deadline)}</time>
      ${a.user_id !== me.value.id && html` · <bdi>${rec('user', a.user_id)?.name ?? ''}</bdi>`}</span>${children}
      ${a.note && html`<span class="activity-note muted" dir="auto">${a.note}</span>`}</span>
    <button type="button" class="btn btn-icon" aria-label=${t('activity.done_of', { name })} title=${t('activity.done')} onClick=${() => setOpen('done')}><${Icon} name="check" /></button>
    <${Menu} label=${t('activity.more', { name })} items=${[
      { label: t('activity.tomorrow'), icon: 'calendar', run: () => putOff(daysAhead(1)) },
      { label: t('activity.next_week'), icon: 'calendar', run: () => putOff(daysAhead(7)) },
      { label: t('activity.change'), icon: 'edit', run: () => setOpen('change') },
      { label: t('activity.cancel'), icon: 'close', danger: true, run: cancel }]} />
    ${open === 'done' && html`<${Done} activity=${a} name=${name} file=${known.find((x) => x.id === a.activity_type_id)?.category === 'upload_file'} onClose=${() => setOpen(null)} onDone=${finish} />`}
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

/* Forms of activities: plan one, change it or hand it over, done with feedback or the document it asked for. */

function Field({ label, children }) {
  const id = useId();
  return html`<div class="field"><label class="label" for=${id}>${label}</label>${children(id)}</div>`;
}

/* run answers what onDone gets; nothing when it was refused. */
function Ask({ title, submit, run, onClose, onDone, children }) {
  const [busy, setBusy] = useState(false);
  const send = async (e) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    const answer = await attempt(run);
    if (answer) onDone(answer);
    else setBusy(false);
  };
  return html`<${Dialog} title=${title} onClose=${onClose}><form class="form" onSubmit=${send}>${children}
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button><button class="btn btn-primary" disabled=${busy}>${submit}</button></div></form></${Dialog}>`;
}

function What({ value, set, usual, required }) {
  return html`<${Field} label=${t('activity.summary')}>${(id) => html`<input id=${id} class="input" dir="auto" maxlength="250" value=${value.summary ?? ''} onInput=${set('summary')} />`}</${Field}>
    <${Field} label=${t('activity.deadline')}>${(id) => html`<input id=${id} class="input" type="date" required=${required} value=${value.date_deadline ?? ''} onInput=${set('date_deadline')} />`}</${Field}>
    <${Field} label=${t('ticket.assignee')}>${(id) => html`<select id=${id} class="input select" onChange=${set('user_id')}>${usual && html`<option value="">${t('activity.usual_user')}</option>`}
      ${people().map((u) => html`<option key=${u.id} value=${u.id} selected=${u.id === Number(value.user_id)}>${u.name}</option>`)}</select>`}</${Field}>
    <${Field} label=${t('activity.note')}>${(id) => html`<textarea id=${id} class="input" rows="3" dir="auto" maxlength="5000" onInput=${set('note')}>${value.note ?? ''}</textarea>`}</${Field}>`;
}

export function Plan({ ticketId, known, onClose, onDone }) {
  const [value, setValue] = useState({ activity_type_id: known[0]?.id });
  const set = (name) => (e) => setValue({ ...value, [name]: e.target.value });
  const run = () => api.post('/activities', { ticket_id: ticketId, activity_type_id: Number(value.activity_type_id),
    ...Object.fromEntries(['summary', 'date_deadline', 'note'].filter((k) => value[k]).map((k) => [k, value[k]])), ...(value.user_id ? { user_id: Number(value.user_id) } : {}) });
  return html`<${Ask} title=${t('activity.plan')} submit=${t('activity.plan')} run=${run} onClose=${onClose} onDone=${onDone}>
    <${Field} label=${t('activity.type')}>${(id) => html`<select id=${id} class="input select" autofocus onChange=${set('activity_type_id')}>
      ${known.map((x) => html`<option key=${x.id} value=${x.id} selected=${x.id === Number(value.activity_type_id)}>${x.name}</option>`)}</select>`}</${Field}>
    <${What} value=${value} set=${set} usual /></${Ask}>`;
}

export function Change({ activity, name, onClose, onDone }) {
  const [value, setValue] = useState(activity);
  const set = (key) => (e) => setValue({ ...value, [key]: key === 'user_id' ? Number(e.target.value) : e.target.value });
  const run = () => api.patch(`/activities/${activity.id}`, Object.fromEntries(['summary', 'date_deadline', 'user_id', 'note']
    .filter((k) => (value[k] ?? '') !== (activity[k] ?? '')).map((k) => [k, value[k]])), activity.version);
  return html`<${Ask} title=${t('activity.change_of', { name })} submit=${t('action.save')} run=${run} onClose=${onClose} onDone=${onDone}><${What} value=${value} set=${set} required /></${Ask}>`;
}

/** file: its kind is done by uploading one. */
export function Done({ activity, name, file, onClose, onDone }) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(null);
  const run = async () => {
    if (chosen) {
      await sendFile(chosen, activity.ticket_id);
      tell('attachment', null);
      setChosen(null);         /* should the rest fail, it is not sent twice */
    }
    return api.post(`/activities/${activity.id}/done`, { feedback: [text, chosen?.name].filter(Boolean).join('\n\n') });
  };
  return html`<${Ask} title=${name} submit=${t('activity.done')} run=${run} onClose=${onClose} onDone=${onDone}>
    <p class="muted">${day(activity.date_deadline)}</p>
    ${file && html`<${Field} label=${t('activity.file')}>${(id) => html`<input id=${id} class="input" type="file" required onChange=${(e) => setChosen(e.target.files[0] ?? null)} />`}</${Field}>`}
    <${Field} label=${t('activity.feedback')}>${(id) => html`<textarea id=${id} class="input" rows="3" dir="auto" maxlength="5000" autofocus onInput=${(e) => setText(e.target.value)}>${text}</textarea>`}</${Field}></${Ask}>`;
}
