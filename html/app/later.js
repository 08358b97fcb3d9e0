/* Parts that are read when they are first shown, and the dialogs any view may open. */
import { lazy, signal } from './html.js';
import { sentence } from './errors.js';
import { toast } from './parts/toast.js';

/** What was asked for did not come. */
export const unread = () => toast(sentence({ code: 'offline' }), { bad: true });
/** A named part of a module, read at its first use; typed: see lazy. */
export const later = (load, name, typed) => lazy(() => load().then((m) => m[name]), unread, typed);

export const newTicket = signal(null);      /* { team_id, stage_id } while the dialog is open */
export const asking = signal(null);         /* { done } while the dialog that asks to sign in again waits */
let answerOf = null;

/** One dialog, however many requests were refused; true once the same person is signed in again. */
export function askSignIn() {
  answerOf ??= new Promise((done) => {
    asking.value = { done: (ok) => { asking.value = null; answerOf = null; done(ok); } };
  });
  return answerOf;
}
