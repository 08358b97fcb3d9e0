/* Nothing here yet: a sentence and what to do; and grey shapes while something is on its way. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';

export function Empty({ icon, title, text, children }) {
  return html`<div class="empty"><span class="empty-icon"><${Icon} name=${icon} /></span>
    <p class="empty-title">${title}</p>${text && html`<p class="muted">${text}</p>`}${children}</div>`;
}

export function Failed({ text, onRetry, children }) {
  return html`<${Empty} icon="warn" title=${text}>${children}
    <button type="button" class="btn" onClick=${onRetry}>${t('action.retry')}</button></${Empty}>`;
}

export function Skeleton({ rows = 6, kind = 'row' }) {
  return html`<div class=${`skeletons skeletons-${kind}`} role="status"><span class="hidden">${t('state.loading')}</span>
    ${Array.from({ length: rows }, (_, i) => html`<div key=${i} class="skeleton" aria-hidden="true"></div>`)}</div>`;
}
