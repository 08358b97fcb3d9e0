/* One ticket, and what stands beside it: properties, tags, customer, facts. */
import { html, cx, useEffect, useId, useState, href, arrive, back, go, useKeys, draft, trail } from '../html.js';
import { Followers, Files, ofTicket, Talk } from './talk.js';
import { t, dateTime, number, list, explain, sentence } from '../i18n.js';
import { change, useProperties, searchContacts, searchOf, searchPeople, createTag, assign,
  propertyText, setColour, setPriority, setState, teamOptions, archive, move } from '../tickets.js';
import { Chips, Combobox, ColourMenu } from '../parts/choose.js';
import { api, others, usePresence } from '../api.js';
import { changed, ensure, need, peek, put, rec, me, all, load, drop, isAdmin, isStaff, stagesOf, stays, tell } from '../store.js';
import { later, toast, copyCustomerLink, copyText, Confirm } from '../parts/dialog.js';
import { Icon, PriorityPicker, StatePicker, priorityName, stateName, Menu, Failed, Skeleton, PRIORITIES, STATES } from '../parts/basics.js';
import { Activities } from './activity.js';

/* The tags of a ticket: chips, with new tags made while typing (TKT-5). */

export function TagField({ ticket, id }) {
  useEffect(() => { ensure('tag').catch(() => {}); }, []);
  const ids = ticket.tag_ids ?? [];
  const set = (next) => change([ticket.id], { tag_ids: next.sort((a, b) => a - b) }, t('done.tags'));
  const items = ids.map((x) => ({ id: x, label: rec('tag', x)?.name ?? '…', hue: rec('tag', x)?.color ?? 0 }));
  return html`<${Chips} id=${id} plain items=${items} label=${t('ticket.tags')} placeholder=${t('ticket.add_tag')} search=${searchOf('tag')}
    onAdd=${(o) => set([...ids, o.id])} onRemove=${(o) => set(ids.filter((x) => x !== o.id))}
    onCreate=${(name) => createTag(name).then((tag) => tag && set([...ids, tag.id]))} />`;
}

/* Beside the ticket: who, how urgent, what kind, where; each is changed where it stands. */

export const Prop = ({ label, children, id }) => html`<div class="prop">${id ? html`<label class="prop-label" for=${id}>${label}</label>`
  : html`<span class="prop-label">${label}</span>`}<div class="prop-value">${children}</div></div>`;

const Why = later(() => import('./ticket-more.js'), 'Why'), Properties = later(() => import('./property.js'), 'Properties', false);

function Assignee({ ticket, picker }) {
  const [why, setWhy] = useState(false);
  const user = rec('user', ticket.user_id);
  const whom = (words) => [...(!words && ticket.user_id ? [{ id: null, label: t('ticket.unassigned') }] : []), ...searchPeople(words, ticket.company_id)];
  return html`<${Prop} label=${t('ticket.assignee')}><div ref=${picker}><${Combobox} label=${t('ticket.assignee')} value=${user?.name ?? ''}
      placeholder=${ticket.waiting ? t('ticket.waiting') : t('ticket.unassigned')} search=${whom} onChoose=${(o) => assign([ticket.id], o?.id ?? null)} /></div>
    <div class="prop-links">${ticket.user_id !== me.value.id && html`<button type="button" class="btn btn-link" aria-keyshortcuts="m" onClick=${() => assign([ticket.id], me.value.id)}>${t('ticket.assign_me')}</button>`}
      ${ticket.user_id && html`<button type="button" class="btn btn-link" onClick=${() => assign([ticket.id], null)}>${t('ticket.assign_nobody')}</button>`}
      <button type="button" class="btn btn-link" aria-haspopup="dialog" onClick=${() => setWhy(true)}>${t('why.title')}</button></div>
    ${why && html`<${Why} id=${ticket.id} onClose=${() => setWhy(false)} />`}</${Prop}>`;
}

