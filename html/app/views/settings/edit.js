/* How settings are edited: in a sheet, in a row, in an order. */
import { html, cx, useEffect, useRef, useId, useState, useLayoutEffect, batch, guardLeave } from '../../html.js';
import { t, byField, sentence } from '../../i18n.js';
import { Icon, Menu } from '../../parts/basics.js';
import { say, toast, Confirm } from '../../parts/dialog.js';
import { api } from '../../api.js';
import { amend, drop, ensure, load, patchOn, PLURAL, put, rec } from '../../store.js';
import { Conflict } from '../../parts/form.js';

/* A page of settings saved as a whole: parts with headings, and a bar that appears when something is unsaved. */

/** loose: sentences about fields that are not on the screen; still: only to be read. */
export function Sheet({ label, problem, loose = [], dirty, busy, onSave, onDiscard, submit, still, children }) {
  const summary = useRef();
  useEffect(() => { if (problem) summary.current?.focus(); }, [problem]);
  const send = (e) => {
    e.preventDefault();
    if (!busy) onSave();
  };
  const quick = (e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) send(e); };
  return html`<form class="sheet" aria-label=${label} novalidate onSubmit=${send} onKeyDown=${quick}>
    ${problem && html`<div class="problem" ref=${summary} tabindex="-1" role="alert"><p>${problem}</p>
      ${loose.length > 0 && html`<ul>${loose.map((s) => html`<li key=${s}>${s}</li>`)}</ul>`}</div>`}
    ${children}
    ${!still && html`<div class=${cx('save-bar', dirty && 'save-bar-on')}><span class="save-bar-text muted" role="status">${dirty ? t('edit.unsaved') : ''}</span>
      ${dirty && onDiscard && html`<button type="button" class="btn" onClick=${onDiscard}>${t('edit.discard')}</button>`}
      <button type="submit" class="btn btn-primary" disabled=${busy || !dirty} aria-keyshortcuts="Control+Enter">${submit ?? t('action.save')}</button></div>`}
  </form>`;
}

export function Part({ title, text, children }) {
  return html`<section class="part"><header class="part-head"><h2>${title}</h2>
    ${text && html`<p class="hint">${text}</p>`}</header><div class="part-body">${children}</div></section>`;
}

/* A name that is changed where it stands: Enter or leaving the field keeps it, Escape takes it back. */

/** onSave(text) resolves to a sentence when it was refused, to nothing when it was kept. */
export function InlineName({ value, label, onSave, max = 120, disabled }) {
  const [text, setText] = useState(value);
  const [bad, setBad] = useState('');
  const sent = useRef(null);
  const id = useId();
  useEffect(() => { setText(value); setBad(''); }, [value]);
  const keep = async () => {
    const name = text.trim();
    if (name === value) { setText(value); setBad(''); return; }
    if (name === sent.current) return;            /* Enter, and the field left before the answer */
    sent.current = name;
    setBad(await onSave(name) ?? '');
    sent.current = null;
  };
  const key = (e) => {
    if (e.key === 'Enter' && !e.isComposing) { e.preventDefault(); keep(); }
    if (e.key === 'Escape') { e.stopPropagation(); setText(value); setBad(''); }
  };
  if (disabled) return html`<span class="inline-still" dir="auto">${value}</span>`;
  return html`<span class="inline"><input class="input inline-name" dir="auto" maxlength=${max} aria-label=${label} value=${text} aria-invalid=${bad ? 'true' : undefined}
    aria-describedby=${bad ? id : undefined} onInput=${(e) => setText(e.target.value)} onKeyDown=${key} onBlur=${keep} />
    ${bad && html`<span id=${id} class="bad" role="alert">${bad}</span>`}</span>`;
}

