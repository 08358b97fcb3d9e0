/* Who else is at this ticket. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { others, usePresence } from '../presence.js';
import { list } from '../format.js';
import { Icon } from '../parts/icon.js';

export function Live({ id }) {
  usePresence(id);
  const there = others(id);
  const names = (state) => list(there.filter((p) => p.state === state).map((p) => p.name));
  const count = (state) => there.filter((p) => p.state === state).length;
  return html`<p class="muted live" role="status">${count('typing') > 0 && html`<span><${Icon} name="edit" /> <bdi>${t('live.typing', { names: names('typing') })}</bdi> </span>`}
    ${count('viewing') > 0 && html`<span><${Icon} name="eye" /> <bdi>${t('live.viewing', { names: names('viewing') })}</bdi></span>`}</p>`;
}
