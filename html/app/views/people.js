/* Contacts and companies, and what customers may see. */
import { html, useEffect, useState, batch, arrive, href } from '../html.js';
import { t, dateTime, explain, sentence, LANGUAGES } from '../i18n.js';
import { api } from '../api.js';
import { later, toast, Confirm } from '../parts/dialog.js';
import { Icon, Avatar, Empty, Failed, Skeleton } from '../parts/basics.js';
import { all, ensure, isAdmin, put, rec } from '../store.js';
import { RecordDialog, RecordTable, Remove } from './records.js';
import { contactsLike, searchContacts } from '../tickets.js';

const LinkTo = later(() => import('./settings/users.js'), 'LinkTo');

/* Portal access of a contact: invited, open, revoked; and what an agent does about it. */

function tell(p) {
  const args = { date: dateTime(p.invited), until: dateTime(p.expires), login: p.login };
  switch (p.state) {
    case 'invited': return t('contact.portal_invited', args);
    case 'expired': return t('contact.portal_expired');
    case 'active': return t('contact.portal_active', args);
    case 'revoked': return t('contact.portal_revoked');
    case 'internal': return t('contact.portal_internal');
    default: return t('contact.portal_none');
  }
}

export function PortalAccess({ contact }) {
  const path = `/contacts/${contact.id}/portal`;
  const [access, setAccess] = useState(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [linking, setLinking] = useState(false);
  const read = () => api.get(path).then(setAccess, (e) => setProblem(sentence(e)));
  useEffect(() => { read(); }, [path]);
  const closeLink = () => { setLinking(false); read(); };
  const act = async (ask, done) => {
    setAsking(false);
    setBusy(true);
    setProblem('');
    try {
      setAccess(await ask());
      toast(done);
    } catch (e) {
      setProblem(e.fields?.some((f) => f.field === 'email' && f.code !== 'taken') ? t('field.email') : explain(e));
    }
    setBusy(false);
  };
  const invite = () => act(() => api.post(path), t('done.invited'));
  const revoke = () => act(() => api.delete(path), t('done.revoked'));
  const state = access?.state;
  return html`<section class="after-form" aria-labelledby="portal-access"><h3 id="portal-access">${t('contact.portal')}</h3>
    ${access && html`<p role="status">${tell(access)}</p>`}
    ${problem && html`<p class="bad" role="alert">${problem}</p>`}
    <div class="buttons buttons-start">
      ${['none', 'revoked'].includes(state) && html`<button type="button" class="btn" disabled=${busy} onClick=${invite}><${Icon} name="people" /> ${t('contact.invite')}</button>`}
      ${['invited', 'expired'].includes(state) && html`<button type="button" class="btn" disabled=${busy} onClick=${invite}>${t('contact.invite_again')}</button>`}
      ${isAdmin.value && ['invited', 'expired'].includes(state) && html`<button type="button" class="btn" disabled=${busy} onClick=${() => setLinking(true)}><${Icon} name="link" /> ${t('user.show_link')}</button>`}
      ${['invited', 'expired', 'active'].includes(state) && html`<button type="button" class="btn btn-danger" disabled=${busy} onClick=${() => setAsking(true)}>${t('contact.revoke')}</button>`}
    </div>
    ${linking && html`<${LinkTo} user=${{ id: access.user_id, name: contact.name, email: access.login }} onClose=${closeLink} />`}
    ${asking && html`<${Confirm} danger title=${t('contact.revoke')} text=${t('contact.revoke_ask')} action=${t('contact.revoke')} onYes=${revoke} onClose=${() => setAsking(false)} />`}
  </section>`;
}

/* Contacts and companies. */

const KINDS = {
  contacts: { type: 'contact', one: 'contact.one', many: 'contact.many', add: 'contact.new', icon: 'people', empty: 'contact.empty', search: 'contact.search' },
  companies: { type: 'company', one: 'company.one', many: 'company.many', add: 'company.new', icon: 'company', empty: 'company.empty', search: 'record.search' },
};
const active = () => ({ name: 'active', label: t('record.active'), kind: 'check', hint: t('record.active_hint') });
const contactFields = () => [
  { name: 'name', label: t('contact.name'), required: true, max: 200, autofocus: true },
  { name: 'email', label: t('contact.email'), kind: 'email', ltr: true },
  { name: 'phone', label: t('contact.phone'), kind: 'tel', ltr: true },
  { name: 'is_company', label: t('contact.is_company'), kind: 'check' },
  { name: 'parent_id', label: t('contact.parent'), kind: 'pick', shown: (id) => rec('contact', id)?.name ?? '', search: searchContacts },
  { name: 'company_id', label: t('contact.company'), kind: 'select', hint: t('contact.company_hint'),
    options: [{ value: '', label: t('contact.all_companies') }, ...all('company').filter((c) => c.active).map((c) => ({ value: c.id, label: c.name }))] },
  { name: 'lang', label: t('menu.language'), kind: 'select', options: [{ value: '', label: '—' }, ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))] },
  active(),
];
const companyFields = () => [{ name: 'name', label: t('company.name'), required: true, max: 120, autofocus: true },
  { name: 'resource_calendar_id', label: t('team.calendar'), kind: 'select', hint: t('company.calendar_hint'),
    options: [{ value: '', label: t('company.calendar_none') }, ...all('calendar').filter((c) => c.active !== false).map((c) => ({ value: c.id, label: c.name }))] }, active()];

