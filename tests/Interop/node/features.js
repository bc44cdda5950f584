// The documented features of the npm client etcd3, one after another, against the server on 127.0.0.1:<first argument>.
// Prints one line per feature and ends with 0, or with the error of the first that failed.
'use strict';

const assert = require('node:assert');
const { once } = require('node:events');
const { Etcd3, EtcdLockFailedError, EtcdLeaseInvalidError } = require('etcd3');

const port = process.argv[2];

function wait(milliseconds) {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}

async function until(condition) {
  while (!(await condition())) await wait(20);
}

const features = {
  async putGetDelete(client) {
    await client.put('foo').value('bar');
    assert.strictEqual(await client.get('foo').string(), 'bar');
    await client.put('n').value(5);
    assert.strictEqual(await client.get('n').number(), 5);
    await client.put('j').value(JSON.stringify({ a: [1] }));
    assert.deepStrictEqual(await client.get('j').json(), { a: [1] });
    assert.deepStrictEqual(await client.get('foo').buffer(), Buffer.from('bar'));
    assert.strictEqual(await client.get('foo').exists(), true);
    const previous = await client.put('foo').value('baz').getPrevious();
    assert.strictEqual(previous.value.toString(), 'bar');
    await client.put('foo').touch();
    assert.strictEqual(await client.get('foo').string(), 'baz');
    assert.strictEqual((await client.delete().key('foo')).deleted, '1');
    assert.strictEqual(await client.get('foo').string(), null);
  },

  async ranges(client) {
    for (const key of ['r/1', 'r/2', 'r/3']) await client.put(key).value(key + '!');
    assert.deepStrictEqual(await client.getAll().prefix('r/').strings(), { 'r/1': 'r/1!', 'r/2': 'r/2!', 'r/3': 'r/3!' });
    assert.deepStrictEqual(await client.getAll().prefix('r/').sort('Key', 'Descend').keys(), ['r/3', 'r/2', 'r/1']);
    assert.deepStrictEqual(await client.getAll().prefix('r/').limit(2).keys(), ['r/1', 'r/2']);
    assert.strictEqual(await client.getAll().prefix('r/').count(), 3);
    const old = (await client.get('r/1').exec()).header.revision;
    await client.put('r/1').value('changed');
    assert.strictEqual(await client.get('r/1').revision(old).string(), 'r/1!');
    assert.strictEqual((await client.delete().prefix('r/')).deleted, '3');
  },

  async namespaces(client) {
    const inner = client.namespace('inner/');
    await inner.put('key').value('value');
    assert.strictEqual(await client.get('inner/key').string(), 'value');
    assert.deepStrictEqual(await inner.getAll().strings(), { key: 'value' });
    await inner.delete().all();
    assert.strictEqual(await client.get('inner/key').string(), null);
  },

  async transactions(client) {
    await client.put('t').value('1');
    const good = await client.if('t', 'Value', '==', '1').and('t', 'Version', '>', 0)
      .then(client.put('t').value('2'), client.get('t')).else(client.put('t').value('wrong')).commit();
    assert.strictEqual(good.succeeded, true);
    assert.strictEqual(good.responses.length, 2);
    const bad = await client.if('t', 'Create', '==', 0).then(client.put('t').value('wrong')).else(client.get('t')).commit();
    assert.strictEqual(bad.succeeded, false);
    assert.strictEqual(bad.responses[0].response_range.kvs[0].value.toString(), '2');
  },

  async softwareTransactionalMemory(client) {
    await client.put('balance').value(0);
    const deposits = Array.from({ length: 8 }, () => client.stm({ retries: 100 }).transact(async tx => {
      const balance = Number(await tx.get('balance').string());
      await tx.put('balance').value(balance + 1);
    }));
    await Promise.all(deposits);
    assert.strictEqual(await client.get('balance').number(), 8);
  },

  async watches(client) {
    const watcher = await client.watch().prefix('w/').withPreviousKV().create();
    const seen = [];
    watcher.on('put', (kv, previous) => seen.push(`put ${kv.key}=${kv.value} before ${previous ? previous.value : ''}`));
    watcher.on('delete', (kv, previous) => seen.push(`delete ${kv.key} before ${previous.value}`));
    await client.put('w/1').value('a');
    await client.put('w/1').value('b');
    await client.delete().key('w/1');
    await until(() => seen.length === 3);
    assert.deepStrictEqual(seen, ['put w/1=a before ', 'put w/1=b before a', 'delete w/1 before b']);
    await watcher.cancel();
  },

  async watchOfThePast(client) {
    const { header } = await client.put('p').value('1');
    await client.put('p').value('2');
    const watcher = await client.watch().key('p').startRevision(header.revision).watcher();
    const values = [];
    watcher.on('put', kv => values.push(kv.value.toString()));
    await until(() => values.length === 2);
    assert.deepStrictEqual(values, ['1', '2']);
    await watcher.cancel();
  },

  async leases(client) {
    const lease = client.lease(30);
    await lease.put('leased').value('x');
    assert.strictEqual(await client.get('leased').string(), 'x');
    await lease.keepaliveOnce();
    await lease.revoke();
    assert.strictEqual(await client.get('leased').string(), null);
    const short = client.lease(1, { autoKeepAlive: false });
    await short.put('short').value('x');
    await until(async () => (await client.get('short').string()) === null);
    await assert.rejects(short.keepaliveOnce(), EtcdLeaseInvalidError);
  },

  async locks(client) {
    const lock = await client.lock('door').ttl(30).acquire();
    await assert.rejects(client.lock('door').acquire(), EtcdLockFailedError);
    await lock.release();
    const answer = await client.lock('door').do(async () => 'inside');
    assert.strictEqual(answer, 'inside');
  },

  async elections(client) {
    const election = client.election('chief', 10);
    const first = election.campaign('first');
    await once(first, 'elected');
    assert.strictEqual(await election.leader(), 'first');
    const observer = await election.observe();
    await until(() => observer.leader() === 'first');
    const other = client.election('chief', 10);
    const second = other.campaign('second');
    await first.proclaim('still first');
    await until(() => observer.leader() === 'still first');
    const elected = once(second, 'elected');
    await first.resign();
    await elected;
    await until(() => observer.leader() === 'second');
    await observer.cancel();
    await second.resign();
  },

  async clusterAndMaintenance(client) {
    const members = await client.cluster.memberList({});
    assert.strictEqual(members.members.length, 1);
    const status = await client.maintenance.status();
    assert.strictEqual(status.leader, members.members[0].ID);
    await client.maintenance.defragment();
    assert.ok(Number((await client.maintenance.hash()).hash) > 0);
    const { header } = await client.put('compact').value('1');
    await client.kv.compact({ revision: header.revision });
    await assert.rejects(client.get('compact').revision(1).exec());
  },

  async usersAndRoles(client) {
    const role = client.role('reader');
    await role.create();
    await role.grant({ permission: 'Readwrite', range: client.range({ prefix: 'open/' }) });
    assert.strictEqual((await role.permissions()).length, 1);
    const user = client.user('visitor');
    await user.create('secret');
    await user.addRole('reader');
    assert.deepStrictEqual((await user.roles()).map(r => r.name), ['reader']);
    const root = client.user('root');
    await root.create('rootpw');
    await client.role('root').create();
    await root.addRole('root');
    await client.auth.authEnable();
    const visitor = new Etcd3({ hosts: `127.0.0.1:${port}`, auth: { username: 'visitor', password: 'secret' } });
    await visitor.put('open/x').value('1');
    assert.strictEqual(await visitor.get('open/x').string(), '1');
    await assert.rejects(visitor.put('closed').value('1').exec(), /permission denied/);
    await assert.rejects(client.get('open/x').string(), /user name is empty/);
    const admin = new Etcd3({ hosts: `127.0.0.1:${port}`, auth: { username: 'root', password: 'rootpw' } });
    await admin.auth.authDisable();
    admin.close();
    visitor.close();
    await user.delete();
    await role.delete();
  },
};

async function main() {
  const client = new Etcd3({ hosts: `127.0.0.1:${port}` });
  for (const [name, feature] of Object.entries(features)) {
    console.log(name);
    await feature(client);
  }
  client.close();
  console.log('done');
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
