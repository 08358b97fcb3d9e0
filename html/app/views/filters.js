/* The standing filters of the ticket list (TKT-8); who has no right to the helpdesk has one: what he follows. */
const OPEN = { closed: 'false', active: 'true' };

export const FILTERS = {
  my: { label: 'filter.my', icon: 'person', empty: 'empty.my', where: (me) => ({ user_id: me?.id, ...OPEN }) },
  unassigned: { label: 'filter.unassigned', icon: 'unassigned', empty: 'empty.unassigned', where: () => ({ user_id: 'null', ...OPEN }) },
  urgent: { label: 'filter.urgent', icon: 'star', empty: 'empty.urgent', where: () => ({ 'priority.gte': '2', ...OPEN }) },
  open: { label: 'filter.open', icon: 'open', empty: 'empty.open', where: () => OPEN },
  closed: { label: 'filter.closed', icon: 'check', empty: 'empty.closed', where: () => ({ closed: 'true', active: 'true' }) },
  all: { label: 'filter.all', icon: 'all', empty: 'empty.all', where: () => ({ active: 'true' }) },
  archived: { label: 'filter.archived', icon: 'archive', empty: 'empty.archived', where: () => ({ active: 'false' }) },
};

const FOLLOWED = { all: { label: 'filter.followed', icon: 'all', empty: 'empty.followed', where: () => ({ active: 'true' }) } };
export const filtersFor = (staff) => (staff ? FILTERS : FOLLOWED);
