/*
 * CSV read in pieces of whole records, whatever the size of the file: a line break inside quotes does not end a
 * record.  Knows lines, so that an error can be found again in the file.
 */

/** Cuts text that comes bit by bit into records: { text, line }, line counting from 1. */
export class Records {
  constructor() {
    this.rest = '';
    this.scanned = 0;
    this.quoted = false;
    this.start = this.line = 1;
  }

  /** The records that are complete by now. */
  push(text, last = false) {
    const list = [];
    let s = this.rest + text, from = 0;
    for (let i = this.scanned; i < s.length; i++) {
      const c = s.charCodeAt(i);
      if (c === 34) {
        this.quoted = !this.quoted;
      } else if (c === 10 || c === 13) {
        if (c === 13 && i + 1 === s.length && !last) { s = s.slice(0, i + 1); this.keep(s, from, i); return list; }   /* perhaps \r\n */
        if (c === 13 && s.charCodeAt(i + 1) === 10) i++;
        this.line++;
        if (this.quoted) continue;
        const record = s.slice(from, i + 1).replace(/[\r\n]+$/, '');
        if (record.trim()) list.push({ text: record, line: this.start });
        this.start = this.line;
        from = i + 1;
      }
    }
    if (last && s.slice(from).trim()) list.push({ text: s.slice(from), line: this.start });
    this.keep(s, from, s.length);
    return list;
  }

  keep(s, from, to) {
    this.rest = s.slice(from);
    this.scanned = to - from;
  }
}

/** The cells of one record. */
export function cells(record, comma = ',') {
  const list = [];
  let i = 0;
  for (;;) {
    let cell = '';
    if (record[i] === '"') {
      for (i++; i < record.length; i++) {
        if (record[i] !== '"') cell += record[i];
        else if (record[i + 1] === '"') cell += record[i++];
        else break;
      }
      for (i++; i < record.length && record[i] !== comma; i++) cell += record[i];
    } else {
      const end = record.indexOf(comma, i);
      cell = record.slice(i, end < 0 ? undefined : end);
      i = end < 0 ? record.length : end;
    }
    list.push(cell);
    if (i >= record.length) return list;
    i++;
  }
}

const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
export const line = (list) => list.map((x) => cell(String(x ?? ''))).join(',');

/** What separates the cells: whichever the heading has most of. */
export function separator(heading) {
  const bare = heading.replace(/"(?:[^"]|"")*"/g, '');
  const counts = [',', ';', '\t'].map((c) => [c, bare.split(c).length]);
  return counts.reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

const SLICE = 256 * 1024;
export const PIECE_BYTES = 200_000, PIECE_RECORDS = 500, RECORD_MOST = 900_000;

/* Text of a file, bit by bit; throws TypeError where the bytes are not UTF-8. */
async function* textOf(file) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let at = 0; at < file.size; at += SLICE) {
    const bytes = await file.slice(at, at + SLICE).arrayBuffer();
    yield [decoder.decode(bytes, { stream: true }), Math.min(file.size, at + SLICE)];
  }
  yield [decoder.decode(), file.size];
}

/**
 * Pieces of a file: { records: [{ text, line }], body, at }; body begins with the heading and has commas, at is how far
 * into the file it goes.  heading: the cells of the first line, once the first piece is there.
 */
export async function* pieces(file) {
  const reader = new Records(), size = new TextEncoder();
  let comma = ',', heading = null, records = [], bytes = 0;
  const piece = (at) => {
    const made = { heading, comma, records, at, body: [line(heading), ...records.map((r) => r.sent)].join('\n') + '\n' };
    records = [];
    bytes = 0;
    return made;
  };
  for await (const [text, at] of textOf(file)) {
    for (const r of reader.push(text, at === file.size && text === '')) {
      if (!heading) {
        comma = separator(r.text);
        heading = cells(r.text, comma).map((x) => x.trim());
        continue;
      }
      r.sent = comma === ',' ? r.text : line(cells(r.text, comma));
      const more = size.encode(r.sent).length + 1;
      if (records.length && (bytes + more > PIECE_BYTES || records.length === PIECE_RECORDS)) yield piece(at);
      records.push(r);
      bytes += more;
    }
  }
  if (heading && (records.length || !reader.rest.trim())) yield piece(file.size);
}
