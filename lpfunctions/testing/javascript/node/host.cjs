// Runs functions, of one project folder at a time. Standard input says to which port of loopback to connect, and the
// secret to send there first. JSON lines in: {define, file, source, version, env, folder, hosts}, {forget}, {enter},
// {check, ...}, {call, function, input, limitMs}, {asked, response} and {alive}; JSON lines out: {call, ending, value | failure,
// logs}, {call, wrong}, {asked, function, request} and {alive}.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const {CallLog} = require('./call_log.cjs');
const {Instance, crash} = require('./instance.cjs');
const {mistake} = require('./loading.cjs');

const MOST_INSTANCES = 8;
const CLOSED = () => crash(new Error('the platform was closed before the call'));

const {port, secret} = JSON.parse(fs.readFileSync(0, 'utf8'));
const channel = net.connect({port, host: '127.0.0.1', noDelay: true});
const say = message => channel.write(JSON.stringify(message) + '\n');

function answer(call, ending) {
  say({call: call.id, logs: call.log.stored(), ...ending});
}

// What instances have asked the platform, by the id that it is told.
const asked = new Map();
let questions = 0;

function ask(key, id, request, instance) {
  asked.set(++questions, {instance, id});
  say({asked: questions, function: key, request});
}

function pass({asked: question, response}) {
  const {instance, id} = asked.get(question) ?? {};
  asked.delete(question);
  instance?.worker.postMessage({asked: id, response});
}

// All instances of one function. On V1 an instance serves many calls at once, on V2 one at a time.
class Deployment {
  constructor(key, definition) {
    this.key = key;
    this.definition = definition;
    this.share = definition.version === 'v1' ? Infinity : 1;
    this.instances = new Set();
    this.waiting = [];
  }

  take(call) {
    this.waiting.push({...call, log: new CallLog(this.definition.version)});
    this.dispatch();
  }

  dispatch() {
    while (this.waiting.length > 0) {
      const instance = this.free();
      if (!instance) return;
      instance.start(this.waiting.shift());
    }
  }

  free() {
    const serving = [...this.instances].filter(instance => !instance.retired);
    const free = serving.find(instance => instance.calls.size < this.share);
    return free ?? (serving.length < MOST_INSTANCES ? this.added() : undefined);
  }

  added() {
    const instance = new Instance(this.definition, {
      answer,
      ask: (id, request, asking) => ask(this.key, id, request, asking),
      changed: () => this.dispatch(),
      gone: gone => this.instances.delete(gone),
    });
    this.instances.add(instance);
    return instance;
  }

  close() {
    const waiting = this.waiting.splice(0);
    for (const instance of this.instances) instance.close();
    for (const call of waiting) answer(call, CLOSED());
  }
}

const deployments = new Map();

const TAKES = {
  alive: ({alive}) => say({alive}),
  asked: pass,
  call: ({call, function: key, ...rest}) => {
    const deployment = deployments.get(key);
    if (deployment) deployment.take({id: call, ...rest});
    else say({call, logs: [], ...CLOSED()}); // by another thread, just now
  },
  check: ({check, ...definition}) => say({call: check, wrong: mistake(definition)}),
  define: ({define, ...definition}) => deployments.set(define, new Deployment(define, definition)),
  enter: ({enter}) => {
    try {
      process.chdir(enter);
    } catch {
      // It is gone, and what is asked of it will say so.
    }
  },
  forget: ({forget}) => {
    for (const key of forget) {
      deployments.get(key)?.close();
      deployments.delete(key);
    }
  },
};

channel.write(secret);
channel.on('error', () => process.exit(0)); // the process that started this one is gone
channel.on('close', () => process.exit(0)); // the same

function take(line) {
  const message = JSON.parse(line);
  TAKES[Object.keys(message).find(name => name in TAKES)](message);
}

let unread = '';
channel.setEncoding('utf8');
channel.on('data', text => {
  const lines = (unread + text).split('\n');
  unread = lines.pop();
  lines.forEach(take);
});
