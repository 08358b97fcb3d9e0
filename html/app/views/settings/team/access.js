/* Who sees the team and its tickets: the three modes in words, and who follows everything (VIS-1 .. VIS-20). */
import { html } from '../../../html.js';
import { t } from '../../../i18n.js';
import { Dialog } from '../../../parts/dialog.js';
import { Part } from '../../../parts/sheet.js';
import { itemsOf, searchContacts } from '../../pick.js';

export const VISIBILITY = { portal: ['visibility.portal', 'visibility.portal_hint'], internal: ['visibility.internal', 'visibility.internal_hint'],
  invited_internal: ['visibility.invited', 'visibility.invited_hint'] };
const KINDS = { portal: 'access.portal', internal: 'access.internal', contact: 'access.contact' };

const WARNINGS = { portal_users_leave: 'access.warn_portal', customers_follow: 'access.warn_customers', internal_only_followed: 'access.warn_followed',
  internal_see_all: 'access.warn_internal' };

export function Access({ show }) {
  return html`<${Part} title=${t('team.visibility')} text=${t('access.text')}>
      ${show({ name: 'privacy_visibility', label: t('access.who'), kind: 'radio', options: Object.entries(VISIBILITY).map(([value, [label, hint]]) => ({ value, label: t(label), hint: t(hint) })) })}</${Part}>
    <${Part} title=${t('team.followers')} text=${t('access.followers_text')}>
      ${show({ name: 'message_partner_ids', label: t('access.follow_all'), kind: 'chips', placeholder: t('ticket.add_follower'), items: itemsOf('contact'), search: searchContacts })}</${Part}>`;
}

function People({ title, list }) {
  if (!list?.length) return null;
  const most = list.slice(0, 50);
  return html`<section><h3>${title}</h3><ul class="effect-list">${most.map((p) => html`<li key=${p.partner_id}><bdi>${p.name}</bdi>
    <span class="muted">${[KINDS[p.kind] && t(KINDS[p.kind]), t('board.count', { n: p.tickets ?? 0 })].filter(Boolean).join(' · ')}</span></li>`)}
    ${list.length > most.length && html`<li class="muted">${t('access.more', { n: list.length - most.length })}</li>`}</ul></section>`;
}

/** What a change would do, told by the server without doing it (VIS-14). */
export function Effect({ effect, mode, onYes, onClose }) {
  const quiet = !effect.lose?.length && !effect.gain?.length && !effect.links_end;
  return html`<${Dialog} wide title=${t('access.effect')} onClose=${onClose}>
    ${mode && html`<p><strong>${t(VISIBILITY[mode][0])}</strong><br /><span class="muted">${t(VISIBILITY[mode][1])}</span></p>`}
    ${effect.warning_codes?.map((code) => WARNINGS[code] && html`<p key=${code} class=${code === 'portal_users_leave' ? 'problem' : undefined}>${t(WARNINGS[code])}</p>`)}
    ${quiet && html`<p>${t('access.no_effect')}</p>`}
    ${effect.links_end > 0 && html`<p class="problem">${t('access.links_end', { n: effect.links_end })}</p>`}
    <div class="effect"><${People} title=${t('access.lose', { n: effect.lose?.length ?? 0 })} list=${effect.lose} />
      <${People} title=${t('access.gain', { n: effect.gain?.length ?? 0 })} list=${effect.gain} /></div>
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button>
      <button type="button" class="btn btn-primary" autofocus onClick=${onYes}>${t('access.confirm')}</button></div></${Dialog}>`;
}
