/* Portal access of a contact: invited, open, revoked; and what an agent does about it. */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { dateTime } from '../format.js';
import { explain, sentence } from '../errors.js';
import { toast } from '../parts/toast.js';
import { Icon } from '../parts/icon.js';
import { Confirm } from '../parts/dialog.js';

function tell(p) {
  const args = { date: dateTime(p.invited), until: dateTime(p.expires), login: p.login };
  switch (p.state) {
    case 'invited': return t('contact.portal_invited', args);
    case 'expired': return t('contact.portal_expired');
    case 'active': return t('contact.portal_active', args);
    case 'revoked': return t('contact.portal_revoked');
    case 'internal': return t('contact.portal_internal');
    default: return t('contact.portal_none');
  }
}

export function PortalAccess({ contact }) {
  const path = `/contacts/${contact.id}/portal`;
  const [access, setAccess] = useState(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  useEffect(() => { api.get(path).then(setAccess, (e) => setProblem(sentence(e))); }, [path]);
  const act = async (ask, done) => {
    setAsking(false);
    setBusy(true);
    setProblem('');
    try {
      setAccess(await ask());
      toast(done);
    } catch (e) {
      setProblem(e.fields?.some((f) => f.field === 'email' && f.code !== 'taken') ? t('field.email') : explain(e));
    }
    setBusy(false);
  };
  const invite = () => act(() => api.post(path), t('done.invited'));
  const revoke = () => act(() => api.delete(path), t('done.revoked'));
  const state = access?.state;
  return html`<section class="after-form" aria-labelledby="portal-access"><h3 id="portal-access">${t('contact.portal')}</h3>
    ${access && html`<p role="status">${tell(access)}</p>`}
    ${problem && html`<p class="bad" role="alert">${problem}</p>`}
    <div class="buttons buttons-start">
      ${['none', 'revoked'].includes(state) && html`<button type="button" class="btn" disabled=${busy} onClick=${invite}><${Icon} name="people" /> ${t('contact.invite')}</button>`}
      ${['invited', 'expired'].includes(state) && html`<button type="button" class="btn" disabled=${busy} onClick=${invite}>${t('contact.invite_again')}</button>`}
      ${['invited', 'expired', 'active'].includes(state) && html`<button type="button" class="btn btn-danger" disabled=${busy} onClick=${() => setAsking(true)}>${t('contact.revoke')}</button>`}
    </div>
    ${asking && html`<${Confirm} danger title=${t('contact.revoke')} text=${t('contact.revoke_ask')} action=${t('contact.revoke')} onYes=${revoke} onClose=${() => setAsking(false)} />`}
  </section>`;
}
