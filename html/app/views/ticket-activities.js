/* What is to be done about the ticket: plan, done with feedback, put off, cancel (ACT-3 .. ACT-7). */
import { html, useEffect, useId, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { changed, isAbout, me, people, rec } from '../store.js';
import { api } from '../api.js';
import { explain } from '../errors.js';
import { day } from '../format.js';
import { toast } from '../parts/toast.js';
import { Icon } from '../parts/icon.js';
import { Dialog } from '../parts/dialog.js';
import { Menu } from '../parts/menu.js';

const STATES = { overdue: ['tag tag-warn', 'activity.overdue'], today: ['tag tag-hue hue-3', 'activity.today'], planned: ['tag', 'activity.planned'] };
let types = null;       /* read once: they change seldom */
const readTypes = () => (types ??= api.all('/activity_types').catch((e) => { types = null; throw e; }));

async function attempt(run) {
  try {
    return await run();
  } catch (e) {
    toast(explain(e), { bad: true });
    return undefined;
  }
}

function Field({ label, children }) {
  const id = useId();
  return html`<div class="field"><label class="label" for=${id}>${label}</label>${children(id)}</div>`;
}

function Plan({ ticketId, known, given = {}, onClose, onDone }) {
  const [value, setValue] = useState({ activity_type_id: known[0]?.id, ...given });
  const set = (name) => (e) => setValue({ ...value, [name]: e.target.value });
  const send = async (e) => {
    e.preventDefault();
    const body = { ticket_id: ticketId, activity_type_id: Number(value.activity_type_id) };
    if (value.summary) body.summary = value.summary;
    if (value.date_deadline) body.date_deadline = value.date_deadline;
    if (value.user_id) body.user_id = Number(value.user_id);
    if (await attempt(() => api.post('/activities', body))) onDone();
  };
  return html`<${Dialog} title=${t('activity.plan')} onClose=${onClose}><form class="form" onSubmit=${send}>
    <${Field} label=${t('activity.type')}>${(id) => html`<select id=${id} class="input select" autofocus onChange=${set('activity_type_id')}>
      ${known.map((x) => html`<option key=${x.id} value=${x.id} selected=${x.id === Number(value.activity_type_id)}>${x.name}</option>`)}</select>`}</${Field}>
    <${Field} label=${t('activity.summary')}>${(id) => html`<input id=${id} class="input" dir="auto" maxlength="250" value=${value.summary ?? ''} onInput=${set('summary')} />`}</${Field}>
    <${Field} label=${t('activity.deadline')}>${(id) => html`<input id=${id} class="input" type="date" value=${value.date_deadline ?? ''} onInput=${set('date_deadline')} />`}</${Field}>
    <${Field} label=${t('ticket.assignee')}>${(id) => html`<select id=${id} class="input select" onChange=${set('user_id')}><option value="">${t('activity.usual_user')}</option>
      ${people().map((u) => html`<option key=${u.id} value=${u.id}>${u.name}</option>`)}</select>`}</${Field}>
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button><button class="btn btn-primary">${t('activity.plan')}</button></div></form></${Dialog}>`;
}

function Done({ activity, name, onClose, onDone }) {
  const [text, setText] = useState('');
  const send = async (e) => {
    e.preventDefault();
    const answer = await attempt(() => api.post(`/activities/${activity.id}/done`, { feedback: text }));
    if (answer) onDone(answer);
  };
  return html`<${Dialog} title=${name} onClose=${onClose}><form class="form" onSubmit=${send}>
    <${Field} label=${t('activity.feedback')}>${(id) => html`<textarea id=${id} class="input" rows="3" dir="auto" maxlength="5000" autofocus onInput=${(e) => setText(e.target.value)}>${text}</textarea>`}</${Field}>
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button><button class="btn btn-primary">${t('activity.done')}</button></div></form></${Dialog}>`;
}

export function Activities({ ticket }) {
  const [list, setList] = useState([]);
  const [known, setKnown] = useState([]);
  const [plan, setPlan] = useState(null);
  const [done, setDone] = useState(null);
  const shown = useRef(list);
  shown.current = list;
  const read = () => api.get('/activities', { ticket_id: ticket.id, limit: 200 }).then((page) => setList(page.items)).catch(() => {});
  useEffect(() => {
    readTypes().then(setKnown).catch(() => {});
    read();
    return changed((type, ids, event) => { if (type === 'activity' && isAbout(event, ticket.id, (n) => shown.current.some((a) => a.id === n))) read(); });
  }, [ticket.id]);
  const nameOf = (a) => [known.find((x) => x.id === a.activity_type_id)?.name, a.summary].filter(Boolean).join(': ');
  const offered = known.filter((x) => x.active);
  const cancel = (a) => attempt(() => api.delete(`/activities/${a.id}`, a.version)).then(read);
  const finish = (answer) => {
    setDone(null);
    read();
    if (answer.suggested_type_ids.length) setPlan({ types: offered.filter((x) => answer.suggested_type_ids.includes(x.id)) });
  };
  return html`<div class="prop prop-wide activities"><div class="prop-head"><h2>${t('activity.many')}</h2>
      <button type="button" class="btn btn-link" aria-haspopup="dialog" disabled=${!offered.length} onClick=${() => setPlan({ types: offered })}><${Icon} name="plus" /> ${t('activity.plan')}</button></div>
    ${list.length ? html`<ul class="activity-list">${list.map((a) => html`<li key=${a.id} class="activity">
      <span class=${STATES[a.state][0]}>${t(STATES[a.state][1])}</span>
      <span class="activity-what"><bdi>${nameOf(a)}</bdi> <span class="muted"><time datetime=${a.date_deadline}>${day(a.date_deadline)}</time>
        ${a.user_id !== me.value.id && html` · <bdi>${rec('user', a.user_id)?.name ?? ''}</bdi>`}</span></span>
      <button type="button" class="btn btn-icon" aria-label=${t('activity.done_of', { name: nameOf(a) })} title=${t('activity.done')} onClick=${() => setDone(a)}><${Icon} name="check" /></button>
      <${Menu} label=${t('activity.more', { name: nameOf(a) })} items=${[{ label: t('activity.cancel'), icon: 'close', danger: true, run: () => cancel(a) }]} /></li>`)}</ul>`
      : html`<p class="muted">${t('activity.none')}</p>`}
    ${plan && html`<${Plan} ticketId=${ticket.id} known=${plan.types} onClose=${() => setPlan(null)} onDone=${() => { setPlan(null); read(); }} />`}
    ${done && html`<${Done} activity=${done} name=${nameOf(done)} onClose=${() => setDone(null)} onDone=${finish} />`}</div>`;
}
