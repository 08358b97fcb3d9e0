/* The first visit: a company and its first administrator.  The secret is in the fragment of the address. */
import { html, useEffect, useState } from '../html.js';
import { lang, t } from '../i18n.js';
import { api } from '../api.js';
import { all, begin } from '../store.js';
import { byField, sentence } from '../errors.js';
import { browserZone } from '../format.js';
import { arrive, go, href } from '../router.js';
import { Form } from '../parts/form.js';

/** menu: the choice of language. */
export default function Setup({ menu }) {
  const [secret] = useState(() => decodeURIComponent(location.hash.slice(1)));
  const [open, setOpen] = useState(null);
  const [value, setValue] = useState({ company: '', name: '', login: '', email: '', password: '' });
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    arrive(t('setup.title'));
    history.replaceState(history.state, '', location.pathname);     /* the secret leaves the address bar */
    api.get('/setup', {}, { plain: true }).then((s) => setOpen(s.open)).catch(() => setOpen(true));
  }, []);
  const submit = async () => {
    setBusy(true);
    setProblem('');
    try {
      await begin(await api.post('/setup', { ...value, secret, tz: browserZone(), lang: lang.value }, { plain: true }));
      go(href(`/settings/teams/${all('team')[0]?.id ?? 'new'}`), { replace: true });
    } catch (e) {
      setErrors(byField(e));
      setProblem(sentence(e));
      setBusy(false);
    }
  };
  const fields = [
    { name: 'company', label: t('setup.company'), required: true, max: 120, autofocus: true, autocomplete: 'organization' },
    { name: 'name', label: t('setup.name'), required: true, max: 200, autocomplete: 'name' },
    { name: 'login', label: t('user.login'), required: true, max: 60, ltr: true, autocomplete: 'username' },
    { name: 'email', label: t('user.email'), kind: 'email', required: true, max: 254, ltr: true, autocomplete: 'email' },
    { name: 'password', label: t('user.password'), kind: 'password', required: true, min: 12, max: 128, autocomplete: 'new-password', hint: t('user.password_hint') },
  ];
  return html`<main class="door"><div class="door-box">
    <div class="door-top"><span class="brand-mark" aria-hidden="true"></span><${menu} /></div>
    <h1 tabindex="-1">${t('setup.title')}</h1>
    ${open === false ? html`<p>${t('setup.done')}</p><a class="btn btn-primary" href=${href('/tickets')}>${t('signin.action')}</a>`
      : !secret ? html`<p>${t('setup.no_secret')}</p>`
      : html`<p class="muted">${t('setup.text')}</p><${Form} fields=${fields} value=${value} errors=${errors} problem=${problem} busy=${busy}
        onChange=${(n, v) => setValue((old) => ({ ...old, [n]: v }))} submit=${t('setup.action')} onSubmit=${submit} />`}
  </div></main>`;
}
