/*
 * One change of many tickets: tried first (dry run), then done, with what was refused and why; taken back where the
 * old values are known.  change: { set, add_tag_ids, remove_tag_ids, action }.
 */
import { api } from './api.js';
import { peek, tell } from './store.js';
import { resultSentence } from './errors.js';

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
