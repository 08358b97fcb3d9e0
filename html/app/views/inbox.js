/* The inbox: who told me what, unread lines first (CHT-2). */
import { html, cx, useEffect, useRef, useState, useKeys, arrive, href } from '../html.js';
import { t, sentence, dateTime } from '../i18n.js';
import { changed, stays, tell } from '../store.js';
import { api } from '../api.js';
import { toast } from '../parts/dialog.js';
import { Empty, Failed, Skeleton } from '../parts/basics.js';

const KINDS = { comment: 'notice.comment', note: 'notice.note', mention: 'notice.mention', activity: 'notice.activity', created: 'notice.created', stage: 'notice.stage',
  rating: 'notice.rating', assigned: 'notice.assigned', follow: 'notice.follow' };
const WITH = { expand: 'ticket_id,author_id,team_id', limit: 50 };
const failed = (e) => toast(sentence(e), { bad: true });

function Line({ line, onRead }) {
  const what = line.ticket ? `${line.ticket.ticket_ref} ${line.ticket.name}` : line.team?.name ?? '';
  const to = line.ticket_id ? href(`/tickets/${line.ticket_id}`) : href(`/teams/${line.team_id}`);
  return html`<li class=${cx('inbox-line', !line.read_date && 'inbox-unread')} data-line=${line.id}>
    <a href=${to} onClick=${() => !line.read_date && onRead(line, true)}><bdi>${what}</bdi></a>
    <span>${t(KINDS[line.kind], { name: line.author?.name ?? t('inbox.desk') })}</span> <time class="muted" datetime=${line.create_date}>${dateTime(line.create_date)}</time>
    <button type="button" class="btn btn-link" onClick=${() => onRead(line, !line.read_date)}>${t(line.read_date ? 'inbox.mark_unread' : 'inbox.mark_read')}</button></li>`;
}

export default function Inbox() {
  const [lines, setLines] = useState(null);
  const [next, setNext] = useState(null);
  const [error, setError] = useState(null);
  const read = () => api.get('/notifications', WITH).then((page) => { setError(null); setLines(page.items); setNext(page.next); }, setError);
  useEffect(() => {
    arrive(`${t('inbox.title')} · ${t('app.name')}`);
    read();
    return changed((type) => { if (type === 'notification') read(); });
  }, []);
  const more = () => api.get('/notifications', { ...WITH, after: next }).then((page) => { setLines([...lines, ...page.items]); setNext(page.next); }, failed);
  const mark = (line, to) => api.patch(`/notifications/${line.id}`, { read: to }).then(() => tell('notification', [line.id]), failed);
  /* ---- keys: from line to line ---- */
  const box = useRef();
  const here = () => document.activeElement?.closest?.('[data-line]');
  const step = (by) => {
    const all = [...box.current?.querySelectorAll('[data-line]') ?? []];
    all[Math.max(0, Math.min(all.length - 1, all.indexOf(here()) + by))]?.querySelector('a').focus();
  };
  const flip = () => {
    const line = lines?.find((x) => String(x.id) === here()?.dataset.line);
    if (!line) return false;
    mark(line, !line.read_date);
    step(1);
    return true;
  };
  useKeys('list', [
    { keys: ['j', 'ArrowDown'], label: 'keys.next', run: () => step(1) },
    { keys: ['k', 'ArrowUp'], label: 'keys.previous', run: () => step(-1) },
    { keys: ['e'], label: 'inbox.mark_read', icon: 'check', run: flip },
  ]);
  const markAll = async () => {
    try {
      while ((await api.post('/notifications/read', { all: true })).unread > 0);
      tell('notification', null);
    } catch (e) { failed(e); }
  };
  return html`<section class="view" ref=${box}><header class="head"><h1 tabindex="-1">${t('inbox.title')}</h1>
      <div class="head-tools"><button type="button" class="btn" disabled=${!lines?.some((x) => !x.read_date)} onClick=${markAll}>${t('inbox.read_all')}</button></div></header>
    ${error && !stays(lines, error) ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !lines ? html`<${Skeleton} kind="text" rows=${6} />`
      : lines.length ? html`<ul class="inbox">${lines.map((x) => html`<${Line} key=${x.id} line=${x} onRead=${mark} />`)}</ul>` : html`<${Empty} icon="inbox" title=${t('inbox.empty')} text=${t('inbox.empty_text')}>
        <a class="btn" href=${href('/settings/account')}>${t('notify.title')}</a></${Empty}>`}
    ${next && html`<div class="buttons"><button type="button" class="btn" onClick=${more}>${t('inbox.more')}</button></div>`}</section>`;
}
