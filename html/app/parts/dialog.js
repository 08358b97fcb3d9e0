/* A native modal dialog with a heading; gives the focus back to whatever opened it. */
import { html, useEffect, useRef, useId, cx } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';
import { Toasts, useLayer } from './toast.js';

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
