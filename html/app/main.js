//# allFunctionsCalledOnLoad
/* The start, and the frame of all views. */
import { html, cx, effect, signal, useEffect, useRef, useState, render, go, href, viewHref, setTheme, theme, moves, route,
  useKeys, listenKeys, listenRoutes, returned, savedLang, withStyle } from './html.js';
import { t, lang, LANGUAGES, setLang, sentence, number, guessLang } from './i18n.js';
import { api, onSignedOut, startLive, stopLive } from './api.js';
import { end, me, peek, put, all, changed, isAdmin, isStaff, online, session, apply, begin, counts, resync } from './store.js';
import { toast, asking, later, newTicket, unread, Toasts, forgetUndos, undoLast, askSignIn } from './parts/dialog.js';
import { Avatar, Icon, Menu, clockOf, Keys, Skeleton } from './parts/basics.js';
import { FILTERS, filtersFor, views } from './tickets.js';

/* The person's own menu: language, theme, help, sign out. */

const THEMES = { system: 'theme.system', light: 'theme.light', dark: 'theme.dark' };

async function choose(code) {
  try {
    await setLang(code);
    if (me.peek()) put('user', await api.patch(`/users/${me.peek().id}`, { lang: code }));
  } catch (e) {
    toast(sentence(e), { bad: true });
  }
}

async function signOut() {
  await api.post('/logout', {}, { plain: true }).catch(() => {});
  end();
  go(href('/'), { replace: true });
}

export function LangMenu() {
  return html`<${Menu} className="btn btn-quiet lang-menu" label=${`${t('menu.language')}: ${LANGUAGES[lang.value]}`}
    items=${Object.entries(LANGUAGES).map(([code, label]) => ({ label, checked: code === lang.value, run: () => choose(code) }))}>
    <${Icon} name="lang" /><span>${LANGUAGES[lang.value]}</span></${Menu}>`;
}

export function UserMenu({ onHelp }) {
  const user = me.value;
  return html`<div class="bar-end"><${LangMenu} />
    <${Menu} className="btn btn-quiet theme-menu" label=${t('menu.theme')}
      items=${Object.entries(THEMES).map(([v, label]) => ({ label: t(label), checked: v === theme.value, run: () => setTheme(v) }))}>
      <${Icon} name="theme" /></${Menu}>
    <${Menu} className="btn btn-quiet user-menu" label=${t('menu.user', { name: user?.name ?? '' })} items=${[
      { label: t('settings.account'), icon: 'person', run: () => go(href('/settings/account')) },
      { label: t('help.title'), icon: 'help', hint: '?', run: onHelp },
      { line: true },
      { label: t('signin.out'), icon: 'out', run: signOut },
    ]}><${Avatar} id=${user?.id} name=${user?.name} /></${Menu}></div>`;
}

/* The frame of all views: navigation, what is shown, messages, help, new ticket. */

const VIEWS = {
  dashboard: () => withStyle(import('./views/dashboard.js'), 'dashboard'),
  list: () => withStyle(import('./views/list.js'), 'list'), board: () => import('./views/board.js'), import: () => withStyle(import('./views/import.js'), 'import'), inbox: () => import('./views/inbox.js'), activities: () => import('./views/activities.js'), ticket: () => import('./views/ticket.js'), team: () => import('./views/team.js'),
  settings: () => withStyle(import('./views/settings.js'), 'settings'), records: () => import('./views/people.js'),
  missing: () => import('./views/missing.js'),
};

const AHEAD = 1000, HEADING_FRAMES = 300, LATE = 300;
const NewTicket = later(() => import('./views/new-ticket.js'), 'NewTicket');
const ActivitiesDialog = later(() => import('./views/activity.js'), 'ActivitiesDialog');
const Palette = later(() => withStyle(import('./views/palette.js'), 'palette'), 'Palette'), Help = later(() => withStyle(import('./views/palette.js'), 'palette'), 'Help');
const SignIn = later(() => import('./views/door.js'), 'SignIn'), SignInAgain = later(() => import('./views/door.js'), 'SignInAgain');

