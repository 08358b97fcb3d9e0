/* A plain list of one type of record, edited in a dialog: what companies, contacts, users and stages share. */
import { html, useEffect, useState } from '../html.js';
import { t, byField, explain, sentence } from '../i18n.js';
import { api } from '../api.js';
import { drop, patchOn, PLURAL, put } from '../store.js';
import { toast, Confirm, Dialog } from '../parts/dialog.js';
import { Form } from '../parts/form.js';

const same = (a, b) => JSON.stringify(a ?? '') === JSON.stringify(b ?? '');

/**
 * type, fields(value, set), title; record: null for a new one; prepare(value, record) makes the body;
 * after(record, value) runs when it is saved.
 */
export function RecordDialog({ type, title, record, defaults, fields, prepare, after, onClose, children }) {
  const [value, setValue] = useState(() => ({ ...defaults, ...record }));
  const [base, setBase] = useState(record);
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const set = (name, v) => setValue((old) => ({ ...old, [name]: v }));
  const shown = fields(value, set);
  useEffect(() => {
    if (!record || !shown.some((f) => f && f.kind === 'area' && record[f.name] === undefined)) return;
    api.get(`/${PLURAL[type]}/${record.id}`).then((r) => {
      put(type, r);
      setBase(r);
      setValue((old) => ({ ...r, ...Object.fromEntries(Object.entries(old).filter(([k, v]) => v !== record[k])) }));
    }).catch((e) => setProblem(sentence(e)));
  }, []);
  const submit = async () => {
    const whole = prepare ? prepare(value, base) : value;
    const names = new Set(shown.filter(Boolean).map((f) => f.name));
    const body = Object.fromEntries(Object.entries(whole).filter(([k, v]) => (base ? names.has(k) && !same(v, base[k]) : v !== undefined && v !== '')));
    setBusy(true);
    setProblem('');
    try {
      const saved = !base ? await api.post(`/${PLURAL[type]}`, body)
        : Object.keys(body).length ? await patchOn(type, base, body) : base;
      put(type, saved, true);
      setBase(saved);              /* if what follows is refused it is not made twice */
      await after?.(saved, value);
      toast(t('done.saved'));
      onClose(saved, value);
    } catch (e) {
      setErrors(byField(e));
      setProblem(e.clash ? t('edit.clash_field', { field: shown.find((f) => f && f.name === e.clash)?.label ?? e.clash }) : sentence(e));
      if (e.fresh) {              /* what one has changed oneself stays as it was typed: pressed again, it is kept */
        setBase(e.fresh);
        setValue({ ...value, ...Object.fromEntries(Object.keys(e.fresh).filter((k) => same(value[k], base[k])).map((k) => [k, e.fresh[k]])) });
      }
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} onClose=${() => onClose(null)}>
    <${Form} fields=${shown} value=${value} onChange=${set} errors=${errors} problem=${problem} busy=${busy}
      onSubmit=${submit} onCancel=${() => onClose(null)} />${children}</${Dialog}>`;
}

/** Below a dialog: the record is deleted for good, after a question; what is still in use says so. */
export function Remove({ type, record, onGone }) {
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState('');
  const remove = async () => {
    setAsking(false);
    try {
      await api.delete(`/${PLURAL[type]}/${record.id}`, record.version);
      drop(type, record.id);
      toast(t('files.deleted', { name: record.name }));
      onGone();
    } catch (e) {
      setProblem(explain(e));
    }
  };
  return html`<div class="after-form buttons buttons-start">${problem && html`<p class="bad" role="alert">${problem}</p>`}
    <button type="button" class="btn btn-danger" onClick=${() => setAsking(true)}>${t('action.delete')}</button>
    ${asking && html`<${Confirm} danger title=${t('edit.delete', { name: record.name })} text=${t('edit.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setAsking(false)} />`}</div>`;
}

/** columns: [{ label, cell(record), className }]; the first one is the button that opens the record. */
export function RecordTable({ caption, records, columns, onOpen }) {
  return html`<div class="table-wrap"><table class="table"><caption class="hidden">${caption}</caption>
    <thead><tr>${columns.map((c) => html`<th key=${c.label} scope="col" class=${c.className}>${c.label}</th>`)}</tr></thead>
    <tbody>${records.map((r) => html`<tr key=${r.id} class=${r.active === false ? 'row-off' : undefined}>${columns.map((c, i) => html`<td key=${c.label} class=${c.className}>
      ${i === 0 && onOpen ? html`<button type="button" class="btn-cell" onClick=${() => onOpen(r)}>${c.cell(r)}</button>` : c.cell(r)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}
