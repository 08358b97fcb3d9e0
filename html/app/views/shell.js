/* The frame of all views: navigation, what is shown, messages, help, new ticket. */
import { html, cx, effect, signal, useEffect, useRef, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { all, changed, isAdmin, isStaff, me, online, session } from '../store.js';
import { api } from '../api.js';
import { asking, later, newTicket, unread } from '../later.js';
import { href, moves, route, go } from '../router.js';
import { useKeys } from '../keys.js';
import { Icon } from '../parts/icon.js';
import { clockOf } from '../parts/clock.js';
import { Keys } from '../parts/shortcut.js';
import { Toasts, undoLast } from '../parts/toast.js';
import { Skeleton } from '../parts/empty.js';
import { FILTERS, filtersFor } from './filters.js';
import { LangMenu, UserMenu } from './user-menu.js';

/* A style sheet that only some views need; resolves also when it cannot be had: a view without it is better than none. */
const sheets = new Map();
function style(name) {
  if (!sheets.has(name)) {
    sheets.set(name, new Promise((done) => {
      const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL(`../../css/${name}.css`, import.meta.url).href });
      link.onload = done;
      link.onerror = () => { sheets.delete(name); done(); };
      document.head.append(link);
    }));
  }
  return sheets.get(name);
}

const VIEWS = {
  list: () => import('./list.js'), board: () => import('./board.js'), import: () => import('./import.js'), inbox: () => import('./inbox.js'), activities: () => import('./activities.js'), ticket: () => import('./ticket.js'), team: () => import('./team.js'),
  settings: () => Promise.all([import('./settings.js'), style('settings')]).then(([m]) => m), records: () => import('./people.js'), setup: () => import('./setup.js'),
  missing: () => import('./missing.js'),
};

const AHEAD = 1000;
const NewTicket = later(() => import('./new-ticket.js'), 'NewTicket');
const ActivitiesDialog = later(() => import('./ticket-activities.js'), 'ActivitiesDialog');
const Palette = later(() => import('./palette.js'), 'Palette'), Help = later(() => import('./help.js'), 'Help');
const SignIn = later(() => import('./signin.js'), 'SignIn'), SignInAgain = later(() => import('./signin.js'), 'SignInAgain');

const loaded = signal({});
effect(() => {
  const { view } = route.value;
  if (!loaded.peek()[view]) VIEWS[view]().then((m) => { loaded.value = { ...loaded.peek(), [view]: m.default }; }, unread);
});

function Link({ to, query, icon, label, count, current, children }) {
  return html`<li><a class="nav-link" href=${href(to, query)} aria-current=${current ? 'page' : undefined}>
    ${children ?? html`<${Icon} name=${icon} />`}<span class="nav-label"><bdi>${label}</bdi></span>
    ${count > 0 && html`<span class="nav-count">${number(count)}</span>`}</a></li>`;
}

function useCounts() {
  const [counts, setCounts] = useState({});
  useEffect(() => {
    if (!isStaff.peek()) return undefined;
    let timer = 0;
    const read = async () => {
      timer = 0;
      const found = await Promise.all(['my', 'unassigned'].map((f) => api.get('/tickets/count', FILTERS[f].where(me.peek()))))
        .catch(() => null);
      if (found) setCounts({ my: found[0].count, unassigned: found[1].count });
    };
    read();
    const stop = changed((type) => { if (type === 'ticket') timer ||= setTimeout(read, 800); });
    return () => { stop(); clearTimeout(timer); };
  }, []);
  return counts;
}

/* Unread lines of the inbox; the stream says when one comes. */
function useUnread() {
  const [n, setN] = useState(0);
  useEffect(() => {
    let timer = 0;
    const read = () => { timer = 0; api.get('/notifications/count').then((x) => setN(x.unread)).catch(() => {}); };
    read();
    const stop = changed((type) => { if (type === 'notification') timer ||= setTimeout(read, 300); });
    return () => { stop(); clearTimeout(timer); };
  }, []);
  return n;
}

function Nav({ close }) {
  const counts = useCounts();
  const unread = useUnread();
  const { view, query, params } = route.value;
  const filter = view === 'list' ? query.filter ?? (isStaff.value ? 'my' : 'all') : null;
  const teams = all('team').filter((x) => x.active);
  return html`<nav class="nav" aria-label=${t('nav.main')} onClick=${(e) => e.target.closest('a') && close()}>
    ${isStaff.value && html`<button type="button" class="btn btn-primary nav-new" aria-keyshortcuts="c" onClick=${() => { newTicket.value = {}; close(); }}>
      <${Icon} name="plus" /> ${t('ticket.new')}</button>`}
    ${me.value?.role !== 'portal' && html`<ul class="nav-list"><${Link} to="/inbox" icon="mail" label=${t('inbox.title')} count=${unread} current=${view === 'inbox'} />
      ${isStaff.value && html`<${Link} to="/activities" icon="clock" label=${t('activity.many')} current=${view === 'activities'} />`}</ul>`}
    <ul class="nav-list">${Object.entries(filtersFor(isStaff.value)).map(([name, f]) => html`<${Link} key=${name} to="/tickets"
      query=${{ filter: name }} icon=${f.icon} label=${t(f.label)} count=${counts[name]} current=${filter === name && !query.team} />`)}</ul>
    ${isStaff.value && html`<h2 class="nav-title" id="nav-teams">${t('nav.teams')}</h2>
    <ul class="nav-list" aria-labelledby="nav-teams">${teams.map((x) => html`<${Link} key=${x.id} to=${`/board/${x.id}`} label=${x.name}
      current=${(view === 'board' || view === 'team') && Number(params.id) === x.id}><span class=${`dot hue-${x.color ?? 0}`}></span></${Link}>`)}
      ${!teams.length && html`<li class="nav-none muted">${t('nav.no_teams')}</li>`}</ul>`}
    <h2 class="nav-title" id="nav-more">${t('nav.more')}</h2>
    <ul class="nav-list" aria-labelledby="nav-more">
      ${isStaff.value && html`<${Link} to="/contacts" icon="people" label=${t('contact.many')} current=${params.kind === 'contacts'} />`}
      ${isStaff.value && html`<${Link} to="/import" icon="upload" label=${t('import.title')} current=${view === 'import'} />`}
      <${Link} to="/settings" icon="settings" label=${isAdmin.value ? t('config.title') : t('settings.title')} current=${view === 'settings' || params.kind === 'companies'} />
    </ul></nav>`;
}

