/* Time off from a calendar file: what it would do first, then the import; errors by line. */
import { html, useId, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api, query } from '../../api.js';
import { all, isAdmin, me, people } from '../../store.js';
import { byField, sentence } from '../../errors.js';
import { compare } from '../../format.js';
import { Dialog } from '../../parts/dialog.js';
import { Field } from '../../parts/form.js';

const MOST = 1_000_000;

function Result({ result, done }) {
  const count = (key, n) => n > 0 && html`<li>${t(key, { n })}</li>`;
  const nothing = !result.created && !result.updated;
  return html`<div class="import-result" role="status"><p><strong>${done ? t('leave.imported') : nothing ? t('leave.import_nothing') : t('leave.import_would')}</strong></p>
    <ul class="import-counts">${count('leave.import_created', result.created)}${count('leave.import_updated', result.updated)}${count('leave.import_unchanged', result.unchanged)}</ul>
    ${result.errors?.length > 0 && html`<h3>${t('leave.import_errors', { n: result.errors.length })}</h3><ul class="import-errors">${result.errors.slice(0, 100).map((e, i) => html`<li key=${i}><span class="bad">${t('leave.import_line', { n: e.line })}</span> ${e.message}</li>`)}</ul>`}</div>`;
}

export function ImportDialog({ onClose }) {
  const id = useId();
  const [whose, setWhose] = useState(`user_id=${me.value.id}`);
  const [text, setText] = useState('');
  const [result, setResult] = useState(null);
  const [done, setDone] = useState(false);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const options = [{ value: `user_id=${me.value.id}`, label: t('leave.import_mine') },
    ...(isAdmin.value ? [...people().filter((u) => u.id !== me.value.id).sort((a, b) => compare(a.name, b.name)).map((u) => ({ value: `user_id=${u.id}`, label: u.name })),
      ...all('team').filter((x) => x.active).map((x) => ({ value: `team_id=${x.id}`, label: t('leave.team', { name: x.name }) })),
      ...all('company').filter((x) => x.active).map((x) => ({ value: `company_id=${x.id}`, label: t('leave.company', { name: x.name }) }))] : [])];
  const run = async (body, subject, dry) => {
    if (!body) return;
    setBusy(true);
    setProblem('');
    try {
      const [name, value] = subject.split('=');
      setResult(await api.upload(`/leaves/import${query({ [name]: value, dry_run: dry ? 1 : undefined })}`, body, 'text/calendar'));
      setDone(!dry);
    } catch (e) {
      setResult(null);
      setProblem(Object.values(byField(e))[0] ?? sentence(e));
    }
    setBusy(false);
  };
  const take = async (file) => {
    setResult(null);
    setDone(false);
    setText('');
    if (!file) return;
    if (file.size > MOST) { setProblem(t('error.too_large')); return; }
    const body = await file.text();
    setText(body);
    run(body, whose, true);
  };
  const useful = result && (result.created > 0 || result.updated > 0);
  return html`<${Dialog} title=${t('leave.import_title')} onClose=${onClose}><p class="muted">${t('leave.import_text')}</p>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${!done && html`<${Field} f=${{ name: 'whose', label: t('leave.import_whose'), kind: 'select', options }} value=${whose} set=${(v) => { setWhose(v); run(text, v, true); }} />
      <div class="field"><label class="label" for=${id}>${t('leave.import_file')}</label><input id=${id} class="input" type="file" accept=".ics,text/calendar" disabled=${busy} onChange=${(e) => take(e.target.files[0])} /></div>`}
    ${result && html`<${Result} result=${result} done=${done} />`}
    <div class="buttons"><button type="button" class=${done ? 'btn btn-primary' : 'btn'} onClick=${onClose}>${done ? t('action.done') : t('action.cancel')}</button>
      ${!done && html`<button type="button" class="btn btn-primary" disabled=${busy || !useful} onClick=${() => run(text, whose, false)}>${t('leave.import')}</button>`}</div></${Dialog}>`;
}
