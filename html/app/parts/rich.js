/*
 * Text the server has made safe (body_html), shown without trusting it: it is read into a document that is never shown,
 * and only the elements named here are made anew.  No markup of the text reaches the page.
 */
import { html } from '../html.js';

const TAGS = new Set(['p', 'br', 'strong', 'em', 'del', 'a', 'code', 'pre', 'ul', 'ol', 'li', 'blockquote', 'h3', 'h4', 'h5', 'h6', 'hr',
  'table', 'thead', 'tbody', 'tr', 'th', 'td']);
const SAFE_LINK = /^(?:https?|mailto|tel):/i;
const parsing = globalThis.trustedTypes?.createPolicy('app', { createHTML: (text) => text });

function attributes(element, tag) {
  const at = {};
  if (tag === 'a' && SAFE_LINK.test(element.getAttribute('href') ?? '')) {
    Object.assign(at, { href: element.getAttribute('href'), rel: 'noopener noreferrer nofollow', target: '_blank' });
  }
  if (tag === 'ol' && /^\d{1,9}$/.test(element.getAttribute('start') ?? '')) at.start = Number(element.getAttribute('start'));
  if (tag === 'p' || tag === 'li' || tag.startsWith('h')) at.dir = 'auto';
  return at;
}

function copy(node, key) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE) return null;
  const tag = node.localName, kids = [...node.childNodes].map(copy);
  return TAGS.has(tag) ? html`<${tag} key=${key} ...${attributes(node, tag)}>${kids.length ? kids : null}</${tag}>` : kids;
}

export function Rich({ text }) {
  const made = new DOMParser().parseFromString(parsing ? parsing.createHTML(text) : text, 'text/html');
  return html`<div class="rich">${[...made.body.childNodes].map(copy)}</div>`;
}
