/* A whole number in a field of its own; null while it is empty. */
import { html, useId } from '../html.js';

export function NumberField({ name, label, hint, value, min, max, step = 1, error, onChange, required }) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-bad`].filter(Boolean).join(' ') || undefined;
  return html`<div class="field field-number"><label class="label" for=${id}>${label}</label>
    <input id=${id} name=${name} class="input" type="number" inputmode=${step === 1 ? 'numeric' : 'decimal'} min=${min} max=${max} step=${step} value=${value ?? ''} required=${required} aria-invalid=${error ? 'true' : undefined}
      aria-describedby=${described} onInput=${(e) => onChange(e.target.value === '' || !Number.isFinite(e.target.valueAsNumber) ? null : e.target.valueAsNumber)} />
    ${hint && html`<p id=${`${id}-hint`} class="hint">${hint}</p>`}${error && html`<p id=${`${id}-bad`} class="bad">${error}</p>`}</div>`;
}
