/* What I hear of a ticket or a team I follow (CHT-6): a menu of boxes to tick. */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { me } from '../store.js';
import { api } from '../api.js';
import { explain } from '../errors.js';
import { toast } from '../parts/toast.js';
import { Menu } from '../parts/menu.js';

const SUBTYPES = { comment: 'follow.comment', note: 'follow.note', activity: 'follow.activity', created: 'follow.created', stage: 'follow.stage', rating: 'follow.rating' };

export function Subscription({ path }) {
  const own = me.value.partner_id;
  const [chosen, setChosen] = useState(null);
  const take = (page) => setChosen(page.items.find((f) => f.partner_id === own)?.subtypes ?? null);
  useEffect(() => { api.get(`${path}/followers`).then(take).catch(() => {}); }, [path]);
  if (!chosen) return null;
  const toggle = (name) => api.patch(`${path}/followers/${own}`, { subtypes: chosen.includes(name) ? chosen.filter((x) => x !== name) : [...chosen, name] })
    .then(take, (e) => toast(explain(e), { bad: true }));
  return html`<${Menu} label=${t('follow.choose')} icon="settings" items=${Object.entries(SUBTYPES).map(([name, key]) => ({ label: t(key), checked: chosen.includes(name), keep: true, run: () => toggle(name) }))} />`;
}
