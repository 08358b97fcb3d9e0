/* The person's own menu: language, theme, help, sign out. */
import { html } from '../html.js';
import { t, lang, LANGUAGES, setLang } from '../i18n.js';
import { api } from '../api.js';
import { end, me, put } from '../store.js';
import { go, href } from '../router.js';
import { setTheme, theme } from '../prefs.js';
import { sentence } from '../errors.js';
import { toast } from '../parts/toast.js';
import { Avatar } from '../parts/avatar.js';
import { Icon } from '../parts/icon.js';
import { Menu } from '../parts/menu.js';

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
  go(href('/tickets'), { replace: true });
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
