//# allFunctionsCalledOnLoad
/* Small things all views are made of. */
import { html, cx, useEffect, useRef, useState, useId, signal } from '../html.js';
import { t, age, dateTime, initials } from '../i18n.js';
import { rec } from '../store.js';

/* Line icons on a 16-unit grid; decorative, so hidden from assistive technology. */

const ICON_PATHS = {
  home: 'M2.5 7.5 8 2.8l5.5 4.7v6h-4v-4h-3v4h-4z',
  inbox: 'M2 9.5 4 3h8l2 6.5V13H2zM2 9.5h3.5L6.5 11h3L10.5 9.5H14',
  person: 'M8 8a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM2.75 14c.4-2.7 2.5-4 5.25-4s4.85 1.3 5.25 4',
  people: 'M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5C1.8 11 3.6 10 6 10s4.2 1 4.5 3.5M10.5 3.2a2.5 2.5 0 0 1 0 4.6M12 10.3c1.5.4 2.3 1.5 2.5 3.2',
  unassigned: 'M8 8a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM2.75 14c.3-2.2 1.7-3.4 3.75-3.8M10.5 12h4',
  open: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z',
  all: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  archive: 'M2 3h12v3H2zM3 6v7h10V6M6.5 9h3',
  board: 'M2.5 2.5h3v11h-3zM6.5 2.5h3v7h-3zM10.5 2.5h3v9h-3z',
  company: 'M3 14V2.5h7V14M10 6.5h3V14M1.5 14h13M5.5 5.5h2M5.5 8h2M5.5 10.5h2',
  settings: 'M2 4.5h6M11 4.5h3M9.5 3v3M2 11.5h3M8 11.5h6M6.5 10v3',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  check: 'M3 8.5 6.5 12 13 4.5',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  down: 'M4 6l4 4 4-4',
  up: 'M4 10l4-4 4 4',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10',
  group: 'M2.5 3.5h3v3h-3zM2.5 9.5h3v3h-3zM8 5h5.5M8 11h5.5',
  download: 'M8 2.5v8M4.8 7.5 8 10.7l3.2-3.2M2.5 13.5h11',
  upload: 'M8 10.7v-8M4.8 5.7 8 2.5l3.2 3.2M2.5 13.5h11',
  clip: 'M12.5 7.5 7.7 12.3a2.8 2.8 0 0 1-4-4L8.9 3a1.9 1.9 0 0 1 2.7 2.7L6.4 10.9a.9.9 0 0 1-1.3-1.3L9.7 5',
  at: 'M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zm0 0v.8c0 1.9 3 1.7 3-.8a5.5 5.5 0 1 0-2.2 4.4',
  file: 'M4 2h5l3.5 3.5V14H4zM9 2v3.5h3.5',
  trash: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.5 9h6l.5-9',
  duplicate: 'M5.5 5.5h8v8h-8zM2.5 10.5v-8h8',
  tag: 'M2.5 2.5h5l6 6-5 5-6-6zM5 5h.01',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z',
  sort_up: 'M8 13V3M4.5 6.5 8 3l3.5 3.5',
  sort_down: 'M8 3v10M4.5 9.5 8 13l3.5-3.5',
  undo: 'M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6',
  next: 'M6 4l4 4-4 4',
  back: 'M13 8H3M7 4 3 8l4 4',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14',
  star: 'M8 2l1.8 3.8 4.2.5-3.1 2.9.8 4.1L8 11.2l-3.7 2.1.8-4.1L2 6.3l4.2-.5z',
  edit: 'M3 13l.6-2.8L10.8 3 13 5.2 5.8 12.4z',
  move: 'M2 8h11M9 4l4 4-4 4',
  link: 'M6.5 9.5l3-3M7 5l1.5-1.5a2.5 2.5 0 0 1 3.7 3.5L10.5 8.5M9 11l-1.5 1.5A2.5 2.5 0 0 1 3.8 9L5.5 7.5',
  fold: 'M2 8h4M14 8h-4M4 5.5 6.5 8 4 10.5M12 5.5 9.5 8l2.5 2.5',
  theme: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M8 5.5h5M8 8h6M8 10.5h5',
  out: 'M6.5 13.5H3v-11h3.5M7 8h7M11 5l3 3-3 3',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.3 6.2C6.5 5.2 7.2 4.8 8 4.8c1 0 1.7.6 1.7 1.5C9.7 7.5 8 7.6 8 9M8 11.2h.01',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  lang: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c2 2 2.5 4 2.5 6S10 12 8 14C6 12 5.5 10 5.5 8S6 4 8 2z',
  blocked: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM3.8 12.2l8.4-8.4',
  mail: 'M2 3.5h12v9H2zM2 4.5 8 9l6-4.5',
  phone: 'M3 2.5h3l1 3-1.5 1.5a8 8 0 0 0 3.5 3.5L10.5 9l3 1v3c-6 .8-11.3-4.5-10.5-10.5z',
  key: 'M10.5 8.5a3 3 0 1 0-2.8-2L2.5 11.7V13.5h2.5V12h1.5v-1.5H8l1-1',
  calendar: 'M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.5V8l2.5 1.5',
  kind: 'M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 11.5h4M11.5 9.5v4',
  off: 'M8 5.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1.5v2M3.4 3.4l1.2 1.2M12.6 3.4l-1.2 1.2M1.5 8.5h2M12.5 8.5h2M2.5 14h11',
  grip: 'M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01',
  form: 'M2.5 2.5h11v11h-11zM5 5.5h6M5 8h6M5 10.5h3',
  tools: 'M10 2.5a3.5 3.5 0 0 0-3.2 5L2.5 11.8l1.7 1.7 4.3-4.3a3.5 3.5 0 0 0 4.6-4.6L11 6.7 9.3 5l2.1-2.1a3.5 3.5 0 0 0-1.4-.4z',
  warn: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01',
};

