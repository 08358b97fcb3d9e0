/* Several choices: each a chip with a button to take it away, and a field to add one. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';
import { Avatar } from './avatar.js';
import { Combobox } from './combobox.js';

/** items: [{ id, label, hue }]; search and onCreate as in Combobox. */
export function Chips({ items, label, search, onAdd, onRemove, onCreate, plain, id, placeholder }) {
  const have = new Set(items.map((x) => x.id));
  const others = async (words) => (await search(words)).filter((o) => !have.has(o.id));
  return html`<div class="chips">
    ${items.length > 0 && html`<ul class="chip-list">${items.map((x) => html`<li key=${x.id} class=${x.hue === undefined ? 'chip' : `chip tag-hue hue-${x.hue}`}>
      ${!plain && html`<${Avatar} id=${x.id} name=${x.label} small />`}<bdi>${x.label}</bdi>
      <button type="button" class="chip-x" aria-label=${t('chips.remove', { name: x.label })} onClick=${() => onRemove(x)}>
        <${Icon} name="close" /></button></li>`)}</ul>`}
    <${Combobox} id=${id} label=${label} search=${others} onChoose=${(o) => o && onAdd(o)} placeholder=${placeholder ?? t('chips.add')} onCreate=${onCreate} clearAfter />
  </div>`;
}
