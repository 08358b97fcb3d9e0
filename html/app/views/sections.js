/* The sections of settings and configuration: what they are called, where they stand, and who sees them. */
import { isAdmin, isStaff, me } from '../store.js';

export const GROUPS = { own: 'config.own', desk: 'config.desk', people: 'config.people', system: 'config.system' };

const everyone = () => true, staff = () => isStaff.value, admin = () => isAdmin.value;
const developer = () => isAdmin.value && !!me.value?.developer_mode;         /* STG-1 */

export const SECTIONS = {
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
export const mayOpen = (section) => !!section && (section.may ?? section.who)();
