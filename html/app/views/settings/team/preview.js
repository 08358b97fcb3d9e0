/* The form as visitors will see it, with what is not saved yet; conditions work, nothing is sent. */
import { html, cx, useState } from '../../../html.js';
import { t, tIn } from '../../../i18n.js';
import { wordsFor } from '../../../words.js';
import { choicesOf, controlName, holds, inputOf, isChoice, isYesNo, kindOf } from './form-model.js';

const DIRECTION = { fa: 'rtl' };

function Control({ item, kind, id, world, value, set }) {
  const input = inputOf(item, kind), hint = wordsFor(item.placeholder, world.of) || undefined;
  const base = { id, class: 'input', dir: 'auto' };
  if (isYesNo(item, kind)) return null;
  if (isChoice(item, kind)) {
    const choices = choicesOf(item, kind, world.records, world.priorities, world.of);
    const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
    if (input === 'select') return html`<select ...${base} class="input select" onChange=${(e) => set(e.target.value)}><option value=""></option>${choices.map((o) => html`<option key=${o.value} value=${o.value} selected=${list.includes(o.value)}>${o.label}</option>`)}</select>`;
    return html`<div class="preview-choices">${choices.map((o) => html`<label key=${o.value} class="check"><input type=${input} name=${id} checked=${list.includes(o.value)}
      onChange=${(e) => set(input === 'radio' ? o.value : e.target.checked ? [...list, o.value] : list.filter((v) => v !== o.value))} /><bdi>${o.label}</bdi></label>`)}</div>`;
  }
  if (input === 'textarea') return html`<textarea ...${base} class="input area" rows="4" placeholder=${hint} value=${value ?? ''} onInput=${(e) => set(e.target.value)}></textarea>`;
  return html`<input ...${base} type=${input === 'datetime' ? 'datetime-local' : input} placeholder=${hint} value=${value ?? ''} onInput=${(e) => set(e.target.value)} />`;
}

export function Preview({ team, items, world, published }) {
  const [typed, setTyped] = useState({});
  const values = { ...Object.fromEntries(items.filter((x) => x.default !== undefined).map((x) => [controlName(x), x.default])), ...typed };
  const say = (key) => tIn(world.of, key);
  const shown = items.filter((x) => x.visibility !== 'hidden' && (x.visibility !== 'conditional' || holds(x.condition, values)));
  const row = (item, i) => {
    const kind = kindOf(item, world.properties), id = `preview-${i}`, name = controlName(item);
    const label = wordsFor(item.label, world.of) || kind.title || (kind.label ? say(kind.label) : '');
    const set = (v) => setTyped((old) => ({ ...old, [name]: v }));
    const needed = kind.always || item.required;
    const words = html`<bdi>${label}</bdi>${!needed && html` <span class="muted">${say('form.optional')}</span>`}`;
    const help = wordsFor(item.help, world.of) || (item.field === 'partner_email' ? say('form.email_hint') : item.field === 'description' && !item.label ? say('form.question_hint') : '');
    if (isYesNo(item, kind)) return html`<div key=${name} class="preview-field"><label class="check"><input type="checkbox" checked=${!!values[name]} onChange=${(e) => set(e.target.checked)} /><span>${words}</span></label>${help && html`<p class="hint">${help}</p>`}</div>`;
    const group = isChoice(item, kind) && inputOf(item, kind) !== 'select';
    const heading = html`<span class=${cx('label', item.label_position === 'hidden' && 'hidden')}>${words}</span>`;
    const inside = html`${help && html`<p class="hint">${help}</p>`}<${Control} item=${item} kind=${kind} id=${id} world=${world} value=${values[name]} set=${set} />`;
    const place = cx('preview-field', item.label_position === 'beside' && 'preview-beside');
    return group ? html`<fieldset key=${name} class=${place}><legend>${heading}</legend>${inside}</fieldset>`
      : html`<div key=${name} class=${place}><label for=${id}>${heading}</label><div class="preview-control">${inside}</div></div>`;
  };
  return html`<section class="builder-preview" aria-label=${t('builder.preview')}><header class="builder-preview-head"><h2>${t('builder.preview')}</h2>
      ${published && html`<a class="btn" href=${`/support/${published}?lang=${world.of}`} target="_blank" rel="noopener">${t('team.go_website')}</a>`}</header>
    <p class="hint">${t('builder.preview_text')}</p>
    <div class="preview" lang=${world.of} dir=${DIRECTION[world.of] ?? 'ltr'}><h3 class="preview-title"><bdi>${team.name}</bdi></h3>${team.description && html`<p class="preview-lead" dir="auto">${team.description}</p>`}
      ${shown.map(row)}<span class="preview-send">${say('form.send')}</span></div></section>`;
}
