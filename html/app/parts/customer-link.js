/* The address at which the customer reads the ticket without signing in: asked for, then copied. */
import { t } from '../i18n.js';
import { api } from '../api.js';
import { sentence } from '../errors.js';
import { toast } from './toast.js';

export async function copyCustomerLink(id) {
  try {
    const { url } = await api.post(`/tickets/${id}/link`);
    await navigator.clipboard.writeText(url);
    toast(`${t('done.copied')} ${t('ticket.customer_link_hint')}`);
  } catch (e) {
    toast(sentence(e), { bad: true });
  }
}
