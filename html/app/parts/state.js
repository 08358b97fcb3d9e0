/* Kanban state: colour and shape, never colour alone. */
import { html, cx } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';

const NAMES = { normal: 'state.normal', done: 'state.done', blocked: 'state.blocked' };
const ICONS = { normal: 'open', done: 'check', blocked: 'blocked' };
export const stateName = (s) => t(NAMES[s] ?? NAMES.normal);

export function StateMark({ value }) {
  if (!value || value === 'normal') return null;
  return html`<span class=${`mark mark-${value}`} title=${stateName(value)}><${Icon} name=${ICONS[value]} />
    <span class="hidden">${stateName(value)}</span></span>`;
}

export function StatePicker({ value = 'normal', onChange }) {
  return html`<${Menu} className="btn btn-quiet value" label=${`${t('ticket.state')}: ${stateName(value)}`}
    items=${Object.keys(NAMES).map((s) => ({ label: stateName(s), checked: s === value, run: () => onChange(s) }))}>
    <span class=${cx('mark', `mark-${value}`)}><${Icon} name=${ICONS[value]} /></span><span>${stateName(value)}</span></${Menu}>`;
}
