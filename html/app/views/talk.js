/* The conversation of a ticket or a team, with its files and who follows. */
import { html, useEffect, useId, useRef, useState, cx, lazy } from '../html.js';
import { number, t, dateTime, explain, sentence } from '../i18n.js';
import { api } from '../api.js';
import { changed, isAbout, isAdmin, isStaff, keep, kept, me, need, rec, stays } from '../store.js';
import { toast, Confirm, later } from '../parts/dialog.js';
import { Icon, Failed, Avatar, Menu, Skeleton } from '../parts/basics.js';
import { FIELDS, sayValue, searchContacts, sendFile } from '../tickets.js';
import { Compose } from './compose.js';
import { Combobox } from '../parts/choose.js';

/* The files of a ticket: those of its messages too.  They are dropped on the list, pasted or chosen; each goes up alone. */

const PREVIEW_MOST = 5 << 20;
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];

export function fileSize(bytes) {
  const i = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const n = bytes / 1000 ** i;
  try {
    return new Intl.NumberFormat(document.documentElement.lang, { style: 'unit', unit: UNITS[i], unitDisplay: i ? 'short' : 'long', maximumFractionDigits: n < 10 && i ? 1 : 0 }).format(n);
  } catch {
    return number(bytes);
  }
}

export const fileUrl = (id) => api.url(`/attachments/${id}/content`);

/** onRemove(file): asked for by who may; none: nobody may here. */
export function File({ file, onRemove }) {
  const image = file.mimetype.startsWith('image/') && file.file_size <= PREVIEW_MOST;
  const own = file.author_id && file.author_id === me.value.partner_id;
  const author = rec('contact', file.author_id)?.name;
  return html`<li class="file"><a class="file-link" href=${fileUrl(file.id)} download=${file.name}>
      <span class="file-picture" aria-hidden="true">${image ? html`<img src=${fileUrl(file.id)} alt="" loading="lazy" decoding="async" />` : html`<${Icon} name="file" />`}</span>
      <span class="file-name"><bdi>${file.name}</bdi></span></a>
    <span class="muted file-facts">${fileSize(file.file_size)} · ${author ? html`<bdi>${author}</bdi> · ` : ''}${dateTime(file.create_date)}
      ${file.internal && html` <span class="tag">${t('files.internal')}</span>`}</span>
    ${onRemove && (own || isAdmin.value) && html`<button type="button" class="btn btn-icon" aria-label=${t('files.delete_one', { name: file.name })} title=${t('action.delete')} onClick=${() => onRemove(file)}>
      <${Icon} name="trash" /></button>`}</li>`;
}

