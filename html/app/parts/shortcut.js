/* The keys of a shortcut as they are written on the keyboard. */
import { html } from '../html.js';

const MOD = /Mac|iP(hone|ad)/.test(navigator.platform) ? '⌘' : 'Ctrl';
const NAMES = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Mod: MOD };

export const Keys = ({ keys }) => keys.map((k, i) => html`${i > 0 && ' / '}${k.split(' ').map((part) => html`<kbd dir="ltr">
  ${part.split('+').map((p, n, all) => NAMES[p] ?? (all.length > 1 ? p.toUpperCase() : p)).join(' ')}</kbd>`)}`);
