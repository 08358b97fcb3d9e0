/* The one module that talks to the server. */

const ROOT = '/api/v1';
const TRIES = 3;

let csrf = '';
let signInAgain = null;     /* async () => boolean, set by main.js */

export const setCsrf = (value) => { csrf = value ?? ''; };
export const onSignedOut = (ask) => { signInAgain = ask; };

/** An answer that is not 2xx, or no answer at all (status 0). */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? (status === 0 ? 'offline' : 'unknown');
    this.fields = body.fields ?? [];
    this.retryAfter = retryAfter;
  }
}

export function query(values = {}) {
  const pairs = Object.entries(values).filter(([, v]) => v !== undefined && v !== '');
  return pairs.length ? '?' + new URLSearchParams(pairs.map(([k, v]) => [k, String(v)])) : '';
}

/* Works on plain http too, where crypto.randomUUID is missing. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

/* fetch does not tell how much of a file has gone up: progress(share) does. */
const climb = (url, { method, headers, body, signal }, progress) => new Promise((done, fail) => {
  const x = new XMLHttpRequest();
  x.open(method, url);
  for (const [name, value] of Object.entries(headers)) x.setRequestHeader(name, value);
  x.upload.onprogress = (e) => { if (e.lengthComputable) progress(e.loaded / e.total); };
  x.onload = () => done({ ok: x.status >= 200 && x.status < 300, status: x.status, text: async () => x.responseText,
    headers: { get: (name) => x.getResponseHeader(name) } });
  x.onerror = () => fail(new TypeError());
  x.onabort = () => fail(new DOMException('', 'AbortError'));
  signal?.addEventListener('abort', () => x.abort());
  x.send(body);
});

async function once(method, path, { body, type, ifMatch, key, signal, progress }) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = type ?? 'application/json';
  if (method !== 'GET' && csrf) headers['X-CSRF'] = csrf;
  if (ifMatch !== undefined) headers['If-Match'] = `"v${ifMatch}"`;
  if (key) headers['Idempotency-Key'] = key;
  let answer;
  try {
    const request = { method, headers, signal, credentials: 'same-origin', cache: 'no-store',
      body: body === undefined || type ? body : JSON.stringify(body) };
    answer = await (progress ? climb(ROOT + path, request, progress) : fetch(ROOT + path, request));
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    throw new Problem(0);
  }
  if (answer.status === 204) return null;
  const text = await answer.text();
  let value = {};
  try { value = text ? JSON.parse(text) : {}; } catch { /* an error page of a proxy */ }
  if (!answer.ok) throw new Problem(answer.status, value, Number(answer.headers.get('Retry-After')) || 0);
  return value;
}

/* Reads, and writes that carry a key, are repeated when the server is busy or the line is gone. */
async function send(method, path, options = {}) {
  const o = { ...options, key: method === 'POST' && !options.plain ? options.key ?? newKey() : undefined };
  for (let n = 1; ; n++) {
    try {
      return await once(method, path, o);
    } catch (e) {
      if (!(e instanceof Problem)) throw e;
      if (e.status === 401 && !options.plain && signInAgain && await signInAgain()) continue;
      const again = (e.status === 503 || e.status === 0) && (method === 'GET' || o.key) && n < TRIES;
      if (!again) throw e;
      await pause(Math.min(e.retryAfter * 1000 || 300 * n, 5000));
    }
  }
}

export const api = {
  /** The address of an answer, for a link that downloads it. */
  url: (path, values) => ROOT + path + query(values),
  get: (path, values, options) => send('GET', path + query(values), options),
  post: (path, body, options) => send('POST', path, { body, ...options }),
  /** A file as it is; type: its media type; options: progress(share), signal. */
  upload: (path, file, type, options) => send('POST', path, { body: file, type, ...options }),
  patch: (path, body, ifMatch) => send('PATCH', path, { body, ifMatch }),
  put: (path, body) => send('PUT', path, { body }),
  delete: (path, ifMatch) => send('DELETE', path, { ifMatch }),
  /** Every page of a list; for short lists such as teams and stages. */
  async all(path, values = {}) {
    const items = [];
    let after;
    do {
      const page = await send('GET', path + query({ limit: 200, ...values, after }));
      items.push(...page.items);
      after = page.next;
    } while (after && items.length < 5000);
    return items;
  },
};

export async function fetchCatalog(lang) {
  const answer = await fetch(new URL(`../i18n/${lang}.json`, import.meta.url));
  if (!answer.ok) throw new Problem(answer.status);
  return answer.json();
}
