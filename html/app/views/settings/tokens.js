/* API tokens of one's own; the secret is shown once. */
import { html, useEffect, useState } from '../../html.js';
import { t, browserZone, byField, sentence, date } from '../../i18n.js';
import { api } from '../../api.js';
import { isAdmin, me } from '../../store.js';
import { addDays, instant, wall } from './time.js';
import { copyText, toast, Confirm, Dialog } from '../../parts/dialog.js';
import { Form } from '../../parts/form.js';
import { Icon, Empty, Failed, Skeleton } from '../../parts/basics.js';
import { RecordTable } from '../records.js';

const DAYS = { 30: 'token.days30', 90: 'token.days90', 365: 'token.days365', date: 'token.on_date' };
const SCOPES = { read: 'token.read', write: 'token.write', admin: 'token.admin' };
const DAY = 86_400_000;

function NewToken({ onClose }) {
  const zone = me.peek().tz || browserZone(), tomorrow = addDays(wall(new Date().toISOString(), zone).slice(0, 10), 1);
  const [value, setValue] = useState({ name: '', days: '365', date: addDays(tomorrow, 30), scope: 'read' });
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [made, setMade] = useState(null);
  const submit = async () => {
    try {
      const scopes = { read: ['read'], write: ['read', 'write'], admin: ['read', 'write', 'admin'] }[value.scope];
      const expires = value.days === 'date' ? instant(`${value.date}T23:59`, zone) : new Date(Date.now() + Number(value.days) * DAY).toISOString();
      setMade(await api.post('/tokens', { name: value.name, scopes, expires }));
    } catch (e) {
      const { expires: bad, ...errors } = byField(e);
      setErrors(bad ? { ...errors, [value.days === 'date' ? 'date' : 'days']: bad } : errors);
      setProblem(sentence(e));
    }
  };
  const fields = [
    { name: 'name', label: t('token.name'), hint: t('token.name_hint'), required: true, max: 120, autofocus: true },
    { name: 'scope', label: t('token.scopes'), kind: 'select', options: Object.entries(SCOPES).filter(([k]) => k !== 'admin' || isAdmin.value).map(([k, l]) => ({ value: k, label: t(l) })) },
    { name: 'days', label: t('token.expires'), kind: 'select', options: Object.entries(DAYS).map(([k, l]) => ({ value: k, label: t(l) })) },
    value.days === 'date' && { name: 'date', label: t('token.last_day'), kind: 'date', required: true, least: tomorrow },
  ];
  const copy = () => copyText(made.token);
  if (made) {
    return html`<${Dialog} title=${t('token.made')} onClose=${onClose}><p>${t('token.once')}</p>
      <input class="input mono" dir="ltr" readonly aria-label=${t('token.made')} value=${made.token} autofocus onFocus=${(e) => e.target.select()} />
      <div class="buttons"><button type="button" class="btn" onClick=${copy}>${t('action.copy')}</button>
        <button type="button" class="btn btn-primary" onClick=${onClose}>${t('action.done')}</button></div></${Dialog}>`;
  }
  return html`<${Dialog} title=${t('token.new')} onClose=${onClose}><${Form} fields=${fields} value=${value} errors=${errors} problem=${problem}
    onChange=${(n, v) => setValue((old) => ({ ...old, [n]: v }))} submit=${t('token.create')} onSubmit=${submit} onCancel=${onClose} /></${Dialog}>`;
}

export function Tokens({ title }) {
  const [tokens, setTokens] = useState(null);
  const [error, setError] = useState(null);
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState(null);
  const read = () => api.all('/tokens').then((x) => { setTokens(x); setError(null); }, setError);
  useEffect(() => { read(); }, []);
  const revoke = async () => {
    try {
      await api.delete(`/tokens/${ending.id}`);
    } catch (e) {
      toast(sentence(e), { bad: true });
    }
    setEnding(null);
    read();
  };
  const columns = [
    { label: t('token.name'), cell: (r) => html`<bdi>${r.name}</bdi>` },
    { label: t('token.scopes'), cell: (r) => t(SCOPES[['admin', 'write'].find((s) => r.scopes?.includes(s)) ?? 'read']) },
    { label: t('token.expires'), cell: (r) => date(r.expires) },
    { label: t('token.revoke'), className: 'c-end', cell: (r) => html`<button type="button" class="btn" aria-label=${t('token.revoke_one', { name: r.name })}
      onClick=${() => setEnding(r)}>${t('token.revoke')}</button>` },
  ];
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      <button type="button" class="btn btn-primary" onClick=${() => setMaking(true)}><${Icon} name="plus" /> ${t('token.new')}</button></div></header>
    <p class="muted lead">${t('token.text')} <a href="/api/v1/openapi.json" target="_blank" rel="noopener">${t('token.document')}</a></p>
    ${error && html`<${Failed} text=${sentence(error)} onRetry=${read} />`}
    ${!tokens && !error && html`<${Skeleton} rows=${3} />`}
    ${tokens && !tokens.length && html`<${Empty} icon="key" title=${t('token.none')}>
      <button type="button" class="btn btn-primary" onClick=${() => setMaking(true)}>${t('token.new')}</button></${Empty}>`}
    ${tokens?.length > 0 && html`<${RecordTable} caption=${title} records=${tokens} columns=${columns} />`}
    ${making && html`<${NewToken} onClose=${() => { setMaking(false); read(); }} />`}
    ${ending && html`<${Confirm} title=${t('token.revoke_one', { name: ending.name })} text=${t('token.revoke_text')} action=${t('token.revoke')}
      onYes=${revoke} onClose=${() => setEnding(null)} />`}`;
}
