/* How to be told, by kind of notification (CHT-2). */
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { me, put } from '../../store.js';
import { toast } from '../../parts/toast.js';
import { Form } from '../../parts/form.js';

const KINDS = { comment: 'follow.comment', note: 'follow.note', mention: 'notify.mention', activity: 'activity.many', created: 'follow.created', stage: 'follow.stage',
  rating: 'follow.rating', assigned: 'notify.assigned', follow: 'notify.follow' };
const INTERNAL = ['note', 'mention', 'activity', 'assigned'];

export function NotifyBy({ useForm }) {
  const user = me.value;
  const portal = user.role === 'portal';
  const kinds = Object.keys(KINDS).filter((k) => !portal || !INTERNAL.includes(k));
  const usual = portal ? 'email' : 'inbox';
  const form = useForm(Object.fromEntries(kinds.map((k) => [k, user.notify_by?.[k] ?? usual])), async (value) => {
    put('user', await api.patch(`/users/${user.id}`, { notify_by: value }, me.peek().version), true);
    toast(t('done.saved'));
  });
  const options = [!portal && { value: 'inbox', label: t('inbox.title') }, { value: 'email', label: t('notify.email') }, { value: 'none', label: t('notify.none') }].filter(Boolean);
  const fields = kinds.map((name) => ({ name, label: t(KINDS[name]), kind: 'select', options }));
  return html`<section class="panel"><h2>${t('notify.title')}</h2><${Form} fields=${fields} ...${form} /></section>`;
}
