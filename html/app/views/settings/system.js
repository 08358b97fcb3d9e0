/* The desk as a whole, and its audit log. */
import { html, useState, href } from '../../html.js';
import { t, browserZone } from '../../i18n.js';
import { api } from '../../api.js';
import { all, me } from '../../store.js';
import { addDays, instant } from './time.js';
import { Icon } from '../../parts/basics.js';
import { Events, KINDS, TYPES } from '../ticket-more.js';
import { Part, saveOr } from './edit.js';

/* The audit log: everything that happened in one's companies, with filters and CSV. */

function Choice({ label, value, onChange, options }) {
  return html`<label class="field"><span class="label">${label}</span><select class="input select" value=${value} onChange=${(e) => onChange(e.target.value)}>
    <option value="">${t('event.any')}</option>${options.map(([v, text]) => html`<option key=${v} value=${v}>${text}</option>`)}</select></label>`;
}

function Day({ label, value, onChange }) {
  return html`<label class="field"><span class="label">${label}</span><input class="input" type="date" value=${value} onChange=${(e) => onChange(e.target.value)} /></label>`;
}

export function Audit({ title }) {
  const [f, setF] = useState({ kind: '', type: '', actor: '', from: '', to: '' });
  const set = (name) => (value) => setF((old) => ({ ...old, [name]: value }));
  const midnight = (date) => instant(`${date}T00:00`, me.value?.tz || browserZone());
  const times = { from: f.from && midnight(f.from), to: f.to && midnight(addDays(f.to, 1)) };
  const filter = Object.fromEntries(Object.entries({ ...f, ...times }).filter(([, v]) => v));
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      <a class="btn" href=${api.url('/audit', { ...filter, format: 'csv' })} download="audit.csv"><${Icon} name="download" /> CSV</a></div></header>
    <p class="muted lead">${t('event.text')}</p>
    <div class="audit-filter">
      <${Choice} label=${t('event.what')} value=${f.kind} onChange=${set('kind')} options=${Object.entries(KINDS).map(([k, l]) => [k, t(l)])} />
      <${Choice} label=${t('event.record')} value=${f.type} onChange=${set('type')} options=${Object.entries(TYPES).map(([k, l]) => [k, t(l)])} />
      <${Choice} label=${t('event.who')} value=${f.actor} onChange=${set('actor')} options=${all('user').map((u) => [String(u.id), u.name])} />
      <${Day} label=${t('event.from')} value=${f.from} onChange=${set('from')} /><${Day} label=${t('event.until')} value=${f.to} onChange=${set('to')} /></div>
    <${Events} path="/audit" filter=${filter} caption=${title} named />`;
}

/* General settings: developer tools (STG-2).  They add menus and give no right. */

export function General({ title }) {
  const on = !!me.value.developer_mode;
  return html`<header class="head"><h1 tabindex="-1">${title}</h1></header>
    <${Part} title=${t('general.developer')} text=${t('general.developer_text')}>
      <label class="check switch"><input type="checkbox" role="switch" checked=${on} onChange=${(e) => saveOr('user', me.peek(), { developer_mode: e.target.checked })} />
        <span>${t('general.developer_mode')}</span></label>
      ${on && html`<p><a href=${href('/settings/stages')}>${t('general.to_stages')}</a></p>`}</${Part}>`;
}
