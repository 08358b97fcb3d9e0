/* The standing filters of the ticket list; who has no right to the helpdesk has one: what he follows. */
export const FILTERS = {
  my: { label: 'filter.my', icon: 'person', empty: 'empty.my', where: (me) => ({ user_id: me?.id, closed: 'false', active: 'true' }) },
  unassigned: { label: 'filter.unassigned', icon: 'unassigned', empty: 'empty.unassigned', where: () => ({ user_id: 'null', closed: 'false', active: 'true' }) },
  open: { label: 'filter.open', icon: 'open', empty: 'empty.open', where: () => ({ closed: 'false', active: 'true' }) },
  all: { label: 'filter.all', icon: 'all', empty: 'empty.all', where: () => ({ active: 'true' }) },
  archived: { label: 'filter.archived', icon: 'archive', empty: 'empty.archived', where: () => ({ active: 'false' }) },
};

const FOLLOWED = { all: { label: 'filter.followed', icon: 'all', empty: 'empty.followed', where: () => ({ active: 'true' }) } };
export const filtersFor = (staff) => (staff ? FILTERS : FOLLOWED);