const loaded = signal({});
/* The app's own address is where a person begins: with the view of his choice, or the dashboard. */
function goToFirst() {
  const id = me.peek().view_id;
  const view = id && peek('view', id);
  if (route.peek().view === 'start') go(view ? viewHref(view) : href(isStaff.peek() ? '/dashboard' : '/tickets'), { replace: true, quiet: true });
}
effect(() => { if (session.value && route.value.view === 'start') goToFirst(); });

let coming = Promise.resolve();         /* the present view, while it is being read */
effect(() => {
  const { view } = route.value;
  if (VIEWS[view] && !loaded.peek()[view]) coming = VIEWS[view]().then((m) => { loaded.value = { ...loaded.peek(), [view]: m.default }; }, unread);
});

function Link({ to, query, icon, label, count, current, children }) {
  return html`<li><a class="nav-link" href=${href(to, query)} aria-current=${current ? 'page' : undefined}>
    ${children ?? Icon({ name: icon })}<span class="nav-label"><bdi>${label}</bdi></span>
    ${count > 0 && html`<span class="nav-count">${number(count)}</span>`}</a></li>`;
}

/* They came with the start; what the stream says of a type has its numbers read again after a while. */
const RECOUNT = {
  ticket: { after: 800, async read() {
    const [my, unassigned] = await Promise.all(['my', 'unassigned'].map((f) => api.get('/tickets/count', FILTERS[f].where(me.peek()))));
    return { my: my.count, unassigned: unassigned.count };
  } },
  notification: { after: 300, async read() { return { unread: (await api.get('/notifications/count')).unread }; } },
};

function useCounts() {
  useEffect(() => {
    const timers = {};
    const recount = (type) => {
      delete timers[type];
      RECOUNT[type].read().then((found) => { counts.value = { ...counts.peek(), ...found }; }, () => {});
    };
    const stop = changed((type) => {
      if (type === 'notification' || (type === 'ticket' && isStaff.peek())) timers[type] ??= setTimeout(recount, RECOUNT[type].after, type);
    });
    return () => { stop(); Object.values(timers).forEach(clearTimeout); };
  }, []);
  return isStaff.value ? counts.value : { unread: counts.value.unread };
}

