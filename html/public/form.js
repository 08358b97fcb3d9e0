/*
 * Shows a field of a public form only while its condition holds, as the desk decides when the form is sent
 * (src/desk/desk_form_answer.c).  Without this file the fields are all there, each with the sentence that says when
 * it matters.
 */
const fields = [...document.querySelectorAll('[data-when]')];
const NUMBER = /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/;

const fold = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/* What is typed or chosen under a name; what is hidden counts as empty. */
function values(name) {
  return [...document.getElementsByName(name)]
    .filter((c) => !c.closest('[hidden]') && ((c.type !== 'checkbox' && c.type !== 'radio') || c.checked))
    .map((c) => c.value.trim()).filter((v) => v !== '');
}

/* Numbers as numbers, else by bytes. */
function compare(a, b) {
  if (NUMBER.test(a) && NUMBER.test(b)) return Number(a) - Number(b);
  return a < b ? -1 : a > b ? 1 : 0;
}

const tests = {
  '=': (v, want) => v === want,
  '!=': (v, want) => v === want,
  contains: (v, want) => fold(v).includes(fold(want)),
  set: () => true,
  not_set: () => true,
  '>': (v, want) => compare(v, want) > 0,
  '<': (v, want) => compare(v, want) < 0,
};

function holds({ when, op, value }) {
  const any = values(when).some((v) => tests[op](op === '>' || op === '<' ? v.replace(',', '.') : v, value));
  return op === '!=' || op === 'not_set' ? !any : any;
}

/* A condition asks only about fields further up, so one pass in order decides them all. */
function decide() {
  for (const field of fields) {
    field.hidden = !holds(field.dataset);
    for (const c of field.querySelectorAll('input:not([type="checkbox"]), select, textarea, .tick > input')) {
      c.required = 'required' in field.dataset && !field.hidden;
    }
  }
}

document.documentElement.classList.add('live');
document.addEventListener('input', decide);
document.addEventListener('change', decide);
addEventListener('pageshow', decide);
decide();
