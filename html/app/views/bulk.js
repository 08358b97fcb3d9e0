/* Many tickets changed at once. */
import { html, useState } from '../html.js';
import { api } from '../api.js';
import { peek, tell, rec, all, ensure, isAdmin, me, stagesOf } from '../store.js';
import { resultSentence, t, sentence } from '../i18n.js';
import { Dialog, toast } from '../parts/dialog.js';
import { Chips } from '../parts/choose.js';
import { createTag, searchOf, searchPeople } from '../tickets.js';
import { meant } from '../lists.js';
import { Icon, Menu, PRIORITIES, priorityName } from '../parts/basics.js';

/*
 * One change of many tickets: tried first (dry run), then done, with what was refused and why; taken back where the
 * old values are known.  change: { set, add_tag_ids, remove_tag_ids, action }.
 */

export const BULK_MOST = 10_000;
const OPPOSITE = { archive: 'unarchive', unarchive: 'archive', follow: 'unfollow', unfollow: 'follow' };

const send = (which, change, dry) => api.post(`/tickets/bulk${dry ? '?dry_run=1' : ''}`, { ...which, ...change });

/** { matched, changed, refused: [{ id, text }], done: [id], ids } */
function digest(answer) {
  const good = (r) => r.status >= 200 && r.status < 300;
  return { matched: answer.matched, changed: answer.changed, done: answer.results.filter(good).map((r) => r.id), ids: answer.results.map((r) => r.id),
    refused: answer.results.filter((r) => !good(r)).map((r) => ({ id: r.id, text: resultSentence(r) })) };
}

/** which: { ids }, or { filter, active }; what is asked about then is `ids`, and exactly these are changed. */
export const tryOut = async (which, change) => digest(await send(which, change, true));

/* What takes the change back, as further changes: old values by group, while the old records are here. */
function inverse(ids, change) {
  const old = ids.map((id) => peek('ticket', id));
  if (old.some((x) => !x) || change.action === 'delete') return null;
  const steps = new Map();
  const add = (id, undo) => {
    const key = JSON.stringify(undo);
    if (!steps.has(key)) steps.set(key, { change: undo, ids: [] });
    steps.get(key).ids.push(id);
  };
  for (const x of old) {
    const undo = {};
    if (change.set) {
      undo.set = Object.fromEntries(Object.keys(change.set).map((k) => [k, x[k] ?? null]));
      if (change.set.team_id) undo.set.stage_id = x.stage_id;
      if (Object.entries(undo.set).every(([k, v]) => v === (change.set[k] ?? null))) continue;
      if (change.set.stage_id || change.set.team_id) undo.set.kanban_state ??= x.kanban_state;         /* a new stage takes it away */
    }
    const added = (change.add_tag_ids ?? []).filter((tag) => !x.tag_ids?.includes(tag));
    const removed = (change.remove_tag_ids ?? []).filter((tag) => x.tag_ids?.includes(tag));
    if (added.length) undo.remove_tag_ids = added;
    if (removed.length) undo.add_tag_ids = removed;
    if (change.action) undo.action = OPPOSITE[change.action];
    if (Object.keys(undo).length) add(x.id, undo);
  }
  return [...steps.values()];
}

async function run(ids, change) {
  const result = digest(await send({ ids }, change, false));
  tell('ticket', null);
  return result;
}

/** Does it; resolves to { ...digest, undo }, undo being a function or null. */
export async function carryOut(ids, change) {
  const steps = inverse(ids, change);
  const result = await run(ids, change);
  const done = new Set(result.done);
  const back = steps?.map((s) => ({ ...s, ids: s.ids.filter((id) => done.has(id)) })).filter((s) => s.ids.length);
  const undo = back?.length ? async () => {
    const refused = [];
    for (const s of back) refused.push(...(await run(s.ids, s.change)).refused);
    return refused;
  } : null;
  return { ...result, undo };
}

/* Which tags many tickets get and lose. */

const items = (ids) => ids.map((id) => ({ id, label: rec('tag', id)?.name ?? '…' }));

export function TagDialog({ onApply, onClose }) {
  const [add, setAdd] = useState([]);
  const [remove, setRemove] = useState([]);
  const make = (name) => createTag(name).then((tag) => tag && setAdd([...add, tag.id]));
  const change = { ...(add.length ? { add_tag_ids: add } : {}), ...(remove.length ? { remove_tag_ids: remove } : {}) };
  return html`<${Dialog} title=${t('bulk.tags')} onClose=${onClose}>
    <div class="field"><span class="label">${t('bulk.tags_add')}</span><${Chips} plain label=${t('bulk.tags_add')} items=${items(add)} search=${searchOf('tag')}
      onAdd=${(o) => setAdd([...add, o.id])} onRemove=${(o) => setAdd(add.filter((x) => x !== o.id))} onCreate=${make} /></div>
    <div class="field"><span class="label">${t('bulk.tags_remove')}</span><${Chips} plain label=${t('bulk.tags_remove')} items=${items(remove)} search=${searchOf('tag')}
      onAdd=${(o) => setRemove([...remove, o.id])} onRemove=${(o) => setRemove(remove.filter((x) => x !== o.id))} /></div>
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button>
      <button type="button" class="btn btn-primary" disabled=${!add.length && !remove.length} onClick=${() => onApply(change)}>${t('action.save')}</button></div></${Dialog}>`;
}

/* What can be done with the chosen tickets, and the question before it is done. */

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
