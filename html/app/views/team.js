/* A team's own conversation, and who follows the team (CHT-1, CHT-6). */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { changed, isAdmin, isStaff, me, rec } from '../store.js';
import { arrive, href } from '../router.js';
import { explain, sentence } from '../errors.js';
import { Icon } from '../parts/icon.js';
import { Avatar } from '../parts/avatar.js';
import { Chips } from '../parts/chips.js';
import { Failed, Skeleton } from '../parts/empty.js';
import { toast } from '../parts/toast.js';
import { searchContacts } from './pick.js';
import { ofTeam, Talk } from './ticket-talk.js';
import { Subscription } from './ticket-subscription.js';

function Followers({ id }) {
  const path = `/teams/${id}/followers`;
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  const read = () => api.get(path).then((page) => { setList(page.items); setError(null); }, setError);
  useEffect(() => {
    read();
    return changed((type, ids) => { if (type === 'team' && (!ids || ids.includes(id))) read(); });
  }, [id]);
  const attempt = (run) => run().then(read, (e) => toast(explain(e), { bad: true }));
  const add = (contact) => attempt(() => api.post(path, { partner_ids: [contact] }));
  const remove = (contact) => attempt(() => api.delete(`${path}/${contact}`));
  const own = me.value.partner_id, follows = list?.some((f) => f.partner_id === own);
  const items = (list ?? []).map((f) => ({ id: f.partner_id, label: f.name || '…' }));
  return html`<aside class="side" aria-label=${t('ticket.followers')}><div class="prop prop-wide"><div class="prop-head"><h2>${t('ticket.followers')}</h2>
      ${list && own && html`<button type="button" class="btn btn-link" onClick=${() => (follows ? remove(own) : add(own))}>${follows ? t('ticket.unfollow') : t('ticket.follow')}</button>`}
      ${follows && html`<${Subscription} path=${`/teams/${id}`} />`}</div>
    ${error ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !list ? html`<${Skeleton} kind="text" rows=${2} />`
      : isAdmin.value ? html`<${Chips} items=${items} label=${t('ticket.add_follower')} placeholder=${t('ticket.add_follower')} search=${searchContacts}
          onAdd=${(o) => add(o.id)} onRemove=${(o) => remove(o.id)} />`
      : html`<ul class="chip-list">${items.map((x) => html`<li key=${x.id} class="chip"><${Avatar} id=${x.id} name=${x.label} small /><bdi>${x.label}</bdi></li>`)}</ul>`}</div></aside>`;
}

export default function TeamView({ params }) {
  const id = Number(params.id);
  const team = rec('team', id);
  const title = team ? team.name : t('talk.team');
  useEffect(() => arrive(`${title} · ${t('talk.team')} · ${t('app.name')}`), [title]);
  if (!team) return html`<h1 class="hidden" tabindex="-1">${title}</h1><${Failed} text=${t('error.not_found')} onRetry=${() => location.reload()} />`;
  return html`<article class="view view-ticket"><header class="head"><a class="btn btn-icon" href=${href(`/board/${id}`)} aria-label=${t('board.title')} title=${t('board.title')}><${Icon} name="back" flip /></a>
      <h1 tabindex="-1"><span class=${`dot hue-${team.color ?? 0}`}></span><bdi>${title}</bdi></h1>
      ${isStaff.value && html`<div class="head-tools"><a class="btn" href=${href(`/board/${id}`)}><${Icon} name="board" /> ${t('board.title')}</a></div>`}</header>
    <div class="ticket"><div class="ticket-main"><${Talk} key=${id} subject=${ofTeam(id)} /></div><${Followers} key=${id} id=${id} /></div></article>`;
}
