/* One of the twelve colours: radio buttons in a row, or a button that opens a menu of them. */
import { html, useId } from '../html.js';
import { t } from '../i18n.js';
import { Menu } from './menu.js';

const NAMES = ['colour.teal', 'colour.red', 'colour.orange', 'colour.yellow', 'colour.blue', 'colour.pink', 'colour.sky', 'colour.indigo',
  'colour.rose', 'colour.green', 'colour.violet', 'colour.mint'];
export const colourName = (n) => t(NAMES[n] ?? NAMES[0]);

export function ColourPicker({ value, label, onChange, disabled }) {
  const id = useId();
  return html`<fieldset class="field" disabled=${disabled}><legend class="label">${label}</legend><div class="colours">${NAMES.map((name, n) => html`
    <label key=${n} class=${`colour hue-${n}`} title=${t(name)}><input type="radio" name=${id} value=${n} checked=${(value ?? 0) === n} onChange=${() => onChange(n)} />
      <span class="swatch"></span><span class="hidden">${t(name)}</span></label>`)}</div></fieldset>`;
}

export function ColourMenu({ value, label, onChange }) {
  return html`<${Menu} className="btn btn-icon" label=${`${label}: ${colourName(value)}`}
    items=${NAMES.map((name, n) => ({ label: t(name), checked: (value ?? 0) === n, run: () => onChange(n) }))}>
    <span class=${`dot dot-large hue-${value ?? 0}`}></span></${Menu}>`;
}