/*
 * What has no state of its own, as an icon, may be called as a function where there are hundreds: the cards of a board.  A
 * component costs more than what it draws.
 */

/** times: so many of it in a row. */
export function Icon({ name, flip, times = 1 }) {
  return html`<svg class=${cx('icon', `icon-${name}`, times > 1 && `icon-${times}`, flip && 'icon-flip')} viewBox=${`0 0 ${16 * times} 16`} aria-hidden="true">
    ${times > 1 ? Array.from({ length: times }, (_, i) => html`<path key=${i} transform=${`translate(${16 * i} 0)`} d=${ICON_PATHS[name]} />`) : html`<path d=${ICON_PATHS[name]} />`}</svg>`;
}

/* The keys of a shortcut as they are written on the keyboard. */

const MOD_KEY = /Mac|iP(hone|ad)/.test(navigator.platform) ? '⌘' : 'Ctrl';
const KEY_NAMES = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Mod: MOD_KEY };

export const Keys = ({ keys }) => keys.map((k, i) => html`${i > 0 && ' / '}${k.split(' ').map((part) => html`<kbd dir="ltr">
  ${part.split('+').map((p, n, all) => KEY_NAMES[p] ?? (all.length > 1 ? p.toUpperCase() : p)).join(' ')}</kbd>`)}`);

/* Nothing here yet: a sentence and what to do; and grey shapes while something is on its way. */

export function Empty({ icon, title, text, children }) {
  return html`<div class="empty"><span class="empty-icon"><${Icon} name=${icon} /></span>
    <p class="empty-title">${title}</p>${text && html`<p class="muted">${text}</p>`}${children}</div>`;
}

export function Failed({ text, onRetry, children }) {
  return html`<${Empty} icon="warn" title=${text}>${children}
    <button type="button" class="btn" onClick=${onRetry}>${t('action.retry')}</button></${Empty}>`;
}

export function Skeleton({ rows = 6, kind = 'row' }) {
  return html`<div class=${`skeletons skeletons-${kind}`} role="status"><span class="hidden">${t('state.loading')}</span>
    ${Array.from({ length: rows }, (_, i) => html`<div key=${i} class="skeleton" aria-hidden="true"></div>`)}</div>`;
}

