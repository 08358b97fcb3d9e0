/*
 * Short messages at the edge of the window, some with "Undo"; also said aloud.  What lies behind an open dialog is neither
 * seen, reached nor read out, so they show in the topmost one.
 */
import { html, signal, cx, useEffect } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';

const LIFE = 8000;
const MOST = 3;
const shown = signal([]);
let serial = 0;

const layers = signal([]);

/** For a dialog, while it is open. */
export function useLayer(id) {
  useEffect(() => {
    layers.value = [...layers.peek(), id];
    return () => { layers.value = layers.peek().filter((x) => x !== id); };
  }, []);
}

export function say(text, urgent = false) {
  const top = layers.peek().at(-1);
  const region = document.getElementById(`${top ? `${top}-` : ''}${urgent ? 'alert' : 'say'}`);
  if (region) region.textContent = text;
}

const close = (id) => { shown.value = shown.peek().filter((x) => x.id !== id); };

/** undo: a function, offered as "Undo"; action: { label, run }, offered under its own name. */
export function toast(text, { undo, bad, action } = {}) {
  const id = ++serial;
  shown.value = [...shown.peek(), { id, text, undo, bad, action }].slice(-MOST);
  say(text, bad);
  setTimeout(() => close(id), undo || action ? LIFE * 1.5 : LIFE);
}

/** Runs the newest undo; false when there is none. */
export function undoLast() {
  const last = shown.peek().findLast((x) => x.undo);
  if (!last) return false;
  close(last.id);
  last.undo();
  return true;
}

/** layer: the dialog it stands in; none: the page. */
export function Toasts({ layer }) {
  if (layers.value.at(-1) !== layer) return null;
  return html`<section class="toasts" aria-label=${t('toast.region')}>${shown.value.map((x) => html`
    <div key=${x.id} class=${cx('toast', x.bad && 'toast-bad')}>
      <span class="toast-text">${x.text}</span>
      ${x.undo && html`<button type="button" class="btn btn-link" aria-keyshortcuts="z"
        onClick=${() => { close(x.id); x.undo(); }}>${t('action.undo')}</button>`}
      ${x.action && html`<button type="button" class="btn btn-link" onClick=${() => { close(x.id); x.action.run(); }}>${x.action.label}</button>`}
      <button type="button" class="btn btn-icon" aria-label=${t('action.close')} onClick=${() => close(x.id)}>
        <${Icon} name="close" /></button>
    </div>`)}</section>`;
}
