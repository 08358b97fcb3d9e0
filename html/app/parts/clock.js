/* What is to be done about a ticket, as a clock: its state by colour, mark and words (ACT-7). */
import { html, signal } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';

const WORDS = { none: 'activity.none', planned: 'activity.planned', today: 'activity.today', overdue: 'activity.overdue' };
const MARKS = { today: '•', overdue: '!' };

/** The ticket whose activities are shown in a dialog; null: none. */
export const clockOf = signal(null);

/** By the clock of this minute: a ticket that is read today may be overdue tomorrow. */
export function activityState(ticket) {
  const reached = (time) => !!time && Date.parse(time) <= Date.now();
  if (!ticket.activity_due) return 'none';
  return reached(ticket.activity_late) ? 'overdue' : reached(ticket.activity_due) ? 'today' : 'planned';
}

export const activityName = (state) => t(WORDS[state]);

export function Clock({ ticket }) {
  const state = activityState(ticket);
  const label = `${t('activity.of', { ref: ticket.ticket_ref })}: ${activityName(state)}`;
  return html`<button type="button" class=${`btn btn-icon clock clock-${state}`} aria-haspopup="dialog" aria-label=${label} title=${label}
    onClick=${() => { clockOf.value = ticket.id; }}><${Icon} name="clock" />${MARKS[state] && html`<span class="clock-mark" aria-hidden="true">${MARKS[state]}</span>`}</button>`;
}
