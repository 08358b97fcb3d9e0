/*
 * Before the first paint, and before the style sheet, for which it need not wait.  What the first view will need is asked for
 * while the modules of all views are still on their way: its own modules, the words, and in one request what it will read
 * (api.js gives each answer to whoever asks for it first).  Then theme, language and writing direction, so that nothing
 * flashes: where the browser keeps them takes a while to open.
 */
(() => {
  const LANGUAGES = ['en', 'lt', 'sv', 'fa', 'vi', 'es'];
  /* An address, the modules its view needs beyond those of main.js, its style sheet, and what it reads first. */
  const VIEWS = [
    [/^\/agent\/dashboard$/, ['views/dashboard', 'views/activity', 'parts/form', 'parts/choose'], 'dashboard', () => ['/dashboard', '/activities?user_id=me&expand=ticket_id&limit=6']],
    [/^\/agent\/tickets$/, ['views/list', 'views/list-tools', 'lists'], 'list'],
    [/^\/agent\/board\/(\d+)$/, ['views/board', 'views/list-tools', 'board', 'lists'], null,
      (id) => [...(location.search ? [] : [`/teams/${id}/board?limit=20`]), `/teams/${id}`]],
    [/^\/agent\/tickets\/(\d+)$/, ['views/ticket', 'views/talk', 'views/compose', 'views/activity', 'parts/choose'], null, (id) => [`/tickets/${id}`,
      ...['attachments', 'followers', 'thread', 'draft?subtype=comment'].map((x) => `/tickets/${id}/${x}`), `/activities?ticket_id=${id}&limit=200`]],
    [/^\/agent\/settings(?:\/\w+)*$/, ['views/settings'], 'settings'],
  ];
  const view = VIEWS.find(([address]) => address.test(location.pathname));
  const [address, modules = [], sheet, reads] = view ?? [];
  const ahead = (attributes) => document.head.append(Object.assign(document.createElement('link'), attributes));
  for (const name of modules) ahead({ rel: 'modulepreload', href: `/app/${name}.js` });
  if (sheet) ahead({ rel: 'preload', as: 'style', href: `/css/${sheet}.css` });
  const asked = ['/start', ...(reads?.(address.exec(location.pathname)[1]) ?? [])];
  const answer = fetch(`/api/v1/together?${new URLSearchParams(asked.map((path) => ['get', path]))}`, { cache: 'no-store' });

  const root = document.documentElement;
  const saved = (name) => {
    try { return localStorage.getItem(`hd.${name}`); } catch { return null; }         /* no storage: the defaults will do */
  };
  const theme = saved('theme');
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  const wanted = [saved('lang'), ...(navigator.languages ?? [])].map((x) => x?.toLowerCase().split('-')[0]);
  const lang = wanted.find((x) => LANGUAGES.includes(x)) ?? 'en';
  root.lang = lang;
  root.dir = lang === 'fa' ? 'rtl' : 'ltr';

  const words = fetch(`/i18n/${lang}.json`);
  for (const x of [answer, words]) x.catch(() => {});         /* who asks again is told */
  window.early = { lang, words, asked, answer };
})();
