/* What is typed and not sent, kept on the server until it is (CHT-1): one draft a person, subject and kind. */
import { useLayoutEffect, useRef, useState } from '../html.js';
import { api } from '../api.js';

const REST = 1200;      /* milliseconds without a key until what is typed is kept */
const EMPTY = { body: '', mention_ids: [], notify_customer: false, attachment_ids: [] };
const FIELDS = Object.keys(EMPTY);

/** path: of the ticket or team; kind: comment or note.  set(patch, now): now keeps it at once. */
export function useDraft(path, kind) {
  const [value, setValue] = useState(EMPTY);
  const [kept, setKept] = useState(false);
  const now = useRef(EMPTY), timer = useRef(0), saving = useRef(null);
  const keep = () => {
    clearTimeout(timer.current);
    timer.current = 0;
    saving.current = api.put(`${path}/draft?subtype=${kind}`, now.current).then(() => setKept(true), () => {});
  };
  const show = (next) => {
    now.current = next;
    setValue(next);
    setKept(false);
    clearTimeout(timer.current);
    timer.current = 0;
  };
  /* Before the next key arrives: what is typed at once belongs to the new kind and stays. */
  useLayoutEffect(() => {
    let gone = false;
    show(EMPTY);
    api.get(`${path}/draft`, { subtype: kind }).then(({ draft }) => {
      if (!gone && draft && now.current === EMPTY) show(Object.fromEntries(FIELDS.map((k) => [k, draft[k]])));
    }, () => {});
    const away = () => { if (document.hidden && timer.current) keep(); };         /* it may not come back */
    document.addEventListener('visibilitychange', away);
    return () => {
      gone = true;
      document.removeEventListener('visibilitychange', away);
      if (timer.current) keep();
    };
  }, [path, kind]);
  const set = (next, at) => {
    show({ ...now.current, ...next });
    if (at) keep();
    else timer.current = setTimeout(keep, REST);
  };
  /* Before it is sent: what still goes to the server must not come after. */
  const rest = () => {
    clearTimeout(timer.current);
    timer.current = 0;
    return saving.current;
  };
  return { value, now, kept, set, rest, clear: () => show(EMPTY) };
}
