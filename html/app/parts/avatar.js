/* A person in a circle: initials (drawn by the style sheet, so that they are no text) on a colour of
   their own. */
import { html, cx } from '../html.js';
import { initials } from '../format.js';

export function Avatar({ id, name, small }) {
  return html`<span class=${cx('avatar', small && 'avatar-small', `hue-${(id ?? 0) % 12}`)} aria-hidden="true" data-initials=${initials(name)}></span>`;
}

/** Name with its circle; nothing but a dash for nobody. */
export function Person({ id, name, none }) {
  if (!name) return html`<span class="muted">${none}</span>`;
  return html`<span class="person"><${Avatar} id=${id} name=${name} small /><bdi>${name}</bdi></span>`;
}
