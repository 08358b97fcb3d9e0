/* A ticket in the list: a cell for each column that is shown. */
import { html, cx } from '../html.js';
import { t } from '../i18n.js';
import { age, date, dateTime } from '../format.js';
import { rec } from '../store.js';
import { href } from '../router.js';
import { Person } from './avatar.js';
import { Clock } from './clock.js';
import { Stars } from './priority.js';
import { StateMark, stateName } from './state.js';
import { Tags } from './tags.js';

const time = (iso, say) => iso && html`<time datetime=${iso} title=${dateTime(iso)}>${say(iso)}</time>`;

const CELLS = {
  ref: (x) => html`<span class="ref">${x.ticket_ref}</span>`,
  name: (x, { stage, columns, staff }) => html`<div class="c-title-box"><a href=${href(`/tickets/${x.id}`)} data-link=${x.id}><span class="row-title" dir="auto">${x.name}</span></a>
    ${!columns.includes('state') && html`<${StateMark} value=${x.kanban_state} stage=${stage} />`}${staff && html`<${Clock} ticket=${x} />`}</div>`,
  priority: (x) => html`<${Stars} value=${x.priority} />`,
  type: (x) => html`<bdi>${rec('ticket_type', x.ticket_type_id)?.name}</bdi>`,
  tags: (x) => html`<${Tags} ids=${x.tag_ids} most=${3} />`,
  state: (x, { stage }) => html`<${StateMark} value=${x.kanban_state} stage=${stage} /> ${stateName(x.kanban_state, stage)}`,
  customer: (x) => html`<bdi>${x.partner_name || x.partner_email}</bdi>`,
  email: (x) => html`<bdi>${x.partner_email}</bdi>`,
  phone: (x) => html`<bdi dir="ltr">${x.partner_phone}</bdi>`,
  team: (x) => {
    const team = rec('team', x.team_id);
    return html`<span class=${`dot hue-${team?.color ?? 0}`}></span><bdi>${team?.name}</bdi>`;
  },
  stage: (x, { stage }) => (stage || x.closed) && html`<span class=${cx('tag', x.closed && 'tag-closed')}><bdi>${stage?.name ?? t('ticket.closed_on')}</bdi></span>`,
  assignee: (x) => {
    const user = rec('user', x.user_id);
    return html`<${Person} id=${user?.id} name=${user?.name} none=${x.user_id ? '' : t('ticket.unassigned')} />`;
  },
  activity: (x) => time(x.activity_due, date),
  changed: (x) => time(x.write_date, age),
  closed: (x) => time(x.close_date, date),
  age: (x) => time(x.create_date, age),
};

export function Row({ id, index, columns, selected, onSelect, staff }) {
  const ticket = rec('ticket', id);
  if (!ticket) return null;
  const more = { stage: rec('stage', ticket.stage_id), columns, staff };
  const pick = (e) => onSelect(id, e.target.checked, e.shiftKey);
  return html`<tr class=${cx('row', selected && 'row-selected', ticket.closed && 'row-closed')} data-row=${id} aria-rowindex=${index}>
    ${staff && html`<td class="c-check"><label class="hit"><input type="checkbox" checked=${selected} onClick=${pick} />
      <span class="hidden">${t('list.select', { ref: ticket.ticket_ref })}</span></label></td>`}
    ${columns.map((c) => html`<td key=${c} class=${`c-${c}`}>${CELLS[c](ticket, more)}</td>`)}</tr>`;
}
