/* The dialog for a new ticket; what was typed survives closing and the end of a session. */
import { html, useState, draft, pref, setPref, go, href } from '../html.js';
import { t, byField, sentence } from '../i18n.js';
import { api } from '../api.js';
import { all, put, rec, stagesOf, tell } from '../store.js';
import { toast, Dialog } from '../parts/dialog.js';
import { Form } from '../parts/form.js';
import { PriorityPicker } from '../parts/basics.js';
import { searchContacts, searchPeople, teamOptions } from '../tickets.js';

export function NewTicket({ defaults, onClose }) {
  const teams = all('team').filter((x) => x.active);
  const lastTeam = pref('team', null).peek();
  const first = teams.find((x) => x.id === lastTeam) ?? teams[0];
  const [value, setValue] = useState(() => ({ team_id: first?.id, priority: '0', ...draft.get('new'), ...defaults }));
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const set = (name, v, option) => {
    let next = { ...value, [name]: name === 'team_id' ? Number(v) : v };
    if (name === 'team_id') next.stage_id = undefined;
    if (name === 'partner_id') {
      next = { ...next, partner_name: option?.label, partner_email: option?.hint };
    }
    setValue(next);
    draft.set('new', next.name || next.description ? next : null);
  };
  const submit = async () => {
    setBusy(true);
    setProblem('');
    try {
      const body = Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined && v !== null && v !== ''));
      if (body.partner_id) { delete body.partner_name; delete body.partner_email; }
      const made = await api.post('/tickets', body);
      put('ticket', made);
      draft.set('new', null);
      setPref('team', made.team_id);
      tell('ticket', [made.id]);
      toast(t('done.created', { ref: made.ticket_ref }));
      onClose();
      go(href(`/tickets/${made.id}`));
    } catch (e) {
      setErrors(byField(e));
      setProblem(sentence(e));
      setBusy(false);
    }
  };
  const stages = stagesOf(value.team_id);
  const fields = [
    { name: 'name', label: t('ticket.name'), required: true, max: 250, autofocus: true },
    { name: 'team_id', label: t('ticket.team'), kind: 'select', required: true, options: teamOptions() },
    value.stage_id && { name: 'stage_id', label: t('ticket.stage'), kind: 'select', options: stages.map((s) => ({ value: s.id, label: s.name })) },
    { name: 'partner_id', label: t('ticket.customer'), kind: 'pick', search: searchContacts, hint: t('ticket.customer_hint'),
      shown: (id) => rec('contact', id)?.name ?? value.partner_name ?? '',
      create: (name) => setValue({ ...value, partner_id: null, ...(name.includes('@') ? { partner_email: name, partner_name: '' } : { partner_name: name, partner_email: '' }) }) },
    !value.partner_id && value.partner_name && { name: 'partner_email', label: t('ticket.email'), kind: 'email', ltr: true },
    { name: 'description', label: t('ticket.description'), kind: 'area', rows: 6 },
    { name: 'user_id', label: t('ticket.assignee'), kind: 'pick', search: (words) => searchPeople(words, rec('team', value.team_id)?.company_id), shown: (id) => rec('user', id)?.name ?? '',
      hint: rec('team', value.team_id)?.auto_assignment ? t('ticket.assignee_auto') : undefined },
  ];
  return html`<${Dialog} title=${t('ticket.new')} onClose=${onClose}>
    ${teams.length === 0 ? html`<p>${t('ticket.needs_team')}</p>` : html`<${Form} fields=${fields} value=${value} onChange=${set}
      errors=${errors} problem=${problem} busy=${busy} submit=${t('ticket.create')} onSubmit=${submit} onCancel=${onClose}>
      <div class="field"><span class="label">${t('ticket.priority')}</span>
        <${PriorityPicker} value=${value.priority} label=${t('ticket.priority')} onChange=${(p) => set('priority', p)} /></div>
    </${Form}>`}</${Dialog}>`;
}
