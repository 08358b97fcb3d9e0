/* The order of a team's stages (STG-4): where there is room between the neighbours only the moved one is written. */
import { batch } from './html.js';
import { api } from './api.js';
import { load, put } from './store.js';

const STEP = 10;

/** [[stage, sequence]]: what to write so that the stage at `from` stands at `to`. */
export function reordered(stages, from, to) {
  const next = [...stages];
  const [moved] = next.splice(from, 1);
  next.splice(to, 0, moved);
  const before = next[to - 1]?.sequence, after = next[to + 1]?.sequence;
  const middle = before === undefined ? after - STEP : after === undefined ? before + STEP : Math.floor((before + after) / 2);
  const rising = next.every((s, i) => i === 0 || i === to || i - 1 === to || next[i - 1].sequence < s.sequence || (next[i - 1].sequence === s.sequence && next[i - 1].id < s.id));
  if (rising && (before === undefined || middle > before) && (after === undefined || middle < after)) return [[moved, middle]];
  return next.map((s, i) => [s, (i + 1) * STEP]).filter(([s, n]) => s.sequence !== n);
}

/** Shown at once; taken back where it is refused, with the error thrown. */
export async function moveStage(stages, from, to) {
  const moves = reordered(stages, from, to);
  batch(() => moves.forEach(([s, sequence]) => put('stage', { ...s, sequence }, true)));
  try {
    for (const [s, sequence] of moves) put('stage', await api.patch(`/stages/${s.id}`, { sequence }, s.version), true);
  } catch (e) {
    await Promise.all(moves.map(([s]) => load('stage', s.id).catch(() => put('stage', s, true))));
    throw e;
  }
}
