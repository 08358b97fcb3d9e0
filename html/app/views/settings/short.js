/* What short lists share: reading, adding, reordering, and a row's menu to archive or delete. */
import { html, batch, useEffect, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { drop, ensure, PLURAL, put } from '../../store.js';
import { byField, sentence } from '../../errors.js';
import { toast } from '../../parts/toast.js';
import { Menu } from '../../parts/menu.js';
import { Confirm } from '../../parts/dialog.js';
import { saveOr } from './edit.js';

export function useShort(...types) {
  const [state, setState] = useState('loading');
  const [error, setError] = useState(null);
  const read = () => Promise.all(types.map(ensure)).then(() => setState('ready'), (e) => { setError(e); setState('failed'); });
  useEffect(() => { read(); }, []);
  return { state, error, retry: () => { setState('loading'); read(); } };
}

/** A sentence when it was refused. */
export async function addNow(type, body) {
  try {
    put(type, await api.post(`/${PLURAL[type]}`, body), true);
    return null;
  } catch (e) {
    return byField(e).name ?? sentence(e);
  }
}

/** The order is rewritten with gaps of ten, shown at once; only what changes is sent. */
export async function renumber(type, list, from, to) {
  const next = [...list];
  const [moved] = next.splice(from, 1);
  next.splice(to, 0, moved);
  const moves = next.map((r, i) => [r, (i + 1) * 10]).filter(([r, n]) => r.sequence !== n);
  batch(() => moves.forEach(([r, sequence]) => put(type, { ...r, sequence }, true)));
  const kept = await Promise.all(moves.map(([r, sequence]) => saveOr(type, r, { sequence })));
  batch(() => moves.forEach(([r], i) => { if (!kept[i]) put(type, r, true); }));
}

export function RowMenu({ type, record, onOpen, may = true }) {
  const [ask, setAsk] = useState(false);
  const remove = async () => {
    setAsk(false);
    try {
      await api.delete(`/${PLURAL[type]}/${record.id}`);
      drop(type, record.id);
    } catch (e) {
      toast(sentence(e), { bad: true });
    }
  };
  const active = record.active !== false;
  return html`<${Menu} label=${t('edit.menu', { name: record.name })} items=${[
    onOpen && { label: t('action.edit'), icon: 'edit', run: onOpen },
    may && { label: t(active ? 'action.archive' : 'action.unarchive'), icon: 'archive', run: () => saveOr(type, record, { active: !active }) },
    may && { label: t('action.delete'), icon: 'trash', danger: true, run: () => setAsk(true) },
  ]} />${ask && html`<${Confirm} danger title=${t('edit.delete', { name: record.name })} text=${t('edit.delete_text')} action=${t('action.delete')} onYes=${remove} onClose=${() => setAsk(false)} />`}`;
}
