/* The name of a saved view, and who else has it. */
import { html, useState } from '../html.js';
import { byField, sentence, t } from '../i18n.js';
import { api } from '../api.js';
import { teamOptions } from '../tickets.js';
import { patchOn, put } from '../store.js';
import { Dialog, toast } from '../parts/dialog.js';
import { Form } from '../parts/form.js';

/** onClose(view): the view as it was saved, or nothing. */
export function ViewDialog({ view, layout, query, onClose }) {
  const [value, setValue] = useState(view ? { name: view.name, shared: view.shared, team_id: view.team_id } : { name: '', shared: 'private', team_id: Number(query.team) || null });
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const change = (name, v) => setValue({ ...value, [name]: name === 'team_id' ? Number(v) || null : v });
  const save = async () => {
    setBusy(true);
    const body = { name: value.name.trim(), shared: value.shared, team_id: value.shared === 'team' ? value.team_id : null };
    try {
      const saved = view ? await patchOn('view', view, body) : await api.post('/views', { ...body, layout, query });
      put('view', saved);
      toast(t('view.saved', { name: saved.name }));
      onClose(view ? undefined : saved);
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  const fields = [
    { name: 'name', label: t('view.name'), required: true, autofocus: true, max: 120 },
    { name: 'shared', label: t('view.who'), kind: 'radio', options: [
      { value: 'private', label: t('view.private') }, { value: 'team', label: t('view.team'), hint: t('view.team_hint') },
      { value: 'everyone', label: t('view.everyone'), hint: t('view.everyone_hint') }] },
    value.shared === 'team' && { name: 'team_id', label: t('ticket.team'), kind: 'select', required: true, options: teamOptions('') }];
  return html`<${Dialog} title=${view ? t('view.edit') : t('view.save_as')} onClose=${() => onClose()}>
    <${Form} fields=${fields} value=${value} onChange=${change} onSubmit=${save} busy=${busy} onCancel=${() => onClose()}
      errors=${error ? byField(error) : {}} problem=${error ? sentence(error) : null} /></${Dialog}>`;
}
