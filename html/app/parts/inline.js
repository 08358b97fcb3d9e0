/* A name that is changed where it stands: Enter or leaving the field keeps it, Escape takes it back. */
import { html, useEffect, useId, useState } from '../html.js';

/** onSave(text) resolves to a sentence when it was refused, to nothing when it was kept. */
export function InlineName({ value, label, onSave, max = 120, disabled }) {
  const [text, setText] = useState(value);
  const [bad, setBad] = useState('');
  const id = useId();
  useEffect(() => { setText(value); setBad(''); }, [value]);
  const keep = async () => {
    const name = text.trim();
    if (name === value) { setText(value); setBad(''); return; }
    setBad(await onSave(name) ?? '');
  };
  const key = (e) => {
    if (e.key === 'Enter' && !e.isComposing) { e.preventDefault(); keep(); }
    if (e.key === 'Escape') { e.stopPropagation(); setText(value); setBad(''); }
  };
  if (disabled) return html`<span class="inline-still" dir="auto">${value}</span>`;
  return html`<span class="inline"><input class="input inline-name" dir="auto" maxlength=${max} aria-label=${label} value=${text} aria-invalid=${bad ? 'true' : undefined}
    aria-describedby=${bad ? id : undefined} onInput=${(e) => setText(e.target.value)} onKeyDown=${key} onBlur=${keep} />
    ${bad && html`<span id=${id} class="bad" role="alert">${bad}</span>`}</span>`;
}

/** A field with a button that adds what was typed. */
export function InlineAdd({ label, action, onAdd, max = 120 }) {
  const [text, setText] = useState('');
  const [bad, setBad] = useState('');
  const id = useId();
  const send = async (e) => {
    e.preventDefault();
    if (!text.trim()) return;
    const refused = await onAdd(text.trim());
    setBad(refused ?? '');
    if (!refused) setText('');
  };
  return html`<form class="inline-add" onSubmit=${send}><input class="input" dir="auto" maxlength=${max} aria-label=${label} placeholder=${label} value=${text}
    aria-invalid=${bad ? 'true' : undefined} aria-describedby=${bad ? id : undefined} onInput=${(e) => setText(e.target.value)} />
    <button type="submit" class="btn btn-primary">${action}</button>${bad && html`<p id=${id} class="bad" role="alert">${bad}</p>`}</form>`;
}
