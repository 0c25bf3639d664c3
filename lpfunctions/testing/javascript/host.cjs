// Runs the functions of one platform. Standard input says to which port of loopback to connect, and the secret to send
// there first. JSON lines in: {define, file, source, generation, env}, {call, function, input, limitMs} and {alive};
// JSON lines out: {call, ending, value | failure, logs} and {alive}.
// Every instance is a worker thread: it has an environment and a heap of its own, and can be ended in mid-loop.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const readline = require('node:readline');
const {Worker} = require('node:worker_threads');
const {CallLog} = require('./call_log.cjs');

const WORKER = path.join(__dirname, 'worker.cjs');
const HEAP_MB = 256;
const MOST_INSTANCES = 8;

const {port, secret} = JSON.parse(fs.readFileSync(0, 'utf8'));
const channel = net.connect({port, host: '127.0.0.1', noDelay: true});
const say = message => channel.write(JSON.stringify(message) + '\n');

function answer(call, ending) {
  say({call: call.id, logs: call.log.stored(), ...ending});
}

function crash(error) {
  const message = error?.message ?? String(error);
  return {ending: 'failed', failure: {name: error?.name ?? 'Error', message, stack: error?.stack ?? '', crashed: true}};
}

// One running copy of a function, and the calls inside it.
class Instance {
  constructor(definition, gone) {
    this.calls = new Map();
    this.retired = false;
    this.worker = new Worker(WORKER, {
      workerData: definition, env: definition.env, resourceLimits: {maxOldGenerationSizeMb: HEAP_MB},
      stdout: true, stderr: true, // read here instead of being passed on, and forgotten, as the platform does
    });
    this.worker.stdout.resume();
    this.worker.stderr.resume();
    this.worker.on('message', message => this.hear(message));
    this.worker.on('error', error => this.fall(error));
    this.worker.on('exit', () => {
      this.fall(new Error('the function ended its own process'));
      gone(this);
    });
    this.changed = () => {};
  }

  start(call) {
    this.calls.set(call.id, call);
    this.limit(call); // of loading the code; the call itself has the whole limit again
    this.worker.postMessage({call: call.id, input: call.input});
  }

  // The function can reach the worker's port, too: what it posts there is not understood, and harms nobody.
  hear(message) {
    const call = this.calls.get(message?.call);
    if (!call) return;
    const {call: _, started, log, ...ending} = message;
    if (log) call.log.add(log);
    else if (started) this.limit(call);
    else this.end(call, ending);
  }

  limit(call) {
    clearTimeout(call.timer);
    if (call.limitMs !== null) call.timer = setTimeout(() => this.overrun(call), call.limitMs);
  }

  end(call, ending) {
    clearTimeout(call.timer);
    this.calls.delete(call.id);
    answer(call, ending);
    if (this.retired && this.calls.size === 0) this.worker.terminate();
    this.changed();
  }

  // Others in the same instance may go on, unless it hangs: then their own limits end them. It takes no new calls.
  overrun(call) {
    this.retired = true;
    this.end(call, {ending: 'overran'});
  }

  fall(error) {
    this.retired = true;
    for (const call of [...this.calls.values()]) this.end(call, crash(error));
  }
}

// All instances of one function. On V1 an instance serves many calls at once, on V2 one at a time.
class Deployment {
  constructor(definition) {
    this.definition = definition;
    this.share = definition.generation === 'v1' ? Infinity : 1;
    this.instances = new Set();
    this.waiting = [];
  }

  take(call) {
    this.waiting.push({...call, log: new CallLog(this.definition.generation)});
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
    const instance = new Instance(this.definition, gone => this.instances.delete(gone));
    instance.changed = () => this.dispatch();
    this.instances.add(instance);
    return instance;
  }
}

const deployments = new Map();
channel.write(secret);
channel.on('error', () => process.exit(0)); // the platform is gone
const lines = readline.createInterface({input: channel, crlfDelay: Infinity});
lines.on('line', line => {
  const {alive, define, call, function: key, ...rest} = JSON.parse(line);
  if (alive) say({alive});
  else if (define !== undefined) deployments.set(define, new Deployment(rest));
  else deployments.get(key).take({id: call, ...rest});
});
lines.on('close', () => process.exit(0)); // the platform is gone, too
