/* One team: its pages, one save for all of them, and what a change of visibility would do before it is done. */
import { html, cx, useEffect, useState } from '../../../html.js';
import { t } from '../../../i18n.js';
import { api } from '../../../api.js';
import { all, drop, ensure, isAdmin, me, put, rec } from '../../../store.js';
import { sentence } from '../../../errors.js';
import { go, href, route } from '../../../router.js';
import { Icon } from '../../../parts/icon.js';
import { Field } from '../../../parts/form.js';
import { Failed, Skeleton } from '../../../parts/empty.js';
import { Confirm, Dialog } from '../../../parts/dialog.js';
import { Menu } from '../../../parts/menu.js';
import { Sheet } from '../../../parts/sheet.js';
import { same, saveOr, useEditor } from '../edit.js';
import { Access, Effect } from './access.js';
import { Assignment, Channels, Closing, General, Later } from './parts.js';
import { Builder } from './builder.js';
import { Properties } from './properties.js';

const PAGES = {
  general: { label: 'team.part_general', View: General, owns: ['name', 'description', 'company_id', 'color', 'resource_calendar_id', 'active'] },
  access: { label: 'team.visibility', View: Access, owns: ['privacy_visibility', 'message_partner_ids'] },
  assignment: { label: 'team.part_assignment', View: Assignment, owns: ['auto_assignment', 'assign_method', 'member_ids', 'assign_cap'] },
  channels: { label: 'team.part_channels', View: Channels, owns: ['use_website_helpdesk_form', 'website_published', 'slug', 'use_alias', 'alias_name', 'alias_contact'] },
  form: { label: 'team.part_form', View: Builder, owns: ['form_fields'] },
  properties: { label: 'team.part_properties', View: Properties, owns: ['ticket_properties'] },
  closing: { label: 'team.part_closing', View: Closing, owns: ['allow_portal_ticket_closing', 'auto_close_ticket', 'auto_close_day', 'from_stage_ids', 'to_stage_id'] },
  later: { label: 'team.part_later', View: Later, owns: [] },
};
const LABELS = { name: 'team.name', description: 'team.description', privacy_visibility: 'team.visibility', message_partner_ids: 'team.followers', member_ids: 'team.members',
  auto_assignment: 'team.auto', assign_method: 'team.method', form_fields: 'team.part_form', ticket_properties: 'team.part_properties' };
const NUMBERS = ['company_id', 'resource_calendar_id', 'to_stage_id'];
const ASKED = ['privacy_visibility', 'message_partner_ids', 'company_id'];      /* changes whose effect is shown first */

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
      onSave=${submit} onDiscard=${ed.isNew ? null : ed.discard}><fieldset class="sheet-fields" disabled=${!isAdmin.value}><${View} ed=${ed} show=${show} companies=${companies} /></fieldset></${Sheet}>`}
    ${effect && html`<${Effect} effect=${effect} mode=${ed.value.privacy_visibility !== ed.base.privacy_visibility ? ed.value.privacy_visibility : null} onYes=${save} onClose=${() => setEffect(null)} />`}
    ${ed.ask}`;
}
