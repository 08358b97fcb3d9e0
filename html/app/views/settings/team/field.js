/* One field of the form: how it is asked, its texts in one language, its choices, when it is shown. */
import { html, useId } from '../../../html.js';
import { LANGUAGES, t, tIn } from '../../../i18n.js';
import { Field } from '../../../parts/form.js';
import { Icon } from '../../../parts/icon.js';
import { wordsFor, wordsIn, wordsWith } from '../../../words.js';
import { choicesOf, controlName, everyChoice, INPUTS, inputOf, isChoice, isYesNo, OPS } from './form-model.js';

const POSITIONS = { above: 'builder.above', beside: 'builder.beside', hidden: 'builder.label_hidden' };
const one = (map) => Object.entries(map).map(([value, label]) => ({ value, label: t(label) }));

/* A text in the language that is edited; what readers see without it stands in grey. */
function Words({ item, member, label, hint, world, errors, onChange, otherwise, area, required }) {
  const shown = wordsFor(item[member], world.of) || otherwise || '';
  return html`<${Field} f=${{ name: member, label: `${label} (${LANGUAGES[world.of]})`, hint, kind: area ? 'area' : undefined, rows: 2, placeholder: shown, required }} error=${errors[member]}
    value=${wordsIn(item[member], world.of)} set=${(v) => onChange({ [member]: wordsWith(item[member], world.of, v) })} />`;
}

function OwnOptions({ item, world, errors, onChange }) {
  const list = item.options ?? [];
  const write = (options) => onChange({ options: options.length || inputOf(item, { inputs: Object.keys(INPUTS) }) !== 'checkbox' ? options : undefined });
  const set = (i, text) => write(list.map((o, n) => (n === i ? { value: o.value ?? o, label: wordsWith(o.label ?? o, world.of, text) } : o)));
  const add = () => {
    const taken = new Set(list.map((o) => o.value ?? o));
    let n = list.length + 1;
    while (taken.has(`o${n}`)) n++;
    write([...list, { value: `o${n}`, label: { [world.of]: t('builder.option', { n }) } }]);
  };
  return html`<fieldset class="field options"><legend class="label">${t('builder.options')}</legend>
    ${list.map((o, i) => html`<div key=${o.value ?? o} class="option"><input class="input" dir="auto" aria-label=${t('builder.option', { n: i + 1 })} placeholder=${wordsFor(o.label ?? o, world.of)} value=${wordsIn(o.label ?? o, world.of)}
        aria-invalid=${errors[`options[${i}]`] ? 'true' : undefined} onInput=${(e) => set(i, e.target.value)} />
      <button type="button" class="btn btn-icon" disabled=${i === 0} aria-label=${t('stage.up', { name: wordsFor(o.label ?? o, world.of) })} onClick=${() => write(list.map((x, n) => (n === i - 1 ? o : n === i ? list[i - 1] : x)))}><${Icon} name="up" /></button>
      <button type="button" class="btn btn-icon" aria-label=${t('builder.remove', { name: wordsFor(o.label ?? o, world.of) })} onClick=${() => write(list.filter((_, n) => n !== i))}><${Icon} name="close" /></button>
      ${errors[`options[${i}]`] && html`<p class="bad">${errors[`options[${i}]`]}</p>`}</div>`)}
    ${errors.options && html`<p class="bad">${errors.options}</p>`}
    <button type="button" class="btn" onClick=${add}><${Icon} name="plus" /> ${t('builder.add_option')}</button></fieldset>`;
}

/* Which of a field's own choices are offered; all of them unless some are taken away. */
function Subset({ item, kind, world, errors, onChange }) {
  const every = everyChoice(kind, world.records, world.priorities);
  const chosen = item.options?.length ? item.options.map((o) => String(o.value ?? o)) : kind.choose ? [] : every.map((x) => x.value);
  const flip = (value, on) => {
    const next = every.map((x) => x.value).filter((v) => (v === value ? on : chosen.includes(v)));
    onChange({ options: !kind.choose && next.length === every.length ? undefined : next });
  };
  return html`<fieldset class="field options"><legend class="label">${t('builder.offered')}</legend>
    ${every.map((x) => html`<label key=${x.value} class="check"><input type="checkbox" checked=${chosen.includes(x.value)} onChange=${(e) => flip(x.value, e.target.checked)} /><bdi>${x.label}</bdi></label>`)}
    ${!every.length && html`<p class="hint">${t('builder.no_choices')}</p>`}${errors.options && html`<p class="bad">${errors.options}</p>`}</fieldset>`;
}

function Default({ item, kind, world, errors, onChange }) {
  const set = (v) => onChange({ default: v === '' || v === false || v?.length === 0 ? undefined : v });
  const base = { name: 'default', label: t('builder.default'), hint: item.visibility === 'hidden' ? t('builder.default_hidden') : undefined };
  if (isYesNo(item, kind)) return html`<${Field} f=${{ ...base, label: t('builder.default_yes'), kind: 'check' }} value=${!!item.default} error=${errors.default} set=${set} />`;
  if (isChoice(item, kind)) {
    const choices = choicesOf(item, kind, world.records, world.priorities, world.of);
    const value = Array.isArray(item.default) ? item.default[0] : item.default;
    return html`<${Field} f=${{ ...base, kind: 'select', options: [{ value: '', label: t('builder.none') }, ...choices] }} value=${value ?? ''} error=${errors.default} set=${set} />`;
  }
  return html`<${Field} f=${{ ...base, kind: { textarea: 'area', number: 'number', date: 'date', datetime: 'datetime-local' }[inputOf(item, kind)], rows: 2 }} value=${item.default ?? ''} error=${errors.default} set=${set} />`;
}

