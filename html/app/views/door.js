/* The way in. */
import { html, useEffect, useState, arrive, savedLang } from '../html.js';
import { t, setLang, sentence } from '../i18n.js';
import { api, setCsrf } from '../api.js';
import { enter, end, me, put, session } from '../store.js';
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
    ${open && html`<p class="note">${t('signin.not_set_up')} <a href="/setup">${t('signin.set_up')}</a></p>`}
    ${form}<p><a href="/reset">${t('signin.forgotten')}</a></p></div></main>`;
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
