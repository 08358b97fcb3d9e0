/*
 * Changes to tickets: shown at once, sent with the version they were made on, taken back when refused.  A change
 * somebody else made to other fields in the meantime is no obstacle; one to the same field is.
 */
import { api } from './api.js';
import { dressWith, peek, put, tell } from './store.js';
import { t } from './i18n.js';
import { explain, sentence } from './errors.js';
import { FIELDS, sayValue } from './fields.js';
import { toast } from './parts/toast.js';

/* Properties are one field with a value each: a patch names those it changes, null takes one away. */
const merged = (record, patch) => ({ ...record, ...patch, ...(patch.properties ? { properties: { ...record.properties, ...patch.properties } } : {}) });
const valuesOf = (record, patch) => Object.fromEntries(Object.entries(patch).map(([k, v]) => [k, k === 'properties'
  ? Object.fromEntries(Object.keys(v).map((p) => [p, record.properties?.[p] ?? null])) : record[k] ?? null]));
const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

async function send(before, patch) {
  let version = before.version;
  for (let tries = 0; ; tries++) {
    try {
      return await api.patch(`/tickets/${before.id}`, patch, version);
    } catch (e) {
      if (e.code !== 'version_mismatch' || tries === 3) throw e;
      const fresh = await api.get(`/tickets/${before.id}`);
      const clash = Object.keys(patch).find((k) => !same(valuesOf(fresh, patch)[k], valuesOf(before, patch)[k])
        && !same(valuesOf(fresh, patch)[k], patch[k]));
      if (clash) throw Object.assign(e, { clash, fresh });
      version = fresh.version;
    }
  }
}

/* Changes of one ticket go one after the other; until they are answered they are shown over whatever comes in. */
const lanes = new Map();         /* id -> { base: as the server has it, patches, tail } */
dressWith((type, record) => (type === 'ticket' && lanes.has(record.id) ? lanes.get(record.id).patches.reduce(merged, record) : record));

async function deliver(id, patch, lane) {
  let answer = lane.base;
  try {
    answer = await send(lane.base, patch);
  } catch (e) {
    answer = e.fresh ?? await api.get(`/tickets/${id}`).catch(() => lane.base);
    throw e;
  } finally {
    lane.base = answer;
    lane.patches = lane.patches.filter((p) => p !== patch);
    if (!lane.patches.length) lanes.delete(id);
    put('ticket', answer, true);
    tell('ticket', [id]);
  }
}

async function one(id, patch) {
  const before = peek('ticket', id);
  if (!before || same(valuesOf(before, patch), valuesOf(merged(before, patch), patch))) return null;
  const lane = lanes.get(id) ?? { base: before, patches: [], tail: Promise.resolve() };
  lanes.set(id, lane);
  lane.patches.push(patch);
  put('ticket', before, true);
  const mine = lane.tail.then(() => deliver(id, patch, lane));
  lane.tail = mine.catch(() => {});
  await mine;
  return valuesOf(before, patch);
}

/* Somebody changed the same field first: what it is now, and one's own value a key away. */
function tellClash(e, id, patch) {
  const field = e.clash, value = e.fresh[field];
  const now = Array.isArray(value) ? value.map((v) => sayValue(field, v)).join(', ') || t('word.none')
    : typeof value === 'object' && value ? '' : sayValue(field, value);
  toast(t('conflict.now', { name: name('user', e.fresh.write_uid) || t('conflict.somebody'), field: FIELDS[field] ? t(FIELDS[field].label) : field, value: now }),
    { bad: true, action: { label: t('conflict.keep_mine'), run: () => change([id], patch) } });
}

const LANES = 4;

/** Change one or many tickets; resolves to true when all went well.  With a message, an undo is offered. */
export async function change(ids, patch, message) {
  const queue = [...ids];
  const undo = [];
  const failed = [];
  await Promise.all(Array.from({ length: Math.min(LANES, queue.length) }, async () => {
    for (let id; (id = queue.shift()) !== undefined;) {
      try {
        const was = await one(id, patch);
        if (was) undo.push([id, was]);
      } catch (e) {
        failed.push([e, id]);
      }
    }
  }));
  if (failed.length) {
    const [e, id] = failed[0];
    if (e.clash) tellClash(e, id, patch);
    else toast(explain(e), { bad: true });
  }
  if (undo.length && message) {
    toast(message, { undo: () => Promise.all(undo.map(([id, was]) => one(id, was)))
      .catch((e) => toast(sentence(e), { bad: true })) });
  }
  return failed.length === 0;
}

const name = (type, id) => peek(type, id)?.name ?? '';

export const move = (ids, stageId) => change(ids, { stage_id: stageId },
  t('done.moved', { n: ids.length, stage: name('stage', stageId) }));

export const assign = (ids, userId) => change(ids, { user_id: userId },
  userId ? t('done.assigned', { n: ids.length, name: name('user', userId) }) : t('done.unassigned', { n: ids.length }));

export const setPriority = (ids, priority) => change(ids, { priority }, t('done.priority', { n: ids.length }));

export const archive = (ids, active = false) => change(ids, { active },
  active ? t('done.unarchived', { n: ids.length }) : t('done.archived', { n: ids.length }));
