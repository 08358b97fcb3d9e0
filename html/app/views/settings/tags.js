/* Tags (TKT-5) with their colours, and the members each dispatches tickets to (ASG-9). */
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { all, isAdmin, rec } from '../../store.js';
import { compare } from '../../format.js';
import { sentence } from '../../errors.js';
import { Chips } from '../../parts/chips.js';
import { ColourMenu } from '../../parts/colour.js';
import { Empty, Failed, Skeleton } from '../../parts/empty.js';
import { InlineAdd, InlineName } from '../../parts/inline.js';
import { itemsOf, searchPeople } from '../pick.js';
import { addNow, RowMenu, useShort } from './short.js';
import { saveNow, saveOr } from './edit.js';

function Row({ tag, may }) {
  const members = tag.member_ids ?? [];
  const write = (patch) => saveOr('tag', tag, patch);
  return html`<li class="tag-row"><span class="tag-row-head">
      ${may ? html`<${ColourMenu} value=${tag.color} label=${t('tag.colour', { name: tag.name })} onChange=${(color) => write({ color })} />`
        : html`<span class=${`dot dot-large hue-${tag.color ?? 0}`}></span>`}
      <${InlineName} value=${tag.name} label=${t('tag.name')} max=${60} disabled=${!may} onSave=${(name) => saveNow('tag', tag, { name })} />
      ${tag.active === false && html`<span class="tag">${t('record.archived')}</span>`}</span>
    <div class="tag-members">${may ? html`<${Chips} items=${itemsOf('user')(members)} label=${t('tag.members', { name: tag.name })} placeholder=${t('tag.add_member')}
        search=${(words) => searchPeople(words)} onAdd=${(o) => write({ member_ids: [...members, o.id] })} onRemove=${(o) => write({ member_ids: members.filter((x) => x !== o.id) })} />`
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
