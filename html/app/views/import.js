/* Tickets from a CSV file: choose, look, send piece by piece, read what was refused. */
import { html, useEffect, useRef, useState, arrive, guardLeave, href } from '../html.js';
import { number, t, explain } from '../i18n.js';
import { api } from '../api.js';
import { isStaff, tell } from '../store.js';
import { cells, line } from '../csv.js';
import { Upload, look } from '../upload.js';
import { Icon, Empty, Skeleton } from '../parts/basics.js';
import { say } from '../parts/dialog.js';

const ROWS = 8, SHOWN = 200;

function useColumns() {
  const [known, setKnown] = useState(null);
  useEffect(() => {
    const writable = (f) => !f.flags.includes('read_only') && f.kind !== 'computed';
    api.get('/schema').then((s) => setKnown({ all: new Set(s.ticket.fields.map((f) => f.name)), writable: s.ticket.fields.filter(writable).map((f) => f.name) }), () => {});
  }, []);
  return known;
}
const isKnown = (known, name) => !known || known.all.has(name) || /^properties\.\w+$/.test(name);      /* what cannot be written is passed over */

function Columns({ known, open }) {
  return html`<details class="import-help" open=${open}><summary>${t('import.columns')}</summary><p class="hint">${t('import.columns_hint')}</p>
    <p class="import-names">${known.writable.map((name) => html`<code key=${name}>${name}</code> `)}</p></details>`;
}

function Choose({ onFile, known, problem }) {
  const field = useRef();
  const [over, setOver] = useState(false);
  const drop = (e) => { e.preventDefault(); setOver(false); if (e.dataTransfer.files[0]) onFile(e.dataTransfer.files[0]); };
  return html`<div class=${over ? 'drop drop-over' : 'drop'} onDragOver=${(e) => { e.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)} onDrop=${drop}>
    <span class="empty-icon"><${Icon} name="upload" /></span>
    <p>${t('import.lead')}</p>
    <input ref=${field} id="import-file" class="hidden" type="file" accept=".csv,text/csv" onChange=${(e) => e.target.files[0] && onFile(e.target.files[0])} />
    <label class="btn btn-primary" for="import-file">${t('import.choose')}</label>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    ${known && html`<${Columns} known=${known} />`}</div>`;
}

function Preview({ found, known }) {
  const unknown = found.heading.filter((h) => !isKnown(known, h));
  return html`<div class="table-wrap" role="group" tabindex="0" aria-label=${t('import.preview')}><table class="table import-preview"><caption class="hidden">${t('import.preview')}</caption>
      <thead><tr><th scope="col">${t('import.line')}</th>${found.heading.map((h, i) => html`<th key=${i} scope="col"><code>${h || '—'}</code>
        ${!isKnown(known, h) && html`<span class="bad"><${Icon} name="warn" /> ${t('import.unknown')}</span>`}</th>`)}</tr></thead>
      <tbody>${found.records.slice(0, ROWS).map((r) => html`<tr key=${r.line}><td class="muted">${number(r.line)}</td>${cells(r.text, found.comma).map((c, i) => html`<td key=${i}><bdi>${c.slice(0, 80)}</bdi></td>`)}</tr>`)}</tbody></table></div>
    ${unknown.length > 0 && html`<p class="problem" role="alert">${t('import.unknown_text', { names: unknown.join(', ') })} ${t('import.rename')}</p><${Columns} known=${known} open />`}`;
}
const allKnown = (found, known) => found.heading.every((h) => isKnown(known, h));

function Errors({ errors, name }) {
  const save = () => {
    const text = [['line', 'field', 'code', 'message'], ...errors.map((e) => [e.line, e.field, e.code, e.text])].map(line).join('\r\n') + '\r\n';
    const a = document.createElement('a');
    a.href = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv' }));
    a.download = name.replace(/(\.csv)?$/i, '-errors.csv');
    a.click();
    setTimeout(() => URL.revokeObjectURL(a.href), 10_000);
  };
  return html`<section class="import-errors"><div class="prop-head"><h2>${t('import.errors', { n: errors.length })}</h2>
      <button type="button" class="btn" onClick=${save}><${Icon} name="download" /> ${t('import.errors_save')}</button></div>
    <div class="table-wrap" role="group" tabindex="0" aria-label=${t('import.errors', { n: errors.length })}><table class="table"><caption class="hidden">${t('import.errors', { n: errors.length })}</caption>
      <thead><tr><th scope="col">${t('import.line')}</th><th scope="col">${t('filter.field')}</th><th scope="col">${t('import.wrong')}</th></tr></thead>
      <tbody>${errors.slice(0, SHOWN).map((e, i) => html`<tr key=${i}><td>${number(e.line)}</td><td><code>${e.field}</code></td><td>${e.text}</td></tr>`)}</tbody></table></div>
    ${errors.length > SHOWN && html`<p class="muted">${t('import.errors_more', { n: errors.length - SHOWN })}</p>`}</section>`;
}