/* A person in a circle: initials (drawn by the style sheet, so that they are no text) on a colour of
   their own. */

/** label: what is said of it where the name does not stand beside it. */
export function Avatar({ id, name, small, label }) {
  return html`<span class=${cx('avatar', small && 'avatar-small', `hue-${(id ?? 0) % 12}`)} aria-hidden=${label ? undefined : 'true'} role=${label && 'img'}
    aria-label=${label} title=${label} data-initials=${initials(name)}></span>`;
}

/** Name with its circle; nothing but a dash for nobody. */
export function Person({ id, name, none }) {
  if (!name) return html`<span class="muted">${none}</span>`;
  return html`<span class="person"><${Avatar} id=${id} name=${name} small /><bdi>${name}</bdi></span>`;
}

/* A button that opens a menu in the top layer; arrows, Home, End, letters and Escape work as in any menu. */

function place(list, button) {
  const b = button.getBoundingClientRect();
  const rtl = getComputedStyle(button).direction === 'rtl';
  const width = list.offsetWidth, height = list.offsetHeight;
  const start = rtl ? innerWidth - b.right : b.left;
  const below = b.bottom + 4 + height <= innerHeight;
  list.style.setProperty('--menu-x', `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`);
  list.style.setProperty('--menu-y', `${Math.max(8, below ? b.bottom + 4 : b.top - height - 4)}px`);
}

