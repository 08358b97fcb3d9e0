/* Where the choices of fields come from: people, contacts, teams. */
import { api } from '../api.js';
import { need, people, put, rec, all, peek } from '../store.js';
import { compare } from '../format.js';
import { sentence } from '../errors.js';
import { toast } from '../parts/toast.js';

const has = (text, words) => (text ?? '').toLocaleLowerCase().includes(words.toLocaleLowerCase());

export const personOption = (u) => ({ id: u.id, label: u.name });
/* Those of one company where it is given: others cannot be assigned there. */
export const searchPeople = (words, company) => people().filter((u) => !company || !u.company_ids || u.company_ids.includes(company))
  .filter((u) => has(u.name, words) || has(u.login, words))
  .sort((a, b) => compare(a.name, b.name)).slice(0, 30).map(personOption);

export const contactOption = (c) => ({ id: c.id, label: c.name, hint: c.email });
export async function searchContacts(words) {
  const field = words.includes('@') ? 'email.contains' : 'name.contains';
  const page = await api.get('/contacts', { [field]: words || undefined, active: 'true', limit: 12 });
  page.items.forEach((c) => put('contact', c));
  return page.items.map(contactOption);
}

export const searchOf = (type) => (words) => all(type).filter((r) => r.active && has(r.name, words)).map((r) => ({ id: r.id, label: r.name }));

/** Chips of ids: those not read yet are asked for. */
export function itemsOf(type) {
  return (ids) => {
    const missing = ids.filter((id) => peek(type, id) === undefined);
    if (missing.length) queueMicrotask(() => need(type, ids).catch(() => {}));
    return ids.map((id) => ({ id, label: rec(type, id)?.name ?? '…' }));
  };
}

export const teamOptions = (none) => [...(none === undefined ? [] : [{ value: '', label: none }]),
  ...all('team').filter((x) => x.active).map((x) => ({ value: x.id, label: x.name }))];

/** A tag that is made while it is typed (TKT-5); null, and said why, when it cannot be. */
export async function createTag(name) {
  try {
    const tag = await api.post('/tags', { name, color: (name.length * 7 + name.charCodeAt(0)) % 12 });
    put('tag', tag);
    return tag;
  } catch (e) {
    toast(sentence(e), { bad: true });
    return null;
  }
}
