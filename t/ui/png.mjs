/* A PNG as Chromium writes it, with a palette of 256 colours: a third of the bytes, and pages look the same. */
import { deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 256;

function chunks(png) {
  const list = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    list.push([png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length)]);
    at += length + 12;
  }
  return list;
}

const paeth = (a, b, c) => {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
};

/* Rows of bytes with their filters undone. */
function unfilter(data, width, height, size) {
  const stride = width * size, out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const kind = data[y * (stride + 1)], from = y * (stride + 1) + 1, to = y * stride;
    for (let x = 0; x < stride; x++) {
      const a = x >= size ? out[to + x - size] : 0, b = y ? out[to + x - stride] : 0, c = x >= size && y ? out[to + x - stride - size] : 0;
      out[to + x] = data[from + x] + [0, a, b, (a + b) >> 1, paeth(a, b, c)][kind];
    }
  }
  return out;
}

/* Median cut: the box with the widest side is halved where half of its pixels are. */
function palette(counts) {
  const boxes = [[...counts].map(([rgb, n]) => ({ v: [rgb >> 16, (rgb >> 8) & 255, rgb & 255], n, rgb }))];
  const span = (box) => [0, 1, 2].map((i) => {
    let low = 255, high = 0;
    for (const { v } of box) { low = Math.min(low, v[i]); high = Math.max(high, v[i]); }
    return high - low;
  });
  while (boxes.length < COLOURS) {
    let widest = -1, axis = 0, most = 0;
    boxes.forEach((box, i) => {
      const s = span(box), wide = Math.max(...s);
      if (wide > most) [widest, axis, most] = [i, s.indexOf(wide), wide];
    });
    if (widest < 0) break;
    const box = boxes[widest].sort((x, y) => x.v[axis] - y.v[axis]);
    const half = box.reduce((sum, x) => sum + x.n, 0) / 2;
    let cut = 1;
    for (let sum = box[0].n; cut < box.length - 1 && sum < half; cut++) sum += box[cut].n;
    boxes.splice(widest, 1, box.slice(0, cut), box.slice(cut));
  }
  /* its most frequent colour stands for a box: large areas keep theirs to the bit */
  return boxes.map((box) => [box.reduce((x, y) => (y.n > x.n ? y : x)).rgb, box]);
}

const CRC = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});
const crc32 = (data) => ~data.reduce((c, byte) => CRC[(c ^ byte) & 255] ^ (c >>> 8), ~0) >>> 0;

function chunk(type, data) {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}

export function withPalette(png) {
  const parts = chunks(png), head = parts.find(([type]) => type === 'IHDR')[1];
  const [width, height, depth, kind, , , interlaced] = [head.readUInt32BE(0), head.readUInt32BE(4), ...head.subarray(8)];
  if (depth !== 8 || ![2, 6].includes(kind) || interlaced) return png;
  const size = kind === 2 ? 3 : 4;
  const pixels = unfilter(inflateSync(Buffer.concat(parts.filter(([type]) => type === 'IDAT').map(([, data]) => data))), width, height, size);
  const at = (i) => (pixels[i * size] << 16) | (pixels[i * size + 1] << 8) | pixels[i * size + 2];
  const counts = new Map();
  for (let i = 0; i < width * height; i++) counts.set(at(i), (counts.get(at(i)) ?? 0) + 1);
  const chosen = palette(counts), index = new Map(chosen.flatMap(([, box], i) => box.map((x) => [x.rgb, i])));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = index.get(at(y * width + x));
  const header = Buffer.from(head);
  header[9] = 3;
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('PLTE', Buffer.from(chosen.flatMap(([rgb]) => [rgb >> 16, (rgb >> 8) & 255, rgb & 255]))),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0))]);
}