const number = (v, k) => (k in v ? { [k]: v[k] ? Number(v[k]) : null } : {});
const prepare = (v) => ({ ...v, ...number(v, 'company_id'), ...number(v, 'resource_calendar_id') });

export default function People({ params }) {
  const kind = KINDS[params.kind];
  const contact = kind.type === 'contact';
  const [ids, setIds] = useState(null);
  const [next, setNext] = useState(null);
  const [words, setWords] = useState('');
  const [error, setError] = useState(null);
  const [open, setOpen] = useState(null);
  const read = async (after) => {
    try {
      const page = await api.get(`/${params.kind}`, { limit: 50, after, active: 'any',
        ...(contact ? { filter: contactsLike(words.trim()) || undefined } : { 'name.contains': words || undefined }) });
      batch(() => page.items.forEach((r) => put(kind.type, r)));
      setIds((old) => [...(after ? old : []), ...page.items.map((r) => r.id)]);
      setNext(page.next);
      setError(null);
    } catch (e) {
      setError(e);
    }
  };
  useEffect(() => {
    const timer = setTimeout(read, words ? 200 : 0);
    return () => clearTimeout(timer);
  }, [params.kind, words]);
  useEffect(() => {
    setIds(null);
    setWords('');
    for (const type of params.kind === 'companies' ? ['company', 'calendar'] : ['company']) ensure(type).catch(() => {});
  }, [params.kind]);
  const title = t(kind.many);
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);
  const records = (ids ?? []).map((id) => rec(kind.type, id)).filter(Boolean);
  const may = contact || isAdmin.value;
  const columns = [
    { label: t('contact.name'), cell: (r) => html`<span class="person"><${Avatar} id=${r.id} name=${r.name} small /><bdi>${r.name}</bdi></span>` },
    contact && { label: t('contact.email'), className: 'c-mail', cell: (r) => html`<bdi>${r.email}</bdi>` },
    contact && { label: t('contact.phone'), className: 'c-wide', cell: (r) => html`<bdi dir="ltr">${r.phone}</bdi>` },
    contact && { label: t('ticket.many'), className: 'c-wide c-act', cell: (r) => html`<a href=${href('/tickets', { filter: 'all', customer: r.id })}>${t('contact.tickets')}</a>` },
    !contact && { label: t('record.status'), cell: (r) => (r.active ? t('record.in_use') : t('record.archived')) },
  ].filter(Boolean);
  return html`<div class="view">
    <header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      <form class="search" role="search" onSubmit=${(e) => e.preventDefault()}><${Icon} name="search" /><input class="input" type="search" dir="auto" value=${words}
        aria-label=${t(kind.search)} placeholder=${t(kind.search)} onInput=${(e) => setWords(e.target.value)} /></form>
      ${may && html`<button type="button" class="btn btn-primary" onClick=${() => setOpen({})}><${Icon} name="plus" /> ${t(kind.add)}</button>`}</div></header>
    ${error && html`<${Failed} text=${sentence(error)} onRetry=${() => read()} />`}
    ${!ids && !error && html`<${Skeleton} />`}
    ${ids && !records.length && html`<${Empty} icon=${kind.icon} title=${words ? t('record.none') : t(kind.empty)}>
      ${may && !words && html`<button type="button" class="btn btn-primary" onClick=${() => setOpen({})}>${t(kind.add)}</button>`}</${Empty}>`}
    ${records.length > 0 && html`<${RecordTable} caption=${title} records=${records} columns=${columns} onOpen=${may ? setOpen : null} />`}
    ${next && html`<div class="more"><button type="button" class="btn" onClick=${() => read(next)}>${t('list.more')}</button></div>`}
    ${open && html`<${RecordDialog} type=${kind.type} title=${open.id ? t(kind.one) : t(kind.add)} record=${open.id ? open : null}
      defaults=${{ active: true }} fields=${contact ? contactFields : companyFields} prepare=${prepare}
      onClose=${(saved) => { setOpen(null); if (saved) read(); }}>${contact && open.id && html`<${PortalAccess} contact=${open} />`}
        ${open.id && isAdmin.value && html`<${Remove} type=${kind.type} record=${open} onGone=${() => setOpen(null)} />`}</${RecordDialog}>`}
  </div>`;
}