/* What is likely to be asked for next is read once the first view has what it asked for, while nothing else is to be done. */
const ahead = () => setTimeout(() => (window.requestIdleCallback ?? setTimeout)(() => {
  for (const part of [...(isStaff.peek() ? [NewTicket] : []), Palette, Help]) part.ready().catch(() => {});
}), AHEAD);

function Frame() {
  const [open, setOpen] = useState(false);
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const main = useRef();
  const View = loaded.value[route.value.view];
  useEffect(() => { if (View) ahead(); }, [!View]);
  const teams = () => all('team').filter((x) => x.active);
  useKeys('global', [...(isStaff.value ? [
    { keys: ['c'], label: 'keys.new', icon: 'plus', run: () => { newTicket.value = {}; } },
    { keys: ['g m'], label: 'keys.my', icon: 'person', run: () => go(href('/tickets', { filter: 'my' })) },
    { keys: ['g u'], label: 'keys.unassigned', icon: 'unassigned', run: () => go(href('/tickets', { filter: 'unassigned' })) },
    { keys: ['g i'], label: 'keys.open', icon: 'open', run: () => go(href('/tickets', { filter: 'open' })) },
    { keys: ['g b'], label: 'keys.board', icon: 'board', run: () => (teams()[0] ? go(href(`/board/${teams()[0].id}`)) : false) }] : []),
    { keys: ['g s'], label: 'keys.settings', icon: 'settings', run: () => go(href('/settings')) },
    { keys: ['z'], label: 'keys.undo', icon: 'undo', run: () => undoLast() },
    { keys: ['?'], label: 'keys.help', run: () => setHelp(true) },
    { keys: ['Mod+k'], label: 'keys.palette', run: () => setPalette(true) },
  ]);
  useEffect(() => {
    if (!moves.value) return;
    const focus = () => main.current?.querySelector('h1')?.focus({ preventScroll: true });
    scrollTo(0, 0);
    requestAnimationFrame(() => requestAnimationFrame(focus));
  }, [moves.value, View]);
  return html`<div class=${cx('frame', open && 'frame-open')}>
    <a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); main.current.focus(); }}>${t('nav.skip')}</a>
    <header class="bar">
      <button type="button" class="btn btn-icon bar-menu" aria-expanded=${open ? 'true' : 'false'} aria-label=${t('nav.menu')}
        onClick=${() => setOpen(!open)}><${Icon} name=${open ? 'close' : 'menu'} /></button>
      <a class="brand" href=${href('/tickets')}><span class="brand-mark" aria-hidden="true"></span>${t('app.name')}</a>
      ${!online.value && html`<span class="offline" role="status">${t('state.reconnecting')}</span>`}
      <button type="button" class="jump" aria-haspopup="dialog" aria-keyshortcuts="Control+K" onClick=${() => setPalette(true)}>
        <${Icon} name="search" /><span class="jump-text">${t('palette.placeholder')}</span><span class="jump-keys" aria-hidden="true"><${Keys} keys=${['Mod+k']} /></span></button>
      <${UserMenu} onHelp=${() => setHelp(true)} />
    </header>
    <${Nav} close=${() => setOpen(false)} />
    <main id="main" class="main" ref=${main} tabindex="-1">
      ${View ? html`<${View} key=${route.value.view} ...${route.value} />` : html`<${Skeleton} />`}
    </main>
    ${newTicket.value && html`<${NewTicket} defaults=${newTicket.value} onClose=${() => { newTicket.value = null; }} />`}
    ${clockOf.value && html`<${ActivitiesDialog} key=${clockOf.value} id=${clockOf.value} onClose=${() => { clockOf.value = null; }} />`}
    ${palette && html`<${Palette} onClose=${() => setPalette(false)} />`}
    ${help && html`<${Help} onClose=${() => setHelp(false)} />`}
    ${asking.value && html`<${SignInAgain} />`}
    <${Toasts} />
  </div>`;
}

export function App() {
  const { view } = route.value;
  if (view === 'setup') {
    const Setup = loaded.value.setup;
    return Setup ? html`<${Setup} menu=${LangMenu} />` : null;
  }
  return session.value ? html`<${Frame} />` : html`<${SignIn} menu=${LangMenu} />`;
}
