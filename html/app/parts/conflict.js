/* Somebody else saved first: each field with both values, and the choice. */
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Dialog } from './dialog.js';

/** rows: [{ name, label, mine, theirs }]; title and text when it is no ticket. */
export function Conflict({ rows, who, title, text, onSave, onClose }) {
  const [choice, setChoice] = useState(() => Object.fromEntries(rows.map((r) => [r.name, 'mine'])));
  const pick = (name, side) => setChoice({ ...choice, [name]: side });
  const side = (r, which, label) => html`<label class="choice"><input type="radio" name=${`conflict-${r.name}`} checked=${choice[r.name] === which}
    onChange=${() => pick(r.name, which)} /><span><strong>${label}</strong><span class="conflict-text" dir="auto">${r[which] || '—'}</span></span></label>`;
  return html`<${Dialog} wide title=${title ?? t('conflict.title')} onClose=${onClose}>
    <p>${text ?? (who ? t('conflict.by', { name: who }) : t('conflict.text'))}</p>
    ${rows.map((r) => html`<fieldset key=${r.name} class="field conflict"><legend class="label">${r.label}</legend>
      ${side(r, 'mine', t('conflict.mine'))}${side(r, 'theirs', t('conflict.theirs'))}</fieldset>`)}
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('conflict.edit_on')}</button>
      <button type="button" class="btn btn-primary" onClick=${() => onSave(choice)}>${t('conflict.save')}</button></div>
  </${Dialog}>`;
}
