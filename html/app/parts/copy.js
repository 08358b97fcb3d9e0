/* Copying: a text, or the address at which the customer reads the ticket without signing in, which is asked for first. */
import { t } from '../i18n.js';
import { api } from '../api.js';
import { sentence } from '../errors.js';
import { toast } from './toast.js';

/* Browsers have no clipboard on plain http; the old way still works there. */
function copyBySelection(text) {
  const focus = document.activeElement;
  const box = Object.assign(document.createElement('textarea'), { value: text, className: 'hidden' });
  (document.querySelector('dialog[open]') ?? document.body).append(box);
  box.select();
  const done = document.execCommand('copy');
  box.remove();
  focus?.focus();
  return done;
}

/** Says that it was copied, or shows the text where nothing lets it be copied. */
export async function copyText(text, said = t('done.copied')) {
  const done = await navigator.clipboard?.writeText(text).then(() => true, () => false) || copyBySelection(text);
  toast(done ? said : text);
}

export async function copyCustomerLink(id) {
  try {
    const { url } = await api.post(`/tickets/${id}/link`);
    await copyText(url, `${t('done.copied')}. ${t('ticket.customer_link_hint')}`);
  } catch (e) {
    toast(sentence(e), { bad: true });
  }
}
