/* Tags as small coloured labels. */
import { html } from '../html.js';
import { rec } from '../store.js';

export function Tags({ ids = [], most = 9 }) {
  const tags = ids.map((id) => rec('tag', id)).filter(Boolean);
  if (!tags.length) return null;
  return html`<span class="tags">${tags.slice(0, most).map((x) => html`<span key=${x.id} class=${`tag tag-hue hue-${x.color ?? 0}`}><bdi>${x.name}</bdi></span>`)}
    ${tags.length > most && html`<span class="muted">+${tags.length - most}</span>`}</span>`;
}
