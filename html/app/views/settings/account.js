/* One's own account. */
import { html, useState, pref, setPref } from '../../html.js';
import { t, LANGUAGES, setLang, byField, sentence, browserZone, zones } from '../../i18n.js';
import { api } from '../../api.js';
import { amend, me } from '../../store.js';
import { toast } from '../../parts/dialog.js';
import { Form } from '../../parts/form.js';

/* How to be told, by kind of notification (CHT-2). */

const KINDS = { comment: 'follow.comment', note: 'follow.note', mention: 'notify.mention', activity: 'activity.many', created: 'follow.created', stage: 'follow.stage',
  rating: 'follow.rating', assigned: 'notify.assigned', follow: 'notify.follow' };
const INTERNAL = ['note', 'mention', 'activity', 'assigned'];

export function NotifyBy({ useForm }) {
  const user = me.value;
  const portal = user.role === 'portal';
  const kinds = Object.keys(KINDS).filter((k) => !portal || !INTERNAL.includes(k));
  const usual = portal ? 'email' : 'inbox';
  const form = useForm(Object.fromEntries(kinds.map((k) => [k, user.notify_by?.[k] ?? usual])), async (value) => {
    await amend('user', user.id, { notify_by: value }, false);
    toast(t('done.saved'));
  });
  const options = [!portal && { value: 'inbox', label: t('inbox.title') }, { value: 'email', label: t('notify.email') }, { value: 'none', label: t('notify.none') }].filter(Boolean);
  const fields = kinds.map((name) => ({ name, label: t(KINDS[name]), kind: 'select', options }));
  return html`<section class="panel"><h2>${t('notify.title')}</h2><${Form} fields=${fields} ...${form} /></section>`;
}

/* One's own account: name, language, time zone, theme, keys, password. */

function useForm(initial, send) {
  const [value, setValue] = useState(initial);
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const onSubmit = async () => {
    setBusy(true);
    setProblem('');
    try {
      setErrors({});
      await send(value, setValue);
    } catch (e) {
      setErrors(byField(e));
      setProblem(sentence(e));
    }
    setBusy(false);
  };
  return { value, errors, problem, busy, onSubmit, onChange: (n, v) => setValue((old) => ({ ...old, [n]: v })) };
}

function Profile() {
  const user = me.value;
  const form = useForm({ name: user.name, lang: user.lang || 'en', tz: user.tz || browserZone() }, async (value) => {
    await amend('user', user.id, value, false);
    await setLang(value.lang);
    toast(t('done.saved'));
  });
  const fields = [
    { name: 'name', label: t('user.name'), required: true, max: 200, autocomplete: 'name' },
    { name: 'lang', label: t('menu.language'), kind: 'select', options: Object.entries(LANGUAGES).map(([value, label]) => ({ value, label })) },
    { name: 'tz', label: t('user.tz'), kind: 'select', options: [...new Set([form.value.tz, 'UTC', ...zones()])].map((z) => ({ value: z, label: z.replaceAll('_', ' ') })) },
  ];
  return html`<section class="panel"><h2>${t('account.profile')}</h2><${Form} fields=${fields} ...${form} /></section>`;
}

function Password() {
  const form = useForm({ old_password: '', new_password: '' }, async (value, set) => {
    await api.post('/session/password', value);
    set({ old_password: '', new_password: '' });
    toast(t('account.password_changed'));
  });
  const fields = [
    { name: 'old_password', label: t('account.old_password'), kind: 'password', required: true, autocomplete: 'current-password' },
    { name: 'new_password', label: t('account.new_password'), kind: 'password', required: true, min: 12, max: 128, autocomplete: 'new-password', hint: t('user.password_hint') },
  ];
  return html`<section class="panel"><h2>${t('account.password')}</h2><p class="muted">${t('account.password_text')}</p>
    <${Form} fields=${fields} ...${form} submit=${t('account.change_password')} /></section>`;
}

export function Account({ title }) {
  const keys = pref('keys', true);
  return html`<header class="head"><h1 tabindex="-1">${title}</h1></header><div class="panels">
    <${Profile} /><${NotifyBy} useForm=${useForm} /><${Password} />
    <section class="panel"><h2>${t('account.keyboard')}</h2><label class="check"><input type="checkbox" checked=${keys.value}
      onChange=${(e) => setPref('keys', e.target.checked)} /><span>${t('keys.single')}</span></label></section></div>`;
}
