/* What happened to a ticket, newest first (GET /tickets/{id}/history). */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Dialog } from '../parts/dialog.js';
import { Events } from './events.js';

export function History({ id, onClose }) {
  return html`<${Dialog} wide title=${t('history.title')} onClose=${onClose}>
    <${Events} path=${`/tickets/${id}/history`} caption=${t('history.title')} />
    <div class="buttons"><button type="button" class="btn btn-primary" autofocus onClick=${onClose}>${t('action.close')}</button></div></${Dialog}>`;
}
