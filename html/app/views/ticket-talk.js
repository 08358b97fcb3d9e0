/* The conversation of a ticket: messages, notes and what was changed, in one thread (CHT-1, CHT-5, CHT-8). */
import { html, useEffect, useRef, useState, cx } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { changed, isAdmin, me, rec } from '../store.js';
import { explain, sentence } from '../errors.js';
import { dateTime } from '../format.js';
import { FIELDS, sayValue } from '../fields.js';
import { toast } from '../parts/toast.js';
import { Avatar } from '../parts/avatar.js';
import { Confirm } from '../parts/dialog.js';
import { Failed, Skeleton } from '../parts/empty.js';
import { Menu } from '../parts/menu.js';
import { Rich } from '../parts/rich.js';
import { Compose } from './ticket-compose.js';

const keyOf = (item) => (item.message ? `m${item.message.id}` : `e${item.seq}`);

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

function EditMessage({ message, onDone }) {
  const [body, setBody] = useState(message.body);
  const [busy, setBusy] = useState(false);
  const save = async (e) => {
    e.preventDefault();
    setBusy(true);
    try {
      onDone(await api.patch(`/messages/${message.id}`, { body }, message.version));
    } catch (problem) {
      toast(explain(problem), { bad: true });
      setBusy(false);
    }
  };
  return html`<form class="compose" onSubmit=${save}>
    <textarea class="input" dir="auto" rows="6" maxlength="60000" aria-label=${t('action.edit')} value=${body} onInput=${(e) => setBody(e.target.value)}></textarea>
    <div class="compose-foot"><button type="button" class="btn" onClick=${() => onDone(null)}>${t('action.cancel')}</button>
      <button type="submit" class="btn btn-primary" disabled=${busy || !body.trim()}>${t('action.save')}</button></div></form>`;
}

function Message({ item, onChanged }) {
  const m = item.message;
  const [edit, setEdit] = useState(false);
  const [ask, setAsk] = useState(false);
  const own = m.author_id && m.author_id === me.value?.partner_id && m.message_type === 'comment' && m.subtype !== 'activity';
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
        ${m.edit_date && html`<span class="muted" title=${dateTime(m.edit_date)}>${t('talk.edited')}</span>`}
        ${(own || isAdmin.value) && !edit && html`<${Menu} label=${t('ticket.more')} items=${[{ label: t('action.edit'), icon: 'edit', run: () => setEdit(true) },
          isAdmin.value && { label: t('action.delete'), icon: 'trash', danger: true, run: () => setAsk(true) }]} />`}</header>
      ${edit ? html`<${EditMessage} message=${m} onDone=${(made) => { setEdit(false); if (made) onChanged(); }} />` : html`<${Rich} text=${m.body_html} />`}</article>
    ${ask && html`<${Confirm} danger title=${t('talk.delete')} text=${t('talk.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setAsk(false)} />`}</li>`;
}

export function Talk({ ticket }) {
  const id = ticket.id;
  const [page, setPage] = useState(null);
  const [error, setError] = useState(null);
  const [words, setWords] = useState('');
  const asked = useRef(0);
  const read = async () => {
    const mine = ++asked.current;
    try {
      const fresh = await api.get(`/tickets/${id}/thread`, { q: words.trim() || undefined });
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
  const earlier = async () => {
    try {
      const older = await api.get(`/tickets/${id}/thread`, { before: page.prev, q: words.trim() || undefined });
      setPage((now) => ({ items: [...older.items, ...now.items], prev: older.prev }));
    } catch (e) {
      toast(explain(e), { bad: true });
    }
  };
  useEffect(() => { setPage(null); }, [id]);
  useEffect(() => {
    const timer = setTimeout(read, words ? 300 : 0);
    return () => clearTimeout(timer);
  }, [id, words]);
  useEffect(() => changed(async (type, ids) => {
    if (type === 'ticket' && (ids === null || ids.includes(id))) read();
    if (type !== 'message') return;
    const known = (n) => page?.items.some((i) => i.message?.id === n);
    for (const n of ids) {
      const of = known(n) ? id : (await api.get(`/messages/${n}`, {}).catch(() => null))?.ticket_id;
      if (of === id) return void read();
    }
  }), [id, words, page]);
  return html`<section class="talk" aria-labelledby="talk-title"><div class="talk-tools"><h2 id="talk-title">${t('talk.title')}</h2>
      <input type="search" class="input" value=${words} placeholder=${t('talk.search')} aria-label=${t('talk.search')} onInput=${(e) => setWords(e.target.value)} /></div>
    <${Compose} key=${id} ticket=${ticket} onSent=${read} />
    ${error ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !page ? html`<${Skeleton} kind="text" rows=${3} />`
      : !page.items.length ? html`<p class="muted">${t(words ? 'talk.nothing_found' : 'talk.empty')}</p>`
      : html`<ol class="talk-list" reversed>${[...page.items].reverse().map((item) => (item.message
          ? html`<${Message} key=${keyOf(item)} item=${item} onChanged=${read} />` : html`<${Changes} key=${keyOf(item)} item=${item} />`))}</ol>
        ${page.prev && html`<button type="button" class="btn" onClick=${earlier}>${t('talk.earlier')}</button>`}`}</section>`;
}