/** A field with a button that adds what was typed. */
export function InlineAdd({ label, action, onAdd, max = 120 }) {
  const [text, setText] = useState('');
  const [bad, setBad] = useState('');
  const id = useId();
  const send = async (e) => {
    e.preventDefault();
    if (!text.trim()) return;
    const refused = await onAdd(text.trim());
    setBad(refused ?? '');
    if (!refused) setText('');
  };
  return html`<form class="inline-add" onSubmit=${send}><input class="input" dir="auto" maxlength=${max} aria-label=${label} placeholder=${label} value=${text}
    aria-invalid=${bad ? 'true' : undefined} aria-describedby=${bad ? id : undefined} onInput=${(e) => setText(e.target.value)} />
    <button type="submit" class="btn btn-primary">${action}</button>${bad && html`<p id=${id} class="bad" role="alert">${bad}</p>`}</form>`;
}

/* A list whose rows change places: by dragging the grip, or by the two buttons beside it. */

/** items; keyOf(item), nameOf(item) for the labels; onMove(from, to); children(item, index): the row. */
export function Reorder({ items, keyOf, nameOf, onMove, children, className, label }) {
  const list = useRef();
  const after = useRef(null);         /* [key, which]: the button that keeps the focus */
  const [drag, setDrag] = useState(null);
  const [over, setOver] = useState(null);
  useLayoutEffect(() => {
    if (!after.current) return;
    const [key, which] = after.current;
    after.current = null;
    const row = [...list.current.children].find((x) => x.dataset.key === key);
    (row?.querySelector(`.mover-${which}:not(:disabled)`) ?? row?.querySelector('.mover:not(:disabled)'))?.focus();
  });
  const move = (from, to, which) => {
    if (to < 0 || to >= items.length || to === from) return;
    if (which) after.current = [String(keyOf(items[from])), which];
    say(t('reorder.moved', { name: nameOf(items[from]), n: to + 1, of: items.length }));
    onMove(from, to);
  };
  const end = () => { setDrag(null); setOver(null); };
  return html`<ol ref=${list} class=${cx('reorder', className)} aria-label=${label}>${items.map((item, i) => html`
    <li key=${keyOf(item)} data-key=${keyOf(item)} class=${cx('reorder-row', drag === i && 'reorder-dragged', over === i && drag !== i && (drag < i ? 'reorder-below' : 'reorder-above'))}
      onDragOver=${(e) => { if (drag === null) return; e.preventDefault(); setOver(i); }}
      onDrop=${(e) => { if (drag === null) return; e.preventDefault(); move(drag, i); end(); }}>
      <span class="movers"><span class="grip" draggable="true" aria-hidden="true" title=${t('reorder.drag')}
          onDragStart=${(e) => { e.dataTransfer.effectAllowed = 'move'; e.dataTransfer.setData('text/plain', nameOf(item)); setDrag(i); }} onDragEnd=${end}><${Icon} name="grip" /></span>
        <button type="button" class="btn btn-icon mover mover-up" disabled=${i === 0} aria-label=${t('stage.up', { name: nameOf(item) })}
          onClick=${() => move(i, i - 1, 'up')}><${Icon} name="up" /></button>
        <button type="button" class="btn btn-icon mover mover-down" disabled=${i === items.length - 1} aria-label=${t('stage.down', { name: nameOf(item) })}
          onClick=${() => move(i, i + 1, 'down')}><${Icon} name="down" /></button></span>
      <div class="reorder-body">${children(item, i)}</div></li>`)}</ol>`;
}

/*
 * Editing one record of the configuration as a whole: what differs is sent with the version it was made on; a change
 * by somebody else to other fields is taken over, one to the same fields is asked about.
 */

export const same = (a, b) => JSON.stringify(a ?? '') === JSON.stringify(b ?? '');
const changes = (value, base) => Object.fromEntries(Object.entries(value).filter(([k, v]) => !same(v, base?.[k])));
const shown = (v) => (v === true ? t('edit.yes') : v === false ? t('edit.no') : Array.isArray(v) ? t('edit.entries', { n: v.length }) : String(v ?? ''));

