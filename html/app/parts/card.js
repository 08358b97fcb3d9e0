/* A ticket on the board. */
import { html, cx } from '../html.js';
import { t } from '../i18n.js';
import { age, dateTime } from '../format.js';
import { rec } from '../store.js';
import { href } from '../router.js';
import { Avatar } from './avatar.js';
import { Stars } from './priority.js';
import { StateMark } from './state.js';
import { Menu } from './menu.js';

export function Card({ id, stages, onMove, onDrag, dragging, stageId }) {
  const ticket = rec('ticket', id);
  if (!ticket) return null;
  const user = rec('user', ticket.user_id);
  const start = (e) => {
    e.dataTransfer.effectAllowed = 'move';
    e.dataTransfer.setData('text/plain', String(id));
    onDrag(id);
  };
  return html`<li class=${cx('card', dragging && 'card-dragged')} draggable="true" data-ticket=${id}
      onDragStart=${start} onDragEnd=${() => onDrag(null)}>
    <div class="card-head"><span class="ref">${ticket.ticket_ref}</span><${StateMark} value=${ticket.kanban_state} />
      <${Menu} label=${t('board.move_to', { ref: ticket.ticket_ref })} icon="move" className="btn btn-icon card-move"
        items=${stages.map((s) => ({ label: s.name, checked: s.id === stageId, run: () => s.id !== stageId && onMove(id, s.id) }))} /></div>
    <a class="card-title" href=${href(`/tickets/${id}`)} draggable="false" data-card=${id} dir="auto"
      aria-keyshortcuts="Shift+ArrowLeft Shift+ArrowRight">${ticket.name}</a>
    <div class="card-foot"><span class="card-customer muted" dir="auto">${ticket.partner_name}</span><${Stars} value=${ticket.priority} />
      <time class="muted" datetime=${ticket.create_date} title=${dateTime(ticket.create_date)}>${age(ticket.create_date)}</time>
      ${user ? html`<span title=${user.name}><${Avatar} id=${user.id} name=${user.name} small /><span class="hidden">${t('ticket.assignee')}: ${user.name}</span></span>`
        : html`<span class="hidden">${t('ticket.unassigned')}</span>`}</div></li>`;
}
