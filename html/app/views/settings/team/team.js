/* A team's settings. */
import { html, cx, useEffect, useState, href, go, route } from '../../../html.js';
import { t, sentence } from '../../../i18n.js';
import { Dialog, Confirm, later } from '../../../parts/dialog.js';
import { Part, Sheet, VISIBILITY, same, saveOr, useEditor } from '../edit.js';
import { itemsOf, searchContacts, searchPeople } from '../../../tickets.js';
import { all, stagesOf, drop, ensure, isAdmin, me, put, rec } from '../../../store.js';
import { NumberField, Field } from '../../../parts/form.js';
import { ColourPicker } from '../../../parts/choose.js';
import { Icon, Failed, Skeleton, Menu } from '../../../parts/basics.js';
import { api } from '../../../api.js';

/* Who sees the team and its tickets: the three modes in words, and who follows everything (VIS-1 .. VIS-20). */

const KINDS = { portal: 'access.portal', internal: 'access.internal', contact: 'access.contact' };

const WARNINGS = { portal_users_leave: 'access.warn_portal', customers_follow: 'access.warn_customers', internal_only_followed: 'access.warn_followed',
  internal_see_all: 'access.warn_internal' };

export function Access({ show, ed }) {
  return html`<${Part} title=${t('team.visibility')} text=${t('access.text')}>
      ${show({ name: 'privacy_visibility', label: t('access.who'), kind: 'radio', options: Object.entries(VISIBILITY).map(([value, [label, hint]]) => ({ value, label: t(label), hint: t(hint) })) })}</${Part}>
    ${ed.value.privacy_visibility === 'portal' && html`<${Part} title=${t('access.share')} text=${t('access.share_text')}>
      ${show({ name: 'portal_share_company', label: t('access.share_on'), kind: 'check' })}</${Part}>`}
    <${Part} title=${t('team.followers')} text=${t('access.followers_text')}>
      ${show({ name: 'message_partner_ids', label: t('access.follow_all'), kind: 'chips', placeholder: t('ticket.add_follower'), items: itemsOf('contact'), search: searchContacts })}</${Part}>`;
}

function People({ title, list }) {
  if (!list?.length) return null;
  const most = list.slice(0, 50);
  return html`<section><h3>${title}</h3><ul class="effect-list">${most.map((p) => html`<li key=${p.partner_id}><bdi>${p.name}</bdi>
    <span class="muted">${[KINDS[p.kind] && t(KINDS[p.kind]), t('board.count', { n: p.tickets ?? 0 })].filter(Boolean).join(' · ')}</span></li>`)}
    ${list.length > most.length && html`<li class="muted">${t('access.more', { n: list.length - most.length })}</li>`}</ul></section>`;
}

/** What a change would do, told by the server without doing it (VIS-14). */
export function Effect({ effect, mode, onYes, onClose }) {
  const quiet = !effect.lose?.length && !effect.gain?.length && !effect.links_end;
  return html`<${Dialog} wide title=${t('access.effect')} onClose=${onClose}>
    ${mode && html`<p><strong>${t(VISIBILITY[mode][0])}</strong><br /><span class="muted">${t(VISIBILITY[mode][1])}</span></p>`}
    ${effect.warning_codes?.map((code) => WARNINGS[code] && html`<p key=${code} class=${code === 'portal_users_leave' ? 'problem' : undefined}>${t(WARNINGS[code])}</p>`)}
    ${quiet && html`<p>${t('access.no_effect')}</p>`}
    ${effect.links_end > 0 && html`<p class="problem">${t('access.links_end', { n: effect.links_end })}</p>`}
    <div class="effect"><${People} title=${t('access.lose', { n: effect.lose?.length ?? 0 })} list=${effect.lose} />
      <${People} title=${t('access.gain', { n: effect.gain?.length ?? 0 })} list=${effect.gain} /></div>
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button>
      <button type="button" class="btn btn-primary" autofocus onClick=${onYes}>${t('access.confirm')}</button></div></${Dialog}>`;
}

/* The short pages of a team: general, assignment, channels, closing, and what is kept for later. */

