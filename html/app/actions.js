/*
 * Changes to tickets: shown at once, sent with the version they were made on, taken back when refused.  A change
 * somebody else made to other fields in the meantime is no obstacle; one to the same field is.
 */
import { api } from './api.js';
import { peek, put, tell } from './store.js';
import { t } from './i18n.js';
import { sentence } from './errors.js';
import { toast } from './parts/toast.js';

async function send(before, patch) {
  let version = before.version;
  for (let tries = 0; ; tries++) {
    try {
      return await api.patch(`/tickets/${before.id}`, patch, version);
    } catch (e) {
      if (e.code !== 'version_mismatch' || tries === 3) throw e;
      const fresh = await api.get(`/tickets/${before.id}`);
      if (Object.keys(patch).some((k) => fresh[k] !== before[k])) {
        put('ticket', fresh, true);
        throw e;
      }
      version = fresh.version;
    }
  }
}

async function one(id, patch) {
  const before = peek('ticket', id);
  if (!before || Object.keys(patch).every((k) => before[k] === patch[k])) return null;
  put('ticket', { ...before, ...patch }, true);
  tell('ticket', [id]);
  try {
    put('ticket', await send(before, patch), true);
    return Object.fromEntries(Object.keys(patch).map((k) => [k, before[k]]));
  } catch (e) {
    if (e.code !== 'version_mismatch') put('ticket', before, true);
    throw e;
  } finally {
    tell('ticket', [id]);
  }
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
        failed.push(e);
      }
    }
  }));
  if (failed.length) {
    const e = failed[0];
    toast(e.code === 'version_mismatch' ? t('conflict.same_field') : sentence(e), { bad: true });
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