function Condition({ item, above, world, errors, name, onChange }) {
  const id = useId();
  const c = item.condition ?? {};
  const about = above.find((x) => controlName(x) === c.field);
  const set = (patch) => onChange({ condition: { ...c, ...patch } });
  const bare = ['set', 'not_set'].includes(c.op);
  const choices = about ? choicesOf(about, world.kindOf(about), world.records, world.priorities, world.of) : [];
  const bad = errors.condition ?? errors['condition.field'] ?? errors['condition.op'] ?? errors['condition.value'];
  return html`<fieldset class="field condition" aria-describedby=${bad ? id : undefined}><legend class="label">${t('builder.show_when')}</legend>
    <select class="input select" aria-label=${t('builder.when_field')} onChange=${(e) => set({ field: e.target.value, value: '' })}>${above.map((x) => html`<option key=${controlName(x)} value=${controlName(x)} selected=${controlName(x) === c.field}>${name(x)}</option>`)}</select>
    <select class="input select" aria-label=${t('builder.when_op')} onChange=${(e) => onChange({ condition: ['set', 'not_set'].includes(e.target.value) ? { field: c.field, op: e.target.value } : { ...c, op: e.target.value } })}>
      ${one(OPS).map((o) => html`<option key=${o.value} value=${o.value} selected=${o.value === c.op}>${o.label}</option>`)}</select>
    ${!bare && (choices.length && ['=', '!='].includes(c.op) ? html`<select class="input select" aria-label=${t('builder.when_value')} onChange=${(e) => set({ value: e.target.value })}><option value="">${t('builder.none')}</option>
        ${choices.map((o) => html`<option key=${o.value} value=${o.value} selected=${o.value === String(c.value ?? '')}>${o.label}</option>`)}</select>`
      : html`<input class="input" dir="auto" aria-label=${t('builder.when_value')} value=${c.value ?? ''} onInput=${(e) => set({ value: e.target.value })} />`)}
    ${bad && html`<p id=${id} class="bad">${bad}</p>`}</fieldset>`;
}

export function FieldEditor({ item, kind, errors, above, world, name, onChange }) {
  const input = inputOf(item, kind);
  const sees = item.visibility !== 'hidden';
  const ways = [['always', 'builder.always'], !kind.always && above.length && ['conditional', 'builder.conditional_long'], kind.hides && ['hidden', 'builder.hidden_long']].filter(Boolean);
  const setWay = (v) => onChange({ visibility: v === 'always' ? undefined : v, condition: v === 'conditional' ? item.condition ?? { field: controlName(above[0]), op: 'set' } : undefined });
  const setInput = (v) => onChange({ input: v, default: undefined, options: ['select', 'radio'].includes(v) && kind.own ? item.options ?? [] : kind.own ? undefined : item.options });
  const shared = { item, kind, world, errors, onChange };
  const show = (f, value, set) => html`<${Field} f=${f} value=${value} error=${errors[f.name]} set=${set} />`;
  return html`<div class="builder-body">${errors[''] && html`<p class="bad">${errors['']}</p>`}${errors.field && html`<p class="bad">${errors.field}</p>`}
    ${kind.inputs.length > 1 && show({ name: 'input', label: t('builder.input'), kind: 'select', options: kind.inputs.map((v) => ({ value: v, label: t(INPUTS[v]) })) }, input, setInput)}
    ${sees && html`<${Words} ...${shared} member="label" label=${t('builder.label')} otherwise=${kind.title ?? (kind.label ? tIn(world.of, kind.label) : '')} required=${kind.own} />
      <${Words} ...${shared} member="help" label=${t('builder.help')} area />
      ${!['select', 'radio', 'checkbox', 'date', 'datetime'].includes(input) && html`<${Words} ...${shared} member="placeholder" label=${t('builder.placeholder')} />`}
      ${show({ name: 'label_position', label: t('builder.position'), kind: 'select', options: one(POSITIONS) }, item.label_position ?? 'above', (v) => onChange({ label_position: v === 'above' ? undefined : v }))}`}
    ${kind.own && ['select', 'radio', 'checkbox'].includes(input) ? html`<${OwnOptions} ...${shared} />` : isChoice(item, kind) && html`<${Subset} ...${shared} />`}
    ${sees && !kind.always && show({ name: 'required', label: t('builder.must'), kind: 'check' }, !!item.required, (v) => onChange({ required: v || undefined }))}
    ${ways.length > 1 && show({ name: 'visibility', label: t('builder.when'), kind: 'select', options: ways.map(([value, label]) => ({ value, label: t(label) })) }, item.visibility ?? 'always', setWay)}
    ${item.visibility === 'conditional' && html`<${Condition} ...${shared} above=${above} name=${name} />`}
    <${Default} ...${shared} /></div>`;
}