const FORM = '/support/';
const METHODS = { randomly: ['assign.randomly', 'assign.randomly_hint'], balanced: ['assign.balanced', 'assign.balanced_hint'], tags: ['assign.tags', 'assign.tags_hint'] };
const WRITERS = { everyone: 'alias.everyone', partners: 'alias.partners', followers: 'alias.followers', employees: 'alias.employees' };
const choices = (map) => Object.entries(map).map(([value, [label, hint]]) => ({ value, label: t(label), hint: t(hint) }));
const calendarOptions = () => [{ value: '', label: t('team.calendar_company') },
  ...all('calendar').filter((c) => c.active !== false).map((c) => ({ value: c.id, label: c.name }))];

export function General({ show, ed, companies }) {
  return html`<${Part} title=${t('team.part_general')}>
      ${show({ name: 'name', label: t('team.name'), required: true, max: 120, autofocus: ed.isNew })}
      ${show({ name: 'description', label: t('team.description'), hint: t('team.description_hint'), kind: 'area', rows: 4 })}
      ${companies.length > 1 && show({ name: 'company_id', label: t('company.one'), kind: 'select', options: companies.map((c) => ({ value: c.id, label: c.name })) })}
      <${ColourPicker} label=${t('team.colour')} value=${ed.value.color} onChange=${(n) => ed.set('color', n)} /></${Part}>
    <${Part} title=${t('team.calendar')} text=${t('team.calendar_text')}>
      ${show({ name: 'resource_calendar_id', label: t('team.calendar'), kind: 'select', options: calendarOptions() })}
      <p><a href=${href('/settings/calendars')}>${t('team.calendar_edit')}</a></p></${Part}>
    ${!ed.isNew && html`<${Part} title=${t('settings.stages')} text=${t('team.stages_text')}>
      <p>${stagesOf(ed.base.id).map((s, i) => html`${i > 0 && ' → '}<bdi>${s.name}</bdi>`)}</p>
      <p><a href=${href(`/board/${ed.base.id}`)}>${t('board.title')}</a></p></${Part}>`}`;
}

export function Assignment({ show, ed }) {
  const v = ed.value;
  return html`<${Part} title=${t('team.auto')} text=${t('team.auto_text')}>
    ${show({ name: 'auto_assignment', label: t('team.auto_on'), hint: t('team.auto_hint'), kind: 'check' })}
    ${v.auto_assignment && html`${show({ name: 'assign_method', label: t('team.method'), kind: 'radio', options: choices(METHODS) })}
      ${v.assign_method === 'tags' && html`<p class="note">${t('assign.tags_where')} <a href=${href('/settings/tags')}>${t('settings.tags')}</a></p>`}
      ${show({ name: 'member_ids', label: t('team.members'), hint: t('team.members_hint'), kind: 'chips', items: itemsOf('user'), search: (words) => searchPeople(words, Number(v.company_id)) })}
      <${NumberField} name="assign_cap" label=${t('team.cap')} hint=${t('team.cap_hint')} value=${v.assign_cap || null} min=${1} max=${100000} error=${ed.errors.assign_cap} onChange=${(n) => ed.set('assign_cap', n ?? 0)} />`}</${Part}>`;
}

function Address({ ed }) {
  const team = ed.base;
  if (!team?.slug) return null;
  const address = location.origin + FORM + team.slug;
  const open = team.website_published && team.use_website_helpdesk_form && team.active;
  return html`<p class="form-link"><${Icon} name="link" /><bdi dir="ltr" class=${open ? undefined : 'muted'}>${address}</bdi></p>
    ${open ? html`<p><a class="btn" href=${address} target="_blank" rel="noopener">${t('team.go_website')}</a></p>` : html`<p class="muted">${t('team.not_published')}</p>`}`;
}

