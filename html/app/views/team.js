/* A team's own conversation, and who follows the team (CHT-1, CHT-6). */
import { html, useEffect, arrive, href } from '../html.js';
import { t } from '../i18n.js';
import { isAdmin, isStaff, rec } from '../store.js';
import { Icon, Failed } from '../parts/basics.js';
import { ofTeam, Talk, Followers } from './talk.js';

export default function TeamView({ params }) {
  const id = Number(params.id);
  const team = rec('team', id);
  const title = team ? team.name : t('talk.team');
  useEffect(() => arrive(`${title} · ${t('talk.team')} · ${t('app.name')}`), [title]);
  if (!team) return html`<h1 class="hidden" tabindex="-1">${title}</h1><${Failed} text=${t('error.not_found')} onRetry=${() => location.reload()} />`;
  return html`<article class="view view-ticket"><header class="head"><a class="btn btn-icon" href=${href(`/board/${id}`)} aria-label=${t('board.title')} title=${t('board.title')}><${Icon} name="back" flip /></a>
      <h1 tabindex="-1"><span class=${`dot hue-${team.color ?? 0}`}></span><bdi>${title}</bdi></h1>
      ${isStaff.value && html`<div class="head-tools"><a class="btn" href=${href(`/board/${id}`)}><${Icon} name="board" /> ${t('board.title')}</a></div>`}</header>
    <div class="ticket"><div class="ticket-main"><${Talk} key=${id} subject=${ofTeam(id)} /></div><aside class="side" aria-label=${t('ticket.followers')}><${Followers} key=${id} path=${`/teams/${id}`} team manage=${isAdmin.value} version=${team.version} /></aside></div></article>`;
}
