/* What a ticket shows when it is asked: why this assignee, its history, the editor. */
import { html, useEffect, useState, guardLeave, draft, href } from '../html.js';
import { t, explain, sentence, dateTime, number, byField } from '../i18n.js';
import { api } from '../api.js';
import { ensure, rec, load, put, tell, PLURAL } from '../store.js';
import { FIELDS, madeUndoable, sayValue } from '../tickets.js';
import { Empty, Failed, Skeleton, Person } from '../parts/basics.js';
import { Dialog, toast } from '../parts/dialog.js';
import { Form, Conflict } from '../parts/form.js';

/* Events of the log in a table, page by page: the audit and a ticket's history. */

export const KINDS = { created: 'event.created', changed: 'event.changed', deleted: 'event.deleted', login: 'event.login', logout: 'event.logout', refused: 'event.refused' };
export const TYPES = { ticket: 'ticket.one', team: 'team.one', stage: 'stage.one', user: 'user.one', contact: 'contact.one', company: 'company.one',
  calendar: 'calendar.one', leave: 'leave.one', ticket_type: 'prop.type', tag: 'prop.tag', token: 'settings.tokens', message: 'event.message',
  attachment: 'event.attachment', session: 'event.session',
  invitation: 'event.invitation', activity: 'activity.one', activity_type: 'activity.type', canned_response: 'settings.canned', follower: 'event.follower', mail: 'event.mail', view: 'view.one' };
const EMPTY_PAGES = 20;         /* in a row that are read at once: the server looks at a bounded number of events a page */

/* Fields of other records than tickets, where people have a word for them. */
const WORDS = { active: 'record.active', name: 'contact.name', email: 'user.email', phone: 'contact.phone', login: 'user.login', role: 'user.role', lang: 'menu.language', tz: 'user.tz',
  company_id: 'company.one', company_ids: 'company.many', resource_calendar_id: 'team.calendar', description: 'team.description', color: 'ticket.color', body: 'canned.body',
  privacy_visibility: 'team.visibility', message_partner_ids: 'team.followers', member_ids: 'team.members', auto_assignment: 'team.auto', assign_method: 'team.method',
  assign_cap: 'team.cap', website_published: 'team.published', slug: 'team.slug', form_fields: 'team.part_form', ticket_properties: 'team.part_properties',
  hours: 'calendar.hours', state: 'record.status', user_id: 'user.one', team_id: 'team.one', team_ids: 'settings.teams' };
const REFS = { company_id: 'company', company_ids: 'company', team_id: 'team', team_ids: 'team', user_id: 'user', member_ids: 'user', message_partner_ids: 'contact', resource_calendar_id: 'calendar' };
const labelOf = (type, field) => (type === 'ticket' && FIELDS[field]?.label) || WORDS[field];

/* A record by its name where it is at hand, by its number otherwise. */
function About({ e }) {
  const name = PLURAL[e.type] && rec(e.type, e.id)?.name, what = TYPES[e.type] ? t(TYPES[e.type]) : e.type;
  if (!e.id) return what;
  const words = html`<bdi>${name ?? e.id}</bdi>`;
  return html`${what} ${e.type === 'ticket' && e.kind !== 'deleted' ? html`<a href=${href(`/tickets/${e.id}`)}>${words}</a>` : words}`;
}

const say = (type, field, value) => {
  if (type !== 'ticket' && REFS[field]) return [value].flat().filter(Boolean).map((id) => rec(REFS[field], id)?.name ?? id).join(', ') || t('word.none');
  if (typeof value === 'boolean') return t(value ? 'edit.yes' : 'edit.no');
  if (type !== 'ticket' || !FIELDS[field]) return Array.isArray(value) || (value && typeof value === 'object') ? JSON.stringify(value) : String(value ?? '—');
  return Array.isArray(value) ? value.map((v) => sayValue(field, v)).join(', ') || t('word.none') : sayValue(field, value);
};

function Change({ type, field, pair }) {
  const label = labelOf(type, field) ? t(labelOf(type, field)) : field;
  return html`<li>${label}: <del><bdi>${say(type, field, pair[0])}</bdi></del> <span class="hidden">${t('event.to')}</span><span class="arrow" aria-hidden="true">→</span> <ins><bdi>${say(type, field, pair[1])}</bdi></ins></li>`;
}