function Nav({ close }) {
  const { unread, ...counted } = useCounts();
  const { view, query, params } = route.value;
  const filter = view === 'list' ? query.filter ?? (isStaff.value ? 'my' : 'all') : null;
  const teams = all('team').filter((x) => x.active), saved = views();
  return html`<nav class="nav" aria-label=${t('nav.main')} onClick=${(e) => e.target.closest('a') && close()}>
    ${isStaff.value && html`<button type="button" class="btn btn-primary nav-new" aria-keyshortcuts="c" onClick=${() => { newTicket.value = {}; close(); }}>
      <${Icon} name="plus" /> ${t('ticket.new')}</button>`}
    ${me.value?.role !== 'portal' && html`<ul class="nav-list">${isStaff.value && html`<${Link} to="/dashboard" icon="home" label=${t('home.title')} current=${view === 'dashboard'} />`}
      <${Link} to="/inbox" icon="mail" label=${t('inbox.title')} count=${unread} current=${view === 'inbox'} />
      ${isStaff.value && html`<${Link} to="/activities" icon="clock" label=${t('activity.many')} current=${view === 'activities'} />`}</ul>`}
    <ul class="nav-list">${Object.entries(filtersFor(isStaff.value)).map(([name, f]) => html`<${Link} key=${name} to="/tickets"
      query=${{ filter: name }} icon=${f.icon} label=${t(f.label)} count=${counted[name]} current=${filter === name && !query.team && !query.view} />`)}</ul>
    ${saved.length > 0 && html`<h2 class="nav-title" id="nav-views">${t('view.many')}</h2>
    <ul class="nav-list" aria-labelledby="nav-views">${saved.map((v) => html`<li key=${v.id}><a class="nav-link" href=${viewHref(v)} aria-current=${Number(query.view) === v.id ? 'page' : undefined}>
      <${Icon} name=${v.layout === 'board' ? 'board' : 'filter'} /><span class="nav-label"><bdi>${v.name}</bdi></span></a></li>`)}</ul>`}
    ${isStaff.value && html`<h2 class="nav-title" id="nav-teams">${t('nav.teams')}</h2>
    <ul class="nav-list" aria-labelledby="nav-teams">${teams.map((x) => html`<${Link} key=${x.id} to=${`/board/${x.id}`} label=${x.name}
      current=${(view === 'board' || view === 'team') && Number(params.id) === x.id && !query.view}><span class=${`dot hue-${x.color ?? 0}`}></span></${Link}>`)}
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
    { keys: ['g d'], label: 'keys.home', icon: 'home', run: () => go(href('/dashboard')) },
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
    const asked = moves.value, came = returned.peek();
    const focus = (frames) => {         /* the heading of a part that is still being read comes later */
      const h1 = main.current?.querySelector('h1'), at = document.activeElement;
      if (came && at?.matches('[data-link], [data-card]')) return;
      if (h1) h1.focus({ preventScroll: true });
      else if (frames && asked === moves.peek() && (at === document.body || !main.current?.contains(at))) requestAnimationFrame(() => focus(frames - 1));
    };
    scrollTo(0, 0);
    requestAnimationFrame(() => requestAnimationFrame(() => focus(HEADING_FRAMES)));
  }, [moves.value, View]);
  return html`<div class=${cx('frame', open && 'frame-open')}>
    <a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); main.current.focus(); }}>${t('nav.skip')}</a>
    <header class="bar">
      <button type="button" class="btn btn-icon bar-menu" aria-expanded=${open ? 'true' : 'false'} aria-label=${t('nav.menu')}
        onClick=${() => setOpen(!open)}><${Icon} name=${open ? 'close' : 'menu'} /></button>
      <a class="brand" href=${href('/')}><span class="brand-mark" aria-hidden="true"></span>${t('app.name')}</a>
      ${!online.value && html`<span class="offline" role="status">${t('state.offline')}</span>`}
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
  return session.value ? html`<${Frame} />` : html`<${SignIn} menu=${LangMenu} />`;
}

/* Start: words, session, address, keys, live events. */

const KEEP = 10 * 60_000;

let used = Date.now();
for (const kind of ['keydown', 'pointerdown']) addEventListener(kind, () => { used = Date.now(); }, { capture: true, passive: true });
setInterval(() => {
  if (session.peek() && Date.now() - used < KEEP) api.post('/session/keep').catch(() => {});
}, KEEP);

effect(() => {
  if (session.value) return startLive({ apply, resync, online, after: session.value.seq });
  stopLive();
  forgetUndos();
});
onSignedOut(() => (session.peek() ? askSignIn() : false));

/* A file let go beside the places for files would take the page's place, and what is typed with it. */
for (const kind of ['dragover', 'drop']) addEventListener(kind, (e) => { if (e.dataTransfer?.types.includes('Files')) e.preventDefault(); });

async function start() {
  const asked = api.get('/start', {}, { plain: true });
  asked.catch(() => {});
  await setLang(guessLang(), false);
  listenRoutes();
  listenKeys();
  try {
    const answer = await asked;
    if (!savedLang() && answer.user.lang) await setLang(answer.user.lang, false);
    await begin(answer);
  } catch (e) {
    if (e.status !== 401) console.warn(e.message);
  }
  await Promise.race([coming, new Promise((late) => { setTimeout(late, LATE); })]);         /* drawn once, not first without its view */
  render(html`<${App} />`, document.getElementById('app'));
}

start();
