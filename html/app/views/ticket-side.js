/* Beside the ticket: who, how urgent, what kind, where; each is changed where it stands. */
import { html, useEffect, useId, useState } from '../html.js';
import { t } from '../i18n.js';
import { all, ensure, load, me, need, rec } from '../store.js';
import { assign, change, setPriority } from '../actions.js';
import { dateTime } from '../format.js';
import { href } from '../router.js';
import { Icon } from '../parts/icon.js';
import { Combobox } from '../parts/combobox.js';
import { ColourMenu } from '../parts/colour.js';
import { PriorityPicker } from '../parts/priority.js';
import { StatePicker } from '../parts/state.js';
import { searchContacts, searchPeople, teamOptions } from './pick.js';
import { Properties } from './ticket-props.js';
import { TagField } from './tag-field.js';
import { Followers } from './followers.js';
import { Why } from './ticket-why.js';

export const Prop = ({ label, children, id }) => html`<div class="prop">${id ? html`<label class="prop-label" for=${id}>${label}</label>`
  : html`<span class="prop-label">${label}</span>`}<div class="prop-value">${children}</div></div>`;

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
    ${ticket.partner_id && html`<a class="contact-line" href=${href('/tickets', { filter: 'all', customer: ticket.partner_id })}><${Icon} name="all" />${t('ticket.of_customer')}</a>`}</${Prop}>`;
}

const Choice = ({ label, value, options, onChange }) => {
  const id = useId();
  return html`<${Prop} label=${label} id=${id}><select id=${id} class="input select" onChange=${(e) => onChange(e.target.value)}>
    ${options.map((o) => html`<option key=${o.value} value=${o.value} selected=${String(o.value) === String(value ?? '')}>${o.label}</option>`)}</select></${Prop}>`;
};

export function Side({ ticket, picker }) {
  const id = ticket.id;
  useEffect(() => { ensure('ticket_type').catch(() => {}); }, []);
  const types = all('ticket_type').filter((x) => x.active || x.id === ticket.ticket_type_id);
  const toTeam = (v) => change([id], { team_id: Number(v) }, t('done.saved')).then(() => load('ticket', id)).catch(() => {});
  const time = (iso) => html`<time datetime=${iso}>${dateTime(iso)}</time>`;
  const fact = (label, iso) => iso && html`<dt>${t(label)}</dt><dd>${time(iso)}</dd>`;
  return html`<aside class="side" aria-label=${t('ticket.details')}>
    <${Assignee} ticket=${ticket} picker=${picker} />
    <${Prop} label=${t('ticket.priority')}><${PriorityPicker} value=${ticket.priority} label=${t('ticket.priority')} onChange=${(p) => setPriority([id], p)} /></${Prop}>
    <${Prop} label=${t('ticket.state')}><${StatePicker} value=${ticket.kanban_state} stage=${rec('stage', ticket.stage_id)} onChange=${(s) => change([id], { kanban_state: s })} /></${Prop}>
    <${Choice} label=${t('ticket.type')} value=${ticket.ticket_type_id} options=${[{ value: '', label: t('word.none') }, ...types.map((x) => ({ value: x.id, label: x.name }))]}
      onChange=${(v) => change([id], { ticket_type_id: v ? Number(v) : null }, t('done.saved'))} />
    <${Prop} label=${t('ticket.tags')}><${TagField} ticket=${ticket} /></${Prop}>
    <${Choice} label=${t('ticket.team')} value=${ticket.team_id} options=${teamOptions()} onChange=${toTeam} />
    <${Customer} ticket=${ticket} />
    <${Properties} ticket=${ticket} />
    <${Followers} path=${`/tickets/${id}`} manage version=${ticket.version} />
    <div class="prop prop-row"><span class="prop-label">${t('ticket.color')}</span><${ColourMenu} value=${ticket.color} label=${t('ticket.color')} onChange=${(n) => change([id], { color: n })} /></div>
    <dl class="facts">${fact('ticket.created', ticket.create_date)}${fact('ticket.assigned_on', ticket.assign_date)}${fact('ticket.stage_since', ticket.date_last_stage_update)}
      ${fact('ticket.closed_on', ticket.close_date)}${fact('ticket.changed', ticket.write_date)}</dl></aside>`;
}

/* For who may read the ticket and no more. */
export function Facts({ ticket }) {
  const line = (label, value) => value && html`<dt>${label}</dt><dd><bdi>${value}</bdi></dd>`;
  return html`<aside class="side" aria-label=${t('ticket.details')}><dl class="facts facts-only">
    ${line(t('ticket.team'), rec('team', ticket.team_id)?.name)}${line(t('ticket.stage'), rec('stage', ticket.stage_id)?.name)}
    ${line(t('ticket.assignee'), rec('user', ticket.user_id)?.name)}${line(t('ticket.customer'), ticket.partner_name)}
    ${line(t('ticket.created'), dateTime(ticket.create_date))}${line(t('ticket.closed_on'), dateTime(ticket.close_date))}</dl></aside>`;
}
