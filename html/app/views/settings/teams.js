/* Teams: the list, and one team's form. */
import { html, useEffect, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { all, load, me, put, rec } from '../../store.js';
import { byField, sentence } from '../../errors.js';
import { go, href } from '../../router.js';
import { toast } from '../../parts/toast.js';
import { Form } from '../../parts/form.js';
import { Icon } from '../../parts/icon.js';
import { Empty, Failed, Skeleton } from '../../parts/empty.js';
import { Confirm } from '../../parts/dialog.js';
import { itemsOf, searchContacts, searchPeople } from '../pick.js';

const FORM = '/support/';
const VISIBILITY = { portal: ['visibility.portal', 'visibility.portal_hint'], internal: ['visibility.internal', 'visibility.internal_hint'],
  invited_internal: ['visibility.invited', 'visibility.invited_hint'] };
const METHODS = { randomly: ['assign.randomly', 'assign.randomly_hint'], balanced: ['assign.balanced', 'assign.balanced_hint'] };
const choices = (map) => Object.entries(map).map(([value, [label, hint]]) => ({ value, label: t(label), hint: t(hint) }));
const SENT = ['name', 'description', 'color', 'privacy_visibility', 'auto_assignment', 'assign_method', 'member_ids', 'message_partner_ids',
  'use_website_helpdesk_form', 'website_published', 'active', 'company_id'];

/* Where the form is, or why it is not there yet. */
function Address({ team, value }) {
  if (!team?.slug || !value.use_website_helpdesk_form) return null;
  const address = location.origin + FORM + team.slug;
  const open = team.website_published && team.use_website_helpdesk_form && team.active;
  return html`<p class="form-link"><${Icon} name="link" />${open ? html`<a href=${address} target="_blank" rel="noopener"><bdi dir="ltr">${address}</bdi></a>`
    : html`<span class="muted">${t('team.not_published')}</span>`}</p>`;
}

function fieldsOf(value, isNew, team) {
  const companies = all('company').filter((c) => c.active);
  return [
    { name: 'name', label: t('team.name'), required: true, max: 120, autofocus: isNew },
    { name: 'description', label: t('team.description'), hint: t('team.description_hint'), kind: 'area', rows: 4 },
    companies.length > 1 && { name: 'company_id', label: t('company.one'), kind: 'select', options: companies.map((c) => ({ value: c.id, label: c.name })) },
    { name: 'privacy_visibility', label: t('team.visibility'), kind: 'radio', options: choices(VISIBILITY) },
    { name: 'message_partner_ids', label: t('team.followers'), hint: t('team.followers_hint'), kind: 'chips', items: itemsOf('contact'), search: searchContacts },
    { name: 'auto_assignment', label: t('team.auto'), hint: t('team.auto_hint'), kind: 'check' },
    value.auto_assignment && { name: 'assign_method', label: t('team.method'), kind: 'radio', options: choices(METHODS) },
    value.auto_assignment && { name: 'member_ids', label: t('team.members'), hint: t('team.members_hint'), kind: 'chips', items: itemsOf('user'), search: (words) => searchPeople(words, Number(value.company_id)) },
    { name: 'use_website_helpdesk_form', label: t('team.form'), hint: t('team.form_hint'), kind: 'check' },
    value.use_website_helpdesk_form && { name: 'website_published', label: t('team.published'), kind: 'check' },
    value.use_website_helpdesk_form && team?.slug && { name: 'address', kind: 'note', content: html`<${Address} team=${team} value=${value} />` },
    !isNew && { name: 'active', label: t('record.active'), hint: t('team.active_hint'), kind: 'check' },
  ];
}

function Team({ id }) {
  const isNew = id === 'new';
  const here = isNew ? null : rec('team', Number(id));
  const [base, setBase] = useState(null);
  const [value, setValue] = useState(isNew ? { name: '', privacy_visibility: 'portal', assign_method: 'randomly', active: true, color: all('team').length % 12, company_id: me.peek().company_id } : null);
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [warn, setWarn] = useState(false);
  const read = () => load('team', Number(id)).then((r) => { setBase(r); setValue(r); setProblem(''); }, (e) => setProblem(sentence(e)));
  useEffect(() => { if (!isNew) read(); }, [id]);
  const save = async () => {
    setWarn(false);
    setBusy(true);
    setProblem('');
    const clean = { ...value, company_id: value.company_id ? Number(value.company_id) : undefined };
    const body = Object.fromEntries(SENT.filter((k) => clean[k] !== undefined && JSON.stringify(clean[k]) !== JSON.stringify(base?.[k])).map((k) => [k, clean[k]]));
    try {
      const saved = isNew ? await api.post('/teams', body) : Object.keys(body).length ? await api.patch(`/teams/${id}`, body, base.version) : base;
      put('team', saved, true);
      toast(t('done.saved'));
      if (isNew) {
        const stages = await api.all('/stages');
        stages.forEach((s) => put('stage', s));
        return go(href(`/settings/teams/${saved.id}`), { replace: true });
      }
      setBase(saved);
      setValue(saved);
      setErrors({});
    } catch (e) {
      setErrors(byField(e));
      setProblem(sentence(e));
    }
    return setBusy(false);
  };
  const submit = () => (base?.privacy_visibility === 'portal' && value.privacy_visibility !== 'portal' ? setWarn(true) : save());
  return html`<header class="head"><a class="btn btn-icon" href=${href('/settings/teams')} aria-label=${t('team.back')} title=${t('team.back')}><${Icon} name="back" flip /></a>
      <h1 tabindex="-1" dir="auto">${isNew ? t('team.new') : here?.name ?? t('team.one')}</h1>
      ${!isNew && html`<div class="head-tools"><a class="btn" href=${href(`/board/${id}`)}><${Icon} name="board" /> ${t('board.title')}</a></div>`}</header>
    ${!value && (problem ? html`<${Failed} text=${problem} onRetry=${read} />` : html`<${Skeleton} kind="text" rows=${6} />`)}
    ${value && html`<div class="panel panel-wide"><${Form} fields=${fieldsOf(value, isNew, base)} value=${value} errors=${errors} problem=${problem} busy=${busy}
      onChange=${(n, v) => setValue((old) => ({ ...old, [n]: v }))} onSubmit=${submit} /></div>`}
    ${warn && html`<${Confirm} title=${t('visibility.warn_title')} text=${t('visibility.warn_text')} action=${t('visibility.warn_action')}
      onYes=${save} onClose=${() => setWarn(false)} />`}`;
}

export function Teams({ id, title }) {
  if (id) return html`<${Team} id=${id} />`;
  const teams = all('team');
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      <a class="btn btn-primary" href=${href('/settings/teams/new')}><${Icon} name="plus" /> ${t('team.new')}</a></div></header>
    ${!teams.length && html`<${Empty} icon="people" title=${t('team.none')} text=${t('team.none_text')} />`}
    <ul class="cards-list">${teams.map((x) => html`<li key=${x.id}><a class="card-link" href=${href(`/settings/teams/${x.id}`)}>
      <span class=${`dot hue-${x.color ?? 0}`}></span><span class="card-link-text"><strong dir="auto">${x.name}</strong>
      <span class="muted">${t(VISIBILITY[x.privacy_visibility]?.[0] ?? 'visibility.portal')}${x.auto_assignment ? ` · ${t('team.auto')}` : ''}</span></span>
      ${!x.active && html`<span class="tag">${t('record.archived')}</span>`}<${Icon} name="next" flip /></a></li>`)}</ul>`;
}
