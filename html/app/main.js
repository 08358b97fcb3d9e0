/* Start: words, session, address, keys, live events. */
import { html, render, effect } from './html.js';
import { api, onSignedOut, setCsrf } from './api.js';
import { guessLang, setLang } from './i18n.js';
import { begin, session } from './store.js';
import * as live from './live.js';
import * as keys from './keys.js';
import * as router from './router.js';
import { App, askSignIn } from './views/shell.js';
import { savedLang } from './prefs.js';

const KEEP = 10 * 60_000;

let used = Date.now();
for (const kind of ['keydown', 'pointerdown']) addEventListener(kind, () => { used = Date.now(); }, { capture: true, passive: true });
setInterval(() => {
  if (session.peek() && Date.now() - used < KEEP) api.post('/session/keep').catch(() => {});
}, KEEP);

effect(() => { session.value ? live.start() : live.stop(); });
onSignedOut(() => (session.peek() ? askSignIn() : false));

/* A file let go beside the places for files would take the page's place, and what is typed with it. */
for (const kind of ['dragover', 'drop']) addEventListener(kind, (e) => { if (e.dataTransfer?.types.includes('Files')) e.preventDefault(); });

async function start() {
  await setLang(guessLang(), false);
  router.listen();
  keys.listen();
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
