/* Settings and configuration: a list of sections, and the one chosen. */
import { html, useEffect, arrive, go, href } from '../html.js';
import { t } from '../i18n.js';
import { ensure, isAdmin } from '../store.js';
import { Icon } from '../parts/basics.js';
import { Account } from './settings/account.js';
import { Tokens } from './settings/tokens.js';
import { Teams } from './settings/teams.js';
import { Stages } from './settings/stages.js';
import { Types, Tags } from './settings/labels.js';
import { ActivityTypes } from './settings/activities.js';
import { Calendars } from './settings/time.js';
import { TimeOff } from './settings/leave.js';
import { Users } from './settings/users.js';
import { Audit, General } from './settings/system.js';
import People from './people.js';
import { GROUPS, mayOpen, SECTIONS } from './sections.js';
import Missing from './missing.js';
import { later } from '../parts/dialog.js';

const Canned = later(() => import('./settings/canned.js'), 'Canned', false);
const Contacts = () => html`<${People} params=${{ kind: 'contacts' }} />`;
const Companies = () => html`<${People} params=${{ kind: 'companies' }} />`;
const VIEWS = { account: Account, tokens: Tokens, teams: Teams, stages: Stages, types: Types, tags: Tags, activities: ActivityTypes, canned: Canned, calendars: Calendars,
  timeoff: TimeOff, users: Users, contacts: Contacts, companies: Companies, audit: Audit, general: General };

const shown = (group) => Object.entries(SECTIONS).filter(([, s]) => s.group === group && s.who());
const groups = () => Object.entries(GROUPS).filter(([g]) => shown(g).length);

/* Beside the section where there is room; one field above it on a narrow screen. */
function Sections({ name, title }) {
  return html`<nav class="sections" aria-label=${title}>
    <select class="input select sections-pick" aria-label=${title} onChange=${(e) => go(href(`/settings/${e.target.value}`))}>
      ${groups().map(([g, label]) => html`<optgroup key=${g} label=${t(label)}>${shown(g).map(([key, s]) => html`
        <option key=${key} value=${key} selected=${key === name}>${t(s.label)}</option>`)}</optgroup>`)}
      ${!SECTIONS[name].who() && html`<option value=${name} selected>${t(SECTIONS[name].label)}</option>`}</select>
    <div class="sections-list">${groups().map(([g, label]) => html`<h2 key=${g} class="nav-title" id=${`sections-${g}`}>${t(label)}</h2>
      <ul class="nav-list" aria-labelledby=${`sections-${g}`}>${shown(g).map(([key, s]) => html`<li key=${key}><a class="nav-link" href=${href(`/settings/${key}`)}
        aria-current=${key === name ? 'page' : undefined}><${Icon} name=${s.icon} /><span class="nav-label">${t(s.label)}</span></a></li>`)}</ul>`)}</div></nav>`;
}

export default function Settings({ params }) {
  const name = params.section ?? (isAdmin.value ? 'teams' : 'account');
  const section = SECTIONS[name], View = VIEWS[name];
  const title = section ? t(section.label) : t('settings.title');
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);
  useEffect(() => { ensure('company').catch(() => {}); }, []);
  if (!mayOpen(section)) return html`<${Missing} />`;
  return html`<div class="view view-settings"><${Sections} name=${name} title=${isAdmin.value ? t('config.title') : t('settings.title')} />
    <div class="section"><${View} key=${`${name} ${params.id ?? ''}`} id=${params.id} title=${title} /></div></div>`;
}