/** For what is saved at once, where it stands: a sentence when it was refused. */
export async function saveNow(type, record, patch, shown = false) {
  try {
    await amend(type, record.id, patch, shown);
    return null;
  } catch (e) {
    return byField(e)[Object.keys(patch)[0]] ?? sentence(e);
  }
}

/** The same, shown before it is answered, with a message at the edge of the window. */
export async function saveOr(type, record, patch) {
  const bad = await saveNow(type, record, patch, true);
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

  const collide = ({ fresh }, body) => setClash({ now: fresh, rows: Object.keys(body).filter((k) => !same(fresh[k], base[k]) && !same(fresh[k], body[k]))
    .map((k) => ({ name: k, label: labels[k] ? t(labels[k]) : k, mine: shown(body[k]), theirs: shown(fresh[k]) })) });
  const body = (v = value, from = base) => (isNew ? Object.fromEntries(Object.entries(prepare(v)).filter(([, x]) => x !== undefined && x !== '')) : changes(prepare(v), from));
  /** Resolves to the record, or to null when it was refused. */
  const save = async (v = value, from = base) => {
    setBusy(true);
    setProblem('');
    setErrors({});
    try {
      const what = body(v, from);
      const saved = isNew ? await api.post(`/${PLURAL[type]}`, what) : Object.keys(what).length ? await patchOn(type, from, what) : from;
      put(type, saved, true);
      toast(t('done.saved'));
      if (isNew) { first.current = v; setValue(v); } else take(saved);
      return saved;
    } catch (e) {
      if (e.clash) {
        collide(e, body(v, from));
        return null;
      }
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

/* What short lists share: reading, adding, reordering, and a row's menu to archive or delete. */

export function useShort(...types) {
  const [state, setState] = useState('loading');
  const [error, setError] = useState(null);
  const read = () => Promise.all(types.map(ensure)).then(() => setState('ready'), (e) => { setError(e); setState('failed'); });
  useEffect(() => { read(); }, []);
  return { state, error, retry: () => { setState('loading'); read(); } };
}

/** A sentence when it was refused. */
export async function addNow(type, body) {
  try {
    put(type, await api.post(`/${PLURAL[type]}`, body), true);
    return null;
  } catch (e) {
    return byField(e).name ?? sentence(e);
  }
}

/** The order is rewritten with gaps of ten, shown at once; only what changes is sent. */
export async function renumber(type, list, from, to) {
  const next = [...list];
  const [moved] = next.splice(from, 1);
  next.splice(to, 0, moved);
  const moves = next.map((r, i) => [r, (i + 1) * 10]).filter(([r, n]) => r.sequence !== n);
  await batch(() => Promise.all(moves.map(([r, sequence]) => saveOr(type, r, { sequence }))));
}

/** more: entries between the usual ones. */
export function RowMenu({ type, record, onOpen, may = true, more = [] }) {
  const [ask, setAsk] = useState(false);
  const remove = async () => {
    setAsk(false);
    try {
      await api.delete(`/${PLURAL[type]}/${record.id}`);
      drop(type, record.id);
    } catch (e) {
      toast(sentence(e), { bad: true });
    }
  };
  const active = record.active !== false;
  return html`<${Menu} label=${t('edit.menu', { name: record.name })} items=${[
    onOpen && { label: t('action.edit'), icon: 'edit', run: onOpen }, ...more,
    may && { label: t(active ? 'action.archive' : 'action.unarchive'), icon: 'archive', run: () => saveOr(type, record, { active: !active }) },
    may && { label: t('action.delete'), icon: 'trash', danger: true, run: () => setAsk(true) },
  ]} />${ask && html`<${Confirm} danger title=${t('edit.delete', { name: record.name })} text=${t('edit.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setAsk(false)} />`}`;
}

/** Who sees a team and its tickets, in words and a sentence (VIS-1 .. VIS-20). */
export const VISIBILITY = { portal: ['visibility.portal', 'visibility.portal_hint'], internal: ['visibility.internal', 'visibility.internal_hint'],
  invited_internal: ['visibility.invited', 'visibility.invited_hint'] };
