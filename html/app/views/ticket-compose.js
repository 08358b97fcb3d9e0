/* Where a message or a note is written, to a ticket or to a team (CHT-1, CHT-3, CHT-4). */
import { html, useRef, useState, cx } from '../html.js';
import { t } from '../i18n.js';
import { typing } from '../presence.js';
import { api } from '../api.js';
import { all, ensure, isStaff, me, need, peek } from '../store.js';
import { compare } from '../format.js';
import { useKeys } from '../keys.js';
import { explain } from '../errors.js';
import { go, href } from '../router.js';
import { toast } from '../parts/toast.js';
import { Icon } from '../parts/icon.js';
import { Menu } from '../parts/menu.js';
import { typeInto, useSuggest } from '../parts/suggest.js';
import { useDraft } from './compose-draft.js';
import { Tray, useFiles } from './compose-files.js';

const KINDS = { comment: { label: 'talk.comment', icon: 'mail' }, note: { label: 'talk.note', icon: 'edit' } };
/* The sign stands at the beginning of a word: @ with a name of up to three words, / with one. */
const MENTION = /(?<![^\s([{«„"'])@((?:[^\s@]+ ){0,2}[^\s@]*)$/u, SLASH = /(?<!\S)\/([^\s/]*)$/u;
const has = (text, words) => (text ?? '').toLocaleLowerCase().includes(words.toLocaleLowerCase());

/* Canned responses that fit the ticket; they are read when they are first asked for. */
function useCanned(subject) {
  const fitting = () => all('canned_response').filter((r) => r.active && (!r.team_id || r.team_id === subject.ticket.team_id)).sort((a, b) => compare(a.name, b.name));
  const begins = (r, words) => Number(has(r.shortcut?.slice(0, words.length), words));
  const search = async (words) => {
    await ensure('canned_response');
    return fitting().filter((r) => has(r.shortcut, words) || has(r.name, words)).sort((a, b) => begins(b, words) - begins(a, words))
      .map((r) => ({ id: r.id, label: r.name, hint: r.shortcut && `/${r.shortcut}` }));
  };
  const text = (id) => api.post(`/canned_responses/${id}/expand`, { ticket_id: subject.id }).then((x) => x.body, (e) => { toast(explain(e), { bad: true }); });
  return { list: subject.ticket ? fitting() : [], ahead: () => ensure('canned_response').catch(() => {}), search, text };
}

export function Compose({ subject, onSent }) {
  const [kind, setKind] = useState('comment');
  const [busy, setBusy] = useState(false);
  const [over, setOver] = useState(false);
  const box = useRef(), input = useRef(), names = useRef(new Map());
  const draft = useDraft(subject.path, kind);
  const files = useFiles(draft);
  const canned = useCanned(subject);
  const { body, notify_customer } = draft.value;
  const staff = isStaff.value, note = kind === 'note', ticket = subject.ticket;
  const kinds = Object.keys(KINDS).filter((k) => k !== 'note' || me.value?.role !== 'portal');         /* CHT-9 */
  const choose = (next) => {
    if (!kinds.includes(next)) return;
    if (!files.busy) setKind(next);         /* a file on its way belongs to the kind it was given to */
    requestAnimationFrame(() => box.current?.focus());
  };
  useKeys('ticket', [
    { keys: ['r'], label: 'keys.reply', icon: 'mail', run: () => choose('comment') },
    { keys: ['n'], label: 'keys.note', icon: 'edit', run: () => choose('note') },
  ]);
  const people = (words) => api.get(`${subject.path}/mentionable`, { q: words.trim() }).then((page) => page.items.map((p) => ({ id: p.partner_id, label: p.name, hint: p.login })));
  const mention = (o) => {
    names.current.set(o.id, o.label);
    draft.set({ mention_ids: [...new Set([...draft.now.current.mention_ids, o.id])] });
    return `@${o.label} `;
  };
  const suggest = useSuggest(box, staff ? [{ sign: MENTION, search: people, choose: mention, label: t('talk.mention') },
    ...(ticket ? [{ sign: SLASH, search: canned.search, choose: (o) => canned.text(o.id), label: t('talk.canned') }] : [])] : []);
  const insert = (text) => typeInto(box.current, text, box.current.selectionStart, box.current.selectionEnd);
  const at = () => {
    const before = box.current.value.slice(0, box.current.selectionStart);
    insert(/\S$/.test(before) ? ' @' : '@');
  };
  const use = async (r) => {
    const text = await canned.text(r.id);
    if (text) insert(text);
  };
  /* Who is told: whose name still stands in the text. */
  const mentioned = async () => {
    const ids = draft.now.current.mention_ids;
    await need('contact', ids.filter((id) => !names.current.has(id))).catch(() => {});
    const name = (id) => names.current.get(id) ?? peek('contact', id)?.name;
    return ids.filter((id) => !name(id) || draft.now.current.body.includes(`@${name(id)}`));
  };
  const empty = !body.trim() && !files.rows.some((r) => r.id);
  const send = async () => {
    if (empty || busy) return;
    if (files.busy) return void toast(t('compose.wait'));
    setBusy(true);
    try {
      await draft.rest();
      const { attachment_ids } = draft.now.current;
      const made = await api.post(`${subject.path}/messages`, { body, subtype: kind, attachment_ids, ...(staff ? { mention_ids: await mentioned() } : {}),
        ...(staff && !note && notify_customer ? { notify_customer } : {}) });
      draft.clear();
      files.clear();
      onSent(made);
    } catch (e) {
      toast(explain(e), { bad: true });
    }
    setBusy(false);
  };
  const press = (e) => {
    if (suggest.key(e)) return;
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); send(); }
  };
  const carries = (e) => e.dataTransfer?.types.includes('Files');
  const drop = (e) => {
    if (!carries(e)) return;
    e.preventDefault();
    setOver(false);
    files.add([...e.dataTransfer.files]);
  };
  const paste = (e) => {         /* what comes with a text is a picture of it, as from a spreadsheet */
    const list = [...e.clipboardData.files];
    if (!list.length || e.clipboardData.types.includes('text/plain')) return;
    e.preventDefault();
    files.add(list);
  };
  const hint = t(note ? 'talk.note_hint' : ticket ? 'talk.comment_hint' : 'talk.team_hint');
  return html`<form class=${cx('compose', note && 'compose-note', over && 'files-over')} onSubmit=${(e) => { e.preventDefault(); send(); }}
      onDragOver=${(e) => { if (carries(e)) { e.preventDefault(); setOver(true); } }} onDragLeave=${(e) => { if (!e.currentTarget.contains(e.relatedTarget)) setOver(false); }} onDrop=${drop}>
    <div class="compose-kinds" role="group" aria-label=${t('talk.kind')}>
      ${kinds.map((k) => html`<button type="button" key=${k} class="btn btn-link" aria-pressed=${k === kind ? 'true' : 'false'} disabled=${files.busy && k !== kind}
        onClick=${() => choose(k)}>${t(KINDS[k].label)}</button>`)}</div>
    <div class="combo"><textarea ref=${box} class="input" dir="auto" rows=${body.includes('\n') ? 8 : 4} maxlength="60000" value=${body} aria-label=${hint} placeholder=${hint} aria-keyshortcuts="Control+Enter"
      ...${suggest.attributes} onInput=${(e) => { draft.set({ body: e.target.value }); if (ticket) typing(ticket.id); suggest.look(); }}
      onKeyDown=${press} onClick=${suggest.look} onBlur=${suggest.close} onPaste=${paste}></textarea>${suggest.list}</div>
    <${Tray} files=${files} onGone=${() => box.current.focus()} />
    <div class="compose-foot">
      <button type="button" class="btn btn-icon" aria-label=${t('files.add')} title=${t('files.add')} onClick=${() => input.current.click()}><${Icon} name="clip" /></button>
      <input ref=${input} type="file" multiple hidden onChange=${(e) => { files.add([...e.currentTarget.files]); e.currentTarget.value = ''; }} />
      ${staff && html`<button type="button" class="btn btn-icon" aria-label=${t('talk.mention')} title=${`${t('talk.mention')} (@)`} onClick=${at}><${Icon} name="at" /></button>`}
      ${staff && ticket && html`<span class="compose-canned" onFocusIn=${canned.ahead} onPointerEnter=${canned.ahead}>
        <${Menu} label=${t('talk.canned')} icon="duplicate" items=${[...canned.list.map((r) => ({ label: r.name, hint: r.shortcut && `/${r.shortcut}`, run: () => use(r) })),
          canned.list.length > 0 && { line: true }, { label: t('canned.manage'), icon: 'settings', run: () => go(href('/settings/canned')) }]} /></span>`}
      ${staff && !note && ticket?.partner_id && html`<label class="check"><input type="checkbox" checked=${notify_customer}
        onChange=${(e) => draft.set({ notify_customer: e.target.checked })} /> ${t('talk.to_customer')}</label>`}
      <span class="muted compose-kept" role="status">${draft.kept && !empty ? t('talk.kept') : ''}</span>
      <button type="submit" class="btn btn-primary" disabled=${busy || files.busy || empty}><${Icon} name=${KINDS[kind].icon} /> ${t(KINDS[kind].label)}</button>
    </div></form>`;
}