export function Channels({ show, ed }) {
  const v = ed.value;
  return html`<${Part} title=${t('team.form')} text=${t('team.form_text')}>
      ${show({ name: 'use_website_helpdesk_form', label: t('team.form_on'), hint: t('team.form_hint'), kind: 'check' })}
      ${v.use_website_helpdesk_form && html`${show({ name: 'website_published', label: t('team.published'), hint: t('team.published_hint'), kind: 'check' })}
        ${show({ name: 'slug', label: t('team.slug'), hint: t('team.slug_hint'), max: 60, ltr: true })}<${Address} ed=${ed} />`}</${Part}>
    <p class="hint">${t('team.later_text')}</p>
    <${Part} title=${t('team.alias')} text=${t('team.alias_text')}>
      ${show({ name: 'use_alias', label: t('team.alias_on'), kind: 'check' })}
      ${v.use_alias && html`${show({ name: 'alias_name', label: t('team.alias_name'), hint: t('team.alias_hint'), max: 64, ltr: true })}
        ${show({ name: 'alias_contact', label: t('team.alias_contact'), kind: 'select', options: Object.entries(WRITERS).map(([value, label]) => ({ value, label: t(label) })) })}`}</${Part}>
    <${Part} title=${t('team.chat')} text=${t('team.chat_text')}>
      ${show({ name: 'use_website_helpdesk_livechat', label: t('team.chat_on'), kind: 'check' })}</${Part}>`;
}

export function Closing({ show, ed }) {
  const v = ed.value;
  const stages = ed.isNew ? [] : stagesOf(ed.base.id);
  const option = (s) => ({ id: s.id, label: s.name });
  const closing = stages.filter((s) => s.fold);
  return html`<${Part} title=${t('team.close_customer')} text=${t('team.close_customer_text')}>
      ${show({ name: 'allow_portal_ticket_closing', label: t('team.close_customer_on'), kind: 'check' })}</${Part}>
    <p class="hint">${t('team.later_text')}</p>
    <${Part} title=${t('team.close_auto')} text=${t('team.close_auto_text')}>
      ${show({ name: 'auto_close_ticket', label: t('team.close_auto_on'), kind: 'check' })}
      ${v.auto_close_ticket && html`<${NumberField} name="auto_close_day" label=${t('team.close_days')} value=${v.auto_close_day} min=${1} max=${3650} error=${ed.errors.auto_close_day} onChange=${(n) => ed.set('auto_close_day', n ?? 0)} />
        ${show({ name: 'from_stage_ids', label: t('team.close_from'), hint: t('team.close_from_hint'), kind: 'chips', plain: true, items: itemsOf('stage'), search: (words) => stages.filter((s) => !s.fold && s.name.toLocaleLowerCase().includes(words.toLocaleLowerCase())).map(option) })}
        ${show({ name: 'to_stage_id', label: t('team.close_to'), kind: 'select', options: [{ value: '', label: t('team.close_to_first') }, ...closing.map((s) => ({ value: s.id, label: s.name }))] })}`}</${Part}>`;
}

const LATER = [
  ['team.later_quality', [['use_sla', 'later.sla'], ['use_rating', 'later.rating'], ['portal_show_rating', 'later.show_rating']]],
  ['team.later_time', [['use_helpdesk_timesheet', 'later.time'], ['use_helpdesk_sale_timesheet', 'later.bill']]],
  ['team.later_sales', [['use_credit_notes', 'later.refunds'], ['use_coupons', 'later.coupons'], ['use_product_returns', 'later.returns'], ['use_product_repairs', 'later.repairs'], ['use_fsm', 'later.visits']]],
  ['team.later_help', [['use_website_helpdesk_knowledge', 'later.articles'], ['use_website_helpdesk_forum', 'later.forum'], ['use_website_helpdesk_slides', 'later.courses']]],
];

export function Later({ show }) {
  return html`<p class="hint">${t('team.later_text')}</p>${LATER.map(([title, list]) => html`<${Part} key=${title} title=${t(title)}>
    ${list.map(([name, label]) => show({ name, label: t(label), kind: 'check' }))}</${Part}>`)}`;
}

/* One team: its pages, one save for all of them, and what a change of visibility would do before it is done. */

