/* Where messages are written. */
import { html, cx, useEffect, useRef, useState, useLayoutEffect, useKeys, go, href, draft as local } from '../html.js';
import { t, explain, compare } from '../i18n.js';
import { say, toast } from '../parts/dialog.js';
import { api, typing } from '../api.js';
import { sendFile } from '../tickets.js';
import { Icon, Menu } from '../parts/basics.js';
import { typeInto, useSuggest } from '../parts/choose.js';
import { fileSize } from './talk.js';
import { all, ensure, isStaff, me, need, online, peek } from '../store.js';

/*
 * What is typed and not sent, kept on the server until it is (CHT-1): one draft a person, subject and kind; and in this tab
 * until the server has it, for a line may be gone when the page goes.
 */

const REST = 1200;      /* milliseconds without a key until what is typed is kept */
const EMPTY = { body: '', mention_ids: [], notify_customer: false, attachment_ids: [] };
const FIELDS = Object.keys(EMPTY);

/** path: of the ticket or team; kind: comment or note.  set(patch, now): now keeps it at once. */
export function useDraft(path, kind) {
  const [value, setValue] = useState(EMPTY), [kept, setKept] = useState(false);
  const now = useRef(EMPTY), timer = useRef(0), saving = useRef(null), missed = useRef(false), here = useRef('');
  const still = () => { clearTimeout(timer.current); timer.current = 0; };
  const to = `${path}/draft?subtype=${kind}`, copy = `${me.value?.id} ${to}`;
  const keep = () => {
    still();
    const sent = now.current;
    saving.current = api.put(to, sent).then(() => {
      if (now.current === sent) local.set(copy, null);
      missed.current = false;
      setKept(true);
    }, (e) => {
      missed.current = true;
      if (e.code === 'offline' && online.peek() && here.current === to && !timer.current) timer.current = setTimeout(keep, REST);         /* the line was back before this failed */
    });
  };
  useEffect(() => { if (online.value && missed.current && now.current !== EMPTY) keep(); }, [online.value]);         /* what could not be kept while the line was gone */
  const show = (next) => {
    now.current = next;
    setValue(next);
    setKept(false);
    still();
  };
  /* Before the next key arrives: what is typed at once belongs to the new kind and stays. */
  useLayoutEffect(() => {
    let gone = false;
    here.current = to;
    show(EMPTY);
    const unsaved = local.get(copy);
    if (unsaved) {
      show(unsaved);
      keep();
    } else api.join(`${path}/draft`, { subtype: kind }).then(({ draft }) => {
      if (!gone && draft && now.current === EMPTY) show(Object.fromEntries(FIELDS.map((k) => [k, draft[k]])));
    }, () => {});
    const away = () => { if (document.hidden && timer.current) keep(); };         /* it may not come back */
    document.addEventListener('visibilitychange', away);
    return () => {
      gone = true;
      here.current = '';
      document.removeEventListener('visibilitychange', away);
      if (timer.current || (missed.current && now.current !== EMPTY)) keep();
    };
  }, [path, kind]);
  const set = (next, at) => {
    show({ ...now.current, ...next });
    local.set(copy, now.current);
    if (at) keep();
    else timer.current = setTimeout(keep, REST);
  };
  /* Before it is sent: what still goes to the server must not come after. */
  const rest = () => { still(); return saving.current; };
  return { value, now, kept, set, rest, clear: () => { show(EMPTY); local.set(copy, null); } };
}

/* The files of a message that is being written: they go up at once, wait in its draft and leave with it (CHT-4). */

