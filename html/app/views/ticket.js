/* One ticket: what it is about, where it stands, who follows it. */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { isStaff, load, me, need, put, rec, stagesOf, tell } from '../store.js';
import { arrive, back, guardLeave, href } from '../router.js';
import { useKeys } from '../keys.js';
import { archive, assign, change, move, setPriority } from '../actions.js';
import { sentence, byField } from '../errors.js';
import { dateTime } from '../format.js';
import { draft } from '../prefs.js';
import { toast } from '../parts/toast.js';
import { Icon } from '../parts/icon.js';
import { Menu } from '../parts/menu.js';
import { Form } from '../parts/form.js';
import { Chips } from '../parts/chips.js';
import { Combobox } from '../parts/combobox.js';
import { Conflict } from '../parts/conflict.js';
import { Stepper } from '../parts/stepper.js';
import { Failed, Skeleton } from '../parts/empty.js';
import { PriorityPicker } from '../parts/priority.js';
import { StatePicker } from '../parts/state.js';
import { itemsOf, searchContacts, searchPeople, teamOptions } from './pick.js';

const EDITED = ['name', 'description', 'partner_name', 'partner_email', 'partner_phone'];
const LABELS = { name: 'ticket.name', description: 'ticket.description', partner_name: 'ticket.customer_name',
  partner_email: 'ticket.email', partner_phone: 'ticket.phone' };
const pickEdited = (r) => Object.fromEntries(EDITED.map((k) => [k, r[k] ?? '']));

function Editor({ ticket, onDone }) {
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
      toast(t('done.saved'));
      finish();
    } catch (e) {
      if (e.code === 'version_mismatch') {
        const fresh = await load('ticket', ticket.id).catch(() => null);
        const theirs = fresh && pickEdited(fresh);
        const rows = theirs && EDITED.filter((k) => values[k] !== theirs[k])
          .map((k) => ({ name: k, label: t(LABELS[k]), mine: values[k], theirs: theirs[k] }));
        if (rows?.length) setClash({ rows, fresh, theirs });
        else finish();
      } else {
        setErrors(byField(e));
        setProblem(sentence(e));
      }
      setBusy(false);
    }
  };
  const settle = (choice) => {
    const merged = { ...clash.theirs };
    for (const [k, side] of Object.entries(choice)) if (side === 'mine') merged[k] = value[k];
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
  ];
  return html`<${Form} fields=${fields} value=${value} onChange=${set} errors=${errors} problem=${problem} busy=${busy}
      onSubmit=${() => save()} onCancel=${() => (!dirty() || confirm(t('ticket.leave'))) && finish()} />
    ${clash && html`<${Conflict} rows=${clash.rows} who=${rec('user', clash.fresh.write_uid)?.name} onSave=${settle} onClose=${() => setClash(null)} />`}`;
}

function Followers({ ticket }) {
  const ids = ticket.message_partner_ids ?? [];
  useEffect(() => { need('contact', ids).catch(() => {}); }, [ids.join()]);
  const send = async (verb, contactId) => {
    try {
      put('ticket', await api[verb](`/tickets/${ticket.id}/followers/${contactId}`), true);
    } catch (e) {
      toast(sentence(e), { bad: true });
    }
  };
  const own = me.value.partner_id;
  const follows = ids.includes(own);
  return html`<div class="prop prop-wide"><div class="prop-head"><h2>${t('ticket.followers')}</h2>
      ${own && html`<button type="button" class="btn btn-link" onClick=${() => send(follows ? 'delete' : 'put', own)}>
        ${follows ? t('ticket.unfollow') : t('ticket.follow')}</button>`}</div>
    <${Chips} items=${itemsOf('contact')(ids)} label=${t('ticket.add_follower')} placeholder=${t('ticket.add_follower')} search=${searchContacts}
      onAdd=${(o) => send('put', o.id)} onRemove=${(o) => send('delete', o.id)} /></div>`;
}

const Prop = ({ label, children }) => html`<div class="prop"><span class="prop-label">${label}</span><div class="prop-value">${children}</div></div>`;

