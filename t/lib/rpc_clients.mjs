/*
 * npm clients of Odoo's external API, unchanged, against the desk: node rpc_clients.mjs CLIENT URL DATABASE LOGIN PASSWORD TOKEN
 * Prints one line of JSON a step: {"step", "ok", "got"}; t/604-rpc-clients.t reads them.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../html/package.json', import.meta.url));
const [client, url, db, username, password, token] = process.argv.slice(2);
const port = Number(new URL(url).port);
const baseUrl = `http://${new URL(url).hostname}`;

async function step(name, run) {
  try {
    await run();
    console.log(JSON.stringify({ step: name, ok: true }));
  } catch (e) {
    console.log(JSON.stringify({ step: name, ok: false, got: String(e?.faultString ?? e?.message ?? e) }));
  }
}

async function odooAwait() {
  const Odoo = require('odoo-await');
  const odoo = new Odoo({ baseUrl, port, db, username, password });
  let id, second;
  await step('connect', async () => assert.equal(typeof await odoo.connect(), 'number'));
  await step('connect with a wrong password', () => assert.rejects(() => new Odoo({ baseUrl, port, db, username, password: 'x' }).connect(), /invalid credentials/));
  await step('create', async () => {
    id = await odoo.create('res.partner', { name: 'Kool Keith', email: 'lostinspace@example.com', phone: '<5> & 6' });
    assert.equal(typeof id, 'number');
  });
  await step('create with an external id', async () => {
    second = await odoo.create('res.partner', { name: 'Jack Tender' }, 'external-1', 'a_module');
    assert.equal(typeof second, 'number');
  });
  await step('read', async () => {
    const [record] = await odoo.read('res.partner', id, ['name', 'email', 'phone', 'company_id', 'parent_id']);
    assert.deepEqual({ ...record, company_id: 0 },
      { id, name: 'Kool Keith', email: 'lostinspace@example.com', phone: '<5> & 6', company_id: 0, parent_id: false });
    assert.equal((await odoo.read('res.partner', [id, second])).length, 2);
    assert.ok('display_name' in (await odoo.read('res.partner', id))[0]);
  });
  await step('update', async () => {
    assert.equal(await odoo.update('res.partner', id, { phone: '0451', email: 'ąčę€@example.com' }), true);
    assert.equal((await odoo.read('res.partner', [id], ['phone']))[0].phone, '0451');
    assert.equal(await odoo.update('res.partner', [id, second], { phone: '0452' }), true);
  });
  await step('searchRead with an object', async () => {
    const found = await odoo.searchRead('res.partner', { name: 'Kool Keith' });
    assert.deepEqual(found.map((r) => r.id), [id]);
    assert.equal(found[0].phone, '0452');
  });
  await step('searchRead with a list as value', async () =>
    assert.equal((await odoo.searchRead('res.partner', { id: [id, second] })).length, 2));
  await step('searchRead with fields and options', async () => {
    const found = await odoo.searchRead('res.partner', ['phone', '=', '0452'], ['name'], { limit: 1, order: 'name desc' });
    assert.deepEqual(found, [{ id, name: 'Kool Keith' }]);
    const rest = await odoo.searchRead('res.partner', [['phone', '=', '0452']], ['name'], { limit: 5, offset: 1, order: 'name desc', context: { lang: 'lt_LT' } });
    assert.deepEqual(rest, [{ id: second, name: 'Jack Tender' }]);
  });
  await step('search', async () => {
    assert.deepEqual((await odoo.search('res.partner', { name: 'Jack Tender' })), [second]);
    assert.deepEqual(await odoo.search('res.partner', ['|', ['name', '=', 'Jack Tender'], ['name', '=', 'Nobody']]), [second]);
    assert.ok((await odoo.search('res.partner', {})).length >= 2);
    assert.ok((await odoo.search('res.partner')).length >= 2);
  });
  await step('getFields', async () => {
    const fields = await odoo.getFields('res.partner');
    assert.equal(fields.name.type, 'char');
    assert.equal(typeof fields.name.string, 'string');
    assert.deepEqual(Object.keys((await odoo.getFields('res.partner', ['type'])).name), ['type']);
  });
  await step('tickets with lists of records', async () => {
    const ticket = await odoo.create('helpdesk.ticket', { name: 'Printer ąčę €', partner_id: id, tag_ids: { action: 'create', value: [{ name: 'npm-a' }, { name: 'npm-b' }] } });
    let [t] = await odoo.read('helpdesk.ticket', ticket, ['tag_ids', 'partner_id', 'team_id']);
    assert.equal(t.tag_ids.length, 2);
    assert.deepEqual(t.partner_id, [id, 'Kool Keith']);
    await odoo.update('helpdesk.ticket', ticket, { tag_ids: { action: 'remove', id: t.tag_ids[0] } });
    await odoo.update('helpdesk.ticket', ticket, { tag_ids: { action: 'add', id: [t.tag_ids[0]] } });
    await odoo.update('helpdesk.ticket', ticket, { tag_ids: { action: 'replace', id: [t.tag_ids[1]] } });
    assert.deepEqual((await odoo.read('helpdesk.ticket', ticket, ['tag_ids']))[0].tag_ids, [t.tag_ids[1]]);
    await odoo.update('helpdesk.ticket', ticket, { tag_ids: { action: 'clear' } });
    assert.deepEqual((await odoo.read('helpdesk.ticket', ticket, ['tag_ids']))[0].tag_ids, []);
    await odoo.action('helpdesk.ticket', 'action_archive', ticket);
    assert.equal((await odoo.searchRead('helpdesk.ticket', { id: ticket }, ['active'])).length, 0);
    await odoo.action('helpdesk.ticket', 'action_unarchive', [ticket]);
    await odoo.delete('helpdesk.ticket', ticket);
  });
  await step('external ids', async () => {
    assert.equal(await odoo.searchByExternalId('external-1'), second);
    assert.equal((await odoo.readByExternalId('external-1', ['name'])).name, 'Jack Tender');
    assert.equal(await odoo.updateByExternalId('external-1', { phone: '7' }), true);
    await odoo.createExternalId('res.partner', id, 'external-2');
    assert.equal(await odoo.searchByExternalId('external-2'), id);
    await odoo.deleteByExternalId('external-1');
    await assert.rejects(() => odoo.read('res.partner', second, ['name']), (e) => e.faultCode === 2);
  });
  await step('delete', async () => {
    assert.equal(await odoo.delete('res.partner', id), true);
    assert.deepEqual(await odoo.search('res.partner', { id: [id, second] }), []);
  });
  await step('faults', async () => {
    await assert.rejects(() => odoo.create('res.partner', { no_such_field: 1 }), (e) => e.faultCode === 1);
    await assert.rejects(() => odoo.execute_kw('res.partner', '_private', [[]]), (e) => e.faultCode === 4);
  });
}

async function odooXmlrpc() {
  const Odoo = require('odoo-xmlrpc');
  const odoo = new Odoo({ url, db, username, password });
  const ask = (...args) => new Promise((resolve, reject) => odoo.execute_kw(...args, (e, v) => e ? reject(e) : resolve(v)));
  let id;
  await step('connect', () => new Promise((resolve, reject) => odoo.connect((e, uid) => e ? reject(e) : resolve(assert.equal(typeof uid, 'number')))));
  await step('create', async () => { id = await ask('res.partner', 'create', [[{ name: 'Second client' }]]); assert.equal(typeof id, 'number'); });
  await step('read', async () => assert.equal((await ask('res.partner', 'read', [[id], { fields: ['name'] }]))[0].name, 'Second client'));
  await step('search', async () => assert.deepEqual(await ask('res.partner', 'search', [[[['name', '=', 'Second client']]], { limit: 1, offset: 0 }]), [id]));
  await step('search_count', async () => assert.equal(await ask('res.partner', 'search_count', [[[['name', '=', 'Second client']]]]), 1));
  await step('write', async () => assert.equal(await ask('res.partner', 'write', [[[id], { name: 'Renamed' }]]), true));
  await step('name_search', async () => assert.deepEqual(await ask('res.partner', 'name_search', [['Renamed']]), [[id, 'Renamed']]));
  await step('unlink', async () => assert.equal(await ask('res.partner', 'unlink', [[[id]]]), true));
  await step('what is gone', async () => {
    await assert.rejects(() => new Promise((resolve, reject) => odoo.exec_workflow('a', 'b', [], (e, v) => e ? reject(e) : resolve(v))), (e) => e.faultCode === 1);
    await assert.rejects(() => new Promise((resolve, reject) => odoo.render_report('a', [[1]], (e, v) => e ? reject(e) : resolve(v))), (e) => e.faultCode === 1);
  });
}

async function odooJsonrpc(config) {
  const mod = require('@fernandoslim/odoo-jsonrpc');
  const OdooJSONRpc = mod.default ?? mod.OdooJSONRpc ?? mod;
  const odoo = new OdooJSONRpc({ baseUrl, port, db, username, ...config });
  let id;
  await step('connect', async () => { await odoo.connect(); assert.equal(typeof odoo.uId, 'number'); });
  await step('create', async () => { id = await odoo.create('res.partner', { name: 'Third client' }); assert.equal(typeof id, 'number'); });
  await step('read', async () => {
    assert.deepEqual(await odoo.read('res.partner', id, ['name']), [{ id, name: 'Third client' }]);
    assert.equal((await odoo.read('res.partner', [id]))[0].name, 'Third client');
  });
  await step('update', async () => assert.equal(await odoo.update('res.partner', id, { name: 'Renamed too' }), true));
  await step('search', async () => assert.deepEqual(await odoo.search('res.partner', [['name', '=', 'Renamed too']]), [id]));
  await step('searchRead', async () => assert.deepEqual(
    await odoo.searchRead('res.partner', [['name', '=', 'Renamed too']], ['name'], { limit: 5, order: 'id asc' }), [{ id, name: 'Renamed too' }]));
  await step('searchRead without options', async () => assert.equal((await odoo.searchRead('res.partner', [], ['name'])).length >= 1, true));
  await step('getFields', async () => assert.equal((await odoo.getFields('res.partner')).email.type, 'char'));
  await step('action', async () => {
    await odoo.action('res.partner', 'action_archive', [id]);
    assert.deepEqual(await odoo.search('res.partner', [['name', '=', 'Renamed too']]), []);
    await odoo.action('res.partner', 'action_unarchive', [id]);
  });
  await step('external ids', async () => {
    await odoo.createExternalId('res.partner', id, `third-${id}`);
    assert.equal(await odoo.searchByExternalId(`third-${id}`), id);
    assert.equal((await odoo.readByExternalId(`third-${id}`, ['name'])).name, 'Renamed too');
    assert.equal(await odoo.updateByExternalId(`third-${id}`, { name: 'Again' }), true);
    assert.equal(await odoo.deleteByExternalId(`third-${id}`), true);
  });
  await step('a fault is a message', () => assert.rejects(() => odoo.call_kw('no.model', 'search', [[]]), /no\.model/));
  if (config.password) {
    const resumed = new OdooJSONRpc({ baseUrl, port, db, sessionId: odoo.sessionId });
    await step('resume a session', async () => assert.equal((await resumed.connect()).username, username));
    await step('disconnect', () => odoo.disconnect());
    await step('... is over', () => assert.rejects(() => resumed.search('res.partner', []), /session/i));
  }
}

const all = {
  'odoo-await': odooAwait, 'odoo-xmlrpc': odooXmlrpc,
  'odoo-jsonrpc password': () => odooJsonrpc({ password }), 'odoo-jsonrpc key': () => odooJsonrpc({ apiKey: token }),
};
await all[client]();
