/* The heading of a group in the list: a button that opens it. */
import { html } from '../html.js';
import { number, t } from '../i18n.js';
import { Icon } from './icon.js';

export function GroupRow({ label, count, open, span, index, onToggle }) {
  return html`<tr class="row row-group" aria-rowindex=${index}><th colspan=${span} scope="rowgroup">
    <button type="button" class="group-button" aria-expanded=${open ? 'true' : 'false'} onClick=${onToggle}>
      <${Icon} name=${open ? 'down' : 'next'} flip=${!open} /><bdi>${label}</bdi>
      <span class="column-count" aria-hidden="true">${number(count)}</span><span class="hidden">${t('board.count', { n: count })}</span></button></th></tr>`;
}
