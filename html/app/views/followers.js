/* Who follows a ticket or a team, and what each hears of (CHT-6, VIS-18 .. VIS-20). */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { me } from '../store.js';
import { api } from '../api.js';
import { explain, sentence } from '../errors.js';
import { toast } from '../parts/toast.js';
import { Avatar } from '../parts/avatar.js';
import { Combobox } from '../parts/combobox.js';
import { Failed, Skeleton } from '../parts/empty.js';
import { Icon } from '../parts/icon.js';
import { Menu } from '../parts/menu.js';
import { searchContacts } from './pick.js';

const SUBTYPES = { comment: 'follow.comment', note: 'follow.note', activity: 'follow.activity', created: 'follow.created', stage: 'follow.stage', rating: 'follow.rating' };
const INTERNAL = ['note', 'activity'];       /* nothing for contacts and customers (VIS-19) */

/* A new ticket happens in a team, not to a ticket. */
const offered = (f, team) => Object.entries(SUBTYPES).filter(([name]) => (team || name !== 'created') && (f.kind === 'internal' || !INTERNAL.includes(name)));

function Follower({ f, team, manage, onSet, onRemove }) {
  const own = f.partner_id === me.value.partner_id, name = f.name || '…';
  const toggle = (which) => onSet(f, f.subtypes.includes(which) ? f.subtypes.filter((x) => x !== which) : [...f.subtypes, which]);
  return html`<li class="follower"><${Avatar} id=${f.partner_id} name=${name} small /><bdi>${name}</bdi>
    ${(manage || own) && html`<${Menu} label=${own ? t('follow.choose') : t('follow.choose_of', { name })} icon="settings" items=${offered(f, team).map(([which, key]) => ({
      label: t(key), checked: f.subtypes.includes(which), keep: true, run: () => toggle(which) }))} />`}
    ${manage && html`<button type="button" class="btn btn-icon" aria-label=${t('chips.remove', { name })} onClick=${() => onRemove(f.partner_id)}><${Icon} name="close" /></button>`}</li>`;
}

/** path: of the ticket or team; manage: may the person decide for others?; version: changes when the list may have. */
export function Followers({ path, team, manage, version }) {
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  const [notify, setNotify] = useState(false);
  const take = (page) => { if (page) setList(page.items); setError(null); };
  const read = () => api.get(`${path}/followers`).then(take, setError);
  useEffect(() => { read(); }, [path, version]);
  const attempt = (run) => run().then((page) => (page ? take(page) : read()), (e) => toast(explain(e), { bad: true }));
  const add = (id, tell) => attempt(() => api.post(`${path}/followers`, { partner_ids: [id], notify: tell }));
  const remove = (id) => attempt(() => api.delete(`${path}/followers/${id}`).then(() => null));
  const set = (f, subtypes) => attempt(() => api.patch(`${path}/followers/${f.partner_id}`, { subtypes }));
  const own = me.value.partner_id, follows = list?.some((f) => f.partner_id === own);
  const others = async (words) => (await searchContacts(words)).filter((o) => !list?.some((f) => f.partner_id === o.id));
  return html`<div class="prop prop-wide followers"><div class="prop-head"><h2>${t('ticket.followers')}</h2>
      ${list && own && html`<button type="button" class="btn btn-link" onClick=${() => (follows ? remove(own) : add(own, false))}>${t(follows ? 'ticket.unfollow' : 'ticket.follow')}</button>`}</div>
    ${error ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !list ? html`<${Skeleton} kind="text" rows=${2} />`
      : html`<ul class="follower-list">${list.map((f) => html`<${Follower} key=${f.partner_id} f=${f} team=${team} manage=${manage} onSet=${set} onRemove=${remove} />`)}</ul>`}
    ${manage && html`<${Combobox} label=${t('ticket.add_follower')} placeholder=${t('ticket.add_follower')} search=${others} onChoose=${(o) => o && add(o.id, notify)} clearAfter />
      <label class="check"><input type="checkbox" checked=${notify} onChange=${(e) => setNotify(e.target.checked)} /><span>${t('follow.tell')}</span></label>`}</div>`;
}
