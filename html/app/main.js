/* Start: words, session, address, keys, live events. */
import { html, render, effect } from './html.js';
import { api, onSignedOut, setCsrf } from './api.js';
import { guessLang, setLang } from './i18n.js';
import { apply, begin, online, resync, session } from './store.js';
import { startLive, stopLive } from './live.js';
import { listenKeys } from './keys.js';
import { listenRoutes } from './router.js';
import { App } from './views/shell.js';
import { askSignIn } from './later.js';
import { savedLang } from './prefs.js';

const KEEP = 10 * 60_000;

let used = Date.now();
for (const kind of ['keydown', 'pointerdown']) addEventListener(kind, () => { used = Date.now(); }, { capture: true, passive: true });
setInterval(() => {
  if (session.peek() && Date.now() - used < KEEP) api.post('/session/keep').catch(() => {});
}, KEEP);

effect(() => { session.value ? startLive({ apply, resync, online }) : stopLive(); });
onSignedOut(() => (session.peek() ? askSignIn() : false));

/* A file let go beside the places for files would take the page's place, and what is typed with it. */
for (const kind of ['dragover', 'drop']) addEventListener(kind, (e) => { if (e.dataTransfer?.types.includes('Files')) e.preventDefault(); });

async function start() {
  await setLang(guessLang(), false);
  listenRoutes();
  listenKeys();
  try {
    const answer = await api.get('/session', {}, { plain: true });
    setCsrf(answer.csrf);
    if (!savedLang() && answer.user.lang) await setLang(answer.user.lang, false);
    await begin(answer);
  } catch (e) {
    if (e.status !== 401) console.warn(e.message);
  }
  render(html`<${App} />`, document.getElementById('app'));
}

start();
