/* Settings: a list of sections, and the one chosen. */
import { html, useEffect } from '../html.js';
import { t } from '../i18n.js';
import { isAdmin } from '../store.js';
import { arrive, href } from '../router.js';
import { Account } from './settings/account.js';
import { Tokens } from './settings/tokens.js';
import { Teams } from './settings/teams.js';
import { Stages } from './settings/stages.js';
import { Users } from './settings/users.js';
import { SECTIONS } from './sections.js';
import Missing from './missing.js';

const VIEWS = { account: Account, tokens: Tokens, teams: Teams, stages: Stages, users: Users };

export default function Settings({ params }) {
  const name = params.section ?? 'account';
  const section = SECTIONS[name], View = VIEWS[name];
  const title = section ? t(section.label) : t('settings.title');
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);
  if (!section || (section.admin && !isAdmin.value)) return html`<${Missing} />`;
  return html`<div class="view view-settings">
    <nav class="tabs" aria-label=${t('settings.title')}>${Object.entries(SECTIONS).filter(([, s]) => !s.admin || isAdmin.value).map(([key, s]) => html`
      <a key=${key} class="tab" href=${href(`/settings/${key}`)} aria-current=${key === name ? 'page' : undefined}>${t(s.label)}</a>`)}</nav>
    <${View} key=${`${name} ${params.id ?? ''}`} id=${params.id} title=${title} /></div>`;
}
