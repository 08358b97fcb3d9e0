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
    <${Icon} name="star" times=${n} /></span>`;
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

/** Stars to click on a card (TKT-3): the present one again takes it away.  By keyboard: p on the card. */
export function StarButtons({ value, onChange }) {
  const n = Number(value);
  return html`<span class=${`stars star-buttons stars-${n}`} role="group" aria-label=${`${t('ticket.priority')}: ${priorityName(value)}`}>
    ${[1, 2, 3].map((i) => html`<button type="button" key=${i} tabindex="-1" class=${i <= n ? 'star star-on' : 'star'} aria-label=${priorityName(String(i))} title=${priorityName(String(i))}
      aria-pressed=${i === n ? 'true' : 'false'} onClick=${() => onChange(i === n ? '0' : String(i))}><${Icon} name="star" /></button>`)}</span>`;
}