function Side({ ticket, picker }) {
  const id = ticket.id;
  const user = rec('user', ticket.user_id);
  const whom = (words) => [...(!words && user ? [{ id: null, label: t('ticket.unassigned') }] : []), ...searchPeople(words, ticket.company_id)];
  const customer = (o) => change([id], { partner_id: o?.id ?? null }, t('done.saved'));
  const team = (e) => change([id], { team_id: Number(e.target.value) }, t('done.saved'));
  const time = (iso) => html`<time datetime=${iso}>${dateTime(iso)}</time>`;
  return html`<aside class="side" aria-label=${t('ticket.details')}>
    <${Prop} label=${t('ticket.assignee')}><div ref=${picker}><${Combobox} label=${t('ticket.assignee')} value=${user?.name ?? ''}
      placeholder=${t('ticket.unassigned')} search=${whom} onChoose=${(o) => assign([id], o?.id ?? null)} /></div>
      ${ticket.user_id !== me.value.id && html`<button type="button" class="btn btn-link" aria-keyshortcuts="m" onClick=${() => assign([id], me.value.id)}>${t('ticket.assign_me')}</button>`}</${Prop}>
    <${Prop} label=${t('ticket.priority')}><${PriorityPicker} value=${ticket.priority} label=${t('ticket.priority')} onChange=${(p) => setPriority([id], p)} /></${Prop}>
    <${Prop} label=${t('ticket.state')}><${StatePicker} value=${ticket.kanban_state} onChange=${(s) => change([id], { kanban_state: s })} /></${Prop}>
    <${Prop} label=${t('ticket.team')}><select class="input select" aria-label=${t('ticket.team')} onChange=${team}>
      ${teamOptions().map((o) => html`<option key=${o.value} value=${o.value} selected=${o.value === ticket.team_id}>${o.label}</option>`)}</select></${Prop}>
    <${Prop} label=${t('ticket.customer')}><${Combobox} label=${t('ticket.customer')} value=${rec('contact', ticket.partner_id)?.name ?? ticket.partner_name ?? ''}
      placeholder=${t('ticket.no_customer')} search=${searchContacts} onChoose=${customer} />
      ${ticket.partner_email && html`<a class="contact-line" href=${`mailto:${encodeURIComponent(ticket.partner_email).replace('%40', '@')}`}><${Icon} name="mail" /><bdi>${ticket.partner_email}</bdi></a>`}
      ${ticket.partner_phone && html`<a class="contact-line" href=${`tel:${ticket.partner_phone.replace(/[^+\d]/g, '')}`}><${Icon} name="phone" /><bdi dir="ltr">${ticket.partner_phone}</bdi></a>`}</${Prop}>
    <${Followers} ticket=${ticket} />
    <dl class="facts"><dt>${t('ticket.created')}</dt><dd>${time(ticket.create_date)}</dd>
      ${ticket.assign_date && html`<dt>${t('ticket.assigned_on')}</dt><dd>${time(ticket.assign_date)}</dd>`}
      ${ticket.close_date && html`<dt>${t('ticket.closed_on')}</dt><dd>${time(ticket.close_date)}</dd>`}
      <dt>${t('ticket.changed')}</dt><dd>${time(ticket.write_date)}</dd></dl></aside>`;
}

/* For who may read the ticket and no more. */
function Facts({ ticket }) {
  const line = (label, value) => value && html`<dt>${label}</dt><dd><bdi>${value}</bdi></dd>`;
  return html`<aside class="side" aria-label=${t('ticket.details')}><dl class="facts facts-only">
    ${line(t('ticket.team'), rec('team', ticket.team_id)?.name)}${line(t('ticket.stage'), rec('stage', ticket.stage_id)?.name)}
    ${line(t('ticket.assignee'), rec('user', ticket.user_id)?.name)}${line(t('ticket.customer'), ticket.partner_name)}
    ${line(t('ticket.created'), dateTime(ticket.create_date))}${line(t('ticket.closed_on'), dateTime(ticket.close_date))}</dl></aside>`;
}