/* The customer's other tickets: the newest, and the way to all. */
const OTHERS = 5;

function Others({ ticket }) {
  const [found, setFound] = useState(null);         /* { ids, count } */
  const filter = { partner_id: ticket.partner_id, active: 'true' };
  useEffect(() => {
    let gone = false, timer = 0;
    const read = async () => {
      timer = 0;
      const [page, all] = await Promise.all([api.join('/tickets', { ...filter, sort: '-create_date', limit: OTHERS + 1 }), api.join('/tickets/count', filter)]);
      if (gone) return;
      page.items.forEach((r) => put('ticket', r));
      setFound({ ids: page.items.map((r) => r.id), count: all.count });
    };
    const soon = (ms) => { timer ||= setTimeout(() => read().catch(() => {}), ms); };
    soon(0);
    /* one of theirs, by what is known of it; a new one is here already when it is told of */
    const stop = changed((type, ids) => { if (type === 'ticket' && (!ids || ids.some((n) => peek('ticket', n)?.partner_id === ticket.partner_id))) soon(400); });
    return () => { gone = true; clearTimeout(timer); stop(); };
  }, [ticket.partner_id]);
  const ids = (found?.ids ?? []).filter((n) => n !== ticket.id).slice(0, OTHERS);
  const all = html`<a class="contact-line" href=${href('/tickets', { filter: 'all', customer: ticket.partner_id })}><${Icon} name="all" />${t('ticket.of_customer')}${found?.count > 1 && html` <span class="muted">${number(found.count)}</span>`}</a>`;
  if (!ids.length) return all;
  return html`<ul class="others" aria-label=${t('ticket.others')}>${ids.map((n) => rec('ticket', n)).filter(Boolean).map((x) => html`<li key=${x.id}><a class=${cx('other', x.closed && 'other-closed')} href=${href(`/tickets/${x.id}`)}>
    <span class="ref">${x.ticket_ref}</span><bdi class="other-name">${x.name}</bdi><span class="muted other-stage"><bdi>${rec('stage', x.stage_id)?.name}</bdi></span></a></li>`)}</ul>${all}`;
}

function Customer({ ticket }) {
  const choose = (o) => change([ticket.id], { partner_id: o?.id ?? null }, t('done.saved'))
    .then(() => load('ticket', ticket.id)).catch(() => {});       /* name, e-mail and telephone come with it (TKT-9) */
  const company = ticket.commercial_partner_id && ticket.commercial_partner_id !== ticket.partner_id ? rec('contact', ticket.commercial_partner_id)?.name : null;
  useEffect(() => { need('contact', [ticket.partner_id, ticket.commercial_partner_id]).catch(() => {}); }, [ticket.partner_id, ticket.commercial_partner_id]);
  return html`<${Prop} label=${t('ticket.customer')}><${Combobox} label=${t('ticket.customer')} value=${rec('contact', ticket.partner_id)?.name ?? ticket.partner_name ?? ''}
      placeholder=${t('ticket.no_customer')} search=${searchContacts} onChoose=${choose} />
    ${company && html`<span class="contact-line"><${Icon} name="company" /><bdi>${company}</bdi></span>`}
    ${ticket.partner_email && html`<a class="contact-line" href=${`mailto:${encodeURIComponent(ticket.partner_email).replace('%40', '@')}`}><${Icon} name="mail" /><bdi>${ticket.partner_email}</bdi></a>`}
    ${ticket.partner_phone && html`<a class="contact-line" href=${`tel:${ticket.partner_phone.replace(/[^+\d]/g, '')}`}><${Icon} name="phone" /><bdi dir="ltr">${ticket.partner_phone}</bdi></a>`}
    ${ticket.email_cc && html`<span class="contact-line muted">${t('ticket.cc')}: <bdi>${ticket.email_cc}</bdi></span>`}
    ${ticket.partner_id && html`<${Others} key=${ticket.partner_id} ticket=${ticket} />`}</${Prop}>`;
}

