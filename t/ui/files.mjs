/*
 * The files of a ticket in a real browser: chosen, dropped, seen live, hidden from customers, deleted.  TAP.
 * node t/ui/files.mjs BASE_URL LOGIN PASSWORD, where LOGIN is an administrator.
 */
import { desk, step } from './browser.mjs';

const [base, login, password] = process.argv.slice(2);
if (!password) {
  console.log('Bail out! usage: node t/ui/files.mjs BASE_URL LOGIN PASSWORD');
  process.exit(2);
}
const { page, go, call, signIn, inspect, done } = await desk(base);
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const names = () => page.locator('.files .file-name').allInnerTexts();
const until = async (want) => {
  await page.waitForFunction((w) => JSON.stringify([...document.querySelectorAll('.files .file-name')].map((x) => x.innerText)) === w, JSON.stringify(want), { timeout: 20000 });
  return true;
};

let ticket;
await step('a ticket without files says so', async () => {
  await signIn(login, password);
  ticket = await call('POST', '/tickets', { name: `Files ${Date.now()}`, description: 'x' });
  await go(`/agent/tickets/${ticket.id}`);
  await page.locator('.files p.muted').first().waitFor();
  return (await names()).length === 0;
});

await step('chosen files go up and are listed, a picture with its picture', async () => {
  await page.setInputFiles('.files input[type=file]', [{ name: 'shot.png', mimeType: 'image/png', buffer: PNG }, { name: 'log <b>.txt', mimeType: 'text/plain', buffer: Buffer.from('line\n'.repeat(1000)) }]);
  await until(['shot.png', 'log <b>.txt']);
  await page.waitForFunction(() => document.querySelector('.files img')?.naturalWidth === 1);
  return await page.locator('.files img').count() === 1 && await page.locator('.files-head h2').innerText() === 'Files 2';
});

await step('hidden from customers', async () => {
  await page.check('.files-internal input');
  await page.setInputFiles('.files input[type=file]', [{ name: 'inside.txt', mimeType: 'text/plain', buffer: Buffer.from('x') }]);
  await until(['shot.png', 'log <b>.txt', 'inside.txt']);
  const items = (await call('GET', `/tickets/${ticket.id}/attachments`)).items;
  return items.map((f) => f.internal).join() === 'false,false,true' && await page.locator('.file .tag').count() === 1;
});

await step('dropped', async () => {
  const data = await page.evaluateHandle(() => {
    const d = new DataTransfer();
    d.items.add(new File(['dropped'], 'dropped.csv', { type: 'text/csv' }));
    return d;
  });
  await page.dispatchEvent('.files', 'dragover', { dataTransfer: data });
  if (!await page.locator('.files-over').count()) return false;
  await page.dispatchEvent('.files', 'drop', { dataTransfer: data });
  return await until(['shot.png', 'log <b>.txt', 'inside.txt', 'dropped.csv']) && !await page.locator('.files-over').count();
});

await step('a download has the name and the bytes', async () => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.file-link').nth(3).click()]);
  const chunks = [];
  for await (const c of await download.createReadStream()) chunks.push(c);
  return download.suggestedFilename() === 'dropped.csv' && Buffer.concat(chunks).toString() === 'dropped';
});

await step('axe finds nothing', async () => { await inspect('ticket with files'); return true; });

await step('deleted after a question; elsewhere deleted, gone here too', async () => {
  await page.locator('.file .btn-icon').first().click();
  await page.locator('dialog .btn-danger').click();
  await until(['log <b>.txt', 'inside.txt', 'dropped.csv']);
  const items = (await call('GET', `/tickets/${ticket.id}/attachments`)).items;
  await call('DELETE', `/attachments/${items[0].id}`);
  return until(['inside.txt', 'dropped.csv']);
});

await done();