const Builder = later(() => import('./builder.js'), 'Builder', false), Properties = later(() => import('./properties.js'), 'Properties', false);
const PAGES = {
  general: { label: 'team.part_general', View: General, owns: ['name', 'description', 'company_id', 'color', 'resource_calendar_id', 'active'] },
  access: { label: 'team.visibility', View: Access, owns: ['privacy_visibility', 'portal_share_company', 'message_partner_ids'] },
  assignment: { label: 'team.part_assignment', View: Assignment, owns: ['auto_assignment', 'assign_method', 'member_ids', 'assign_cap'] },
  channels: { label: 'team.part_channels', View: Channels, owns: ['use_website_helpdesk_form', 'website_published', 'slug', 'use_alias', 'alias_name', 'alias_contact', 'use_website_helpdesk_livechat'] },
  form: { label: 'team.part_form', View: Builder, owns: ['form_fields'] },
  properties: { label: 'team.part_properties', View: Properties, owns: ['ticket_properties'] },
  closing: { label: 'team.part_closing', View: Closing, owns: ['allow_portal_ticket_closing', 'auto_close_ticket', 'auto_close_day', 'from_stage_ids', 'to_stage_id'] },
  later: { label: 'team.part_later', View: Later, owns: LATER.flatMap(([, list]) => list.map(([name]) => name)) },
};
const LABELS = { name: 'team.name', description: 'team.description', privacy_visibility: 'team.visibility', message_partner_ids: 'team.followers', member_ids: 'team.members',
  auto_assignment: 'team.auto', assign_method: 'team.method', form_fields: 'team.part_form', ticket_properties: 'team.part_properties' };
const NUMBERS = ['company_id', 'resource_calendar_id', 'to_stage_id'];
const ASKED = ['privacy_visibility', 'portal_share_company', 'message_partner_ids', 'company_id'];      /* changes whose effect is shown first */

const prepare = (v) => ({ ...v, ...Object.fromEntries(NUMBERS.filter((k) => k in v).map((k) => [k, v[k] ? Number(v[k]) : null])) });
const pageOf = (field) => Object.keys(PAGES).find((p) => PAGES[p].owns.some((o) => field === o || field.startsWith(`${o}[`)));

