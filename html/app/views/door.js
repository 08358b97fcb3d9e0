/* The way in: signing in, and the first visit. */
import { html, useEffect, useState, arrive, savedLang, go, href } from '../html.js';
import { t, setLang, sentence, lang, byField, browserZone } from '../i18n.js';
import { api, setCsrf } from '../api.js';
import { enter, end, me, put, session, all } from '../store.js';
import { Form } from '../parts/form.js';
import { Dialog, asking } from '../parts/dialog.js';

/* Signing in: as a page, and as a dialog over whatever was being typed when the session ended. */

function useSignIn(done, fixed) {
  const [value, setValue] = useState({ login: fixed ?? '', password: '' });
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setProblem('');
    try {
      await done(await api.post('/login', value, { plain: true }));
    } catch (e) {
      setProblem(sentence(e));
      setBusy(false);
    }
  };
  const fields = [
    { name: 'login', label: t('user.login'), required: true, autocomplete: 'username', ltr: true, autofocus: !fixed, disabled: !!fixed },
    { name: 'password', label: t('user.password'), kind: 'password', required: true, autocomplete: 'current-password', autofocus: !!fixed },
  ];
  return html`<${Form} fields=${fields} value=${value} onChange=${(n, v) => setValue((old) => ({ ...old, [n]: v }))}
    problem=${problem} busy=${busy} submit=${t('signin.action')} onSubmit=${submit} />`;
}

/** menu: the choice of language. */
export function SignIn({ menu }) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    arrive(t('signin.title'));
    api.get('/setup', {}, { plain: true }).then((s) => setOpen(s.open)).catch(() => {});
  }, []);
  const form = useSignIn(async (answer) => {
    if (!savedLang() && answer.user.lang) await setLang(answer.user.lang, false);
    setCsrf(answer.csrf);
    await enter();
  });
  return html`<main class="door"><div class="door-box">
    <div class="door-top"><span class="brand-mark" aria-hidden="true"></span><${menu} /></div>
    <h1 tabindex="-1">${t('signin.title')}</h1>
    ${open && html`<p class="note">${t('signin.not_set_up')}</p>`}
    ${form}<p><a href="/reset">${t('page.signin.forgotten')}</a></p></div></main>`;
}

function Again({ done }) {
  const person = session.value.user;
  const form = useSignIn(async (answer) => {
    if (answer.user.id !== person.id) {
      end();
      done(false);
      location.reload();
      return;
    }
    setCsrf(answer.csrf);
    put('user', answer.user, true);
    session.value = { user: answer.user, csrf: answer.csrf };
    done(true);
  }, me.value?.login ?? person.login);
  return html`<${Dialog} locked title=${t('signin.again')} onClose=${() => {}}>
    <p>${t('signin.again_text')}</p>${form}</${Dialog}>`;
}

export const SignInAgain = () => (asking.value && session.value ? html`<${Again} done=${asking.value.done} />` : null);

/* The first visit: a company and its first administrator.  The secret is in the fragment of the address. */

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
      await api.post('/setup', { ...value, secret, tz: browserZone(), lang: lang.value }, { plain: true });
      await enter();
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
