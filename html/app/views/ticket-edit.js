/* Title, text and the customer's data, edited together; what somebody else saved meanwhile is shown beside one's own. */
import { html, useEffect, useState } from '../html.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { load, put, rec, tell } from '../store.js';
import { guardLeave } from '../router.js';
import { sentence, byField } from '../errors.js';
import { draft } from '../prefs.js';
import { toast } from '../parts/toast.js';
import { Form } from '../parts/form.js';
import { Conflict } from '../parts/conflict.js';

const EDITED = ['name', 'description', 'partner_name', 'partner_email', 'partner_phone', 'email_cc'];
const LABELS = { name: 'ticket.name', description: 'ticket.description', partner_name: 'ticket.customer_name',
  partner_email: 'ticket.email', partner_phone: 'ticket.phone', email_cc: 'ticket.cc' };
const pickEdited = (r) => Object.fromEntries(EDITED.map((k) => [k, r[k] ?? '']));

export function Editor({ ticket, onDone }) {
  const key = `ticket.${ticket.id}`;
  const [base] = useState(() => draft.get(key)?.base ?? { ...pickEdited(ticket), version: ticket.version });
  const [value, setValue] = useState(() => draft.get(key)?.value ?? pickEdited(ticket));
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [clash, setClash] = useState(null);
  const dirty = () => EDITED.some((k) => value[k] !== base[k]);
  useEffect(() => {
    const ask = () => !dirty() || confirm(t('ticket.leave'));
    ask.dirty = dirty;
    return guardLeave(ask);
  });
  const set = (name, v) => {
    const next = { ...value, [name]: v };
    setValue(next);
    draft.set(key, { base, value: next });
  };
  const finish = () => { draft.set(key, null); onDone(); };
  const save = async (values = value, version = base.version, from = base) => {
    const patch = Object.fromEntries(EDITED.filter((k) => values[k] !== from[k]).map((k) => [k, values[k]]));
    if (!Object.keys(patch).length) return finish();
    setBusy(true);
    setProblem('');
    try {
      put('ticket', await api.patch(`/tickets/${ticket.id}`, patch, version), true);
      tell('ticket', [ticket.id]);
      toast(t('done.saved'));
      finish();
    } catch (e) {
      if (e.code === 'version_mismatch') {
        const fresh = await load('ticket', ticket.id).catch(() => null);
        const theirs = fresh && pickEdited(fresh);
        const rows = theirs && EDITED.filter((k) => values[k] !== theirs[k])
          .map((k) => ({ name: k, label: t(LABELS[k]), mine: values[k], theirs: theirs[k] }));
        if (rows?.length) setClash({ rows, fresh, theirs });
        else finish();
      } else {
        setErrors(byField(e));
        setProblem(sentence(e));
      }
      setBusy(false);
    }
  };
  const settle = (choice) => {
    const merged = { ...clash.theirs };
    for (const [k, side] of Object.entries(choice)) if (side === 'mine') merged[k] = value[k];
    setValue(merged);
    setClash(null);
    save(merged, clash.fresh.version, clash.theirs);
  };
  const fields = [
    { name: 'name', label: t('ticket.name'), required: true, max: 250, autofocus: true },
    { name: 'description', label: t('ticket.description'), kind: 'area', rows: 12 },
    { name: 'partner_name', label: t('ticket.customer_name') },
    { name: 'partner_email', label: t('ticket.email'), kind: 'email', ltr: true },
    { name: 'partner_phone', label: t('ticket.phone'), kind: 'tel', ltr: true },
    { name: 'email_cc', label: t('ticket.cc'), hint: t('ticket.cc_hint'), ltr: true, max: 2000 },
  ];
  return html`<${Form} fields=${fields} value=${value} onChange=${set} errors=${errors} problem=${problem} busy=${busy}
      onSubmit=${() => save()} onCancel=${() => (!dirty() || confirm(t('ticket.leave'))) && finish()} />
    ${clash && html`<${Conflict} rows=${clash.rows} who=${rec('user', clash.fresh.write_uid)?.name} onSave=${settle} onClose=${() => setClash(null)} />`}`;
}
