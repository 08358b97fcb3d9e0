/* The builder of a team's form, with its preview. */
import { html, cx, useState, useEffect, href } from '../../../html.js';
import { t, tIn, wordsFor, lang, LANGUAGES, needLang } from '../../../i18n.js';
import { choicesOf, controlName, holds, inputOf, isChoice, isYesNo, kindOf, FIELD_NAMES, formProperties, freshName,
  INPUTS, USUAL, FieldEditor } from './field.js';
import { all, ensure } from '../../../store.js';
import { Icon, Menu, priorityName, PRIORITIES } from '../../../parts/basics.js';
import { Reorder } from '../edit.js';

/* The form as visitors will see it, with what is not saved yet; conditions work, nothing is sent. */

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

/* The form builder: the fields of the public form on one side, the form itself on the other (CHN-14). */

/* Rows keep their identity while they move and are typed into. */
let serial = 0;
const keys = new WeakMap();
const keyOf = (item) => {
  if (!keys.has(item)) keys.set(item, `f${++serial}`);
  return keys.get(item);
};
const replaced = (old, next) => { keys.set(next, keyOf(old)); return next; };

export const titleOf = (item, kind, l) => wordsFor(item.label, l) || kind.title || (kind.label ? t(kind.label) : t('builder.untitled'));

function addMenu(items, properties, add) {
  const have = new Set(items.map((x) => x.field));
  const known = FIELD_NAMES.filter((f) => !have.has(f)).map((field) => ({ label: t(kindOf({ field }, properties).label), icon: 'form', run: () => add(field === 'tag_ids' ? { field, options: [] } : { field }) }));
  const extra = formProperties(properties).filter((p) => !have.has(`properties.${p.name}`))
    .map((p) => ({ label: p.label || p.name, icon: 'tag', run: () => add({ field: `properties.${p.name}` }) }));
  const own = Object.entries(INPUTS).map(([input, label]) => ({ label: t(label), icon: 'plus', run: () => add({ field: 'text', name: freshName(items), input, ...(['select', 'radio'].includes(input) ? { options: [] } : {}) }) }));
  return [...known, extra.length && { head: t('team.part_properties') }, ...extra, { head: t('builder.own') }, ...own].filter(Boolean);
}

export function Builder({ ed }) {
  const [of, setOf] = useState(lang.peek());            /* the language whose texts are edited */
  const [open, setOpen] = useState(null);
  useEffect(() => { needLang(of).catch(() => {}); }, [of]);
  useEffect(() => { Promise.all(['ticket_type', 'tag'].map(ensure)).catch(() => {}); }, []);
  useEffect(() => {
    const wrong = Object.keys(ed.errors).map((k) => /^form_fields\[(\d+)\]/.exec(k)).find(Boolean);
    if (wrong && items[wrong[1]]) setOpen(keyOf(items[wrong[1]]));
  }, [ed.errors]);
  const custom = Array.isArray(ed.value.form_fields);
  const items = custom ? ed.value.form_fields : USUAL;
  const properties = ed.value.ticket_properties ?? [];
  const records = { ticket_type: all('ticket_type').filter((x) => x.active !== false), tag: all('tag').filter((x) => x.active !== false) };
  const world = { properties, records, kindOf: (x) => kindOf(x, properties), priorities: PRIORITIES.map(priorityName), of };
  const write = (list) => ed.set('form_fields', list);
  const change = (i, patch) => {
    const next = { ...items[i], ...patch };
    for (const [k, v] of Object.entries(patch)) if (v === undefined) delete next[k];
    write(items.map((x, n) => (n === i ? replaced(x, next) : x)));
  };
  const move = (from, to) => {
    const next = [...items];
    next.splice(to, 0, ...next.splice(from, 1));
    write(next);
  };
  const add = (item) => { write([...items, item]); setOpen(keyOf(item)); };
  const remove = (i) => write(items.filter((_, n) => n !== i));
  const name = (item) => titleOf(item, kindOf(item, properties), of);
  const errorsOf = (i) => Object.fromEntries(Object.entries(ed.errors).filter(([k]) => k === `form_fields[${i}]` || k.startsWith(`form_fields[${i}].`))
    .map(([k, v]) => [k.slice(`form_fields[${i}]`.length + 1), v]));
  const row = (item, i) => {
    const kind = kindOf(item, properties), key = keyOf(item), shown = open === key, errors = errorsOf(i);
    const marks = [t(INPUTS[inputOf(item, kind)]), (kind.always || item.required) && t('builder.required'), item.visibility === 'hidden' && t('builder.hidden'),
      item.visibility === 'conditional' && t('builder.conditional'), kind.gone && t('builder.gone')].filter(Boolean);
    return html`<div class="builder-item"><div class="builder-head">
        <button type="button" class="btn-cell builder-title" aria-expanded=${shown ? 'true' : 'false'} onClick=${() => setOpen(shown ? null : key)}>
          <bdi>${name(item)}</bdi><span class="muted">${marks.join(' · ')}</span></button>
        ${Object.keys(errors).length > 0 && html`<span class="tag tag-warn">${t('edit.has_errors')}</span>`}
        <button type="button" class="btn btn-icon" disabled=${kind.always} aria-label=${t('builder.remove', { name: name(item) })} title=${kind.always ? t('builder.always_there') : t('builder.remove', { name: name(item) })}
          onClick=${() => remove(i)}><${Icon} name="close" /></button></div>
      ${shown && html`<${FieldEditor} item=${item} kind=${kind} errors=${errors} above=${items.slice(0, i).filter((x) => controlName(x) !== 'text.')} world=${world} name=${name} onChange=${(patch) => change(i, patch)} />`}</div>`;
  };
  return html`<div class="builder"><section class="builder-edit" aria-label=${t('builder.fields')}>
      <div class="builder-tools"><label class="builder-lang"><span class="label">${t('builder.language')}</span>
          <select class="input select" value=${of} onChange=${(e) => setOf(e.target.value)}>${Object.entries(LANGUAGES).map(([code, label]) => html`<option key=${code} value=${code} selected=${code === of}>${label}</option>`)}</select></label>
        <${Menu} className="btn btn-primary" label=${t('builder.add')} items=${addMenu(items, properties, add)}><${Icon} name="plus" /> ${t('builder.add')}</${Menu}></div>
      ${!(ed.value.use_website_helpdesk_form && ed.value.website_published) && html`<p class="note">${t('team.not_published')} <a href=${href(`/settings/teams/${ed.base.id}`, { part: 'channels' })}>${t('team.part_channels')}</a></p>`}
      ${!custom && html`<p class="note">${t('builder.usual')}</p>`}
      <${Reorder} items=${items} keyOf=${keyOf} nameOf=${name} onMove=${move} label=${t('builder.fields')}>${row}</${Reorder}>
      ${custom && html`<p><button type="button" class="btn" onClick=${() => { write(null); setOpen(null); }}><${Icon} name="undo" /> ${t('builder.back_to_usual')}</button></p>`}</section>
    <${Preview} team=${ed.value} items=${items} world=${world} published=${ed.base?.website_published && ed.base?.use_website_helpdesk_form ? ed.base.slug : ''} /></div>`;
}
