/* Users: who may sign in, and with what rights. */
import { html, useEffect, useState, href } from '../../html.js';
import { LANGUAGES, lang, t, browserZone, compare, zones, dateTime, explain } from '../../i18n.js';
import { api } from '../../api.js';
import { all, ensure, me, rec } from '../../store.js';
import { copyText, Dialog } from '../../parts/dialog.js';
import { Avatar, Icon, Skeleton } from '../../parts/basics.js';
import { RecordDialog, RecordTable, Remove } from '../records.js';
import { itemsOf, searchOf } from '../../tickets.js';

const ROLE_HINTS = { user: 'role.user_hint', admin: 'role.admin_hint', portal: 'role.portal_hint', none: 'role.none_hint' };
const calendars = () => [{ value: '', label: t('user.calendar_none') }, ...all('calendar').filter((c) => c.active !== false).map((c) => ({ value: c.id, label: c.name }))];
const ROLES = { user: 'role.user', admin: 'role.admin', portal: 'role.portal', none: 'role.none' };

const fields = (value) => [
  { name: 'name', label: t('user.name'), required: true, max: 200, autofocus: true },
  { name: 'login', label: t('user.login'), required: true, max: 254, ltr: true },
  { name: 'email', label: t('user.email'), kind: 'email', ltr: true },
  { name: 'role', label: t('user.role'), hint: t(ROLE_HINTS[value.role] ?? ROLE_HINTS.none), kind: 'select', options: Object.entries(ROLES).map(([v, l]) => ({ value: v, label: t(l) })) },
  { name: 'password', label: value.id ? t('account.new_password') : t('user.password'), kind: 'password', required: !value.id && !value.email, min: 12, max: 128,
    autocomplete: 'new-password', hint: value.id ? t('user.password_keep') : value.email ? t('user.password_by_link') : t('user.password_hint') },
  { name: 'company_ids', label: t('company.many'), kind: 'chips', plain: true, items: itemsOf('company'), search: searchOf('company') },
  value.company_ids?.length > 1 && { name: 'company_id', label: t('user.company'), hint: t('user.company_hint'), kind: 'select',
    options: value.company_ids.map((id) => ({ value: id, label: rec('company', id)?.name ?? String(id) })) },
  { name: 'tz', label: t('user.tz'), kind: 'select', options: [...new Set([value.tz, browserZone(), 'UTC', ...zones()])].filter(Boolean).map((z) => ({ value: z, label: z.replaceAll('_', ' ') })) },
  { name: 'resource_calendar_id', label: t('team.calendar'), kind: 'select', options: calendars() },
  { name: 'lang', label: t('menu.language'), kind: 'select', options: Object.entries(LANGUAGES).map(([v, label]) => ({ value: v, label })) },
  value.id && value.id !== me.value.id && { name: 'active', label: t('record.active'), hint: t('user.active_hint'), kind: 'check' },
  value.id && !value.active && { name: 'left', kind: 'note', content: html`<${LeftBehind} user=${value} />` },
];

/* What stays with somebody who is archived: the open tickets nobody works on then. */
function LeftBehind({ user }) {
  const [n, setN] = useState(0);
  useEffect(() => { api.get('/tickets/count', { user_id: user.id, closed: false }).then((x) => setN(x.count), () => {}); }, [user.id]);
  return n > 0 && html`<p class="note" role="status">${t('user.left', { n })} <a href=${href('/tickets', { filter: 'open', where: `user_id=${user.id}` })}>${t('contact.tickets')}</a></p>`;
}

/* The company worked in by default is one of those allowed; a new password has its own address. */
function prepare(value, base) {
  const body = { ...value };
  body.company_id = Number(body.company_id);
  if (!body.company_ids?.includes(body.company_id)) body.company_id = body.company_ids?.[0];
  if (base) delete body.password;
  body.resource_calendar_id = body.resource_calendar_id ? Number(body.resource_calendar_id) : base ? null : undefined;
  return body;
}
const sendLink = (user) => api.post(`/users/${user.id}/invitation`);
const isFirst = (value) => !value.id && !value.password;
const after = (saved, value) => (value.id && value.password ? api.put(`/users/${saved.id}/password`, { password: value.password }) : null);

