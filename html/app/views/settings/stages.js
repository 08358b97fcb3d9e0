/* Stages in the order of the pipeline: rename, move, fold. */
import { html, useState, back, href } from '../../html.js';
import { t, sentence } from '../../i18n.js';
import { api } from '../../api.js';
import { all, drop, put, rec } from '../../store.js';
import { toast, Confirm } from '../../parts/dialog.js';
import { Icon, Empty, stateName } from '../../parts/basics.js';
import { RecordDialog } from '../records.js';
import { saveOr } from './edit.js';
import { itemsOf, searchOf } from '../../tickets.js';

const fields = () => [
  { name: 'name', label: t('stage.name'), required: true, max: 120, autofocus: true },
  { name: 'description', label: t('stage.description'), kind: 'area', rows: 3 },
  { name: 'team_ids', label: t('stage.teams'), hint: t('stage.teams_hint'), kind: 'chips', plain: true, items: itemsOf('team'), search: searchOf('team') },
  { name: 'fold', label: t('stage.fold'), hint: t('stage.fold_hint'), kind: 'check' },
  ...['normal', 'done', 'blocked'].map((state) => ({ name: `legend_${state}`, label: t('stage.legend', { state: stateName(state) }), hint: t('stage.legend_hint'), max: 60 })),
  { name: 'active', label: t('record.active'), kind: 'check' },
];

/* STG-4: the whole order in one call. */
async function swap(stages, at, by) {
  const next = [...stages];
  const [moved] = next.splice(at, 1);
  next.splice(at + by, 0, moved);
  try {
    await api.put('/stages/order', { ids: next.map((s) => s.id) });
    (await api.all('/stages', { active: 'any' })).forEach((s) => put('stage', s));
  } catch (e) {
    toast(sentence(e), { bad: true });
  }
}

function StageRow({ stage, at, stages, onOpen, onDelete }) {
  const label = (key) => t(key, { name: stage.name });
  return html`<li class="stage-row"><span class="stage-order">
      <button type="button" class="btn btn-icon" disabled=${at === 0} aria-label=${label('stage.up')} onClick=${() => swap(stages, at, -1)}><${Icon} name="up" /></button>
      <button type="button" class="btn btn-icon" disabled=${at === stages.length - 1} aria-label=${label('stage.down')} onClick=${() => swap(stages, at, 1)}><${Icon} name="down" /></button></span>
    <button type="button" class="btn-cell stage-name" onClick=${() => onOpen(stage)}><strong dir="auto">${stage.name}</strong>
      <span class="muted">${(stage.team_ids ?? []).map((id) => rec('team', id)?.name).filter(Boolean).join(', ') || t('stage.no_team')}</span></button>
    ${!stage.active && html`<span class="tag">${t('record.archived')}</span>`}
    <label class="check"><input type="checkbox" checked=${stage.fold} onChange=${(e) => saveOr('stage', stage, { fold: e.target.checked })} />
      <span>${t('stage.closing')}<span class="hidden"> ${stage.name}</span></span></label>
    <button type="button" class="btn btn-icon" aria-label=${label('stage.delete')} title=${label('stage.delete')} onClick=${() => onDelete(stage)}><${Icon} name="close" /></button></li>`;
}

export function Stages({ id, title }) {
  const [team, setTeam] = useState('');
  const [open, setOpen] = useState(null);
  const [going, setGoing] = useState(null);
  const stages = all('stage').filter((s) => !team || s.team_ids?.includes(Number(team)));
  const asked = id === 'new' ? {} : id ? rec('stage', Number(id)) : null;
  const edited = open ?? asked;
  const remove = async () => {
    try {
      await api.delete(`/stages/${going.id}`);
      drop('stage', going.id);
    } catch (e) {
      toast(sentence(e), { bad: true });
    }
    setGoing(null);
  };
  const close = () => {
    setOpen(null);
    if (id) back(href('/settings/stages'));
  };
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools">
      <select class="input select" aria-label=${t('ticket.team')} onChange=${(e) => setTeam(e.target.value)}><option value="">${t('list.all_teams')}</option>
        ${all('team').map((x) => html`<option key=${x.id} value=${x.id} selected=${String(x.id) === team}>${x.name}</option>`)}</select>
      <button type="button" class="btn btn-primary" onClick=${() => setOpen({})}><${Icon} name="plus" /> ${t('stage.new')}</button></div></header>
    <p class="muted lead">${t('stage.text')}</p>
    ${!stages.length && html`<${Empty} icon="board" title=${t('stage.none')} />`}
    <ol class="stage-list">${stages.map((s, i) => html`<${StageRow} key=${s.id} stage=${s} at=${i} stages=${stages} onOpen=${setOpen} onDelete=${setGoing} />`)}</ol>
    ${edited && html`<${RecordDialog} type="stage" title=${edited.id ? t('stage.one') : t('stage.new')} record=${edited.id ? edited : null} fields=${fields}
      defaults=${{ active: true, team_ids: team ? [Number(team)] : [], sequence: (Math.max(0, ...stages.map((s) => s.sequence)) + 10) }} onClose=${close} />`}
    ${going && html`<${Confirm} title=${t('stage.delete', { name: going.name })} text=${t('stage.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setGoing(null)} />`}`;
}
