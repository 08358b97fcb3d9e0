/*
 * Editing one record of the configuration as a whole: what differs is sent with the version it was made on; a change
 * by somebody else to other fields is taken over, one to the same fields is asked about.
 */
import { html, useEffect, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { load, PLURAL, put, rec } from '../../store.js';
import { byField, sentence } from '../../errors.js';
import { guardLeave } from '../../router.js';
import { toast } from '../../parts/toast.js';
import { Conflict } from '../../parts/conflict.js';

export const same = (a, b) => JSON.stringify(a ?? '') === JSON.stringify(b ?? '');
const changes = (value, base) => Object.fromEntries(Object.entries(value).filter(([k, v]) => !same(v, base?.[k])));
const shown = (v) => (v === true ? t('edit.yes') : v === false ? t('edit.no') : Array.isArray(v) ? t('edit.entries', { n: v.length }) : String(v ?? ''));

/** For what is saved at once, where it stands: a sentence when it was refused. */
export async function saveNow(type, record, patch) {
  try {
    put(type, await api.patch(`/${PLURAL[type]}/${record.id}`, patch, record.version), true);
    return null;
  } catch (e) {
    if (e.code === 'version_mismatch') await load(type, record.id).catch(() => {});
    return byField(e)[Object.keys(patch)[0]] ?? sentence(e);
  }
}

/** The same, with a message at the edge of the window. */
export async function saveOr(type, record, patch) {
  const bad = await saveNow(type, record, patch);
  if (bad) toast(bad, { bad: true });
  return !bad;
}

/** prepare(value): what is sent for it; stays: may this address be gone to without losing anything? */
export function useEditor(type, id, fresh, { prepare = (v) => v, stays = () => false, labels = {} } = {}) {
  const isNew = id === 'new';
  const [base, setBase] = useState(null);
  const [value, setValue] = useState(isNew ? fresh : null);
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [clash, setClash] = useState(null);
  const first = useRef(fresh);
  const dirty = !!value && (isNew ? !same(value, first.current) : Object.keys(changes(value, base)).length > 0);
  const take = (record) => { setBase(record); setValue(record); setErrors({}); setProblem(''); };
  const read = () => load(type, Number(id)).then(take, (e) => setProblem(sentence(e)));
  const version = isNew ? 0 : rec(type, Number(id))?.version;
  useEffect(() => { if (!isNew && !dirty && version !== base?.version) read(); }, [id, version]);
  useEffect(() => {
    const ask = (url) => !dirty || stays(url) || confirm(t('edit.leave'));
    ask.dirty = () => dirty;
    return guardLeave(ask);
  });

  const collide = async (e, body) => {
    const now = await api.get(`/${PLURAL[type]}/${id}`);
    const both = Object.keys(body).filter((k) => !same(now[k], base[k]) && !same(now[k], body[k]));
    if (!both.length) return now;
    setClash({ now, rows: both.map((k) => ({ name: k, label: labels[k] ? t(labels[k]) : k, mine: shown(body[k]), theirs: shown(now[k]) })) });
    return null;
  };
  const send = async (body, from) => {
    for (let tries = 0; ; tries++) {
      try {
        return isNew ? await api.post(`/${PLURAL[type]}`, body) : await api.patch(`/${PLURAL[type]}/${id}`, body, from.version);
      } catch (e) {
        if (e.code !== 'version_mismatch' || tries === 3) throw e;
        const now = await collide(e, body);
        if (!now) return null;
        from = now;
      }
    }
  };
  const body = (v = value, from = base) => (isNew ? Object.fromEntries(Object.entries(prepare(v)).filter(([, x]) => x !== undefined && x !== '')) : changes(prepare(v), from));
  /** Resolves to the record, or to null when it was refused. */
  const save = async (v = value, from = base) => {
    setBusy(true);
    setProblem('');
    setErrors({});
    try {
      const what = body(v, from);
      const saved = isNew || Object.keys(what).length ? await send(what, from) : from;
      if (!saved) return null;
      put(type, saved, true);
      toast(t('done.saved'));
      if (isNew) { first.current = v; setValue(v); } else take(saved);
      return saved;
    } catch (e) {
      setErrors(byField(e));
      setProblem(sentence(e));
      return null;
    } finally {
      setBusy(false);
    }
  };
  const settle = (choice) => {
    const merged = { ...clash.now, ...changes(value, base) };
    for (const [k, side] of Object.entries(choice)) if (side === 'theirs') merged[k] = clash.now[k];
    setClash(null);
    setBase(clash.now);
    setValue(merged);
    return save(merged, clash.now);
  };
  const ask = clash && html`<${Conflict} rows=${clash.rows} title=${t('edit.clash_title')} text=${t('edit.clash_text')} onSave=${settle} onClose=${() => setClash(null)} />`;
  return { isNew, base, value, errors, problem, busy, dirty, ask, read, save, body, setErrors, setProblem, setBusy,
    set: (name, v) => setValue((old) => ({ ...old, [name]: v })), discard: () => { setErrors({}); setProblem(''); setValue(isNew ? first.current : base); } };
}
