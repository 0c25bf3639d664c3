// node --test emulator.test.mjs

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { Emulator } from './emulator.mjs';

let emulator;
before(async () => {
  emulator = await Emulator.start({ account: '4711', python: process.env.PYTHON ?? 'python3' });
});
beforeEach(() => emulator.reset());
after(() => emulator.stop());

// What is to be tested; a real program would use LivePerson's client.
async function greeting(uuid) {
  const { LPFUNCTIONS_CLIENT_ID: id, LPFUNCTIONS_CLIENT_SECRET: secret } = emulator.environment;
  const granted = await fetch(`${emulator.url}/sentinel/api/account/4711/app/token?v=2.0`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }),
  });
  const { access_token: token } = await granted.json();
  const response = await fetch(`${emulator.url}/api/account/4711/lambdas/${uuid}/invoke?v=1&externalSystem=test`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ timestamp: Date.now(), headers: [], payload: { name: 'Ada' } }),
  });
  return response.ok ? response.json() : `sorry: ${response.status}`;
}

test('a customer is greeted', async () => {
  const greet = await emulator.deploy({ name: 'greet', returns: 'Hello Ada' });
  assert.equal(await greeting(greet.uuid), 'Hello Ada');
  const [invocation] = await emulator.journal('invoke');
  assert.deepEqual(invocation.request.json.payload, { name: 'Ada' });
});

test('an outage is told', async () => {
  const greet = await emulator.deploy({ name: 'greet', returns: 'Hello Ada' });
  await emulator.failNext({ status: 503, kind: 'invoke' });
  assert.equal(await greeting(greet.uuid), 'sorry: 503');
});

test('each test begins anew', async () => {
  assert.deepEqual(await emulator.journal(), []);
  await assert.rejects(emulator.deploy({ name: 'greet' }), /one of returns \(JSON\), throws \(text\) and code/);
});
