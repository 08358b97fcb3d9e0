/* Priority as stars: shown, or chosen (radio buttons under the hood, so arrow keys work). */
import { html, useId } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';

export const PRIORITIES = ['0', '1', '2', '3'];
const NAMES = { 0: 'priority.low', 1: 'priority.medium', 2: 'priority.high', 3: 'priority.urgent' };
export const priorityName = (p) => t(NAMES[p] ?? NAMES[0]);

const Star = ({ on }) => html`<span class=${on ? 'star star-on' : 'star'}><${Icon} name="star" /></span>`;

export function Stars({ value }) {
  const n = Number(value);
  if (!n) return html`<span class="hidden">${priorityName(value)}</span>`;
  return html`<span class=${`stars stars-${n}`} title=${priorityName(value)}>
    <span class="hidden">${t('ticket.priority')}: ${priorityName(value)}</span>
    ${[1, 2, 3].slice(0, n).map((i) => html`<${Star} key=${i} on />`)}</span>`;
}

export function PriorityPicker({ value, onChange, label }) {
  const id = useId();
  return html`<fieldset class="rate">
    <legend class="hidden">${label}</legend>
    ${PRIORITIES.map((p) => html`<label key=${p} class=${p === '0' ? 'rate-none' : 'rate-star'} title=${priorityName(p)}>
      <input type="radio" name=${id} value=${p} checked=${value === p} onChange=${() => onChange(p)} />
      ${p === '0' ? html`<span class="rate-dot"></span>` : html`<${Star} on=${Number(p) <= Number(value)} />`}
      <span class="hidden">${priorityName(p)}</span></label>`)}
    <span class="muted rate-name" aria-hidden="true">${priorityName(value)}</span>
  </fieldset>`;
}
