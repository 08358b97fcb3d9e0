# Python's own XML-RPC client against the Odoo-compatible door: base, database, login, password.  A line of JSON a step.

import datetime
import json
import sys
import xmlrpc.client

base, db, login, password = sys.argv[1:5]


def step(name, got, want):
    print(json.dumps({'step': name, 'ok': got == want and type(got) is type(want), 'got': repr(got)}))


common = xmlrpc.client.ServerProxy(base + '/xmlrpc/2/common')
models = xmlrpc.client.ServerProxy(base + '/xmlrpc/2/object', allow_none=True, use_builtin_types=True)
uid = common.authenticate(db, login, password, {})


def kw(model, method, args, kwargs=None):
    return models.execute_kw(db, uid, password, model, method, args, {} if kwargs is None else kwargs)


def fault(*call):
    try:
        return kw(*call)
    except xmlrpc.client.Fault as e:
        return e.faultCode


version = common.version()
step('version: struct of text, array and number', [version['server_serie'], version['server_version_info'][0], version['protocol_version']],
     ['17.0', 17, 1])
step('authenticate: int', type(uid), int)
step('bad credentials: boolean', common.authenticate(db, login, 'wrong', {}), False)

odd = 'Tõ <b>&amp; "quotes" ]]> \u6f22 \U0001f600'
ticket = kw('helpdesk.ticket', 'create', [{'name': odd, 'description': None, 'priority': '2'}])
step('create: int', type(ticket), int)
row = kw('helpdesk.ticket', 'read', [[ticket], ['name', 'description', 'priority', 'active', 'team_id', 'user_id', 'tag_ids', 'open_hours', 'create_date']])[0]
step('text of any kind', row['name'], odd)
step('nil sent is unset', row['description'], False)
step('selection', row['priority'], '2')
step('boolean', row['active'], True)
step('many2one: array of int and text', [type(v) for v in row['team_id']], [int, str])
step('an empty many2one', row['user_id'], False)
step('an empty list', row['tag_ids'], [])
step('double', type(row['open_hours']), float)
step('a time is a text', len(datetime.datetime.strptime(row['create_date'], '%Y-%m-%d %H:%M:%S').isoformat()), 19)
step('boolean sent', kw('helpdesk.ticket', 'write', [[ticket], {'active': False}]), True)
step('double sent as a whole number', kw('helpdesk.ticket', 'write', [[ticket], {'color': 3.0, 'active': True}]), True)
step('... and kept', kw('helpdesk.ticket', 'read', [ticket, ['color']])[0]['color'], 3)
step('dateTime.iso8601 in a domain', kw('helpdesk.ticket', 'search_count',
     [[['id', '=', ticket], ['create_date', '>', datetime.datetime(2020, 1, 2, 3, 4, 5)]]]), 1)
content = bytes(range(256))
file = kw('ir.attachment', 'create', [{'name': 'b.bin', 'datas': content, 'res_model': 'helpdesk.ticket', 'res_id': ticket}])
step('base64 sent', xmlrpc.client.base64.b64decode(kw('ir.attachment', 'read', [[file], ['datas']])[0]['datas']), content)
step('an array of arrays', kw('helpdesk.ticket', 'search', [['|', ['id', '=', ticket], ['id', '=', 0]]]), [ticket])
step('fault 2: a missing record', fault('helpdesk.ticket', 'read', [[999999], ['name']]), 2)
step('fault 1: no such method', fault('helpdesk.ticket', 'no_method', []), 1)
step('fault 4: a private method', fault('helpdesk.ticket', '_x', []), 4)