export default function TicketView({ params }) {
  const id = Number(params.id);
  const ticket = rec('ticket', id);
  const [error, setError] = useState(null);
  const [edit, setEdit] = useState(() => !!draft.get(`ticket.${id}`));
  const [picker] = useState(() => ({ current: null }));
  const whole = ticket && ticket.description !== undefined;
  const read = () => { setError(null); load('ticket', id).catch(setError); };
  useEffect(() => setEdit(!!draft.get(`ticket.${id}`)), [id]);
  useEffect(() => { if (!whole && ticket !== null) read(); }, [id, whole]);
  useEffect(() => { if (ticket?.partner_id) need('contact', [ticket.partner_id]).catch(() => {}); }, [ticket?.partner_id]);
  const title = ticket ? `${ticket.ticket_ref} ${ticket.name}` : t('ticket.one');
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);
  const stages = ticket ? stagesOf(ticket.team_id) : [];
  const closing = stages.find((s) => s.fold);
  const list = href('/tickets', { filter: 'open' });
  const now = () => (ticket && isStaff.value ? null : false);
  const staff = isStaff.value;
  useKeys('ticket', [...(isStaff.value ? [
    { keys: ['m'], label: 'keys.mine', icon: 'person', run: () => now() ?? assign([id], me.value.id) },
    { keys: ['a'], label: 'keys.assign', icon: 'people', run: () => now() ?? picker.current?.querySelector('input')?.focus() },
    { keys: ['e'], label: 'keys.close', icon: 'check', run: () => now() ?? (closing ? move([id], closing.id) : false) },
    { keys: ['i'], label: 'keys.edit', icon: 'edit', run: () => now() ?? setEdit(true) },
    { keys: ['p'], label: 'keys.priority', icon: 'star', run: () => now() ?? setPriority([id], String((Number(ticket.priority) + 1) % 4)) }] : []),
    { keys: ['u'], label: 'keys.back', icon: 'back', run: () => back(list) },
  ]);
  if (ticket === null || error) {
    return html`<h1 class="hidden" tabindex="-1">${title}</h1><${Failed} text=${error ? sentence(error) : t('error.not_found')} onRetry=${read} />`;
  }
  if (!ticket) return html`<h1 class="hidden" tabindex="-1">${title}</h1><${Skeleton} kind="text" rows=${5} />`;
  const copy = () => navigator.clipboard?.writeText(location.href).then(() => toast(t('done.copied')));
  return html`<article class="view view-ticket">
    <header class="head"><a class="btn btn-icon" href=${list} aria-label=${t('ticket.back')} title=${t('ticket.back')}
        onClick=${(e) => { e.preventDefault(); back(list); }}><${Icon} name="back" flip /></a>
      <span class="ref ref-large">${ticket.ticket_ref}</span>${!ticket.active && html`<span class="tag tag-warn">${t('ticket.archived')}</span>`}
      ${staff && html`<div class="head-tools">${!edit && html`<button type="button" class="btn" aria-keyshortcuts="i" onClick=${() => setEdit(true)}><${Icon} name="edit" /> ${t('action.edit')}</button>`}
        <${Menu} label=${t('ticket.more')} items=${[{ label: t('ticket.copy_link'), icon: 'link', run: copy },
          { label: ticket.active ? t('action.archive') : t('action.unarchive'), icon: 'archive', run: () => archive([id], !ticket.active) }]} /></div>`}</header>
    <div class="ticket"><div class="ticket-main">
      <h1 tabindex="-1" dir="auto">${ticket.name}</h1>
      ${staff && html`<${Stepper} stages=${stages} value=${ticket.stage_id} onChange=${(s) => move([id], s)} />`}
      ${edit && staff ? html`<${Editor} key=${id} ticket=${ticket} onDone=${() => setEdit(false)} />`
        : !whole ? html`<${Skeleton} kind="text" rows=${4} />`
        : ticket.description ? html`<div class="prose" dir="auto">${ticket.description}</div>`
        : html`<p class="muted">${t('ticket.no_description')} ${staff && html`<button type="button" class="btn btn-link" onClick=${() => setEdit(true)}>${t('ticket.write_description')}</button>`}</p>`}
      </div>${staff ? html`<${Side} ticket=${ticket} picker=${picker} />` : html`<${Facts} ticket=${ticket} />`}</div></article>`;
}