function Sending({ upload, again }) {
  const state = upload.state.value, p = upload.progress.value, errors = upload.errors.value;
  const busy = state === 'running' || state === 'stopping';
  const text = state === 'failed' ? explain(upload.problem.value) : t({ ready: 'import.running', running: 'import.running', stopping: 'import.stopping', stopped: 'import.stopped', done: 'import.done' }[state], { n: p.records });
  const head = useRef();
  useEffect(() => {
    if (busy) return;
    say(text);
    tell('ticket', null);
    head.current?.focus();
  }, [busy]);
  return html`<section class="import-send"><h2 ref=${head} tabindex="-1" class=${state === 'failed' ? 'bad' : undefined}>${text}</h2>
    <progress class="bar-progress" max=${p.size || 1} value=${state === 'done' ? p.size || 1 : p.at} aria-label=${t('import.title')}></progress>
    <p>${t('import.created', { n: p.created })} · ${t('import.updated', { n: p.updated })} · ${t('import.errors', { n: errors.length })}</p>
    ${state === 'failed' && html`<p class="muted">${t('import.failed_text')}</p>`}
    <div class="buttons buttons-start">${busy ? html`<button type="button" class="btn" disabled=${state === 'stopping'} onClick=${() => upload.stop()}>${t('import.stop')}</button>`
      : state === 'done' ? html`<a class="btn btn-primary" href=${href('/tickets', { filter: 'all' })}>${t('import.show')}</a>`
      : html`<button type="button" class="btn btn-primary" onClick=${() => upload.run()}>${t('import.go_on')}</button>`}
      ${!busy && html`<button type="button" class="btn" onClick=${again}>${t('import.another')}</button>`}</div>
    ${errors.length > 0 && !busy && html`<${Errors} errors=${errors} name=${upload.file.name} />`}</section>`;
}

export default function Import() {
  const known = useColumns();
  const [file, setFile] = useState(null);
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState('');
  const [upload, setUpload] = useState(null);
  const title = t('import.title');
  useEffect(() => arrive(`${title} · ${t('app.name')}`), [title]);
  useEffect(() => {
    const busy = () => ['running', 'stopping'].includes(upload?.state.peek());
    const ask = () => !busy() || confirm(t('import.leave'));
    ask.dirty = busy;
    return guardLeave(ask);
  }, [upload]);
  const again = () => { setFile(null); setFound(null); setUpload(null); setProblem(''); };
  const take = async (chosen) => {
    again();
    setFile(chosen);
    try {
      const seen = await look(chosen);
      if (seen) setFound(seen);
      else throw new RangeError();
    } catch (e) {
      setFile(null);
      setProblem(e instanceof TypeError ? t('import.not_utf8') : e instanceof RangeError ? t('import.no_heading') : explain(e));
    }
  };
  const go = () => {
    const u = new Upload(file);
    setUpload(u);
    u.run();
  };
  if (!isStaff.value) return html`<h1 class="hidden" tabindex="-1">${title}</h1><${Empty} icon="warn" title=${t('error.forbidden')} />`;
  const trial = found?.trial;
  return html`<div class="view view-import"><header class="head"><h1 tabindex="-1">${title}</h1>${file && html`<bdi class="muted">${file.name}</bdi>`}</header>
    ${!file && html`<${Choose} onFile=${take} known=${known} problem=${problem} />`}
    ${file && !found && html`<${Skeleton} rows=${5} />`}
    ${found && !upload && html`<${Preview} found=${found} known=${known} />
      ${(!found.refused || allKnown(found, known)) && html`<section class="import-send"><h2>${t(found.whole ? 'import.trial_whole' : 'import.trial', { n: found.records.length })}</h2>
        ${found.refused && html`<p class="problem" role="alert">${explain(found.refused)}</p>`}
        <p>${t('import.would_create', { n: trial.created })} · ${t('import.would_update', { n: trial.updated })} · ${t('import.errors', { n: trial.errors.length })}</p>
        <div class="buttons buttons-start"><button type="button" class="btn" onClick=${again}>${t('import.another')}</button>
          <button type="button" class="btn btn-primary" autofocus disabled=${!found.records.length || found.refused?.status === 403 || (found.whole && !trial.created && !trial.updated)} onClick=${go}>${t('import.start')}</button></div>
        ${trial.errors.length > 0 && html`<p class="muted">${t('import.errors_hint')}</p><${Errors} errors=${trial.errors} name=${file.name} />`}</section>`}
      ${found.refused && !allKnown(found, known) && html`<div class="buttons buttons-start"><button type="button" class="btn btn-primary" onClick=${again}>${t('import.another')}</button></div>`}`}
    ${upload && html`<${Sending} upload=${upload} again=${again} />`}</div>`;
}
