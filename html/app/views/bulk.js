/* What can be done with the chosen tickets, and the question before it is done. */
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { all, ensure, isAdmin, me, peek, stagesOf } from '../store.js';
import { BULK_MOST, carryOut, tryOut } from '../bulk.js';
import { sentence } from '../errors.js';
import { meant } from '../query.js';
import { Dialog } from '../parts/dialog.js';
import { Icon } from '../parts/icon.js';
import { Menu } from '../parts/menu.js';
import { toast } from '../parts/toast.js';
import { PRIORITIES, priorityName } from '../parts/priority.js';
import { TagDialog } from './bulk-tags.js';
import { searchPeople } from './pick.js';

const ASK_FROM = 50;         /* so many tickets are asked about even when nothing is in the way */
const SHOWN = 50;

function Refused({ list }) {
  return html`<h3>${t('bulk.refused', { n: list.length })}</h3>
    <ul class="refused">${list.slice(0, SHOWN).map((r) => html`<li key=${r.id}><span class="ref">${peek('ticket', r.id)?.ticket_ref ?? r.id}</span>
      <span><bdi>${peek('ticket', r.id)?.name}</bdi> <span class="bad">${r.text}</span></span></li>`)}
      ${list.length > SHOWN && html`<li class="muted">${t('bulk.and_more', { n: list.length - SHOWN })}</li>`}</ul>`;
}

/* plan: { label, change, danger }; trial: what the dry run said. */
function Ask({ plan, trial, onYes, onClose }) {
  const [busy, setBusy] = useState(false);
  const yes = () => { setBusy(true); onYes(); };
  return html`<${Dialog} wide title=${plan.label} onClose=${onClose}>
    <p>${trial.changed ? t('bulk.will_change', { n: trial.changed, all: trial.matched }) : t('bulk.nothing')}</p>
    ${plan.danger && html`<p class="problem">${t('bulk.for_good')}</p>`}
    ${!plan.undoable && !plan.danger && html`<p class="muted">${t('bulk.no_undo')}</p>`}
    ${trial.refused.length > 0 && html`<${Refused} list=${trial.refused} />`}
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button>
      <button type="button" class=${plan.danger ? 'btn btn-danger' : 'btn btn-primary'} disabled=${busy || !trial.changed} autofocus=${!plan.danger} onClick=${yes}>
        ${t('bulk.go', { n: trial.changed })}</button></div></${Dialog}>`;
}

function Outcome({ refused, onClose }) {
  return html`<${Dialog} wide title=${t('bulk.partly')} onClose=${onClose}><${Refused} list=${refused} />
    <div class="buttons"><button type="button" class="btn btn-primary" autofocus onClick=${onClose}>${t('action.close')}</button></div></${Dialog}>`;
}

function useBulk(target, everything, clear) {
  const [asked, setAsked] = useState(null);
  const [refused, setRefused] = useState(null);
  const [busy, setBusy] = useState(false);
  const failed = (e) => toast(sentence(e), { bad: true });
  const perform = async (plan) => {
    const result = await carryOut(plan.ids, plan.change);
    const undo = result.undo && (() => result.undo().then((left) => { if (left.length) setRefused(left); }).catch(failed));
    if (result.changed) toast(t('bulk.done', { n: result.changed }), { undo });
    if (result.refused.length) setRefused(result.refused);
    else clear();
  };
  const start = async (label, change, danger = false) => {
    if (busy) return;
    setBusy(true);
    try {
      const trial = await tryOut(target(), change);
      const plan = { label, change, danger, ids: trial.ids };
      plan.undoable = plan.ids.every((id) => peek('ticket', id));
      if (danger || everything || trial.refused.length || !trial.changed || trial.changed >= ASK_FROM) setAsked({ plan, trial });
      else await perform(plan);
    } catch (e) {
      failed(e);
    }
    setBusy(false);
  };
  const dialogs = html`
    ${asked && html`<${Ask} ...${asked} onClose=${() => setAsked(null)}
      onYes=${() => perform(asked.plan).catch(failed).finally(() => setAsked(null))} />`}
    ${refused && html`<${Outcome} refused=${refused} onClose=${() => { setRefused(null); clear(); }} />`}`;
  return { start, busy, dialogs };
}

