/* A sentence in the reader's language for what went wrong; the server's own sentence where there is none. */
import { t } from './i18n.js';

const CODES = {
  offline: 'error.offline', bad_login: 'error.login', throttled: 'error.throttled', expired: 'error.expired',
  forbidden: 'error.forbidden', bad_filter: 'error.filter', not_found: 'error.not_found', version_mismatch: 'error.version', conflict: 'error.conflict',
  in_use: 'error.in_use', no_customer_link: 'error.no_customer_link', invalid: 'error.invalid', too_large: 'error.too_large', too_broad: 'error.too_broad', busy: 'error.busy',
  store_unavailable: 'error.busy', outcome_unknown: 'error.unknown_outcome', internal: 'error.internal',
  unknown: 'error.internal', storage_full: 'error.full',
};
const FIELDS = {
  required: 'field.required', too_long: 'field.too_long', too_short: 'field.too_short', not_unique: 'field.taken',
  taken: 'field.taken', duplicate: 'field.taken', out_of_range: 'field.wrong', wrong_type: 'field.wrong',
  not_an_option: 'field.wrong', bad_time: 'field.wrong', bad_email: 'field.email', weak_password: 'field.password',
  wrong_password: 'error.login', not_found: 'error.not_found', not_allowed: 'field.wrong', not_of_team: 'field.wrong', no_stage: 'board.no_stages',
  too_many: 'field.too_long', in_use: 'error.conflict', not_after: 'leave.not_after', not_draft: 'leave.not_draft',
  overlaps: 'hours.overlaps', not_hours: 'hours.wrong', unknown_field: 'field.wrong',
};

export const sentence = (e) => (CODES[e.code] ? t(CODES[e.code]) : e.message);

const fieldSentence = (f) => (FIELDS[f.code] ? t(FIELDS[f.code]) : f.sentence ?? f.message ?? t('field.wrong'));

/** In one line: what is wrong with the fields where the server says so. */
export const explain = (e) => (e.fields?.length ? [...new Set(e.fields.map(fieldSentence))].join(' ') : sentence(e));

/** What is wrong with a line of an import. */
export const lineSentence = (e) => fieldSentence(e);

/** Why one record of a bulk change was refused. */
export const resultSentence = (r) => (r.errors?.length ? r.errors.map(fieldSentence).join(' ') : sentence({ code: r.code, message: t('error.invalid') }));

/** { field: sentence } for a form. */
export const byField = (e) => Object.fromEntries((e.fields ?? []).map((f) => [f.field, fieldSentence(f)]));