export function Files({ ticket }) {
  const id = ticket.id;
  const [files, setFiles] = useState(null);
  const [error, setError] = useState(null);
  const [sending, setSending] = useState([]);
  const [over, setOver] = useState(false);
  const [gone, setGone] = useState(null);
  const [internal, setInternal] = useState(false);
  const input = useRef(), shown = useRef();
  shown.current = files;
  const heading = useId();
  const read = () => api.join(`/tickets/${id}/attachments`).then((a) => {
    setFiles(a.items);
    setError(null);
    need('contact', a.items.map((f) => f.author_id).filter(Boolean)).catch(() => {});
  }, setError);
  useEffect(() => { setFiles(null); read(); }, [id]);
  useEffect(() => changed((type, ids, event) => { if (type === 'attachment' && isAbout(event, id, (n) => shown.current?.some((f) => f.id === n))) read(); }), [id]);
  const send = async (list) => {
    for (const file of list) {
      const row = { name: file.name };
      setSending((s) => [...s, row]);
      try {
        const made = await sendFile(file, id, internal);
        setFiles((f) => (f && !f.some((x) => x.id === made.id) ? [...f, made] : f));
      } catch (e) {
        toast(`${file.name}: ${explain(e)}`, { bad: true });
      }
      setSending((s) => s.filter((x) => x !== row));
    }
  };
  const remove = async () => {
    const file = gone;
    setGone(null);
    try {
      await api.delete(`/attachments/${file.id}`);
      setFiles((f) => f.filter((x) => x.id !== file.id));
      toast(t('files.deleted', { name: file.name }));
    } catch (e) {
      toast(explain(e), { bad: true });
    }
  };
  const carries = (e) => e.dataTransfer?.types.includes('Files');
  const drop = (e) => {
    if (!carries(e)) return;
    e.preventDefault();
    setOver(false);
    send([...e.dataTransfer.files]);
  };
  return html`<section class=${`files${over ? ' files-over' : ''}`} aria-labelledby=${heading}
      onDragOver=${(e) => { if (carries(e)) { e.preventDefault(); setOver(true); } }} onDragLeave=${(e) => { if (!e.currentTarget.contains(e.relatedTarget)) setOver(false); }} onDrop=${drop}>
    <header class="files-head"><h2 id=${heading}>${t('files.title')}${files?.length > 0 && html` <span class="muted">${number(files.length)}</span>`}</h2>
      ${isStaff.value && html`<label class="files-internal"><input type="checkbox" checked=${internal} onChange=${(e) => setInternal(e.currentTarget.checked)} /> ${t('files.internal_next')}</label>`}
      <button type="button" class="btn" onClick=${() => input.current.click()}><${Icon} name="upload" /> ${t('files.add')}</button>
      <input ref=${input} type="file" multiple hidden onChange=${(e) => { send([...e.currentTarget.files]); e.currentTarget.value = ''; }} /></header>
    ${error && !stays(files, error) ? html`<${Failed} text=${sentence(error)} onRetry=${read} />`
      : files?.length > 0 ? html`<ul class="files-list">${files.map((f) => html`<${File} key=${f.id} file=${f} onRemove=${setGone} />`)}</ul>`
      : files && !sending.length ? html`<p class="muted">${t('files.none')}</p>` : null}
    <p class="muted" role="status">${sending.length > 0 ? t('files.sending', { name: sending[0].name }) : ''}</p>
    ${gone && html`<${Confirm} danger title=${t('files.delete_one', { name: gone.name })} text=${t('files.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setGone(null)} />`}</section>`;
}

/* One message of a conversation: what was said, its files, earlier texts, editing and deleting (CHT-4, CHT-7). */

/* Until what cleans it is here the text is shown as it was typed. */
const Rich = lazy(() => import('../parts/rich.js').then((m) => m.Rich), () => {}, false);
const more = () => import('./ticket-more.js');
const Earlier = later(more, 'Earlier'), EditMessage = later(more, 'EditMessage');

const Edited = ({ m, onOpen }) => (isStaff.value
  ? html`<button type="button" class="btn btn-link talk-edited" aria-haspopup="dialog" title=${dateTime(m.edit_date)} onClick=${onOpen}>${t('talk.edited')}</button>`
  : html`<span class="muted" title=${dateTime(m.edit_date)}>${t('talk.edited')}</span>`);

/** item: of a thread; onChanged(): it was edited or deleted. */
export function Message({ item, onChanged }) {
  const m = item.message;
  const [edit, setEdit] = useState(false);
  const [ask, setAsk] = useState(false);
  const [history, setHistory] = useState(false);
  const own = m.author_id && m.author_id === me.value?.partner_id && m.message_type === 'comment' && m.subtype !== 'activity' && me.value.role !== 'portal';
  const name = m.author_name || t('talk.desk');
  const remove = async () => {
    setAsk(false);
    try {
      await api.delete(`/messages/${m.id}`, m.version);
      onChanged();
    } catch (e) {
      toast(explain(e), { bad: true });
    }
  };
  return html`<li class=${cx('talk-message', m.subtype !== 'comment' && 'talk-note')}><${Avatar} id=${m.author_id} name=${name} />
    <article aria-label=${name}><header class="talk-head"><b><bdi>${name}</bdi></b>
        ${m.subtype !== 'comment' && html`<span class="tag">${t('talk.note_mark')}</span>`}
        <time datetime=${m.create_date}>${dateTime(m.create_date)}</time>
        ${m.edit_date && html`<${Edited} m=${m} onOpen=${() => setHistory(true)} />`}
        ${(own || isAdmin.value) && !edit && html`<${Menu} label=${t('talk.more', { name })} items=${[{ label: t('action.edit'), icon: 'edit', run: () => setEdit(true) },
          isAdmin.value && { label: t('action.delete'), icon: 'trash', danger: true, run: () => setAsk(true) }]} />`}</header>
      ${edit ? html`<${EditMessage} message=${m} onDone=${(made) => { setEdit(false); if (made) onChanged(); }} />`
        : html`<${Rich} text=${m.body_html} until=${html`<div class="rich rich-plain" dir="auto">${m.body}</div>`} />`}
      ${item.attachments.length > 0 && html`<ul class="files-list talk-files" aria-label=${t('files.title')}>${item.attachments.map((f) => html`<${File} key=${f.id} file=${f} />`)}</ul>`}</article>
    ${history && html`<${Earlier} message=${m} onClose=${() => setHistory(false)} />`}
    ${ask && html`<${Confirm} danger title=${t('talk.delete')} text=${t('talk.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setAsk(false)} />`}</li>`;
}

/* The conversation of a ticket or a team: messages, notes and what was changed, in one thread (CHT-1, CHT-5, CHT-8). */

const keyOf = (item) => (item.message ? `m${item.message.id}` : `e${item.seq}`);

/** What is talked about, for Talk and Compose. */
export const ofTicket = (ticket) => ({ type: 'ticket', field: 'ticket_id', id: ticket.id, path: `/tickets/${ticket.id}`, ticket });
export const ofTeam = (id) => ({ type: 'team', field: 'team_id', id, path: `/teams/${id}` });

function say(change, which) {
  const value = change[which];
  if (change[`${which}_name`]) return change[`${which}_name`];
  if (Array.isArray(value)) return value.map((v) => sayValue(change.field, v)).join(', ') || t('word.none');
  return sayValue(change.field, value);
}

function Changes({ item }) {
  const known = item.changes.filter((c) => FIELDS[c.field]);
  const who = item.user_name || t('talk.desk');
  if (item.kind === 'change' && !known.length) return null;
  return html`<li class="talk-change"><span class="talk-head"><bdi>${item.kind === 'created' ? t('talk.created', { name: who }) : who}</bdi>
      <time datetime=${item.time}>${dateTime(item.time)}</time></span>
    ${known.length > 0 && html`<ul>${known.map((c) => html`<li key=${c.field}>${t('talk.changed', { field: t(FIELDS[c.field].label), old: say(c, 'old'), now: say(c, 'new') })}</li>`)}</ul>`}</li>`;
}

/* Pages of the thread; read again when the stream says that something was said or changed here. */
function useThread(subject, words) {
  const { id, path, type: own, field } = subject;
  const [held, setHeld] = useState({ path: null, page: null });
  const pageOf = (h) => (h.path === path ? h.page : kept.get(path) ?? null);          /* a ticket seen before shows what it had, until it is read */
  const page = pageOf(held);
  const setPage = (next) => setHeld((old) => ({ path, page: typeof next === 'function' ? next(pageOf(old)) : next }));
  useEffect(() => { if (page && !words) keep(path, page); }, [page]);
  const [error, setError] = useState(null);
  const asked = useRef(0), shown = useRef(null), soon = useRef(0);
  shown.current = page;
  const q = words.trim() || undefined;
  const read = async () => {
    clearTimeout(soon.current);
    soon.current = 0;
    const mine = ++asked.current;
    try {
      const fresh = await api.get(`${path}/thread`, { q });
      if (mine !== asked.current) return;
      setError(null);
      setPage((old) => {         /* what was read of earlier times stays */
        const first = fresh.items[0] && keyOf(fresh.items[0]);
        const at = old && !words && first ? old.items.findIndex((i) => keyOf(i) === first) : -1;
        return at > 0 ? { items: [...old.items.slice(0, at), ...fresh.items], prev: old.prev } : fresh;
      });
    } catch (e) {
      if (mine === asked.current) setError(e);
    }
  };
  /* all: to the beginning; resolves to true when it was reached. */
  const earlier = async (all) => {
    try {
      let prev = shown.current?.prev;
      do {
        const older = await api.get(`${path}/thread`, { before: prev, q });
        prev = older.prev;
        setPage((now) => ({ items: [...older.items, ...now.items], prev }));
      } while (all && prev);
      return true;
    } catch (e) {
      toast(explain(e), { bad: true });
      return false;
    }
  };
  useEffect(() => { setError(null); }, [path]);
  useEffect(() => {
    const timer = setTimeout(read, words ? 300 : 0);
    return () => clearTimeout(timer);
  }, [path, words]);
  useEffect(() => {
    const has = (n) => shown.current?.items.some((i) => i.message?.id === n);
    const stop = changed((type, ids, event) => {
      const here = type === own ? ids === null || (own === 'ticket' && ids.includes(id))
        : type === 'message' && isAbout(event, id, has, field) && !(event?.kind === 'created' && has(event.id));
      if (here) soon.current ||= setTimeout(read, 60);         /* several at once are one */
    });
    return () => { stop(); clearTimeout(soon.current); soon.current = 0; };
  }, [path, words]);
  return { page, error, read, earlier };
}

/** printer: a ref; its function prints the page with all that was said. */
export function Talk({ subject, printer }) {
  const [words, setWords] = useState('');
  const { page, error, read, earlier } = useThread(subject, words);
  const drawn = () => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
  if (printer) printer.current = () => (page?.prev ? earlier(true) : Promise.resolve(true)).then(drawn).then(() => print());
  return html`<section class="talk" aria-labelledby="talk-title"><div class="talk-tools"><h2 id="talk-title">${t('talk.title')}</h2>
      <input type="search" class="input" value=${words} placeholder=${t('talk.search')} aria-label=${t('talk.search')} onInput=${(e) => setWords(e.target.value)} /></div>
    <${Compose} key=${subject.path} subject=${subject} onSent=${read} />
    ${error && !stays(page, error) ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !page ? html`<${Skeleton} kind="text" rows=${3} />`
      : !page.items.length ? html`<p class="muted">${t(words ? 'talk.nothing_found' : 'talk.empty')}</p>`
      : html`<ol class="talk-list" reversed>${[...page.items].reverse().map((item) => (item.message
          ? html`<${Message} key=${keyOf(item)} item=${item} onChanged=${read} />` : html`<${Changes} key=${keyOf(item)} item=${item} />`))}</ol>
        ${page.prev && html`<button type="button" class="btn" onClick=${() => earlier()}>${t('talk.earlier')}</button>`}`}</section>`;
}

/* Who follows a ticket or a team, and what each hears of (CHT-6, VIS-18 .. VIS-20). */

const SUBTYPES = { comment: 'follow.comment', note: 'follow.note', activity: 'follow.activity', created: 'follow.created', stage: 'follow.stage', rating: 'follow.rating' };
const INTERNAL = ['note', 'activity'];       /* nothing for contacts and customers (VIS-19) */

/* A new ticket happens in a team, not to a ticket. */
const offered = (f, team) => Object.entries(SUBTYPES).filter(([name]) => (team || name !== 'created') && (f.kind === 'internal' || !INTERNAL.includes(name)));

function Follower({ f, team, manage, onSet, onRemove }) {
  const own = f.partner_id === me.value.partner_id, name = f.name || '…';
  const toggle = (which) => onSet(f, f.subtypes.includes(which) ? f.subtypes.filter((x) => x !== which) : [...f.subtypes, which]);
  return html`<li class="follower"><${Avatar} id=${f.partner_id} name=${name} small /><bdi>${name}</bdi>
    ${(manage || own) && html`<${Menu} label=${own ? t('follow.choose') : t('follow.choose_of', { name })} icon="settings" items=${offered(f, team).map(([which, key]) => ({
      label: t(key), checked: f.subtypes.includes(which), keep: true, run: () => toggle(which) }))} />`}
    ${manage && html`<button type="button" class="btn btn-icon" aria-label=${t('chips.remove', { name })} onClick=${() => onRemove(f.partner_id)}><${Icon} name="close" /></button>`}</li>`;
}

/** path: of the ticket or team; manage: may the person decide for others?; version: changes when the list may have. */
export function Followers({ path, team, manage, version }) {
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  const [notify, setNotify] = useState(false);
  const take = (page) => { if (page) setList(page.items); setError(null); };
  const read = () => api.join(`${path}/followers`).then(take, setError);
  useEffect(() => { read(); }, [path, version]);
  useEffect(() => changed((type, ids) => { if (type === 'ticket' && !ids) read(); }), [path]);
  const attempt = (run) => run().then((page) => { page ? take(page) : read(); return true; }, (e) => { toast(explain(e), { bad: true }); return false; });
  const add = (id, tell) => attempt(() => api.post(`${path}/followers`, { partner_ids: [id], notify: tell }));
  const remove = async (id) => {
    const f = list.find((x) => x.partner_id === id);
    await attempt(() => api.delete(`${path}/followers/${id}`).then(() => {
      toast(t('done.unfollowed', { name: f?.name ?? '…' }), { undo: () => attempt(() => api.post(`${path}/followers`, { partner_ids: [id], notify: false })
        .then((page) => (f ? api.patch(`${path}/followers/${id}`, { subtypes: f.subtypes }) : page))) });
      return null;
    }));
  };
  const set = (f, subtypes) => attempt(() => api.patch(`${path}/followers/${f.partner_id}`, { subtypes }));
  const own = me.value.partner_id, follows = list?.some((f) => f.partner_id === own);
  const others = async (words) => (await searchContacts(words)).filter((o) => !list?.some((f) => f.partner_id === o.id));
  return html`<div class="prop prop-wide followers"><div class="prop-head"><h2>${t('ticket.followers')}</h2>
      ${list && own && html`<button type="button" class="btn btn-link" onClick=${() => (follows ? remove(own) : add(own, false))}>${t(follows ? 'ticket.unfollow' : 'ticket.follow')}</button>`}</div>
    ${error && !stays(list, error) ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !list ? html`<${Skeleton} kind="text" rows=${2} />`
      : html`<ul class="follower-list">${list.map((f) => html`<${Follower} key=${f.partner_id} f=${f} team=${team} manage=${manage} onSet=${set} onRemove=${remove} />`)}</ul>`}
    ${manage && html`<${Combobox} label=${t('ticket.add_follower')} placeholder=${t('ticket.add_follower')} search=${others} onChoose=${(o) => o && add(o.id, notify)} clearAfter />
      <label class="check"><input type="checkbox" checked=${notify} onChange=${(e) => setNotify(e.target.checked)} /><span>${t('follow.tell')}</span></label>`}</div>`;
}
