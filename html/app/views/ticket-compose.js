/* Where a message or a note is written; what is typed is kept on the server until it is sent. */
import { html, useEffect, useRef, useState, cx } from '../html.js';
import { t } from '../i18n.js';
import { typing } from '../presence.js';
import { api } from '../api.js';
import { isStaff, people } from '../store.js';
import { useKeys } from '../keys.js';
import { explain } from '../errors.js';
import { toast } from '../parts/toast.js';
import { Icon } from '../parts/icon.js';
import { Menu } from '../parts/menu.js';

const REST = 1200;      /* milliseconds without a key until what is typed is kept */
const EMPTY = { body: '', mention_ids: [], notify_customer: false };

/** The draft of one kind: what is typed, and where it is kept. */
function useDraft(id, kind) {
  const [value, setValue] = useState(EMPTY);
  const [kept, setKept] = useState(false);
  const now = useRef(EMPTY), timer = useRef(0);
  const address = `/tickets/${id}/draft?subtype=${kind}`;
  const keep = () => {
    clearTimeout(timer.current);
    timer.current = 0;
    return api.put(address, now.current).then(() => setKept(true), () => {});
  };
  useEffect(() => {
    let gone = false;
    now.current = EMPTY;
    setValue(EMPTY);
    api.get(`/tickets/${id}/draft`, { subtype: kind }).then(({ draft }) => {
      if (gone || !draft || now.current !== EMPTY) return;
      now.current = { body: draft.body, mention_ids: draft.mention_ids, notify_customer: draft.notify_customer };
      setValue(now.current);
    }, () => {});
    return () => {
      gone = true;
      if (timer.current) keep();
    };
  }, [id, kind]);
  const set = (next) => {
    now.current = { ...now.current, ...next };
    setValue(now.current);
    setKept(false);
    clearTimeout(timer.current);
    timer.current = setTimeout(keep, REST);
  };
  const clear = () => {
    clearTimeout(timer.current);
    timer.current = 0;
    now.current = EMPTY;
    setValue(EMPTY);
    setKept(false);
  };
  return { value, kept, set, clear };
}

export function Compose({ ticket, onSent }) {
  const [kind, setKind] = useState('comment');
  const [busy, setBusy] = useState(false);
  const [canned, setCanned] = useState(null);
  const box = useRef();
  const draft = useDraft(ticket.id, kind);
  const { body, mention_ids, notify_customer } = draft.value;
  const staff = isStaff.value;
  const choose = (next) => { setKind(next); requestAnimationFrame(() => box.current?.focus()); };
  useKeys('ticket', [
    { keys: ['r'], label: 'keys.reply', icon: 'mail', run: () => choose('comment') },
    { keys: ['n'], label: 'keys.note', icon: 'edit', run: () => choose('note') },
  ]);
  useEffect(() => { if (staff) api.all('/canned_responses').then(setCanned, () => setCanned([])); }, [staff]);
  const insert = (text) => {
    const at = box.current?.selectionStart ?? body.length;
    draft.set({ body: body.slice(0, at) + text + body.slice(box.current?.selectionEnd ?? at) });
    box.current?.focus();
  };
  const use = async (response) => {
    try {
      insert((await api.post(`/canned_responses/${response.id}/expand`, { ticket_id: ticket.id })).body);
    } catch (e) {
      toast(explain(e), { bad: true });
    }
  };
  const mention = (user) => {
    insert(`@${user.name} `);
    draft.set({ mention_ids: [...new Set([...mention_ids, user.partner_id])] });
  };
  const send = async () => {
    if (!body.trim() || busy) return;
    setBusy(true);
    const more = staff ? { mention_ids, ...(kind === 'comment' && notify_customer ? { notify_customer } : {}) } : {};
    try {
      const made = await api.post(`/tickets/${ticket.id}/messages`, { body, subtype: kind, ...more });
      draft.clear();
      onSent(made);
    } catch (e) {
      toast(explain(e), { bad: true });
    }
    setBusy(false);
  };
  const press = (e) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); send(); }
  };
  const note = kind === 'note';
  return html`<form class=${cx('compose', note && 'compose-note')} onSubmit=${(e) => { e.preventDefault(); send(); }}>
    <div class="compose-kinds" role="group" aria-label=${t('talk.kind')}>
      ${['comment', 'note'].map((k) => html`<button type="button" key=${k} class="btn btn-link" aria-pressed=${k === kind ? 'true' : 'false'}
        onClick=${() => choose(k)}>${t(k === 'note' ? 'talk.note' : 'talk.comment')}</button>`)}</div>
    <textarea ref=${box} class="input" dir="auto" rows=${body.includes('\n') ? 8 : 4} maxlength="60000" value=${body}
      aria-label=${t(note ? 'talk.note_hint' : 'talk.comment_hint')} placeholder=${t(note ? 'talk.note_hint' : 'talk.comment_hint')}
      onInput=${(e) => { draft.set({ body: e.target.value }); typing(ticket.id); }} onKeyDown=${press}></textarea>
    <div class="compose-foot">
      ${staff && html`<${Menu} label=${t('talk.mention')} icon="person" items=${people().map((u) => ({ label: u.name, run: () => mention(u) }))} />`}
      ${canned?.length > 0 && html`<${Menu} label=${t('talk.canned')} icon="duplicate" items=${canned.map((r) => ({ label: r.name, run: () => use(r) }))} />`}
      ${staff && !note && ticket.partner_id && html`<label class="check"><input type="checkbox" checked=${notify_customer}
        onChange=${(e) => draft.set({ notify_customer: e.target.checked })} /> ${t('talk.to_customer')}</label>`}
      <span class="muted compose-kept" role="status">${draft.kept && body ? t('talk.kept') : ''}</span>
      <button type="submit" class="btn btn-primary" disabled=${busy || !body.trim()}><${Icon} name=${note ? 'edit' : 'mail'} /> ${t(note ? 'talk.note' : 'talk.comment')}</button>
    </div></form>`;
}