/* The open menu; a closed one costs a button and no more, for a board has hundreds. */
function MenuList({ label, items, button, onClose }) {
  const list = useRef();
  const entries = () => [...list.current.querySelectorAll('[role^=menuitem]')];
  useEffect(() => {
    list.current.showPopover?.();
    place(list.current, button.current);
    (list.current.querySelector('[aria-checked=true]') ?? entries()[0])?.focus();
    const away = (e) => { if (!list.current?.contains(e.target) && !button.current.contains(e.target)) onClose(); };
    document.addEventListener('pointerdown', away);
    addEventListener('resize', onClose);
    return () => {
      document.removeEventListener('pointerdown', away);
      removeEventListener('resize', onClose);
    };
  }, []);
  const shut = () => {
    onClose();
    button.current?.focus();
  };
  const step = (e) => {
    const all = entries(), at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[e.key];
    if (to !== undefined) all.at(to % all.length)?.focus();
    else if (e.key === 'Escape') shut();
    else if (e.key === 'Tab') { onClose(); return; }
    else if (e.key.length === 1 && e.key !== ' ') {
      const found = [...all.slice(at + 1), ...all].find((x) => x.textContent.trim().toLocaleLowerCase().startsWith(e.key.toLocaleLowerCase()));
      found?.focus();
    } else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const choose = (item) => {
    if (!item.keep) shut();
    item.run();
  };
  return html`<div ref=${list} class="menu" role="menu" popover="manual" aria-label=${label} onKeyDown=${step}>
    ${items.filter(Boolean).map((item, i) => (item.line ? html`<div key=${i} role="separator" class="menu-line"></div>`
      : item.head ? html`<div key=${i} role="presentation" class="menu-head">${item.head}</div>`
      : html`<button type="button" key=${i} tabindex="-1" class=${cx('menu-item', item.danger && 'menu-danger')}
        role=${item.checked === undefined ? 'menuitem' : item.keep ? 'menuitemcheckbox' : 'menuitemradio'} aria-checked=${item.checked === undefined ? undefined : String(!!item.checked)}
        onClick=${() => choose(item)}>
        <span class="menu-mark">${item.checked ? html`<${Icon} name="check" />` : item.icon && html`<${Icon} name=${item.icon} />`}</span>
        <bdi>${item.label}</bdi>${item.hint && html`<span class="menu-hint">${item.hint}</span>`}</button>`))}</div>`;
}

/**
 * items: { label, run, icon, checked, danger, hint, line, head, keep }, or a function that makes them when the menu opens;
 * keep: a box to tick, the menu stays open.
 */
export function Menu({ label, items, children, className = 'btn btn-icon', icon, keys }) {
  const [open, setOpen] = useState(false);
  const button = useRef();
  return html`<span class="menu-wrap">
    <button type="button" ref=${button} class=${className} aria-haspopup="menu" aria-expanded=${open ? 'true' : 'false'}
      aria-label=${label} title=${children ? undefined : label} aria-keyshortcuts=${keys} onClick=${() => setOpen(!open)}>
      ${children ?? Icon({ name: icon ?? 'more' })}</button>
    ${open && html`<${MenuList} label=${label} items=${typeof items === 'function' ? items() : items} button=${button} onClose=${() => setOpen(false)} />`}</span>`;
}

/* The menu opened by one of many buttons that are no components, as on the cards of a board: { button, label, items }. */
const opened = signal(null);

/** Called as a function; the view that has such buttons shows OpenMenu.  items: makes them when the menu opens. */
export function MenuButton({ label, items, className, icon }) {
  const toggle = ({ currentTarget: button }) => { opened.value = opened.peek()?.button === button ? null : { button, label, items: items() }; };
  return html`<button type="button" class=${className} aria-haspopup="menu" aria-expanded="false" aria-label=${label} title=${label} onClick=${toggle}>
    ${icon && Icon({ name: icon })}</button>`;
}

export function OpenMenu() {
  const menu = opened.value;
  useEffect(() => {
    menu?.button.setAttribute('aria-expanded', 'true');
    return () => menu?.button.setAttribute('aria-expanded', 'false');
  }, [menu]);
  useEffect(() => () => { opened.value = null; }, []);
  return menu && html`<${MenuList} label=${menu.label} items=${menu.items} button=${{ current: menu.button }} onClose=${() => { opened.value = null; }} />`;
}

/* Tags as small coloured labels. */

export function Tags({ ids = [], most = 9 }) {
  const tags = ids.map((id) => rec('tag', id)).filter(Boolean);
  if (!tags.length) return null;
  return html`<span class="tags">${tags.slice(0, most).map((x) => html`<span key=${x.id} class=${`tag tag-hue hue-${x.color ?? 0}`}><bdi>${x.name}</bdi></span>`)}
    ${tags.length > most && html`<span class="muted">+${tags.length - most}</span>`}</span>`;
}

/* Priority as stars: shown, or chosen (radio buttons under the hood, so arrow keys work). */

export const PRIORITIES = ['0', '1', '2', '3'];
const PRIORITY_NAMES = { 0: 'priority.low', 1: 'priority.medium', 2: 'priority.high', 3: 'priority.urgent' };
export const priorityName = (p) => t(PRIORITY_NAMES[p] ?? PRIORITY_NAMES[0]);

const Star = ({ on }) => html`<span class=${on ? 'star star-on' : 'star'}><${Icon} name="star" /></span>`;

export function Stars({ value }) {
  const n = Number(value);
  if (!n) return html`<span class="hidden">${priorityName(value)}</span>`;
  return html`<span class=${`stars stars-${n}`} title=${priorityName(value)}>
    <span class="hidden">${t('ticket.priority')}: ${priorityName(value)}</span>
    <${Icon} name="star" times=${n} /></span>`;
}

export function PriorityPicker({ value, onChange, label }) {
  const id = useId();
  return html`<fieldset class="rate">
    <legend class="hidden">${label}</legend>
    ${PRIORITIES.map((p) => html`<label key=${p} class=${p === '0' ? 'rate-none' : 'rate-star'} title=${priorityName(p)}>
      <input type="radio" name=${id} value=${p} checked=${value === p} onChange=${() => onChange(p)} />
      ${p === '0' ? html`<span class="rate-dot"></span>` : html`<${Star} on=${Number(p) <= Number(value)} />`}
      <span class="hidden">${priorityName(p)}</span></label>`)}
    <span class="muted rate-name" aria-hidden="true">${priorityName(value)}</span>
  </fieldset>`;
}

/** Stars to click on a card (TKT-3): the present one again takes it away.  By keyboard: p on the card. */
export function StarButtons({ value, onChange }) {
  const n = Number(value);
  return html`<span class="stars star-buttons" role="group" aria-label=${`${t('ticket.priority')}: ${priorityName(value)}`}>
    ${[1, 2, 3].map((i) => html`<button type="button" key=${i} tabindex="-1" class=${i <= n ? 'star star-on' : 'star'} title=${priorityName(String(i))}
      aria-pressed=${i === n ? 'true' : 'false'} onClick=${() => onChange(i === n ? '0' : String(i))}></button>`)}</span>`;
}

/* An instant in few words.  The whole of it, as a tip, is made when the pointer comes: hundreds are drawn, few are asked. */

const tip = ({ currentTarget: time }) => { time.title = dateTime(time.dateTime); };

export const Time = ({ iso, say = age, className }) => html`<time class=${className} datetime=${iso} onPointerEnter=${tip}>${say(iso)}</time>`;

/* Kanban state: colour and shape, never colour alone; named by the legends of its stage where it has some. */

const STATE_NAMES = { normal: 'state.normal', done: 'state.done', blocked: 'state.blocked' };
const STATE_ICONS = { normal: 'open', done: 'check', blocked: 'blocked' };
export const STATES = Object.keys(STATE_NAMES);
export const stateName = (s, stage) => stage?.[`legend_${s}`] || t(STATE_NAMES[s] ?? STATE_NAMES.normal);

export function StateMark({ value, stage }) {
  if (!value || value === 'normal') return null;
  return html`<span class=${`mark mark-${value}`} title=${stateName(value, stage)}><${Icon} name=${STATE_ICONS[value]} />
    <span class="hidden">${stateName(value, stage)}</span></span>`;
}

const stateChoices = (value, stage, onChange) => () => STATES.map((s) => ({ label: stateName(s, stage), checked: s === value, run: () => onChange(s) }));

export function StatePicker({ value = 'normal', stage, onChange }) {
  return html`<${Menu} className="btn btn-quiet value" label=${`${t('ticket.state')}: ${stateName(value, stage)}`} items=${stateChoices(value, stage, onChange)}>
    <span class=${cx('mark', `mark-${value}`)}><${Icon} name=${STATE_ICONS[value]} /></span><bdi>${stateName(value, stage)}</bdi></${Menu}>`;
}

/** The dot on a card; the usual one is drawn by the style sheet. */
export function StateDot({ value = 'normal', stage, onChange }) {
  return MenuButton({ className: `mini state-dot mark-${value}`, label: `${t('ticket.state')}: ${stateName(value, stage)}`,
    items: stateChoices(value, stage, onChange), icon: value !== 'normal' && STATE_ICONS[value] });
}

/* What is to be done about a ticket, as a clock: its state by colour, mark and words (ACT-7). */

const ACTIVITY_WORDS = { none: 'activity.none', planned: 'activity.planned', today: 'activity.today', overdue: 'activity.overdue' };
const ACTIVITY_MARKS = { today: '•', overdue: '!' };

/** The ticket whose activities are shown in a dialog; null: none. */
export const clockOf = signal(null);

/** By the clock of this minute: a ticket that is read today may be overdue tomorrow. */
function activityState(ticket) {
  const reached = (time) => !!time && Date.parse(time) <= Date.now();
  if (!ticket.activity_due) return 'none';
  return reached(ticket.activity_late) ? 'overdue' : reached(ticket.activity_due) ? 'today' : 'planned';
}

export const activityName = (state) => t(ACTIVITY_WORDS[state]);

export function Clock({ ticket }) {
  const state = activityState(ticket);
  const label = `${t('activity.of', { ref: ticket.ticket_ref })}: ${activityName(state)}`;
  return html`<button type="button" class=${`mini clock clock-${state}`} aria-haspopup="dialog" aria-label=${label} title=${label}
    onClick=${() => { clockOf.value = ticket.id; }}>${Icon({ name: 'clock' })}${ACTIVITY_MARKS[state] && html`<span class="clock-mark" aria-hidden="true">${ACTIVITY_MARKS[state]}</span>`}</button>`;
}
