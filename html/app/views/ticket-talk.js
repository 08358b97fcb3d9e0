/* The conversation of a ticket or a team: messages, notes and what was changed, in one thread (CHT-1, CHT-5, CHT-8). */
import { html, useEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { changed, isAbout } from '../store.js';
import { explain, sentence } from '../errors.js';
import { dateTime } from '../format.js';
import { FIELDS, sayValue } from '../fields.js';
import { toast } from '../parts/toast.js';
import { Failed, Skeleton } from '../parts/empty.js';
import { Message } from './talk-message.js';
import { Compose } from './ticket-compose.js';

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
  const [page, setPage] = useState(null);
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
  const earlier = async () => {
    try {
      const older = await api.get(`${path}/thread`, { before: page.prev, q });
      setPage((now) => ({ items: [...older.items, ...now.items], prev: older.prev }));
    } catch (e) {
      toast(explain(e), { bad: true });
    }
  };
  useEffect(() => { setPage(null); }, [path]);
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

export function Talk({ subject }) {
  const [words, setWords] = useState('');
  const { page, error, read, earlier } = useThread(subject, words);
  return html`<section class="talk" aria-labelledby="talk-title"><div class="talk-tools"><h2 id="talk-title">${t('talk.title')}</h2>
      <input type="search" class="input" value=${words} placeholder=${t('talk.search')} aria-label=${t('talk.search')} onInput=${(e) => setWords(e.target.value)} /></div>
    <${Compose} key=${subject.path} subject=${subject} onSent=${read} />
    ${error ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !page ? html`<${Skeleton} kind="text" rows=${3} />`
      : !page.items.length ? html`<p class="muted">${t(words ? 'talk.nothing_found' : 'talk.empty')}</p>`
      : html`<ol class="talk-list" reversed>${[...page.items].reverse().map((item) => (item.message
          ? html`<${Message} key=${keyOf(item)} item=${item} onChanged=${read} />` : html`<${Changes} key=${keyOf(item)} item=${item} />`))}</ol>
        ${page.prev && html`<button type="button" class="btn" onClick=${earlier}>${t('talk.earlier')}</button>`}`}</section>`;
}
