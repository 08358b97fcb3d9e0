/* A stage edited from its column (STG-1): name, meaning, closing, legends of the states. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { rec, stagesOf } from '../store.js';
import { stateName } from '../parts/basics.js';
import { RecordDialog } from './records.js';

function fieldsOf(record, count) {
  const shared = (record?.team_ids ?? []).length;
  const legend = (state) => ({ name: `legend_${state}`, label: t('stage.legend', { state: stateName(state) }), max: 60, hint: state === 'normal' ? t('stage.legend_hint') : undefined });
  return (value) => [
    shared > 1 && { kind: 'note', name: 'shared', content: html`<p class="note">${t('stage.shared', { n: shared, teams: record.team_ids.map((id) => rec('team', id)?.name).filter(Boolean).join(', ') })}</p>` },
    { name: 'name', label: t('stage.name'), required: true, max: 120, autofocus: true },
    { name: 'description', label: t('stage.description'), kind: 'area', rows: 3, max: 2000 },
    { name: 'fold', label: t('stage.fold'), hint: t('stage.fold_hint'), kind: 'check' },
    record && value.fold !== record.fold && { kind: 'note', name: 'warning', content: html`<p class="problem" role="alert">${t(value.fold ? 'stage.will_close' : 'stage.will_reopen', { n: count })}
      ${shared > 1 ? t('stage.will_all_teams') : ''}</p>` },
    legend('normal'), legend('done'), legend('blocked'),
  ];
}

/** stage: null for a new one at the end of the team's pipeline. */
export function StageDialog({ stage, count = 0, teamId, onClose }) {
  const last = Math.max(0, ...stagesOf(teamId).map((s) => s.sequence ?? 0));
  return html`<${RecordDialog} type="stage" title=${stage ? t('stage.one') : t('stage.new')} record=${stage} fields=${fieldsOf(stage, count)}
    defaults=${{ fold: false }} prepare=${(value) => (stage ? value : { ...value, team_ids: [teamId], sequence: last + 10 })} onClose=${onClose} />`;
}
