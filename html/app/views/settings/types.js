/* Ticket types (TKT-4): a short list, edited where it stands. */
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { all, isAdmin } from '../../store.js';
import { sentence } from '../../errors.js';
import { Empty, Failed, Skeleton } from '../../parts/empty.js';
import { InlineAdd, InlineName } from '../../parts/inline.js';
import { Reorder } from '../../parts/reorder.js';
import { addNow, renumber, RowMenu, useShort } from './short.js';
import { saveNow } from './edit.js';

export function Types({ title }) {
  const { state, error, retry } = useShort('ticket_type');
  const [gone, setGone] = useState(false);
  const types = all('ticket_type').filter((x) => gone || x.active !== false);
  const may = isAdmin.value;
  const add = (name) => addNow('ticket_type', { name, sequence: Math.max(0, ...all('ticket_type').map((x) => x.sequence ?? 0)) + 10 });
  const row = (x) => html`<${InlineName} value=${x.name} label=${t('type.name')} disabled=${!may} onSave=${(name) => saveNow('ticket_type', x, { name })} />
    ${x.active === false && html`<span class="tag">${t('record.archived')}</span>`}
    ${may && html`<${RowMenu} type="ticket_type" record=${x} />`}`;
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools"><label class="check"><input type="checkbox" checked=${gone} onChange=${(e) => setGone(e.target.checked)} />
      <span>${t('record.show_archived')}</span></label></div></header>
    <p class="muted lead">${t('type.text')}</p>
    ${state === 'failed' && html`<${Failed} text=${sentence(error)} onRetry=${retry} />`}
    ${state === 'loading' && html`<${Skeleton} rows=${4} />`}
    ${state === 'ready' && html`
      ${!types.length && html`<${Empty} icon="kind" title=${t('type.none')} text=${may ? t('type.none_text') : undefined} />`}
      ${may ? html`<${Reorder} items=${types} keyOf=${(x) => x.id} nameOf=${(x) => x.name} label=${title} onMove=${(from, to) => renumber('ticket_type', types, from, to)}>${row}</${Reorder}>
        <${InlineAdd} label=${t('type.new')} action=${t('action.add')} onAdd=${add} />`
        : html`<ul class="cards-list">${types.map((x) => html`<li key=${x.id} class="still-row">${row(x)}</li>`)}</ul>`}`}`;
}
