/* Who looks at a ticket or writes an answer, as the event stream tells it; and that this page does. */
import { signal, useEffect } from './html.js';
import { api } from './api.js';

const AGAIN = 20_000;           /* the server forgets after 30 s */
const QUIET = 5_000;            /* no key for so long: not writing any more */

const present = signal({});     /* ticket: { user: { name, state } } */

export function hear(p) {
  const { [p.user_id]: old, ...others } = present.peek()[p.ticket_id] ?? {};
  const there = p.state === 'gone' ? others : { ...others, [p.user_id]: { name: p.name, state: p.state } };
  present.value = { ...present.peek(), [p.ticket_id]: there };
}

/** The stream begins anew: it tells who is there now. */
export const forget = () => { present.value = {}; };

/* What another tab of this browser knows. */
export const whoIsThere = () => present.peek();
export const learn = (there) => { present.value = there; };

/** The others at a ticket: [{ id, name, state }]. */
export const others = (ticket) => Object.entries(present.value[ticket] ?? {})
  .map(([id, p]) => ({ id: Number(id), ...p }));

let here = null, typedAt = 0, state = '';

function tellServer(next) {
  state = next;
  api.post(`/tickets/${here}/presence`, { state: next }, { plain: true }).catch(() => {});
}

const now = () => (Date.now() - typedAt < QUIET ? 'typing' : 'viewing');

/** Called with every key in a composer of the ticket. */
export function typing(ticket) {
  typedAt = Date.now();
  if (here === ticket && state !== 'typing') tellServer('typing');
}

/** While the view is open and its tab is looked at, the others are told. */
export function usePresence(ticket) {
  useEffect(() => {
    if (!ticket) return undefined;
    here = ticket;
    typedAt = 0;
    const look = () => {
      if (document.hidden) {
        if (state !== 'gone') tellServer('gone');
      } else {
        tellServer(now());
      }
    };
    const quiet = setInterval(() => { if (state === 'typing' && now() === 'viewing') look(); }, 1000);
    const again = setInterval(() => { if (!document.hidden) look(); }, AGAIN);
    document.addEventListener('visibilitychange', look);
    look();
    return () => {
      clearInterval(quiet);
      clearInterval(again);
      document.removeEventListener('visibilitychange', look);
      if (state !== 'gone') tellServer('gone');
      here = null;
    };
  }, [ticket]);
}