/** { rows, busy, add(files), remove(row), again(row), clear() }; a row: { name, size, id | share | error }. */
export function useFiles(draft) {
  const [rows, setRows] = useState([]);
  const all = useRef(rows), queue = useRef(Promise.resolve());
  const show = (next) => { all.current = next; setRows(next); };
  const patch = (row, what) => { Object.assign(row, what); show([...all.current]); };
  const { attachment_ids: ids } = draft.value;
  const keep = (change) => draft.set({ attachment_ids: change(draft.now.current.attachment_ids) }, true);

  useEffect(() => {         /* a draft that came back, or the other kind's: its files, and none of another */
    show(all.current.filter((r) => !r.id || ids.includes(r.id)));
    for (const id of ids) {
      if (all.current.some((r) => r.id === id)) continue;
      const row = { id, name: '…', size: 0 };
      show([...all.current, row]);
      api.get(`/attachments/${id}`).then((f) => patch(row, { name: f.name, size: f.file_size }), (e) => {
        if (e.status === 404) keep((list) => list.filter((x) => x !== id));         /* it waited too long */
      });
    }
  }, [ids.join()]);
  useEffect(() => () => { for (const r of all.current) r.stop?.abort(); }, []);

  const climb = async (row) => {
    row.stop = new AbortController();
    patch(row, { share: 0, error: null });
    try {
      const made = await sendFile(row.file, 0, false, { progress: (share) => patch(row, { share }), signal: row.stop.signal });
      patch(row, { id: made.id, name: made.name, size: made.file_size, share: undefined, stop: null });
      keep((list) => [...list, made.id]);
      say(t('compose.file_there', { name: made.name }));
    } catch (e) {
      if (e.name === 'AbortError') return;
      patch(row, { share: undefined, error: explain(e) });
      say(`${row.name}: ${row.error}`, true);
    }
  };
  const add = (files) => {         /* one after the other, so that they stay in order */
    const more = files.map((file) => ({ file, name: file.name, size: file.size, share: 0 }));
    show([...all.current, ...more]);
    for (const row of more) queue.current = queue.current.then(() => (all.current.includes(row) ? climb(row) : null));
  };
  const remove = (row) => {
    row.stop?.abort();
    show(all.current.filter((r) => r !== row));
    if (!row.id) return;
    keep((list) => list.filter((x) => x !== row.id));
    api.delete(`/attachments/${row.id}`).catch(() => {});         /* what is left waits for a day and goes by itself */
  };
  return { rows, busy: rows.some((r) => r.share !== undefined), add, remove, again: climb, clear: () => show([]) };
}

/** onGone(): a file was taken out, and the focus with it. */
export function Tray({ files, onGone }) {
  if (!files.rows.length) return null;
  return html`<ul class="tray" aria-label=${t('files.title')}>${files.rows.map((r, i) => html`<li key=${r.id ?? `${i} ${r.name}`} class="tray-file">
    <${Icon} name=${r.error ? 'warn' : 'file'} /><span class="tray-name"><bdi>${r.name}</bdi> <span class="muted">${r.size ? fileSize(r.size) : ''}</span></span>
    ${r.share !== undefined && html`<progress class="tray-share" max="1" value=${r.share} aria-label=${t('files.sending', { name: r.name })}></progress>`}
    ${r.error && html`<span class="bad">${r.error}</span><button type="button" class="btn btn-link" onClick=${() => files.again(r)}>${t('action.retry')}</button>`}
    <button type="button" class="btn btn-icon" aria-label=${t('compose.remove_file', { name: r.name })} title=${t('compose.remove_file', { name: r.name })}
      onClick=${() => { files.remove(r); onGone(); }}><${Icon} name="close" /></button></li>`)}</ul>`;
}

/* Where a message or a note is written, to a ticket or to a team (CHT-1, CHT-3, CHT-4). */

