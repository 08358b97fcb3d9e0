/* Settings and configuration: a list of sections, and the one chosen. */
import { html, useEffect, arrive, go, href } from '../html.js';
import { t } from '../i18n.js';
import { ensure, isAdmin, isStaff, me } from '../store.js';
import { Icon, Skeleton } from '../parts/basics.js';
import { later } from '../parts/dialog.js';

/* The sections: what they are called, where they stand, who sees them, and where they are read when they are opened. */

const GROUPS = { own: 'config.own', desk: 'config.desk', people: 'config.people', system: 'config.system' };

const everyone = () => true, staff = () => isStaff.value, admin = () => isAdmin.value;
const developer = () => isAdmin.value && !!me.value?.developer_mode;         /* STG-1 */

export const SECTIONS = {
  __proto__: null,       /* addresses name what is in here, and nothing else (T-28) */
  account: { label: 'settings.account', group: 'own', icon: 'person', who: everyone },
  tokens: { label: 'settings.tokens', group: 'own', icon: 'key', who: everyone },
  teams: { label: 'settings.teams', group: 'desk', icon: 'people', who: staff },
  stages: { label: 'settings.stages', group: 'desk', icon: 'board', who: developer, may: admin },
  types: { label: 'settings.types', group: 'desk', icon: 'kind', who: staff },
  tags: { label: 'settings.tags', group: 'desk', icon: 'tag', who: staff },
  canned: { label: 'settings.canned', group: 'desk', icon: 'duplicate', who: staff },
  activities: { label: 'settings.activities', group: 'desk', icon: 'check', who: staff },
  calendars: { label: 'settings.calendars', group: 'desk', icon: 'clock', who: staff },
  timeoff: { label: 'settings.timeoff', group: 'people', icon: 'off', who: staff },
  users: { label: 'settings.users', group: 'people', icon: 'person', who: admin },
  contacts: { label: 'contact.many', group: 'people', icon: 'people', who: staff },
  companies: { label: 'company.many', group: 'people', icon: 'company', who: admin },
  audit: { label: 'settings.audit', group: 'system', icon: 'clock', who: admin },
  general: { label: 'settings.general', group: 'system', icon: 'tools', who: admin },
};

/** may: who reaches the section by its address though the list does not show it. */
const mayOpen = (section) => !!section && (section.may ?? section.who)();

const labels = () => import('./settings/labels.js'), system = () => import('./settings/system.js');
const People = later(() => import('./people.js'), 'default', false), Missing = later(() => import('./missing.js'), 'default', false);
const VIEWS = {
  account: later(() => import('./settings/account.js'), 'Account', false), tokens: later(() => import('./settings/tokens.js'), 'Tokens', false),
  teams: later(() => import('./settings/teams.js'), 'Teams', false), team: later(() => import('./settings/team/team.js'), 'Team', false),
  stages: later(() => import('./settings/stages.js'), 'Stages', false), types: later(labels, 'Types', false), tags: later(labels, 'Tags', false),
  activities: later(() => import('./settings/activities.js'), 'ActivityTypes', false), canned: later(() => import('./settings/canned.js'), 'Canned', false),
  calendars: later(() => import('./settings/time.js'), 'Calendars', false), timeoff: later(() => import('./settings/leave.js'), 'TimeOff', false),
  users: later(() => import('./settings/users.js'), 'Users', false), contacts: People, companies: People,
  audit: later(system, 'Audit', false), general: later(system, 'General', false),
};

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
  const section = SECTIONS[name], View = VIEWS[name === 'teams' && params.id ? 'team' : name];
  const title = section ? t(section.label) : t('settings.title');
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);
  useEffect(() => { ensure('company').catch(() => {}); }, []);
  if (!mayOpen(section)) return html`<${Missing} />`;
  return html`<div class="view view-settings"><${Sections} name=${name} title=${isAdmin.value ? t('config.title') : t('settings.title')} />
    <div class="section"><${View} key=${`${name} ${params.id ?? ''}`} id=${params.id} title=${title} params=${{ kind: name }} until=${html`<${Skeleton} />`} /></div></div>`;
}
