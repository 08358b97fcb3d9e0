/* What the board asks: a stage edited from its column (STG-1) or taken away, the colour of a card. */
import { html, useEffect, useId, useState } from '../html.js';
import { explain, t } from '../i18n.js';
import { api } from '../api.js';
import { drop, patchOn, peek, put, rec, stagesOf } from '../store.js';
import { Dialog, toast } from '../parts/dialog.js';
import { ColourPicker } from '../parts/choose.js';
import { setColour } from '../tickets.js';
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

const PAGE = 200;

/* Until none is left in the stage: what each team's rules refuse stays, and is counted. */
async function empty(stage, teamId, to) {
  const filter = { team_id: teamId, stage_id: stage.id, active: 'any' };
  for (;;) {
    const page = await api.get('/tickets', { ...filter, limit: PAGE });
    const answer = page.items.length ? await api.post('/tickets/bulk', { ids: page.items.map((x) => x.id), set: { stage_id: to } }) : null;
    if (!answer?.changed) return (await api.get('/tickets/count', filter)).count;
  }
}

/** Takes a stage out of the team's pipeline, its tickets moved first; deleted where no other team has it. */
export function StageRemove({ stage, stages, teamId, onClose }) {
  const others = stages.filter((s) => s.id !== stage.id);
  const [count, setCount] = useState(null);
  const [to, setTo] = useState(others.find((s) => s.fold === stage.fold)?.id ?? others[0]?.id);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const shared = (stage.team_ids ?? []).length > 1;
  const field = useId();
  useEffect(() => { api.get('/tickets/count', { team_id: teamId, stage_id: stage.id, active: 'any' }).then((x) => setCount(x.count), (e) => setProblem(explain(e))); }, []);
  const run = async () => {
    setBusy(true);
    setProblem('');
    try {
      const left = count ? await empty(stage, teamId, to) : 0;
      setCount(left);
      if (left) throw Object.assign(new Error(), { left });
      if (shared) put('stage', await patchOn('stage', stage, { team_ids: stage.team_ids.filter((x) => x !== teamId) }), true);
      else {
        await api.delete(`/stages/${stage.id}`);
        drop('stage', stage.id);
      }
      toast(t('done.stage_removed', { name: stage.name }));
      onClose();
    } catch (e) {
      setProblem(e.left ? t('stage.not_empty', { n: e.left }) : explain(e));
      setBusy(false);
    }
  };
  const target = peek('stage', to);
  return html`<${Dialog} title=${`${t('board.remove_stage')}: ${stage.name}`} onClose=${onClose}>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <p>${shared ? t('stage.others_keep', { teams: stage.team_ids.filter((x) => x !== teamId).map((x) => peek('team', x)?.name).filter(Boolean).join(', ') }) : t('stage.for_good')}</p>
    ${count > 0 && others.length > 0 && html`<div class="field"><label class="label" for=${field}>${t('stage.move_to', { n: count })}</label><select id=${field} class="input select" onChange=${(e) => setTo(Number(e.target.value))}>
      ${others.map((s) => html`<option key=${s.id} value=${s.id} selected=${s.id === to}>${s.name}</option>`)}</select></div>
      ${target && target.fold !== stage.fold && html`<p class="problem">${t(target.fold ? 'stage.moving_closes' : 'stage.moving_opens', { n: count })}</p>`}`}
    ${count > 0 && !others.length && html`<p class="problem">${t('stage.last')}</p>`}
    <div class="buttons"><button type="button" class="btn" autofocus onClick=${onClose}>${t('action.cancel')}</button>
      <button type="button" class="btn btn-danger" disabled=${busy || count === null || (count > 0 && !others.length)} onClick=${run}>${t('board.remove_stage')}</button></div></${Dialog}>`;
}

export function CardColour({ id, onClose }) {
  const ticket = rec('ticket', id);
  const [colour, setChosen] = useState(ticket?.color ?? 0);
  if (!ticket) return null;
  const save = (e) => {
    e.preventDefault();
    setColour([id], colour);
    onClose();
  };
  return html`<${Dialog} title=${`${ticket.ticket_ref} ${ticket.name}`} onClose=${onClose}><form class="form" onSubmit=${save}>
    <${ColourPicker} value=${colour} label=${t('ticket.color')} onChange=${setChosen} />
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button><button type="submit" class="btn btn-primary">${t('action.save')}</button></div></form></${Dialog}>`;
}