export function Bulk({ ids, everything, setEverything, count, params, team, clear }) {
  const [tags, setTags] = useState(false);
  const target = () => (everything ? meant(params) : { ids });
  const { start, busy, dialogs } = useBulk(target, everything, clear);
  const teams = everything ? new Set(team ? [Number(team)] : []) : new Set(ids.map((id) => peek('ticket', id)?.team_id));
  const stages = teams.size === 1 ? stagesOf([...teams][0]) : [];
  const archived = ids.every((id) => peek('ticket', id)?.active === false);
  const types = all('ticket_type').filter((x) => x.active);
  const n = everything ? count : ids.length;
  const set = (label, values) => start(label, { set: values });
  const move = [...stages.map((s) => ({ label: s.name, run: () => set(`${t('action.move')}: ${s.name}`, { stage_id: s.id }) })), stages.length > 0 && { line: true },
    { head: t('bulk.to_team') }, ...all('team').filter((x) => x.active && !(teams.size === 1 && teams.has(x.id)))
      .map((x) => ({ label: x.name, run: () => set(`${t('bulk.to_team')}: ${x.name}`, { team_id: x.id }) }))];
  const assignee = (u) => set(u ? t('bulk.assign_to', { name: u.label }) : t('bulk.unassign'), { user_id: u?.id ?? null });
  const more = [
    ...(types.length ? [{ head: t('ticket.type') }, { label: t('word.none'), run: () => set(t('ticket.type'), { ticket_type_id: null }) },
      ...types.map((x) => ({ label: x.name, run: () => set(`${t('ticket.type')}: ${x.name}`, { ticket_type_id: x.id }) })), { line: true }] : []),
    { label: t('ticket.follow'), icon: 'eye', run: () => start(t('ticket.follow'), { action: 'follow' }) },
    { label: t('ticket.unfollow'), icon: 'eye', run: () => start(t('ticket.unfollow'), { action: 'unfollow' }) },
    { label: archived ? t('action.unarchive') : t('action.archive'), icon: 'archive',
      run: () => start(archived ? t('action.unarchive') : t('action.archive'), { action: archived ? 'unarchive' : 'archive' }) },
    isAdmin.value && { label: t('action.delete'), icon: 'trash', danger: true, run: () => start(t('action.delete'), { action: 'delete' }, true) }];
  return html`<div class="bulk" role="toolbar" aria-label=${t('list.selected', { n })} aria-busy=${busy ? 'true' : undefined}>
    <strong>${t('list.selected', { n })}</strong>
    ${!everything && count > ids.length && html`<button type="button" class="btn btn-link" onClick=${() => setEverything(true)} disabled=${count > BULK_MOST}
      title=${count > BULK_MOST ? t('bulk.most', { n: BULK_MOST }) : undefined}>${t('bulk.everything', { n: count })}</button>`}
    <button type="button" class="btn" onClick=${() => assignee({ id: me.value.id, label: me.value.name })}>${t('ticket.assign_me')}</button>
    <${Menu} className="btn" label=${t('action.assign')} items=${[{ label: t('ticket.unassigned'), run: () => assignee(null) }, { line: true },
      ...searchPeople('').map((p) => ({ label: p.label, run: () => assignee(p) }))]}>${t('action.assign')} <${Icon} name="down" /></${Menu}>
    <${Menu} className="btn" label=${t('action.move')} items=${move}>${t('action.move')} <${Icon} name="down" /></${Menu}>
    <${Menu} className="btn" label=${t('ticket.priority')} items=${PRIORITIES.map((p) => ({ label: priorityName(p), run: () => set(`${t('ticket.priority')}: ${priorityName(p)}`, { priority: p }) }))}>
      ${t('ticket.priority')} <${Icon} name="down" /></${Menu}>
    <button type="button" class="btn" onClick=${() => ensure('tag').catch(() => {}).then(() => setTags(true))}>${t('ticket.tags')}</button>
    <${Menu} className="btn" label=${t('ticket.more')} items=${more}>${t('nav.more')} <${Icon} name="down" /></${Menu}>
    <button type="button" class="btn btn-icon" aria-label=${t('list.clear')} onClick=${clear}><${Icon} name="close" /></button>
    ${tags && html`<${TagDialog} onClose=${() => setTags(false)} onApply=${(change) => { setTags(false); start(t('bulk.tags'), change); }} />`}
    ${dialogs}</div>`;
}
