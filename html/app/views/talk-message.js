/* One message of a conversation: what was said, its files, earlier texts, editing and deleting (CHT-4, CHT-7). */
import { html, cx, lazy, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { isAdmin, isStaff, me } from '../store.js';
import { explain } from '../errors.js';
import { dateTime } from '../format.js';
import { toast } from '../parts/toast.js';
import { Avatar } from '../parts/avatar.js';
import { Confirm } from '../parts/dialog.js';
import { Menu } from '../parts/menu.js';
import { File } from './ticket-files.js';
import { later } from '../later.js';

/* Until what cleans it is here the text is shown as it was typed. */
const Rich = lazy(() => import('../parts/rich.js').then((m) => m.Rich), () => {}, false);
const Earlier = later(() => import('./talk-history.js'), 'Earlier');

function EditMessage({ message, onDone }) {
  const [body, setBody] = useState(message.body);
  const [busy, setBusy] = useState(false);
  const same = body === message.body;
  const may = !busy && !same && (body.trim() || message.attachment_ids.length > 0);
  const save = async (e) => {
    e.preventDefault();
    if (!may) return;
    setBusy(true);
    try {
      onDone(await api.patch(`/messages/${message.id}`, { body }, message.version));
    } catch (problem) {
      toast(explain(problem), { bad: true });
      setBusy(false);
    }
  };
  const key = (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) save(e);
    if (e.key === 'Escape' && same && !e.isComposing) onDone(null);
  };
  return html`<form class="compose" onSubmit=${save}>
    <textarea class="input" dir="auto" rows="6" maxlength="60000" aria-label=${t('action.edit')} aria-keyshortcuts="Control+Enter" value=${body} autofocus
      ref=${(box) => { if (box && !box.dataset.seen) { box.dataset.seen = '1'; box.focus(); } }} onInput=${(e) => setBody(e.target.value)} onKeyDown=${key}></textarea>
    <div class="compose-foot"><button type="button" class="btn" onClick=${() => onDone(null)}>${t('action.cancel')}</button>
      <button type="submit" class="btn btn-primary" disabled=${!may}>${t('action.save')}</button></div></form>`;
}

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
