/* What the pages compute without a browser: pieces of a CSV file, expressions and conditions.  TAP.  node t/ui/pieces.mjs */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert';

const app = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'html', 'app');
let n = 0, failed = 0;
async function test(name, run) {
  n++;
  try {
    await run();
    console.log(`ok ${n} - ${name}`);
  } catch (e) {
    failed++;
    console.log(`not ok ${n} - ${name}\n#   ${e.message.replaceAll('\n', ' ').slice(0, 400)}`);
  }
}
/* A module without its imports, with what it imports handed in. */
async function bare(file, given = '') {
  const text = readFileSync(join(app, file), 'utf8').replace(/^import [^;]*;$/gm, '');
  return import(`data:text/javascript,${encodeURIComponent(given + text)}`);
}

const { Records, cells, pieces, separator } = await bare('csv.js');
const file = (text) => new Blob([text]);
const all = async (blob) => { const list = []; for await (const p of pieces(blob)) list.push(p); return list; };

await test('records end where they end, however the text is cut', () => {
  const text = 'name,b\r\n"x\n""y"",z",1\r\n\r\nlast,2';
  for (let size = 1; size < text.length + 2; size++) {
    const r = new Records(), out = [];
    for (let i = 0; i < text.length; i += size) out.push(...r.push(text.slice(i, i + size)));
    out.push(...r.push('', true));
    assert.deepEqual(out, [{ text: 'name,b', line: 1 }, { text: '"x\n""y"",z",1', line: 2 }, { text: 'last,2', line: 5 }], `pieces of ${size}`);
  }
});
await test('cells with quotes, commas, line breaks and nothing', () => {
  assert.deepEqual(cells('"x\n""y"",z",1'), ['x\n"y",z', '1']);
  assert.deepEqual(cells('a,,'), ['a', '', '']);
});
await test('the separator is read from the heading', () => {
  assert.equal(separator('"a;b",c,d'), ',');
  assert.equal(separator('a;b;c'), ';');
  assert.equal(separator('a\tb,c\td'), '\t');
});
await test('a long file goes in pieces of whole records, each with the heading and with commas', async () => {
  const list = await all(file('\ufeffname;team_id\n' + Array.from({ length: 1203 }, (_, i) => `"t;${i}\nx";1`).join('\n')));
  assert.deepEqual(list.map((p) => p.records.length), [500, 500, 203]);
  assert.ok(list.every((p) => p.body.startsWith('name,team_id\n')));
  assert.equal(list[1].records[0].line, 1002);
  assert.equal(cells(list[0].records[7].sent)[0], 't;7\nx');
});
await test('pieces stay below the limit of bytes', async () => {
  const list = await all(file('name\n' + Array.from({ length: 300 }, () => 'ą'.repeat(2000)).join('\n')));
  assert.ok(list.length > 4 && list.every((p) => new TextEncoder().encode(p.body).length <= 210_000));
});
await test('bytes that are not UTF-8 are refused', () => assert.rejects(all(new Blob([new Uint8Array([97, 10, 0xff, 10])])), TypeError));

const { write, read, within } = await bare('lists.js', `const quote = (x) => '"' + x.replace(/["\\\\]/g, '\\\\$&') + '"'; const FIELDS = { name: { kind: 'text' }, priority: { kind: 'choice' }, team_id: { kind: 'ref' }, create_date: { kind: 'time' } };
  const dayBegins = (y, m, d) => new Date(Date.UTC(y, m - 1, d)).toISOString().replace('.000Z', 'Z'); const today = () => [2026, 11, 22, 7];\n`);
await test('conditions become an expression and come back the same', () => {
  for (const [list, any, text] of [
    [[{ field: 'priority', op: 'from', values: ['2'] }, { field: 'team_id', op: 'is', values: ['1', '2'] }], false, 'priority>=2 and team_id in (1,2)'],
    [[{ field: 'name', op: 'hasnot', values: ['a "b" \\c'] }, { field: 'team_id', op: 'empty', values: [] }], true, 'not name contains "a \\"b\\" \\\\c" or team_id=null'],
    [[{ field: 'create_date', op: 'before', values: ['2026-11-01T00:00:00Z'] }], false, 'create_date<2026-11-01T00:00:00Z'],
    [[{ field: 'team_id', op: 'not', values: ['3', '4'] }], false, 'not team_id in (3,4)'],
    [[{ field: 'name', op: 'is', values: ['null'] }], false, 'name="null"'],
  ]) {
    assert.equal(write(list, any), text);
    assert.deepEqual(read(text), { conditions: list, any });
  }
});
await test('an expression that is more than conditions is kept as it is', () => {
  for (const text of ['not (priority>=2 and team_id=1)', 'priority>=2 and (color=3 or team_id=1)', '(priority>=2', 'priority>=2)', 'color=3', 'priority >', 'name contains "x']) {
    assert.deepEqual(read(text), { conditions: [{ raw: text }], any: false });
  }
});
await test('TKT-8: groups in groups become an expression and come back the same', () => {
  const p = { field: 'priority', op: 'from', values: ['2'] }, one = { field: 'team_id', op: 'is', values: ['1'] }, two = { field: 'team_id', op: 'empty', values: [] };
  for (const [text, conditions, any] of [
    ['priority>=2 and (team_id=1 or team_id=null)', [p, { any: true, conditions: [one, two] }], false],
    ['(priority>=2 and (team_id=1 or team_id=null)) or team_id=1', [{ any: false, conditions: [p, { any: true, conditions: [one, two] }] }, one], true],
  ]) {
    assert.deepEqual(read(text), { conditions, any });
    assert.equal(write(conditions, any), text);
  }
  assert.deepEqual(read('priority>=2 and team_id=1 or team_id=null'), { any: true, conditions: [{ any: false, conditions: [p, one] }, two] }, 'and binds closer than or');
  assert.deepEqual(read('((priority>=2))'), { any: false, conditions: [p] });
  assert.equal(write([p, { any: true, conditions: [one] }]), 'priority>=2 and team_id=1');
});
await test('a month inside a period keeps to the period', () => {
  assert.deepEqual(within({ 'create_date.gte': '2026-11-10T00:00:00Z' }, 'create_date.month', '2026-11'),
    { 'create_date.gte': '2026-11-10T00:00:00Z', 'create_date.lt': '2026-12-01T00:00:00Z' });
  assert.deepEqual(within({}, 'team_id', null), { team_id: 'null' });
});

const { reordered } = await bare('board.js', 'const batch = 0;\n');
await test('STG-4: a stage moves by one write where there is room, else all are numbered again', () => {
  const s = (id, sequence) => ({ id, sequence });
  const list = [s(1, 10), s(2, 20), s(3, 30)];
  assert.deepEqual(reordered(list, 2, 0), [[list[2], 0]]);
  assert.deepEqual(reordered(list, 0, 1), [[list[0], 25]]);
  const tight = [s(1, 1), s(2, 2), s(3, 3)];
  assert.deepEqual(reordered(tight, 2, 1), [[tight[0], 10], [tight[2], 20], [tight[1], 30]]);
});

console.log(`1..${n}`);
process.exitCode = failed ? 1 : 0;
