/* The files of a ticket: those of its messages too.  They are dropped on the list, pasted or chosen; each goes up alone. */
import { html, useEffect, useId, useRef, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { api, query } from '../api.js';
import { changed, isAbout, isAdmin, isStaff, me, need, rec } from '../store.js';
import { dateTime } from '../format.js';
import { explain, sentence } from '../errors.js';
import { toast } from '../parts/toast.js';
import { Icon } from '../parts/icon.js';
import { Confirm } from '../parts/dialog.js';
import { Failed } from '../parts/empty.js';

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

/** Sends one file: to a ticket, or (none) for a message that follows; options: see api.upload. */
export const sendFile = (file, ticket, internal, options) => api.upload(`${ticket ? `/tickets/${ticket}` : ''}/attachments${query({ name: file.name || 'file', internal: ticket && internal ? 'true' : undefined })}`,
  file, 'application/octet-stream', options);

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
  const read = () => api.get(`/tickets/${id}/attachments`).then((a) => {
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
    ${error ? html`<${Failed} text=${sentence(error)} onRetry=${read} />`
      : files?.length > 0 ? html`<ul class="files-list">${files.map((f) => html`<${File} key=${f.id} file=${f} onRemove=${setGone} />`)}</ul>`
      : files && !sending.length ? html`<p class="muted">${t('files.none')}</p>` : null}
    <p class="muted" role="status">${sending.length > 0 ? t('files.sending', { name: sending[0].name }) : ''}</p>
    ${gone && html`<${Confirm} danger title=${t('files.delete_one', { name: gone.name })} text=${t('files.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setGone(null)} />`}</section>`;
}
