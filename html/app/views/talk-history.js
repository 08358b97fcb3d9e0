/* What stood in a message before it was edited, the newest text first (CHT-7). */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { rec } from '../store.js';
import { sentence } from '../errors.js';
import { dateTime } from '../format.js';
import { Dialog } from '../parts/dialog.js';
import { Failed, Skeleton } from '../parts/empty.js';

export function Earlier({ message, onClose }) {
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  const read = () => api.get(`/messages/${message.id}/history`).then((page) => { setList(page.items); setError(null); }, setError);
  useEffect(() => { read(); }, [message.version]);
  const texts = [...(list ?? []), { date: message.edit_date, user_id: message.edit_uid, body: message.body }].reverse();
  return html`<${Dialog} wide title=${t('talk.history')} onClose=${onClose}>
    ${error ? html`<${Failed} text=${sentence(error)} onRetry=${read} />` : !list ? html`<${Skeleton} kind="text" rows=${3} />`
      : html`<ol class="earlier" reversed>${texts.map((x, i) => html`<li key=${texts.length - i}>
        <p class="talk-head"><b><bdi>${rec('user', x.user_id)?.name ?? message.author_name ?? t('talk.desk')}</bdi></b>
          <time datetime=${x.date}>${dateTime(x.date)}</time>${i === 0 && html`<span class="tag">${t('talk.now')}</span>`}</p>
        <p class="rich-plain" dir="auto">${x.body}</p></li>`)}</ol>`}</${Dialog}>`;
}
