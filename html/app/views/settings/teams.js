/* Teams: the list, in an order of one's own; each is edited in team/team.js. */
import { html, useState, href } from '../../html.js';
import { t } from '../../i18n.js';
import { all, isAdmin } from '../../store.js';
import { Icon, Empty } from '../../parts/basics.js';
import { Reorder, renumber, VISIBILITY } from './edit.js';

const about = (x) => [t(VISIBILITY[x.privacy_visibility]?.[0] ?? 'visibility.portal'), x.auto_assignment && t('team.auto'),
  x.use_website_helpdesk_form && x.website_published && t('team.form')].filter(Boolean).join(' · ');

const line = (x) => html`<a class="card-link" href=${href(`/settings/teams/${x.id}`)}>
  <span class=${`dot hue-${x.color ?? 0}`}></span><span class="card-link-text"><strong dir="auto">${x.name}</strong>
  <span class="muted">${about(x)}</span></span>
  ${!x.active && html`<span class="tag">${t('record.archived')}</span>`}<${Icon} name="next" flip /></a>`;

export function Teams({ title }) {
  const [gone, setGone] = useState(false);
  const every = all('team');
  const teams = every.filter((x) => gone || x.active);
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      ${every.some((x) => !x.active) && html`<label class="check"><input type="checkbox" checked=${gone} onChange=${(e) => setGone(e.target.checked)} /><span>${t('record.show_archived')}</span></label>`}
      ${isAdmin.value && html`<a class="btn btn-primary" href=${href('/settings/teams/new')}><${Icon} name="plus" /> ${t('team.new')}</a>`}</div></header>
    ${!teams.length && html`<${Empty} icon="people" title=${t('team.none')} text=${t('team.none_text')}>
      ${isAdmin.value && html`<a class="btn btn-primary" href=${href('/settings/teams/new')}>${t('team.new')}</a>`}</${Empty}>`}
    ${isAdmin.value && teams.length > 1 ? html`<p class="muted lead">${t('team.order')}</p>
      <${Reorder} className="team-order" items=${teams} keyOf=${(x) => x.id} nameOf=${(x) => x.name} label=${title} onMove=${(from, to) => renumber('team', teams, from, to)}>${line}</${Reorder}>`
      : html`<ul class="cards-list">${teams.map((x) => html`<li key=${x.id}>${line(x)}</li>`)}</ul>`}`;
}
