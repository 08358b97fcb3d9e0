/* Types and tags. */
import { html, useState } from '../../html.js';
import { t, sentence, compare } from '../../i18n.js';
import { all, isAdmin, peek, rec } from '../../store.js';
import { Empty, Failed, Skeleton } from '../../parts/basics.js';
import { InlineAdd, InlineName, Reorder, addNow, renumber, RowMenu, useShort, saveNow, saveOr } from './edit.js';
import { Chips, ColourMenu } from '../../parts/choose.js';
import { itemsOf, searchPeople } from '../../tickets.js';

/* Ticket types (TKT-4): a short list, edited where it stands. */

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

/* Tags (TKT-5) with their colours, and the members each dispatches tickets to (ASG-9). */

function Row({ tag, may }) {
  const members = tag.member_ids ?? [];
  const write = (patch) => saveOr('tag', tag, patch);
  const now = () => peek('tag', tag.id).member_ids ?? [];
  return html`<li class="tag-row"><span class="tag-row-head">
      ${may ? html`<${ColourMenu} value=${tag.color} label=${t('tag.colour', { name: tag.name })} onChange=${(color) => write({ color })} />`
        : html`<span class=${`dot dot-large hue-${tag.color ?? 0}`}></span>`}
      <${InlineName} value=${tag.name} label=${t('tag.name')} max=${60} disabled=${!may} onSave=${(name) => saveNow('tag', tag, { name })} />
      ${tag.active === false && html`<span class="tag">${t('record.archived')}</span>`}</span>
    <div class="tag-members">${may ? html`<${Chips} items=${itemsOf('user')(members)} label=${t('tag.members', { name: tag.name })} placeholder=${t('tag.add_member')}
        search=${(words) => searchPeople(words)} onAdd=${(o) => write({ member_ids: [...now(), o.id] })} onRemove=${(o) => write({ member_ids: now().filter((x) => x !== o.id) })} />`
      : html`<span class="muted">${members.map((id) => rec('user', id)?.name).filter(Boolean).join(', ')}</span>`}</div>
    ${may && html`<${RowMenu} type="tag" record=${tag} />`}</li>`;
}

export function Tags({ title }) {
  const { state, error, retry } = useShort('tag');
  const [gone, setGone] = useState(false);
  const tags = all('tag').filter((x) => gone || x.active !== false).sort((a, b) => compare(a.name, b.name));
  const may = isAdmin.value;
  const add = (name) => addNow('tag', { name, color: all('tag').length % 12 });
  return html`<header class="head"><h1 tabindex="-1">${title}</h1><div class="head-tools"><label class="check"><input type="checkbox" checked=${gone} onChange=${(e) => setGone(e.target.checked)} />
      <span>${t('record.show_archived')}</span></label></div></header>
    <p class="muted lead">${t('tag.text')}</p>
    ${state === 'failed' && html`<${Failed} text=${sentence(error)} onRetry=${retry} />`}
    ${state === 'loading' && html`<${Skeleton} rows=${4} />`}
    ${state === 'ready' && html`${!tags.length && html`<${Empty} icon="tag" title=${t('tag.none')} text=${t('tag.none_text')} />`}
      ${tags.length > 0 && html`<ul class="cards-list tag-list" aria-label=${title}>${tags.map((x) => html`<${Row} key=${x.id} tag=${x} may=${may} />`)}</ul>`}
      <${InlineAdd} label=${t('tag.new')} action=${t('action.add')} max=${60} onAdd=${add} />`}`;
}
