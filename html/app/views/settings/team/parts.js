/* The short pages of a team: general, assignment, channels, closing, and what is kept for later. */
import { html } from '../../../html.js';
import { t } from '../../../i18n.js';
import { all, stagesOf } from '../../../store.js';
import { href } from '../../../router.js';
import { ColourPicker } from '../../../parts/colour.js';
import { Icon } from '../../../parts/icon.js';
import { NumberField } from '../../../parts/number.js';
import { Part } from '../../../parts/sheet.js';
import { itemsOf, searchPeople } from '../../pick.js';

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
      <p><a href=${href('/settings/calendars')}>${t('team.calendar_edit')}</a></p></${Part}>`;
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
  return html`<p class="hint">${t('team.later_text')}</p>
    <${Part} title=${t('team.close_customer')} text=${t('team.close_customer_text')}>
      ${show({ name: 'allow_portal_ticket_closing', label: t('team.close_customer_on'), kind: 'check' })}</${Part}>
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
