/* The stages of a pipeline in order; the present one is marked, each is a button that moves the ticket. */
import { html, cx } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';

export function Stepper({ stages, value, onChange }) {
  const at = stages.findIndex((s) => s.id === value);
  return html`<ol class="steps" aria-label=${t('ticket.stage')}>${stages.map((s, i) => html`
    <li key=${s.id} class=${cx('step', i < at && 'step-past', i === at && 'step-now')}>
      <button type="button" class="step-button" aria-current=${i === at ? 'step' : undefined} onClick=${() => i !== at && onChange(s.id)}>
        ${s.fold && html`<${Icon} name="check" />`}<bdi>${s.name}</bdi>
        ${s.fold && html`<span class="hidden">(${t('stage.closing')})</span>`}</button></li>`)}</ol>`;
}
