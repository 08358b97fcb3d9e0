/* The tags of a ticket: chips, with new tags made while typing (TKT-5). */
import { html, useEffect } from '../html.js';
import { t } from '../i18n.js';
import { ensure, rec } from '../store.js';
import { change } from '../actions.js';
import { Chips } from '../parts/chips.js';
import { createTag, searchOf } from './pick.js';

export function TagField({ ticket, id }) {
  useEffect(() => { ensure('tag').catch(() => {}); }, []);
  const ids = ticket.tag_ids ?? [];
  const set = (next) => change([ticket.id], { tag_ids: next.sort((a, b) => a - b) });
  const items = ids.map((x) => ({ id: x, label: rec('tag', x)?.name ?? '…', hue: rec('tag', x)?.color ?? 0 }));
  return html`<${Chips} id=${id} plain items=${items} label=${t('ticket.tags')} placeholder=${t('ticket.add_tag')} search=${searchOf('tag')}
    onAdd=${(o) => set([...ids, o.id])} onRemove=${(o) => set(ids.filter((x) => x !== o.id))}
    onCreate=${(name) => createTag(name).then((tag) => tag && set([...ids, tag.id]))} />`;
}