const KINDS = { comment: { label: 'talk.comment', icon: 'mail' }, note: { label: 'talk.note', icon: 'edit' } };
/* The sign stands at the beginning of a word: @ with a name of up to three words, / with one. */
const MENTION = /(?<![^\s([{«„"'])@((?:[^\s@]+ ){0,2}[^\s@]*)$/u, SLASH = /(?<!\S)\/([^\s/]*)$/u;
const has = (text, words) => (text ?? '').toLocaleLowerCase().includes(words.toLocaleLowerCase());

/* Canned responses that fit the ticket; they are read when they are first asked for. */
function useCanned(subject) {
  const fitting = () => all('canned_response').filter((r) => r.active && (!r.team_id || r.team_id === subject.ticket.team_id)).sort((a, b) => compare(a.name, b.name));
  const begins = (r, words) => Number(has(r.shortcut?.slice(0, words.length), words));
  const search = async (words) => {
    await ensure('canned_response');
    return fitting().filter((r) => has(r.shortcut, words) || has(r.name, words)).sort((a, b) => begins(b, words) - begins(a, words))
      .map((r) => ({ id: r.id, label: r.name, hint: r.shortcut && `/${r.shortcut}` }));
  };
  const text = (id) => api.post(`/canned_responses/${id}/expand`, { ticket_id: subject.id }).then((x) => x.body, (e) => { toast(explain(e), { bad: true }); });
  return { list: subject.ticket ? fitting() : [], ahead: () => ensure('canned_response').catch(() => {}), search, text };
}

export function Compose({ subject, onSent }) {
  const [kind, setKind] = useState('comment');
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const box = useRef(), input = useRef(), names = useRef(new Map());
  const draft = useDraft(subject.path, kind);
  const files = useFiles(draft);
  const canned = useCanned(subject);
  const { body, notify_customer } = draft.value;
  const staff = isStaff.value, note = kind === 'note', ticket = subject.ticket;
  const kinds = Object.keys(KINDS).filter((k) => k !== 'note' || me.value?.role !== 'portal');         /* CHT-9 */
  const choose = (next) => {
    if (!kinds.includes(next)) return;
    if (!files.busy) setKind(next);         /* a file on its way belongs to the kind it was given to */
    requestAnimationFrame(() => box.current?.focus());
  };
  useKeys('ticket', [
    { keys: ['r'], label: 'keys.reply', icon: 'mail', run: () => choose('comment') },
    { keys: ['n'], label: 'keys.note', icon: 'edit', run: () => choose('note') },
  ]);
  const people = (words) => api.get(`${subject.path}/mentionable`, { q: words.trim() }).then((page) => page.items.map((p) => ({ id: p.partner_id, label: p.name, hint: p.login })));
  const mention = (o) => {
    names.current.set(o.id, o.label);
    draft.set({ mention_ids: [...new Set([...draft.now.current.mention_ids, o.id])] });
    return `@${o.label} `;
  };
  const suggest = useSuggest(box, staff ? [{ sign: MENTION, search: people, choose: mention, label: t('talk.mention') },
    ...(ticket ? [{ sign: SLASH, search: canned.search, choose: (o) => canned.text(o.id), label: t('talk.canned') }] : [])] : []);
  const insert = (text) => typeInto(box.current, text, box.current.selectionStart, box.current.selectionEnd);
  const at = () => {
    const before = box.current.value.slice(0, box.current.selectionStart);
    insert(/\S$/.test(before) ? ' @' : '@');
  };
  const use = async (r) => {
    const text = await canned.text(r.id);
    if (text) insert(text);
  };
  /* Who is told: whose name still stands in the text. */
  const mentioned = async () => {
    const ids = draft.now.current.mention_ids;
    await need('contact', ids.filter((id) => !names.current.has(id))).catch(() => {});
    const name = (id) => names.current.get(id) ?? peek('contact', id)?.name;
    return ids.filter((id) => !name(id) || draft.now.current.body.includes(`@${name(id)}`));
  };
  const empty = !body.trim() && !files.rows.some((r) => r.id);
  const send = async () => {
    if (empty || busy) return;
    if (files.busy) return void toast(t('compose.wait'));
    setBusy(true);
    try {
      await draft.rest();
      const { attachment_ids } = draft.now.current;
      const made = await api.post(`${subject.path}/messages`, { body, subtype: kind, attachment_ids, ...(staff ? { mention_ids: await mentioned() } : {}),
        ...(staff && !note && notify_customer ? { notify_customer } : {}) });
      draft.clear();
      files.clear();
      onSent(made);
    } catch (e) {
      toast(explain(e), { bad: true });
    }
    setBusy(false);
  };
  const press = (e) => {
    if (suggest.key(e)) return;
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); send(); }
  };
  const carries = (e) => e.dataTransfer?.types.includes('Files');
  const drop = (e) => {
    if (!carries(e)) return;
    e.preventDefault();
    setOver(false);
    files.add([...e.dataTransfer.files]);
  };
  const paste = (e) => {         /* what comes with a text is a picture of it, as from a spreadsheet */
    const list = [...e.clipboardData.files];
    if (!list.length || e.clipboardData.types.includes('text/plain')) return;
    e.preventDefault();
    files.add(list);
  };
  const hint = t(note ? 'talk.note_hint' : ticket ? 'talk.comment_hint' : 'talk.team_hint');
  return html`<form class=${cx('compose', note && 'compose-note', over && 'files-over')} onSubmit=${(e) => { e.preventDefault(); send(); }}
      onDragOver=${(e) => { if (carries(e)) { e.preventDefault(); setOver(true); } }} onDragLeave=${(e) => { if (!e.currentTarget.contains(e.relatedTarget)) setOver(false); }} onDrop=${drop}>
    <div class="compose-kinds" role="group" aria-label=${t('talk.kind')}>
      ${kinds.map((k) => html`<button type="button" key=${k} class="btn btn-link" aria-pressed=${k === kind ? 'true' : 'false'} disabled=${files.busy && k !== kind}
        onClick=${() => choose(k)}>${t(KINDS[k].label)}</button>`)}</div>
    <div class="combo"><textarea ref=${box} class="input" dir="auto" rows=${body.includes('\n') ? 8 : 4} maxlength="60000" value=${body} aria-label=${hint} placeholder=${hint} aria-keyshortcuts="Control+Enter"
      ...${suggest.attributes} onInput=${(e) => { draft.set({ body: e.target.value }); if (ticket) typing(ticket.id); suggest.look(); }}
      onKeyDown=${press} onClick=${suggest.look} onBlur=${suggest.close} onPaste=${paste}></textarea>${suggest.list}</div>
    <${Tray} files=${files} onGone=${() => box.current.focus()} />
    <div class="compose-foot">
      <button type="button" class="btn btn-icon" aria-label=${t('files.add')} title=${t('files.add')} onClick=${() => input.current.click()}><${Icon} name="clip" /></button>
      <input ref=${input} type="file" multiple hidden onChange=${(e) => { files.add([...e.currentTarget.files]); e.currentTarget.value = ''; }} />
      ${staff && html`<button type="button" class="btn btn-icon" aria-label=${t('talk.mention')} title=${`${t('talk.mention')} (@)`} onClick=${at}><${Icon} name="at" /></button>`}
      ${staff && ticket && html`<span class="compose-canned" onFocusIn=${canned.ahead} onPointerEnter=${canned.ahead}>
        <${Menu} label=${t('talk.canned')} icon="duplicate" items=${[...canned.list.map((r) => ({ label: r.name, hint: r.shortcut && `/${r.shortcut}`, run: () => use(r) })),
          canned.list.length > 0 && { line: true }, { label: t('canned.manage'), icon: 'settings', run: () => go(href('/settings/canned')) }]} /></span>`}
      ${staff && !note && ticket?.partner_id && html`<label class="check"><input type="checkbox" checked=${notify_customer}
        onChange=${(e) => draft.set({ notify_customer: e.target.checked })} /> ${t('talk.to_customer')}</label>`}
      <span class="muted compose-kept" role="status">${draft.kept && !empty ? t('talk.kept') : ''}</span>
      <button type="submit" class="btn btn-primary" disabled=${busy || files.busy || empty}><${Icon} name=${KINDS[kind].icon} /> ${t(KINDS[kind].label)}</button>
    </div></form>`;
}