/** The link with which somebody sets a password: mailed, and shown to the administrator, who may hand it over. */
export function LinkTo({ user, onClose }) {
  const [link, setLink] = useState(null);
  const [problem, setProblem] = useState('');
  useEffect(() => { sendLink(user).then(setLink, (e) => setProblem(e.fields?.length ? t('field.email') : explain(e))); }, [user.id]);
  return html`<${Dialog} title=${t('user.link')} onClose=${onClose}>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${!problem && !link && html`<${Skeleton} rows=${2} />`}
    ${link && html`<p>${t('user.link_text', { name: user.name, email: user.email, until: dateTime(link.expires) })}</p>
      <input class="input mono" dir="ltr" readonly aria-label=${t('user.link')} value=${link.url} autofocus onFocus=${(e) => e.target.select()} />
      <p class="hint">${t('user.link_once')}</p>`}
    <div class="buttons">${link && html`<button type="button" class="btn" onClick=${() => copyText(link.url)}>${t('action.copy')}</button>`}
      <button type="button" class="btn btn-primary" onClick=${onClose}>${t('action.done')}</button></div></${Dialog}>`;
}

export function Users({ title }) {
  const [open, setOpen] = useState(null);
  const [gone, setGone] = useState(false);
  const [linked, setLinked] = useState(null);         /* whose link is made and shown */
  useEffect(() => { ensure('calendar').catch(() => {}); }, []);
  const users = all('user').filter((u) => u.active || gone).sort((a, b) => compare(a.name, b.name));
  const columns = [
    { label: t('user.name'), cell: (u) => html`<span class="person"><${Avatar} id=${u.id} name=${u.name} small /><bdi>${u.name}</bdi></span>` },
    { label: t('user.login'), cell: (u) => html`<bdi>${u.login}</bdi>` },
    { label: t('user.role'), cell: (u) => t(ROLES[u.role] ?? ROLES.none) },
    { label: t('company.many'), className: 'c-wide', cell: (u) => (u.company_ids ?? []).map((id) => rec('company', id)?.name).filter(Boolean).join(', ') },
    gone && { label: t('record.status'), cell: (u) => (u.active ? t('record.in_use') : t('record.archived')) },
  ].filter(Boolean);
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      <label class="check"><input type="checkbox" checked=${gone} onChange=${(e) => setGone(e.target.checked)} /><span>${t('record.show_archived')}</span></label>
      <button type="button" class="btn btn-primary" onClick=${() => setOpen({})}><${Icon} name="plus" /> ${t('user.new')}</button></div></header>
    <${RecordTable} caption=${title} records=${users} columns=${columns} onOpen=${setOpen} />
    ${open && html`<${RecordDialog} type="user" title=${open.id ? t('user.one') : t('user.new')} record=${open.id ? open : null} fields=${fields}
      defaults=${{ role: 'user', active: true, lang: lang.peek(), tz: me.peek().tz || browserZone(), company_id: me.peek().company_id, company_ids: [me.peek().company_id].filter(Boolean) }}
      prepare=${prepare} after=${after} onClose=${(saved, value) => { setOpen(null); if (saved && isFirst(value)) setLinked(saved); }}>
        ${open.id && open.active && html`<div class="after-form buttons buttons-start"><button type="button" class="btn" onClick=${() => setLinked(open)}>${t('user.send_link')}</button></div>`}
        ${open.id && open.id !== me.value.id && html`<${Remove} type="user" record=${open} onGone=${() => setOpen(null)} />`}</${RecordDialog}>`}
    ${linked && html`<${LinkTo} user=${linked} onClose=${() => setLinked(null)} />`}`;
}