function Event({ e, named }) {
  const pairs = Object.entries(e.changes).filter(([, p]) => Array.isArray(p) && p.length === 2 && e.kind === 'changed');
  return html`<tr><td class="e-time">${dateTime(e.time)}</td><th class="e-who" scope="row"><bdi>${e.actor_name || t('event.desk')}</bdi></th>
    <td class="e-what">${t(KINDS[e.kind])}${named && html` · <${About} e=${e} />`}</td>
    <td class="e-changes">${pairs.length > 0 && html`<ul class="changes">${pairs.map(([f, p]) => html`<${Change} key=${f} type=${e.type} field=${f} pair=${p} />`)}</ul>`}</td></tr>`;
}

/** path, filter: what is asked; named: each line says which record it is about. */
export function Events({ path, filter = {}, caption, named }) {
  const [items, setItems] = useState(null);
  const [next, setNext] = useState(null);
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const read = async (after, before) => {
    setBusy(true);
    try {
      let page = { items: [], next: after };
      for (let n = 0; n < EMPTY_PAGES && !page.items.length && (n === 0 || page.next); n++) {
        page = await api.get(path, { limit: 50, ...filter, after: page.next ?? undefined });
      }
      setItems([...before, ...page.items]);
      setNext(page.next);
      setError(null);
    } catch (e) {
      setError(e);
    }
    setBusy(false);
  };
  const key = JSON.stringify([path, filter]);
  useEffect(() => { setItems(null); read(null, []); }, [key]);
  useEffect(() => { Promise.all(['ticket_type', 'tag'].map(ensure)).catch(() => {}); }, []);
  if (error && !items) return html`<${Failed} text=${sentence(error)} onRetry=${() => read(null, [])} />`;
  if (!items) return html`<${Skeleton} rows=${5} />`;
  if (!items.length && !next) return html`<${Empty} icon="clock" title=${t('event.none')} />`;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label=${caption}><table class="table events"><caption class="hidden">${caption}</caption>
      <thead><tr><th class="e-time" scope="col">${t('event.time')}</th><th class="e-who" scope="col">${t('event.who')}</th><th class="e-what" scope="col">${t('event.what')}</th>
        <th scope="col">${t('event.changes')}</th></tr></thead>
      <tbody>${items.map((e) => html`<${Event} key=${e.seq} e=${e} named=${named} />`)}</tbody></table></div>
    ${error && html`<${Failed} text=${sentence(error)} onRetry=${() => read(next, items)} />`}
    ${next && !error && html`<button type="button" class="btn" disabled=${busy} onClick=${() => read(next, items)}>${t('event.more')}</button>`}`;
}

/* What happened to a ticket, newest first (GET /tickets/{id}/history). */

export function History({ id, onClose }) {
  return html`<${Dialog} wide title=${t('history.title')} onClose=${onClose}>
    <${Events} path=${`/tickets/${id}/history`} caption=${t('history.title')} />
    <div class="buttons"><button type="button" class="btn btn-primary" autofocus onClick=${onClose}>${t('action.close')}</button></div></${Dialog}>`;
}

/* What stood in a message before it was edited, the newest text first (CHT-7). */

export function Earlier({ message, onClose }) {
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  const read = () => api.get(`/messages/${message.id}/history`).then((page) => { setList(page.items); setError(null); }, setError);
  useEffect(() => { read(); }, [message.version]);
  const texts = [...(list ?? []), { date: message.edit_date, user_id: message.edit_uid, body: message.body }].reverse();
  return html`<${Dialog} wide title=${t('talk.history')} onClose=${onClose}>
    ${error ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !list ? html`<${Skeleton} kind="text" rows=${3} />`
      : html`<ol class="earlier" reversed>${texts.map((x, i) => html`<li key=${texts.length - i}>
        <p class="talk-head"><b><bdi>${rec('user', x.user_id)?.name ?? message.author_name ?? t('talk.desk')}</bdi></b>
          <time datetime=${x.date}>${dateTime(x.date)}</time>${i === 0 && html`<span class="tag">${t('talk.now')}</span>`}</p>
        <p class="rich-plain" dir="auto">${x.body}</p></li>`)}</ol>`}</${Dialog}>`;
}

/* One's own message, edited where it stands (CHT-7). */

export function EditMessage({ message, onDone }) {
  const [body, setBody] = useState(message.body);
  const [busy, setBusy] = useState(false);
  const same = body === message.body;
  const may = !busy && !same && (body.trim() || message.attachment_ids.length > 0);
  const save = async (e) => {
    e.preventDefault();
    if (!may) return;
    setBusy(true);
    try {
      onDone(await api.patch(`/messages/${message.id}`, { body }, message.version));
    } catch (problem) {
      toast(explain(problem), { bad: true });
      setBusy(false);
    }
  };
  const key = (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) save(e);
    if (e.key === 'Escape' && same && !e.isComposing) onDone(null);
  };
  return html`<form class="compose" onSubmit=${save}>
    <textarea class="input" dir="auto" rows="6" maxlength="60000" aria-label=${t('action.edit')} aria-keyshortcuts="Control+Enter" value=${body} autofocus
      ref=${(box) => { if (box && !box.dataset.seen) { box.dataset.seen = '1'; box.focus(); } }} onInput=${(e) => setBody(e.target.value)} onKeyDown=${key}></textarea>
    <div class="compose-foot"><button type="button" class="btn" onClick=${() => onDone(null)}>${t('action.cancel')}</button>
      <button type="submit" class="btn btn-primary" disabled=${!may}>${t('action.save')}</button></div></form>`;
}

/* Why this assignee: what the automatic assignment saw, in words (GET /tickets/{id}/assignment). */

const METHODS = { balanced: 'why.balanced', randomly: 'why.randomly', tags: 'why.tags', manual: 'why.manual', none: 'why.none' };
const REASONS = { chosen: 'why.chosen', higher_load: 'why.higher_load', tie: 'why.tie', time_off: 'why.time_off', off_hours: 'why.off_hours',
  at_cap: 'why.at_cap', no_tag: 'why.no_tag', not_allowed: 'why.not_allowed' };

function Reasons({ trace }) {
  const counted = trace.method === 'randomly' ? 'why.load_all' : 'why.load_open';
  return html`<p>${t(METHODS[trace.method] ?? METHODS.none)} ${trace.at && html`<span class="muted">(${dateTime(trace.at)})</span>`}</p>
    ${trace.looked_ahead_to && html`<p>${t('why.ahead', { time: dateTime(trace.looked_ahead_to) })}</p>`}
    ${trace.waiting && html`<p>${t('why.waiting')}</p>`}
    ${trace.candidates?.length > 0 && html`<div class="table-wrap"><table class="table"><caption class="hidden">${t('why.title')}</caption>
      <thead><tr><th scope="col">${t('why.member')}</th><th scope="col">${t(counted)}</th><th scope="col">${t('why.reason')}</th></tr></thead>
      <tbody>${trace.candidates.map((c) => html`<tr key=${c.user_id} class=${c.reason === 'chosen' ? 'why-chosen' : undefined}>
        <th scope="row"><${Person} id=${c.user_id} name=${rec('user', c.user_id)?.name ?? `#${c.user_id}`} /></th>
        <td>${c.load === null || c.load === undefined ? '' : number(c.load)}</td><td>${t(REASONS[c.reason] ?? 'why.not_allowed')}</td></tr>`)}</tbody></table></div>`}`;
}

export function Why({ id, onClose }) {
  const [trace, setTrace] = useState(null);
  const [error, setError] = useState(null);
  const read = () => { setError(null); api.get(`/tickets/${id}/assignment`).then(setTrace, setError); };
  useEffect(read, [id]);
  return html`<${Dialog} wide title=${t('why.title')} onClose=${onClose}>
    ${error ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : trace ? html`<${Reasons} trace=${trace} />` : html`<${Skeleton} kind="text" rows=${3} />`}
    <div class="buttons"><button type="button" class="btn btn-primary" autofocus onClick=${onClose}>${t('action.close')}</button></div></${Dialog}>`;
}

/* Title, text and the customer's data, edited together; what somebody else saved meanwhile is shown beside one's own. */

const EDITED = ['name', 'description', 'partner_name', 'partner_email', 'partner_phone', 'email_cc'];
const LABELS = { name: 'ticket.name', description: 'ticket.description', partner_name: 'ticket.customer_name',
  partner_email: 'ticket.email', partner_phone: 'ticket.phone', email_cc: 'ticket.cc' };
const pickEdited = (r) => Object.fromEntries(EDITED.map((k) => [k, r[k] ?? '']));

export function Editor({ ticket, onDone }) {
  const key = `ticket.${ticket.id}`;
  const [base] = useState(() => draft.get(key)?.base ?? { ...pickEdited(ticket), version: ticket.version });
  const [value, setValue] = useState(() => draft.get(key)?.value ?? pickEdited(ticket));
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [clash, setClash] = useState(null);
  const dirty = () => EDITED.some((k) => value[k] !== base[k]);
  useEffect(() => {
    const ask = () => !dirty() || confirm(t('ticket.leave'));
    ask.dirty = dirty;
    return guardLeave(ask);
  });
  const set = (name, v) => {
    const next = { ...value, [name]: v };
    setValue(next);
    draft.set(key, { base, value: next });
  };
  const finish = () => { draft.set(key, null); onDone(); };
  const save = async (values = value, version = base.version, from = base) => {
    const patch = Object.fromEntries(EDITED.filter((k) => values[k] !== from[k]).map((k) => [k, values[k]]));
    if (!Object.keys(patch).length) return finish();
    setBusy(true);
    setProblem('');
    try {
      put('ticket', await api.patch(`/tickets/${ticket.id}`, patch, version), true);
      tell('ticket', [ticket.id]);
      madeUndoable(t('done.saved'), ticket.id, Object.fromEntries(Object.keys(patch).map((k) => [k, from[k]])));
      finish();
    } catch (e) {
      if (e.code === 'version_mismatch') {
        const fresh = await load('ticket', ticket.id).catch(() => null);
        const theirs = fresh && pickEdited(fresh);
        if (theirs) return meet(values, from, fresh, theirs);
        setProblem(sentence(e));
      } else {
        setErrors(byField(e));
        setProblem(sentence(e));
      }
      setBusy(false);
    }
  };
  /* What only one of the two has changed is nobody's loss; about the rest the person is asked. */
  const meet = (values, from, fresh, theirs) => {
    const mine = EDITED.filter((k) => values[k] !== from[k]);
    const rows = mine.filter((k) => theirs[k] !== from[k] && theirs[k] !== values[k]).map((k) => ({ name: k, label: t(LABELS[k]), mine: values[k], theirs: theirs[k] }));
    const merged = { ...theirs, ...Object.fromEntries(mine.map((k) => [k, values[k]])) };
    if (!rows.length) return save(merged, fresh.version, theirs);
    setClash({ rows, fresh, theirs, merged });
    return setBusy(false);
  };
  const settle = (choice) => {
    const merged = { ...clash.merged };
    for (const [k, side] of Object.entries(choice)) if (side === 'theirs') merged[k] = clash.theirs[k];
    setValue(merged);
    setClash(null);
    save(merged, clash.fresh.version, clash.theirs);
  };
  const fields = [
    { name: 'name', label: t('ticket.name'), required: true, max: 250, autofocus: true },
    { name: 'description', label: t('ticket.description'), kind: 'area', rows: 12 },
    { name: 'partner_name', label: t('ticket.customer_name') },
    { name: 'partner_email', label: t('ticket.email'), kind: 'email', ltr: true },
    { name: 'partner_phone', label: t('ticket.phone'), kind: 'tel', ltr: true },
    { name: 'email_cc', label: t('ticket.cc'), hint: t('ticket.cc_hint'), ltr: true, max: 2000 },
  ];
  return html`<${Form} fields=${fields} value=${value} onChange=${set} errors=${errors} problem=${problem} busy=${busy}
      onSubmit=${() => save()} onCancel=${() => (!dirty() || confirm(t('ticket.leave'))) && finish()} />
    ${clash && html`<${Conflict} rows=${clash.rows} who=${rec('user', clash.fresh.write_uid)?.name} onSave=${settle} onClose=${() => setClash(null)} />`}`;
}
