/* A ticket in the list. */
import { html, cx } from '../html.js';
import { t } from '../i18n.js';
import { age, dateTime } from '../format.js';
import { rec } from '../store.js';
import { href } from '../router.js';
import { Person } from './avatar.js';
import { Stars } from './priority.js';
import { StateMark } from './state.js';

export function Row({ id, selected, onSelect, showTeam, staff }) {
  const ticket = rec('ticket', id);
  if (!ticket) return null;
  const team = rec('team', ticket.team_id), stage = rec('stage', ticket.stage_id), user = rec('user', ticket.user_id);
  return html`<tr class=${cx('row', selected && 'row-selected', ticket.closed && 'row-closed')} data-row=${id}>
    ${staff && html`<td class="c-check"><label class="hit"><input type="checkbox" checked=${selected} onChange=${(e) => onSelect(id, e.target.checked)} />
      <span class="hidden">${t('list.select', { ref: ticket.ticket_ref })}</span></label></td>`}
    <td class="c-ref"><span class="ref">${ticket.ticket_ref}</span></td>
    <td class="c-title"><div class="c-title-box"><a href=${href(`/tickets/${id}`)} data-link=${id}><span class="row-title" dir="auto">${ticket.name}</span></a>
      <${StateMark} value=${ticket.kanban_state} /></div></td>
    <td class="c-priority"><${Stars} value=${ticket.priority} /></td>
    <td class="c-customer"><bdi>${ticket.partner_name || ticket.partner_email}</bdi></td>
    ${showTeam && html`<td class="c-team"><span class=${`dot hue-${team?.color ?? 0}`}></span><bdi>${team?.name}</bdi></td>`}
    <td class="c-stage">${(stage || ticket.closed) && html`<span class=${cx('tag', ticket.closed && 'tag-closed')}><bdi>${stage?.name ?? t('ticket.closed_on')}</bdi></span>`}</td>
    ${staff && html`<td class="c-assignee"><${Person} id=${user?.id} name=${user?.name} none=${ticket.user_id ? '' : t('ticket.unassigned')} /></td>`}
    <td class="c-age"><time datetime=${ticket.create_date} title=${dateTime(ticket.create_date)}>${age(ticket.create_date)}</time></td>
  </tr>`;
}
