/* A page of settings saved as a whole: parts with headings, and a bar that appears when something is unsaved. */
import { html, cx, useEffect, useRef } from '../html.js';
import { t } from '../i18n.js';

/** loose: sentences about fields that are not on the screen; still: only to be read. */
export function Sheet({ label, problem, loose = [], dirty, busy, onSave, onDiscard, submit, still, children }) {
  const summary = useRef();
  useEffect(() => { if (problem) summary.current?.focus(); }, [problem]);
  const send = (e) => {
    e.preventDefault();
    if (!busy) onSave();
  };
  const quick = (e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) send(e); };
  return html`<form class="sheet" aria-label=${label} novalidate onSubmit=${send} onKeyDown=${quick}>
    ${problem && html`<div class="problem" ref=${summary} tabindex="-1" role="alert"><p>${problem}</p>
      ${loose.length > 0 && html`<ul>${loose.map((s) => html`<li key=${s}>${s}</li>`)}</ul>`}</div>`}
    ${children}
    ${!still && html`<div class=${cx('save-bar', dirty && 'save-bar-on')}><span class="save-bar-text muted" role="status">${dirty ? t('edit.unsaved') : ''}</span>
      ${dirty && onDiscard && html`<button type="button" class="btn" onClick=${onDiscard}>${t('edit.discard')}</button>`}
      <button type="submit" class="btn btn-primary" disabled=${busy || !dirty} aria-keyshortcuts="Control+Enter">${submit ?? t('action.save')}</button></div>`}
  </form>`;
}

export function Part({ title, text, children }) {
  return html`<section class="part"><header class="part-head"><h2>${title}</h2>
    ${text && html`<p class="hint">${text}</p>`}</header><div class="part-body">${children}</div></section>`;
}
