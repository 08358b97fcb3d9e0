/* Dialogs of activities. */
import { html, useId, useState } from '../html.js';
import { day, t } from '../i18n.js';
import { people, tell } from '../store.js';
import { api } from '../api.js';
import { sendFile } from '../tickets.js';
import { Dialog } from '../parts/dialog.js';
import { attempt } from './activity.js';

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