const Choice = ({ label, value, options, onChange }) => {
  const id = useId();
  return html`<${Prop} label=${label} id=${id}><select id=${id} class="input select" onChange=${(e) => onChange(e.target.value)}>
    ${options.map((o) => html`<option key=${o.value} value=${o.value} selected=${String(o.value) === String(value ?? '')}>${o.label}</option>`)}</select></${Prop}>`;
};

export function Side({ ticket, picker }) {
  const id = ticket.id, properties = useProperties(ticket.team_id);
  useEffect(() => { ensure('ticket_type').catch(() => {}); }, []);
  const types = all('ticket_type').filter((x) => x.active || x.id === ticket.ticket_type_id);
  const toTeam = (v) => change([id], { team_id: Number(v) }, t('done.saved')).then(() => load('ticket', id)).catch(() => {});
  const time = (iso) => html`<time datetime=${iso}>${dateTime(iso)}</time>`;
  const fact = (label, iso) => iso && html`<dt>${t(label)}</dt><dd>${time(iso)}</dd>`;
  return html`<aside id="details" class="side" tabindex="-1" aria-label=${t('ticket.details')}>
    <${Assignee} ticket=${ticket} picker=${picker} />
    <${Prop} label=${t('ticket.priority')}><${PriorityPicker} value=${ticket.priority} label=${t('ticket.priority')} onChange=${(p) => setPriority([id], p)} /></${Prop}>
    <${Prop} label=${t('ticket.state')}><${StatePicker} value=${ticket.kanban_state} stage=${rec('stage', ticket.stage_id)} onChange=${(s) => setState([id], s)} /></${Prop}>
    <${Choice} label=${t('ticket.type')} value=${ticket.ticket_type_id} options=${[{ value: '', label: t('word.none') }, ...types.map((x) => ({ value: x.id, label: x.name }))]}
      onChange=${(v) => change([id], { ticket_type_id: v ? Number(v) : null }, t('done.saved'))} />
    <${Prop} label=${t('ticket.tags')}><${TagField} ticket=${ticket} /></${Prop}>
    <${Choice} label=${t('ticket.team')} value=${ticket.team_id} options=${teamOptions()} onChange=${toTeam} />
    <${Customer} ticket=${ticket} />
    ${properties.length > 0 && html`<${Properties} ticket=${ticket} list=${properties} />`}
    <${Followers} path=${`/tickets/${id}`} manage version=${ticket.version} />
    <div class="prop prop-row"><span class="prop-label">${t('ticket.color')}</span><${ColourMenu} value=${ticket.color} label=${t('ticket.color')} onChange=${(n) => setColour([id], n)} /></div>
    <dl class="facts">${fact('ticket.created', ticket.create_date)}${fact('ticket.assigned_on', ticket.assign_date)}${fact('ticket.stage_since', ticket.date_last_stage_update)}
      ${fact('ticket.closed_on', ticket.close_date)}${fact('ticket.changed', ticket.write_date)}</dl></aside>`;
}

const PropertyLines = ({ ticket, line }) => useProperties(ticket.team_id).map((p) => line(p.label, propertyText(p, ticket.properties?.[p.name])));

