/*
 * Shortcuts: entries { keys, label, icon, run, scope } registered by views while they are shown.  The help
 * overlay and the command palette are made from this registry.  "g i" is a sequence; "Shift+ArrowRight" and "Mod+Enter" are chords.
 */
import { arriving, signal, useEffect, useRef } from './html.js';
import { pref } from './prefs.js';

export const SCOPES = ['global', 'list', 'board', 'ticket', 'dialog'];
export const entries = signal([]);
const singles = pref('keys', true);         /* WCAG 2.1.4: single keys can be switched off */
const PAUSE = 1000;
let typed = [];
let since = 0;

export function useKeys(scope, list) {
  const latest = useRef(list);
  latest.current = list;
  useEffect(() => {
    const mine = list.map((e, i) => ({ scope, keys: e.keys, label: e.label, icon: e.icon, run: (event) => latest.current[i].run(event) }));
    entries.value = [...entries.peek(), ...mine];
    return () => { entries.value = entries.peek().filter((e) => !mine.includes(e)); };
  }, []);
}

/* On a keyboard of another script the place of the key counts. */
function nameOf(e) {
  let key = e.key;
  if (key.length === 1 && key.charCodeAt(0) > 127) {
    if (e.code.startsWith('Key')) key = e.code.slice(3).toLowerCase();
    else if (e.code === 'Slash') key = e.shiftKey ? '?' : '/';
  }
  const mod = e.ctrlKey || e.metaKey ? 'Mod+' : '';
  const shift = e.shiftKey && key.length > 1 ? 'Shift+' : '';
  return mod + shift + (key.length === 1 && mod ? key.toLowerCase() : key);
}

const inField = (el) => !!el?.closest?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=""], [contenteditable=true]');

export function handle(e) {
  if (e.defaultPrevented || arriving() || e.isComposing || e.altKey || ['Shift', 'Control', 'Meta', 'Alt'].includes(e.key)) return;
  const key = nameOf(e);
  const chord = key.includes('+') || key.length > 1;
  if (!key.startsWith('Mod+') && inField(e.target)) return;
  if (!chord && !singles.value) return;
  const modal = document.querySelector('dialog[open]');
  const menu = e.target.closest?.('[role=menu], [role=listbox]');
  if (menu) return;
  const scopes = modal ? ['dialog'] : [...SCOPES].reverse().filter((s) => s !== 'dialog');

  if (e.timeStamp - since > PAUSE) typed = [];
  since = e.timeStamp;
  typed = [...typed, key].slice(-2);
  for (const wanted of [typed.join(' '), key]) {
    for (const scope of scopes) {
      const found = entries.peek().findLast((x) => x.scope === scope && x.keys.includes(wanted));
      if (!found) continue;
      typed = [];
      if (found.run(e) !== false) e.preventDefault();
      return;
    }
  }
}

export const listenKeys = () => document.addEventListener('keydown', handle);

/** For aria-keyshortcuts. */
export const aria = (keys) => (singles.value ? keys.replace('Mod+', 'Control+') : undefined);
