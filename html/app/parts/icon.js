/* Line icons on a 16-unit grid; decorative, so hidden from assistive technology. */
import { html, cx } from '../html.js';

const PATHS = {
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
  warn: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01',
};

export function Icon({ name, flip }) {
  return html`<svg class=${cx('icon', `icon-${name}`, flip && 'icon-flip')} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} /></svg>`;
}
