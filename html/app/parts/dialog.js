//# allFunctionsCalledOnLoad
/* What lies over a view: messages, dialogs, and parts read when they are first shown. */
import { html, signal, cx, useEffect, useRef, useId, lazy } from '../html.js';
import { t, sentence } from '../i18n.js';
import { Icon } from './basics.js';
import { api } from '../api.js';

/*
 * Short messages at the edge of the window, some with "Undo"; also said aloud.  What lies behind an open dialog is neither
 * seen, reached nor read out, so they show in the topmost one.
 */

const LIFE = 8000;
const MOST = 3;
const shown = signal([]);
let serial = 0;

const layers = signal([]);

/** For a dialog, while it is open. */
export function useLayer(id) {
  useEffect(() => {
    layers.value = [...layers.peek(), id];
    return () => { layers.value = layers.peek().filter((x) => x !== id); };
  }, []);
}

export function say(text, urgent = false) {
  const top = layers.peek().at(-1);
  const region = document.getElementById(`${top ? `${top}-` : ''}${urgent ? 'alert' : 'say'}`);
  if (region) region.textContent = text;
}

const close = (id) => { shown.value = shown.peek().filter((x) => x.id !== id); };

/* What can be taken back, the newest last; it outlives its message. */
const UNDOS = 20;
let undos = [];

async function takeBack(x) {
  undos = undos.filter((u) => u !== x);
  close(x.id);
  if (await x.undo() !== false) toast(t('done.undone', { what: x.text }));
}

/**
 * undo: a function, offered as "Undo"; it answers, or resolves to, false when it has said itself why nothing was taken
 * back.  action: { label, run }, offered under its own name.
 */
export function toast(text, { undo, bad, action } = {}) {
  const x = { id: ++serial, text, undo, bad, action };
  shown.value = [...shown.peek(), x].slice(-MOST);
  if (undo) undos = [...undos, x].slice(-UNDOS);
  say(text, bad);
  if (!(bad && action)) setTimeout(() => close(x.id), undo || action ? LIFE * 1.5 : LIFE);         /* what was not saved waits for an answer */
}

/** Takes back the newest change that can be; false when there is none. */
export function undoLast() {
  const last = undos.at(-1);
  if (!last) return false;
  takeBack(last);
  return true;
}

/** When the person leaves: what one did is not another's to take back. */
export const forgetUndos = () => { undos = []; };

/** layer: the dialog it stands in; none: the page. */
export function Toasts({ layer }) {
  if (layers.value.at(-1) !== layer) return null;
  return html`<section class="toasts" aria-label=${t('toast.region')}>${shown.value.map((x) => html`
    <div key=${x.id} class=${cx('toast', x.bad && 'toast-bad')}>
      <span class="toast-text">${x.text}</span>
      ${x.undo && html`<button type="button" class="btn btn-link" aria-keyshortcuts="z"
        onClick=${() => takeBack(x)}>${t('action.undo')}</button>`}
      ${x.action && html`<button type="button" class="btn btn-link" onClick=${() => { close(x.id); x.action.run(); }}>${x.action.label}</button>`}
      <button type="button" class="btn btn-icon" aria-label=${t('action.close')} onClick=${() => close(x.id)}>
        <${Icon} name="close" /></button>
    </div>`)}</section>`;
}

/* A native modal dialog with a heading; gives the focus back to whatever opened it. */

/** bare: without a heading on the screen, for a dialog that begins with its field. */
export function Dialog({ title, onClose, wide, children, locked, bare, className }) {
  const ref = useRef();
  const id = useId();
  useLayer(id);
  useEffect(() => {
    const opener = document.activeElement;
    const dialog = ref.current;
    dialog.showModal();
    dialog.querySelector('[autofocus]')?.focus();
    return () => {
      dialog.close();
      if (opener?.isConnected) opener.focus();
    };
  }, []);
  const cancel = (e) => {
    if (e.target !== ref.current) return;
    e.preventDefault();
    if (!locked) onClose();
  };
  const outside = (e) => { if (e.target === ref.current && !locked && e.detail !== 0 && ref.current.dataset.press === '1') onClose(); };
  const press = (e) => { e.currentTarget.dataset.press = e.target === e.currentTarget ? '1' : '0'; };   /* the dialog may be gone by now */
  return html`<dialog ref=${ref} class=${cx('dialog', wide && 'dialog-wide', className)} aria-labelledby=${bare ? undefined : id} aria-label=${bare ? title : undefined}
      onCancel=${cancel} onMouseDown=${press} onClick=${outside}>
    ${bare ? children : html`<div class="dialog-box">
      <header class="dialog-head"><h2 id=${id}>${title}</h2>
        ${!locked && html`<button type="button" class="btn btn-icon" aria-label=${t('action.close')} onClick=${onClose}>
          <${Icon} name="close" /></button>`}
      </header>
      ${children}
    </div>`}<div id=${`${id}-say`} class="hidden" role="status"></div><div id=${`${id}-alert`} class="hidden" role="alert"></div>
    <${Toasts} layer=${id} /></dialog>`;
}

/** A question with one way forward and one back. */
export function Confirm({ title, text, action, onYes, onClose, danger }) {
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <p>${text}</p>
    <div class="buttons"><button type="button" class="btn" onClick=${onClose}>${t('action.cancel')}</button>
      <button type="button" class=${danger ? 'btn btn-danger' : 'btn btn-primary'} autofocus onClick=${onYes}>${action}</button></div>
  </${Dialog}>`;
}

/* Parts that are read when they are first shown, and the dialogs any view may open. */

/** What was asked for did not come. */
export const unread = () => toast(sentence({ code: 'offline' }), { bad: true });
/** A named part of a module, read at its first use; typed: see lazy. */
export const later = (load, name, typed) => lazy(() => load().then((m) => m[name]), unread, typed);

export const newTicket = signal(null);      /* { team_id, stage_id } while the dialog is open */
export const asking = signal(null);         /* { done } while the dialog that asks to sign in again waits */
let answerOf = null;

/** One dialog, however many requests were refused; true once the same person is signed in again. */
export function askSignIn() {
  answerOf ??= new Promise((done) => {
    asking.value = { done: (ok) => { asking.value = null; answerOf = null; done(ok); } };
  });
  return answerOf;
}

/* Copying: a text, or the address at which the customer reads the ticket without signing in, which is asked for first. */

/* Browsers have no clipboard on plain http; the old way still works there. */
function copyBySelection(text) {
  const focus = document.activeElement;
  const box = Object.assign(document.createElement('textarea'), { value: text, className: 'hidden' });
  (document.querySelector('dialog[open]') ?? document.body).append(box);
  box.select();
  const done = document.execCommand('copy');
  box.remove();
  focus?.focus();
  return done;
}

/** Says that it was copied, or shows the text where nothing lets it be copied. */
export async function copyText(text, said = t('done.copied')) {
  const done = await navigator.clipboard?.writeText(text).then(() => true, () => false) || copyBySelection(text);
  toast(done ? said : text);
}

export async function copyCustomerLink(id) {
  try {
    const { url } = await api.post(`/tickets/${id}/link`);
    await copyText(url, `${t('done.copied')}. ${t('ticket.customer_link_hint')}`);
  } catch (e) {
    toast(sentence(e), { bad: true });
  }
}
