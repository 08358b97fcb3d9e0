/* Kanban state: colour and shape, never colour alone; named by the legends of its stage where it has some. */
import { html, cx } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';
import { Menu } from './menu.js';

const NAMES = { normal: 'state.normal', done: 'state.done', blocked: 'state.blocked' };
const ICONS = { normal: 'open', done: 'check', blocked: 'blocked' };
export const STATES = Object.keys(NAMES);
export const stateName = (s, stage) => stage?.[`legend_${s}`] || t(NAMES[s] ?? NAMES.normal);

export function StateMark({ value, stage }) {
  if (!value || value === 'normal') return null;
  return html`<span class=${`mark mark-${value}`} title=${stateName(value, stage)}><${Icon} name=${ICONS[value]} />
    <span class="hidden">${stateName(value, stage)}</span></span>`;
}

const choices = (value, stage, onChange) => STATES.map((s) => ({ label: stateName(s, stage), checked: s === value, run: () => onChange(s) }));

export function StatePicker({ value = 'normal', stage, onChange }) {
  return html`<${Menu} className="btn btn-quiet value" label=${`${t('ticket.state')}: ${stateName(value, stage)}`} items=${choices(value, stage, onChange)}>
    <span class=${cx('mark', `mark-${value}`)}><${Icon} name=${ICONS[value]} /></span><bdi>${stateName(value, stage)}</bdi></${Menu}>`;
}

/** The dot on a card. */
export function StateDot({ value = 'normal', stage, onChange }) {
  return html`<${Menu} className="btn btn-icon state-dot" label=${`${t('ticket.state')}: ${stateName(value, stage)}`} items=${choices(value, stage, onChange)}>
    <span class=${cx('mark', `mark-${value}`)}><${Icon} name=${ICONS[value]} /></span></${Menu}>`;
}
