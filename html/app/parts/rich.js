/*
 * Text the server has made safe (body_html), shown without trusting it.  Two walls that need not know of each other:
 * DOMPurify parses it into a fragment of what is named here, and of that fragment only the same elements are made anew.
 * No markup of the text reaches the page, and DOMPurify's policy is the only one that may make HTML here at all.
 */
import DOMPurify from 'dompurify';
import { html } from '../html.js';

const TAGS = ['p', 'br', 'strong', 'em', 'del', 'a', 'code', 'pre', 'ul', 'ol', 'li', 'blockquote', 'h3', 'h4', 'h5', 'h6', 'hr',
  'table', 'thead', 'tbody', 'tr', 'th', 'td'];
const SAFE_LINK = /^(?:https?|mailto|tel):/i;
const PURE = { ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ['href', 'start'], ALLOWED_URI_REGEXP: SAFE_LINK, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true };

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
  return TAGS.includes(tag) ? html`<${tag} key=${key} ...${attributes(node, tag)}>${kids.length ? kids : null}</${tag}>` : kids;
}

export const Rich = ({ text }) => html`<div class="rich">${[...DOMPurify.sanitize(text, PURE).childNodes].map(copy)}</div>`;
