/* One ticket. */
import { html, cx, useEffect, useState } from '../html.js';
import { t, list, explain, sentence } from '../i18n.js';
import { Icon, Menu, Failed, Skeleton, PRIORITIES, STATES, priorityName } from '../parts/basics.js';
import { others, usePresence, api } from '../api.js';
import { drop, isAdmin, isStaff, load, me, need, put, rec, stagesOf, tell } from '../store.js';
import { arrive, back, go, href, useKeys, draft, trail } from '../page.js';
import { archive, assign, move, searchPeople, setPriority, setState } from '../tickets.js';
import { toast, copyCustomerLink, copyText, Confirm } from '../parts/dialog.js';
import { Editor, History } from './ticket-more.js';
import { Activities } from './activity.js';
import { Facts, Side } from './ticket-side.js';
import { Files, ofTicket, Talk } from './talk.js';

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
  if (ticket === null || error) {
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
      ${edit && staff ? html`<${Editor} key=${id} ticket=${ticket} onDone=${() => setEdit(false)} />`
        : !whole ? html`<${Skeleton} kind="text" rows=${4} />`
        : ticket.description ? html`<div class="prose" dir="auto">${ticket.description}</div>`
        : html`<p class="muted">${t('ticket.no_description')} ${staff && html`<button type="button" class="btn btn-link" onClick=${() => setEdit(true)}>${t('ticket.write_description')}</button>`}</p>`}
      ${whole && html`<${Files} ticket=${ticket} />`}
      ${staff && html`<${Activities} key=${id} ticket=${ticket} />`}
      ${whole && html`<${Talk} subject=${ofTicket(ticket)} printer=${printer} />`}
      </div>${staff ? html`<${Side} ticket=${ticket} picker=${picker} />` : html`<${Facts} ticket=${ticket} />`}</div></article>`;
}
