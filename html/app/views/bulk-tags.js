/* Which tags many tickets get and lose. */
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { rec } from '../store.js';
import { Dialog } from '../parts/dialog.js';
import { Chips } from '../parts/chips.js';
import { createTag, searchOf } from './pick.js';

const items = (ids) => ids.map((id) => ({ id, label: rec('tag', id)?.name ?? '…' }));

export function TagDialog({ onApply, onClose }) {
  const [add, setAdd] = useState([]);
  const [remove, setRemove] = useState([]);
  const make = (name) => createTag(name).then((tag) => tag && setAdd([...add, tag.id]));
  const change = { ...(add.length ? { add_tag_ids: add } : {}), ...(remove.length ? { remove_tag_ids: remove } : {}) };
  return html`<${Dialog} title=${t('bulk.tags')} onClose=${onClose}>
    <div class="field"><span class="label">${t('bulk.tags_add')}</span><${Chips} plain label=${t('bulk.tags_add')} items=${items(add)} search=${searchOf('tag')}
      onAdd=${(o) => setAdd([...add, o.id])} onRemove=${(o) => setAdd(add.filter((x) => x !== o.id))} onCreate=${make} /></div>
    <div class="field"><span class="label">${t('bulk.tags_remove')}</span><${Chips} plain label=${t('bulk.tags_remove')} items=${items(remove)} search=${searchOf('tag')}
      onAdd=${(o) => setRemove([...remove, o.id])} onRemove=${(o) => setRemove(remove.filter((x) => x !== o.id))} /></div>
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button>
      <button type="button" class="btn btn-primary" disabled=${!add.length && !remove.length} onClick=${() => onApply(change)}>${t('action.save')}</button></div></${Dialog}>`;
}
