/* A ticket on the board. */
import { html, cx } from '../html.js';
import { t } from '../i18n.js';
import { age, dateTime } from '../format.js';
import { rec } from '../store.js';
import { propertyText } from '../properties.js';
import { href } from '../router.js';
import { Avatar } from './avatar.js';
import { StarButtons } from './priority.js';
import { StateDot } from './state.js';
import { Clock } from './clock.js';
import { Tags } from './tags.js';
import { Menu } from './menu.js';

function Facts({ ticket, properties }) {
  const facts = properties.map((p) => [p, propertyText(p, ticket.properties?.[p.name])]).filter(([, text]) => text);
  const type = rec('ticket_type', ticket.ticket_type_id)?.name;
  if (!facts.length && !type && !ticket.tag_ids?.length) return null;
  return html`<div class="card-facts">${type && html`<span class="card-type"><bdi>${type}</bdi></span>`}<${Tags} ids=${ticket.tag_ids} most=${5} />
    ${facts.map(([p, text]) => html`<span key=${p.name} class="card-fact"><span class="muted"><bdi>${p.label}</bdi>:</span> <bdi>${text}</bdi></span>`)}</div>`;
}

export function Card({ id, stages, onMove, onDrag, onChange, dragging, stage, properties }) {
  const ticket = rec('ticket', id);
  if (!ticket) return null;
  const user = rec('user', ticket.user_id);
  const start = (e) => {
    e.dataTransfer.effectAllowed = 'move';
    e.dataTransfer.setData('text/plain', String(id));
    e.stopPropagation();
    onDrag({ card: id });
  };
  return html`<li class=${cx('card', dragging && 'card-dragged', ticket.color > 0 && `card-hue hue-${ticket.color}`)} draggable="true" data-ticket=${id}
      onDragStart=${start} onDragEnd=${() => onDrag(null)}>
    <div class="card-head"><span class="ref">${ticket.ticket_ref}</span><${StateDot} value=${ticket.kanban_state} stage=${stage} onChange=${(s) => onChange(id, { kanban_state: s })} />
      <${Clock} ticket=${ticket} /><${Menu} label=${t('board.move_to', { ref: ticket.ticket_ref })} icon="move" className="btn btn-icon card-move"
        items=${stages.map((s) => ({ label: s.name, checked: s.id === stage.id, run: () => s.id !== stage.id && onMove(id, s.id) }))} /></div>
    <a class="card-title" href=${href(`/tickets/${id}`)} draggable="false" data-card=${id} dir="auto"
      aria-keyshortcuts="Shift+ArrowLeft Shift+ArrowRight">${ticket.name}</a>
    <${Facts} ticket=${ticket} properties=${properties} />
    <div class="card-foot"><${StarButtons} value=${ticket.priority} onChange=${(p) => onChange(id, { priority: p })} />
      <span class="card-customer muted" dir="auto">${ticket.partner_name}</span>
      <time class="muted" datetime=${ticket.create_date} title=${dateTime(ticket.create_date)}>${age(ticket.create_date)}</time>
      ${user ? html`<span title=${user.name}><${Avatar} id=${user.id} name=${user.name} small /><span class="hidden">${t('ticket.assignee')}: ${user.name}</span></span>`
        : html`<span class="hidden">${t('ticket.unassigned')}</span>`}</div></li>`;
}
