/* The files of a message that is being written: they go up at once, wait in its draft and leave with it (CHT-4). */
import { html, useEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { explain } from '../errors.js';
import { Icon } from '../parts/icon.js';
import { say } from '../parts/toast.js';
import { fileSize, sendFile } from './ticket-files.js';

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