/* For who may read the ticket and no more; printed: on paper it stands for the fields. */
export function Facts({ ticket, printed }) {
  const line = (label, value) => value && html`<dt>${label}</dt><dd><bdi>${value}</bdi></dd>`;
  const tags = (ticket.tag_ids ?? []).map((x) => rec('tag', x)?.name).filter(Boolean).join(', ');
  return html`<aside class=${printed ? 'side printed' : 'side'} aria-label=${t('ticket.details')}><dl class="facts facts-only">
    ${line(t('ticket.team'), rec('team', ticket.team_id)?.name)}${line(t('ticket.stage'), rec('stage', ticket.stage_id)?.name)}
    ${line(t('ticket.assignee'), rec('user', ticket.user_id)?.name)}${line(t('ticket.customer'), ticket.partner_name)}
    ${printed && html`${line(t('ticket.email'), ticket.partner_email)}${line(t('ticket.phone'), ticket.partner_phone)}${line(t('ticket.priority'), priorityName(ticket.priority))}
      ${line(t('ticket.state'), stateName(ticket.kanban_state, rec('stage', ticket.stage_id)))}${line(t('ticket.type'), rec('ticket_type', ticket.ticket_type_id)?.name)}${line(t('ticket.tags'), tags)}
      <${PropertyLines} ticket=${ticket} line=${line} />`}
    ${line(t('ticket.created'), dateTime(ticket.create_date))}${line(t('ticket.closed_on'), dateTime(ticket.close_date))}</dl></aside>`;
}

/* The stages of a pipeline in order; the present one is marked, each is a button that moves the ticket. */

export function Stepper({ stages, value, onChange }) {
  const at = stages.findIndex((s) => s.id === value);
  return html`<ol class="steps" aria-label=${t('ticket.stage')}>${stages.map((s, i) => html`
    <li key=${s.id} class=${cx('step', i < at && 'step-past', i === at && 'step-now')}>
      <button type="button" class="step-button" aria-current=${i === at ? 'step' : undefined} onClick=${() => i !== at && onChange(s.id)}>
        ${s.fold && html`<${Icon} name="check" />`}<bdi>${s.name}</bdi>
        ${s.fold && html`<span class="hidden">(${t('stage.closing')})</span>`}</button></li>`)}</ol>`;
}

/* Who else is at this ticket. */

export function Live({ id }) {
  usePresence(id);
  const there = others(id);
  const names = (state) => list(there.filter((p) => p.state === state).map((p) => p.name));
  const count = (state) => there.filter((p) => p.state === state).length;
  return html`<p class="muted live" role="status">${count('typing') > 0 && html`<span><${Icon} name="edit" /> <bdi>${t('live.typing', { names: names('typing') })}</bdi> </span>`}
    ${count('viewing') > 0 && html`<span><${Icon} name="eye" /> <bdi>${t('live.viewing', { names: names('viewing') })}</bdi></span>`}</p>`;
}

/* One ticket: text, stage, and everything beside it. */

const History = later(() => import('./ticket-more.js'), 'History'), Editor = later(() => import('./ticket-more.js'), 'Editor');

