/* Canned responses: one's own, those of a team and those of everybody, with what they look like for a ticket. */
import { html, useEffect, useState } from '../../html.js';
import { t, compare, sentence } from '../../i18n.js';
import { api } from '../../api.js';
import { all, isAdmin, me, rec } from '../../store.js';
import { Icon, Empty, Failed, Skeleton } from '../../parts/basics.js';
import { typeInto } from '../../parts/choose.js';
import { teamOptions } from '../../tickets.js';
import { RecordDialog } from '../records.js';
import { RowMenu, useShort } from './edit.js';

const TYPE = 'canned_response';
const REST = 350;      /* milliseconds without a key until the preview is made */
const PLACEHOLDERS = { 'customer.name': 'ticket.customer_name', 'customer.email': 'ticket.email', 'customer.phone': 'ticket.phone', 'ticket.ref': 'ticket.ref',
  'ticket.name': 'ticket.name', 'ticket.stage': 'ticket.stage', 'ticket.team': 'ticket.team', 'ticket.assignee': 'ticket.assignee', 'ticket.company': 'company.one',
  'me.name': 'canned.me_name', 'me.email': 'canned.me_email' };
const LEFT = /(\{\{[^{}]*\}\})/;

/* The newest ticket one sees stands for all; of the team where there is one. */
function Preview({ text, team }) {
  const [ticket, setTicket] = useState(undefined);
  const [shown, setShown] = useState(null);
  useEffect(() => {
    api.get('/tickets', { limit: 1, sort: '-create_date', team_id: team || undefined }).then((page) => setTicket(page.items[0] ?? null), () => setTicket(null));
  }, [team]);
  useEffect(() => {
    let late = false;
    const timer = ticket && setTimeout(() => api.post('/canned_responses/preview', { ticket_id: ticket.id, body: text ?? '' }, { plain: true })
      .then((x) => { if (!late) setShown(x.body); }, () => {}), shown === null ? 0 : REST);
    return () => { late = true; clearTimeout(timer); };
  }, [ticket, text]);
  const parts = (shown ?? '').split(LEFT);
  return html`<section class="canned-preview" aria-label=${t('canned.preview')}><h3 class="label">${t('canned.preview')}</h3>
    ${ticket === null ? html`<p class="muted">${t('canned.preview_none')}</p>` : html`
      <p class="rich-plain" dir="auto">${parts.map((p, i) => (i % 2 ? html`<mark key=${i}>${p}</mark>` : p))}</p>
      ${ticket && html`<p class="hint"><bdi>${t('canned.preview_of', { ref: ticket.ticket_ref, name: ticket.name })}</bdi></p>`}
      ${parts.length > 1 && html`<p class="hint">${t('canned.unknown')}</p>`}`}</section>`;
}

/* Where the text was left; the text's own field keeps what was typed. */
function insert(e, name) {
  const box = e.currentTarget.form.elements.namedItem('body');
  typeInto(box, `{{${name}}}`, box.selectionStart, box.selectionEnd);
}

function Editor({ record, onClose }) {
  const mine = me.value.id;
  const fields = (value) => [
    { name: 'name', label: t('canned.name'), required: true, max: 120, autofocus: true },
    { name: 'shortcut', label: t('canned.shortcut'), hint: t('canned.shortcut_hint'), max: 40 },
    isAdmin.value && { name: 'user_id', label: t('canned.whose'), kind: 'select', options: [{ value: mine, label: t('canned.mine') }, { value: '', label: t('canned.everybody') }] },
    { name: 'team_id', label: t('canned.team'), kind: 'select', options: teamOptions(t('canned.every_team')) },
    { name: 'body', label: t('canned.body'), kind: 'area', rows: 6, required: true, max: 20000 },
    { name: 'placeholders', kind: 'note', content: html`<div role="group" class="canned-fill" aria-label=${t('canned.insert')}><span class="hint">${t('canned.insert')}</span>
      ${Object.entries(PLACEHOLDERS).map(([name, label]) => html`<button type="button" key=${name} class="btn" title=${`{{${name}}}`} onClick=${(e) => insert(e, name)}>${t(label)}</button>`)}</div>` },
    { name: 'preview', kind: 'note', content: html`<${Preview} text=${value.body} team=${value.team_id} />` },
  ];
  const prepare = (v) => ({ ...v, shortcut: v.shortcut?.trim().replace(/^\//, ''), user_id: v.user_id ? Number(v.user_id) : null, team_id: v.team_id ? Number(v.team_id) : null });
  return html`<${RecordDialog} type=${TYPE} title=${record ? t('edit.edit', { name: record.name }) : t('canned.new')} record=${record}
    defaults=${{ user_id: mine, team_id: '' }} fields=${fields} prepare=${prepare} onClose=${onClose} />`;
}

export function Canned({ title }) {
  const { state, error, retry } = useShort(TYPE);
  const [gone, setGone] = useState(false);
  const [open, setOpen] = useState(null);         /* { record } */
  const every = all(TYPE);
  const list = every.filter((r) => gone || r.active).sort((a, b) => compare(a.name, b.name));
  const may = (r) => isAdmin.value || r.user_id === me.value.id;
  const whose = (r) => [t(r.user_id ? 'canned.mine' : 'canned.everybody'), r.team_id && rec('team', r.team_id)?.name].filter(Boolean).join(' · ');
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      ${every.some((r) => !r.active) && html`<label class="check"><input type="checkbox" checked=${gone} onChange=${(e) => setGone(e.target.checked)} /><span>${t('record.show_archived')}</span></label>`}
      <button type="button" class="btn btn-primary" onClick=${() => setOpen({ record: null })}><${Icon} name="plus" /> ${t('canned.new')}</button></div></header>
    <p class="muted lead">${t('canned.text')}</p>
    ${state === 'failed' && html`<${Failed} text=${sentence(error)} onRetry=${retry} />`}
    ${state === 'loading' && html`<${Skeleton} rows=${4} />`}
    ${state === 'ready' && !list.length && html`<${Empty} icon="duplicate" title=${t('canned.none')}>
      <button type="button" class="btn btn-primary" onClick=${() => setOpen({ record: null })}>${t('canned.new')}</button></${Empty}>`}
    ${list.length > 0 && html`<ul class="cards-list" aria-label=${title}>${list.map((r) => html`<li key=${r.id} class="canned-row"><span class="canned-text">
        ${may(r) ? html`<button type="button" class="btn-cell" onClick=${() => setOpen({ record: r })}><strong dir="auto">${r.name}</strong></button>` : html`<strong dir="auto">${r.name}</strong>`}
        <span class="muted">${r.shortcut && html`<bdi dir="ltr">/${r.shortcut}</bdi> · `}${whose(r)}</span></span>
      ${!r.active && html`<span class="tag">${t('record.archived')}</span>`}
      ${may(r) && html`<${RowMenu} type=${TYPE} record=${r} onOpen=${() => setOpen({ record: r })} />`}</li>`)}</ul>`}
    ${open && html`<${Editor} record=${open.record} onClose=${() => setOpen(null)} />`}`;
}
