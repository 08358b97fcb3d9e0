/* The properties of a team's tickets (TKT-12): which there are, and their values in words.  Their editor is parts/property.js. */
import { useEffect } from './html.js';
import { number, t } from './i18n.js';
import { date, dateTime, money } from './format.js';
import { load, rec } from './store.js';

export const optionsOf = (p) => (p.options ?? []).map((o) => ({ id: o.value, label: o.label ?? o.value, hue: o.color }));
const labelOf = (p, v) => optionsOf(p).find((o) => o.id === v)?.label ?? v;
export const nameOf = (p, id) => rec(p.comodel, id)?.name ?? `#${id}`;

/** For cards and readers; empty for nothing. */
export function propertyText(p, value) {
  if (value === undefined || value === null || value === '') return '';
  switch (p.type) {
    case 'checkbox': return value ? t('word.yes') : t('word.no');
    case 'integer': case 'decimal': return number(value);
    case 'monetary': return money(value, p.currency);
    case 'date': return date(`${value}T12:00:00Z`);
    case 'datetime': return dateTime(value);
    case 'selection': return labelOf(p, value);
    case 'tags': return value.map((v) => labelOf(p, v)).join(', ');
    case 'many2one': return nameOf(p, value);
    case 'many2many': return value.map((v) => nameOf(p, v)).join(', ');
    case 'html': return value.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim();
    default: return String(value);
  }
}

/** The definitions of a team, or none while they are not here; they come with the team alone, not with lists. */
export function useProperties(teamId) {
  const team = rec('team', teamId);
  const missing = team && team.ticket_properties === undefined;
  useEffect(() => { if (missing) load('team', teamId).catch(() => {}); }, [teamId, missing]);
  return team?.ticket_properties ?? [];
}
