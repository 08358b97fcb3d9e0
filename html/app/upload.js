/*
 * A CSV file sent in pieces of whole records, one after the other, each with its own Idempotency-Key: a piece that was
 * not answered is sent again with the same key, so nothing is stored twice.
 */
import { signal, batch } from './html.js';
import { api, newKey } from './api.js';
import { RECORD_MOST, pieces } from './csv.js';
import { lineSentence, sentence } from './i18n.js';

const send = (body, key, dry) => api.post(`/tickets/import${dry ? '?dry_run=1' : ''}`, body, { type: 'text/csv', key });

/* The server counts lines from the piece's own heading; the file counts its own. */
function inFile(piece, errors) {
  const begins = [];                 /* [line in the piece, line in the file] of each record */
  let at = 2;
  for (const r of piece.records) {
    begins.push([at, r.line]);
    at += r.sent.split(/\r\n|\r|\n/).length;
  }
  return errors.map((e) => {
    const record = begins.findLast(([l]) => l <= e.line);
    return { line: record ? record[1] + (e.line - record[0]) : 1, field: e.field ?? '', code: e.code, text: lineSentence(e) };
  });
}

/** The heading, some records and what the server says to the first piece without storing it; refused: why not even that. */
export async function look(file) {
  const { value: piece } = await pieces(file).next();
  if (!piece) return null;
  const seen = { heading: piece.heading, comma: piece.comma, records: piece.records, whole: piece.at >= file.size };
  try {
    const trial = await send(piece.body, undefined, true);
    return { ...seen, trial: { ...trial, errors: inFile(piece, trial.errors) } };
  } catch (e) {
    return { ...seen, trial: { created: 0, updated: 0, errors: [] }, refused: e };
  }
}

/** state: ready, running, stopping, stopped (may go on), failed (may go on), done. */
export class Upload {
  constructor(file) {
    this.file = file;
    this.state = signal('ready');
    this.progress = signal({ at: 0, size: file.size, records: 0, created: 0, updated: 0 });
    this.errors = signal([]);
    this.problem = signal(null);
    this.source = pieces(file);
    this.piece = null;
  }

  stop() { if (this.state.peek() === 'running') this.state.value = 'stopping'; }

  note(piece, answer, errors) {
    const p = this.progress.peek();
    batch(() => {
      this.progress.value = { ...p, at: piece.at, records: p.records + piece.records.length, created: p.created + (answer?.created ?? 0), updated: p.updated + (answer?.updated ?? 0) };
      if (errors.length) this.errors.value = [...this.errors.peek(), ...errors];
    });
  }

  /* A piece nobody can take as a whole is put down record by record; the next ones go on. */
  async one(piece) {
    if (piece.records.some((r) => r.sent.length > RECORD_MOST)) {
      this.note(piece, null, piece.records.map((r) => ({ line: r.line, field: '', code: 'too_large', text: sentence({ code: 'too_large' }) })));
      return;
    }
    try {
      const answer = await send(piece.body, piece.key, false);
      this.note(piece, answer, inFile(piece, answer.errors));
    } catch (e) {
      if (e.status === 0 || e.status === 401 || e.status === 403 || e.status === 429 || e.status >= 500) throw e;
      this.note(piece, null, piece.records.map((r) => ({ line: r.line, field: '', code: e.code, text: sentence(e) })));
    }
  }

  async run() {
    this.problem.value = null;
    this.state.value = 'running';
    try {
      for (;;) {
        if (!this.piece) {
          const { value, done } = await this.source.next();
          if (done) break;
          this.piece = Object.assign(value, { key: newKey() });
        }
        if (this.piece.records.length) await this.one(this.piece);
        this.piece = null;
        if (this.state.peek() === 'stopping') { this.state.value = 'stopped'; return; }
      }
      this.state.value = 'done';
    } catch (e) {
      this.problem.value = e;
      this.state.value = 'failed';
    }
  }
}