function TeamMenu({ team }) {
  const [ask, setAsk] = useState(false);
  const [refused, setRefused] = useState('');
  const remove = async () => {
    setAsk(false);
    try {
      await api.delete(`/teams/${team.id}`);
      go(href('/settings/teams'), { replace: true });
      drop('team', team.id);
    } catch (e) {
      setRefused(e.code === 'in_use' ? t('team.delete_refused', { name: team.name }) : sentence(e));
    }
  };
  const archive = () => saveOr('team', rec('team', team.id) ?? team, { active: !team.active });
  return html`<${Menu} label=${t('edit.menu', { name: team.name })} items=${[
      { label: t(team.active ? 'action.archive' : 'action.unarchive'), icon: 'archive', run: archive },
      { label: t('action.delete'), icon: 'trash', danger: true, run: () => setAsk(true) }]} />
    ${ask && html`<${Confirm} danger title=${t('edit.delete', { name: team.name })} text=${t('team.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setAsk(false)} />`}
    ${refused && html`<${Dialog} title=${t('team.not_deleted')} onClose=${() => setRefused('')}><p>${refused}</p><div class="buttons">
      <button type="button" class="btn" onClick=${() => setRefused('')}>${t('action.close')}</button>
      ${team.active && html`<button type="button" class="btn btn-primary" autofocus onClick=${() => { setRefused(''); archive(); }}>${t('action.archive')}</button>`}</div></${Dialog}>`}`;
}

export function Team({ id }) {
  const companies = all('company').filter((c) => c.active);
  const ed = useEditor('team', id, { name: '', privacy_visibility: 'portal', assign_method: 'randomly', active: true, color: all('team').length % 12, company_id: me.peek().company_id },
    { prepare, labels: LABELS, stays: (url) => url.pathname === location.pathname });
  const [effect, setEffect] = useState(null);
  const asked = route.value.query.part;
  const page = PAGES[asked] && !ed.isNew ? asked : 'general';
  useEffect(() => { ensure('calendar').catch(() => {}); }, []);
  useEffect(() => {
    const wrong = Object.keys(ed.errors).map(pageOf).filter(Boolean);
    if (wrong.length && !wrong.includes(page)) go(href(`/settings/teams/${id}`, { part: wrong[0] }), { replace: true, quiet: true });
  }, [ed.errors]);

  const save = async () => {
    setEffect(null);
    const saved = await ed.save();
    if (!saved || !ed.isNew) return;
    (await api.all('/stages')).forEach((s) => put('stage', s));
    go(href(`/settings/teams/${saved.id}`), { replace: true });
  };
  const submit = async () => {
    const body = ed.isNew ? {} : ed.body();
    if (!ASKED.some((k) => k in body)) return save();
    ed.setBusy(true);
    try {
      const what = await api.patch(`/teams/${id}?dry_run=1`, body, ed.base.version);
      ed.setBusy(false);
      return what.lose?.length || what.gain?.length || what.links_end || 'privacy_visibility' in body ? setEffect(what) : save();
    } catch {
      return save();          /* the save itself says what is wrong */
    }
  };
  const show = (f) => f && html`<${Field} key=${f.name} f=${f} value=${ed.value[f.name]} error=${ed.errors[f.name]} set=${(v) => ed.set(f.name, v)} />`;
  const { View, owns } = PAGES[page];
  const here = (field) => owns.some((o) => field === o || field.startsWith(`${o}[`));
  const bad = new Set(Object.keys(ed.errors).map(pageOf));
  const team = ed.isNew ? null : rec('team', Number(id)) ?? ed.base;
  const unsaved = (p) => !ed.isNew && PAGES[p].owns.some((k) => !same(ed.value[k], ed.base?.[k]));
  return html`<header class="head"><a class="btn btn-icon" href=${href('/settings/teams')} aria-label=${t('team.back')} title=${t('team.back')}><${Icon} name="back" flip /></a>
      <h1 tabindex="-1">${team && html`<span class=${`dot dot-large hue-${ed.value?.color ?? team.color ?? 0}`}></span>`}<bdi>${ed.isNew ? t('team.new') : team?.name ?? t('team.one')}</bdi>
        ${team?.active === false && html`<span class="tag">${t('record.archived')}</span>`}</h1>
      ${team && html`<div class="head-tools"><a class="btn" href=${href(`/board/${id}`)}><${Icon} name="board" /> ${t('board.title')}</a>${isAdmin.value && html`<${TeamMenu} team=${team} />`}</div>`}</header>
    ${!ed.isNew && html`<nav class="tabs" aria-label=${t('team.pages')}>${Object.entries(PAGES).map(([key, p]) => html`<a key=${key} class=${cx('tab', bad.has(key) && 'tab-bad')}
      href=${href(`/settings/teams/${id}`, { part: key })} aria-current=${key === page ? 'page' : undefined}>${t(p.label)}${bad.has(key) ? html`<span class="hidden"> (${t('edit.has_errors')})</span>`
        : ed.value && unsaved(key) && html`<span class="tab-dot" title=${t('edit.unsaved')}></span>`}</a>`)}</nav>`}
    ${!ed.value && (ed.problem ? html`<${Failed} text=${ed.problem} onRetry=${ed.read} />` : html`<${Skeleton} kind="text" rows=${6} />`)}
    ${ed.value && html`<${Sheet} label=${t('team.one')} problem=${ed.problem} loose=${Object.entries(ed.errors).filter(([k]) => !here(k)).map(([, s]) => s)} dirty=${ed.dirty} busy=${ed.busy} still=${!isAdmin.value}
      onSave=${submit} onDiscard=${ed.isNew ? null : ed.discard}><fieldset class="sheet-fields" disabled=${!isAdmin.value}><${View} ed=${ed} show=${show} companies=${companies} until=${html`<${Skeleton} kind="text" rows=${6} />`} /></fieldset></${Sheet}>`}
    ${effect && html`<${Effect} effect=${effect} mode=${ed.value.privacy_visibility !== ed.base.privacy_visibility ? ed.value.privacy_visibility : null} onYes=${save} onClose=${() => setEffect(null)} />`}
    ${ed.ask}`;
}
