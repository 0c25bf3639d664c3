// One running copy of a function, and the calls inside it. It is a worker thread: it has an environment and a heap of its
// own, and can be ended in mid-loop.
'use strict';

const path = require('node:path');
const {Worker} = require('node:worker_threads');

const WORKER = path.join(__dirname, 'worker.cjs');
const HEAP_MB = 256;
const LOADING_MS = 10_000; // at least; then the call has its whole limit, as on the platform, which counts no cold start
const REFILL_MS = 50; // the first call of a new instance goes first

// A thread takes longer to start than most calls take: one is kept ready.
class Threads {
  constructor() {
    this.ready = null;
    this.refilling = setTimeout(() => this.refill(), 0);
  }

  take() {
    const taken = this.ready ?? this.started();
    this.ready = null;
    clearTimeout(this.refilling);
    this.refilling = setTimeout(() => this.refill(), REFILL_MS);
    return taken;
  }

  refill() {
    this.ready ??= this.started();
  }

  started() {
    const worker = new Worker(WORKER, {
      env: {}, resourceLimits: {maxOldGenerationSizeMb: HEAP_MB},
      stdout: true, stderr: true, // read here instead of being passed on, and forgotten, as the platform does
    });
    worker.stdout.resume();
    worker.stderr.resume();
    return worker;
  }
}

const threads = new Threads();

function crash(error) {
  const message = error?.message ?? String(error);
  return {ending: 'failed', failure: {name: error?.name ?? 'Error', message, stack: error?.stack ?? '', crashed: true}};
}

class Instance {
  // `answer(call, ending)`, `ask(id, request)`, `changed()` and `gone(instance)` are told what happens.
  constructor(definition, told) {
    this.told = told;
    this.calls = new Map();
    this.retired = false;
    this.loaded = false;
    this.worker = threads.take();
    this.worker.on('message', message => this.hear(message));
    this.worker.on('error', error => this.fall(error));
    this.worker.on('exit', () => {
      this.fall(new Error('the function ended its own process'));
      told.gone(this);
    });
    this.worker.postMessage({define: definition});
  }

  start(call) {
    this.calls.set(call.id, call);
    this.limit(call, this.loaded ? call.limitMs : Math.max(call.limitMs, LOADING_MS));
    this.worker.postMessage({call: call.id, input: call.input});
  }

  // The function can reach the worker's port, too: what it posts there is not understood, and harms nobody.
  hear(message) {
    if (message?.request) return this.told.ask(message.asked, message.request, this);
    const call = this.calls.get(message?.call);
    if (!call) return undefined;
    const {call: _, started, log, ...ending} = message;
    if (log) call.log.add(log);
    else if (started) this.started(call);
    else this.end(call, ending);
    return undefined;
  }

  started(call) {
    this.loaded = true;
    this.limit(call, call.limitMs);
  }

  limit(call, milliseconds) {
    clearTimeout(call.timer);
    if (call.limitMs !== null) call.timer = setTimeout(() => this.overrun(call), milliseconds);
  }

  end(call, ending) {
    clearTimeout(call.timer);
    this.calls.delete(call.id);
    this.told.answer(call, ending);
    if (this.retired && this.calls.size === 0) this.worker.terminate();
    this.told.changed();
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

  close() {
    this.fall(new Error('the platform was closed during the call'));
    this.worker.terminate();
  }
}

module.exports = {Instance, crash};