export default function TicketView({ params }) {
  const id = Number(params.id);
  const ticket = rec('ticket', id);
  const [error, setError] = useState(null);
  const [ask, setAsk] = useState(false);
  const [history, setHistory] = useState(false);
  const [edit, setEdit] = useState(() => !!draft.get(`ticket.${id}`));
  const [picker] = useState(() => ({ current: null })), [printer] = useState(() => ({ current: null }));
  const beside = (by) => { const ids = trail.value, at = ids.indexOf(id); return at < 0 ? undefined : ids[at + by]; };
  const step = (by) => (beside(by) ? go(href(`/tickets/${beside(by)}`), { replace: true, ask: true }) : false);
  const whole = ticket && ticket.description !== undefined;
  const read = () => { setError(null); load('ticket', id).catch(setError); };
  useEffect(() => setEdit(!!draft.get(`ticket.${id}`)), [id]);
  useEffect(() => { if (!whole && ticket !== null) read(); }, [id, whole]);
  useEffect(() => changed((type, ids) => { if (type === 'ticket' && !ids) read(); }), [id]);         /* something may have been missed */
  useEffect(() => { if (ticket?.partner_id) need('contact', [ticket.partner_id]).catch(() => {}); }, [ticket?.partner_id]);
  const title = ticket ? `${ticket.ticket_ref} ${ticket.name}` : t('ticket.one');
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);
  const stages = ticket ? stagesOf(ticket.team_id) : [];
  const closing = stages.find((s) => s.fold);
  const list = href('/tickets', { filter: 'open' });
  const now = () => (ticket && isStaff.value ? null : false);
  const staff = isStaff.value;
  const copy = () => copyText(location.href);
  const duplicate = async () => {
    try {
      const made = await api.post(`/tickets/${id}/duplicate`);
      put('ticket', made);
      tell('ticket', [made.id]);
      toast(t('done.duplicated', { ref: made.ticket_ref }));
      go(href(`/tickets/${made.id}`));
    } catch (e) {
      toast(explain(e), { bad: true });
    }
  };
  useKeys('ticket', [...(isStaff.value ? [
    { keys: ['m'], label: 'keys.mine', icon: 'person', run: () => now() ?? assign([id], me.value.id) },
    { keys: ['a'], label: 'keys.assign', icon: 'people', run: () => now() ?? picker.current?.querySelector('input')?.focus() },
    { keys: ['e'], label: 'keys.close', icon: 'check', run: () => now() ?? (closing ? move([id], closing.id) : false) },
    { keys: ['i'], label: 'keys.edit', icon: 'edit', run: () => now() ?? setEdit(true) },
    { keys: ['s'], label: 'keys.state', icon: 'open', run: () => now() ?? setState([id], STATES[(STATES.indexOf(ticket.kanban_state) + 1) % STATES.length]) },
    { keys: ['p'], label: 'keys.priority', icon: 'star', run: () => now() ?? setPriority([id], String((Number(ticket.priority) + 1) % 4)) },
    { keys: [], label: 'ticket.move_to', icon: 'move', choices: () => stages.filter((s) => s.id !== ticket?.stage_id).map((s) => ({ id: s.id, label: s.name, run: () => move([id], s.id) })) },
    { keys: [], label: 'ticket.assignee', icon: 'people', choices: () => searchPeople('', ticket?.company_id).map((u) => ({ ...u, run: () => assign([id], u.id) })) },
    { keys: [], label: 'ticket.priority', icon: 'star', choices: () => PRIORITIES.map((p) => ({ id: p, label: priorityName(p), run: () => setPriority([id], p) })) },
    { keys: [], label: 'ticket.copy_link', icon: 'link', run: () => copy() },
    { keys: [], label: 'history.title', icon: 'clock', run: () => setHistory(true) },
    { keys: [], label: 'action.duplicate', icon: 'duplicate', run: () => duplicate() },
    { keys: [], label: 'action.archive', icon: 'archive', run: () => now() ?? archive([id], !ticket.active) }] : []),
    { keys: ['j'], label: 'keys.next', icon: 'down', run: () => step(1) },
    { keys: ['k'], label: 'keys.previous', icon: 'up', run: () => step(-1) },
    { keys: ['u'], label: 'keys.back', icon: 'back', run: () => back(list) },
    { keys: ['Mod+p'], label: 'ticket.print', icon: 'file', run: () => (printer.current ? printer.current() : false) },
  ]);
  if (ticket === null || (error && !stays(whole, error))) {
    return html`<h1 class="hidden" tabindex="-1">${title}</h1><${Failed} text=${error ? sentence(error) : t('error.not_found')} onRetry=${read} />`;
  }
  if (!ticket) return html`<h1 class="hidden" tabindex="-1">${title}</h1><${Skeleton} kind="text" rows=${5} />`;
  const remove = async () => {
    setAsk(false);
    try {
      await api.delete(`/tickets/${id}`, ticket.version);
      toast(t('done.deleted', { ref: ticket.ticket_ref }));
      back(list);
      drop('ticket', id);
      tell('ticket', [id]);
    } catch (e) {
      toast(explain(e), { bad: true });
    }
  };
  const text = !whole ? html`<${Skeleton} kind="text" rows=${4} />`
    : ticket.description ? html`<div class="prose" dir="auto">${ticket.description}</div>`
    : html`<p class="muted">${t('ticket.no_description')} ${staff && html`<button type="button" class="btn btn-link" onClick=${() => setEdit(true)}>${t('ticket.write_description')}</button>`}</p>`;
  return html`<article class=${`view view-ticket${ticket.color ? ` ticket-hue hue-${ticket.color}` : ''}`}>
    <header class="head"><a class="btn btn-icon" href=${list} aria-label=${t('ticket.back')} title=${t('ticket.back')}
        onClick=${(e) => { e.preventDefault(); back(list); }}><${Icon} name="back" flip /></a>
      <span class="ref ref-large">${ticket.ticket_ref}</span>${!ticket.active && html`<span class="tag tag-warn">${t('ticket.archived')}</span>`}<${Live} id=${id} />
      ${trail.value.includes(id) && html`<span class="beside" role="group" aria-label=${t('ticket.beside')}>${[[-1, 'up', 'keys.previous', 'k'], [1, 'down', 'keys.next', 'j']].map(([by, icon, label, key]) => html`
        <button type="button" key=${key} class="btn btn-icon" aria-label=${t(label)} title=${t(label)} aria-keyshortcuts=${key} disabled=${!beside(by)} onClick=${() => step(by)}><${Icon} name=${icon} /></button>`)}</span>`}
      ${staff && html`<div class="head-tools"><a class="btn to-side" href="#details" onClick=${(e) => { e.preventDefault(); const side = document.getElementById('details'); side.scrollIntoView(); side.focus({ preventScroll: true }); }}>${t('ticket.details')}</a>${!edit && html`<button type="button" class="btn" aria-keyshortcuts="i" onClick=${() => setEdit(true)}><${Icon} name="edit" /> ${t('action.edit')}</button>`}
        <${Menu} label=${t('ticket.more')} items=${[{ label: t('ticket.copy_link'), icon: 'link', run: copy },
          ticket.active && rec('team', ticket.team_id)?.privacy_visibility === 'portal' && { label: t('ticket.customer_link'), icon: 'link', run: () => copyCustomerLink(id) },
          ticket.active && rec('team', ticket.team_id)?.privacy_visibility === 'portal' && { label: t('ticket.preview'), icon: 'eye', run: () => open(`/my/ticket/${id}`, '_blank', 'noopener') },
          { label: t('history.title'), icon: 'clock', run: () => setHistory(true) },
          { label: t('ticket.print'), icon: 'file', hint: 'Ctrl P', run: () => printer.current?.() },
          { label: t('action.duplicate'), icon: 'duplicate', run: duplicate },
          { label: ticket.active ? t('action.archive') : t('action.unarchive'), icon: 'archive', run: () => archive([id], !ticket.active) },
          isAdmin.value && { label: t('action.delete'), icon: 'trash', danger: true, run: () => setAsk(true) }]} /></div>`}</header>
    ${ask && html`<${Confirm} danger title=${t('ticket.delete', { ref: ticket.ticket_ref })} text=${t('ticket.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setAsk(false)} />`}
    ${history && html`<${History} id=${id} onClose=${() => setHistory(false)} />`}
    <div class="ticket"><div class="ticket-main">
      <h1 tabindex="-1" dir="auto">${ticket.name}</h1>
      ${staff && html`<${Facts} ticket=${ticket} printed />`}
      ${staff && html`<${Stepper} stages=${stages} value=${ticket.stage_id} onChange=${(s) => move([id], s)} />`}
      ${edit && staff ? html`<${Editor} key=${id} ticket=${ticket} until=${text} onDone=${() => setEdit(false)} />` : text}
      ${whole && html`<${Files} ticket=${ticket} />`}
      ${staff && html`<${Activities} key=${id} ticket=${ticket} />`}
      ${whole && html`<${Talk} subject=${ofTicket(ticket)} printer=${printer} />`}
      </div>${staff ? html`<${Side} ticket=${ticket} picker=${picker} />` : html`<${Facts} ticket=${ticket} />`}</div></article>`;
}
