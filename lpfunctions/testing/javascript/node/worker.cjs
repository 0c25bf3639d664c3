// One instance of one function: is told which, loads its code once, then runs calls of it.
'use strict';

const {AsyncLocalStorage} = require('node:async_hooks');
const util = require('node:util');
const {parentPort} = require('node:worker_threads');
const {load} = require('./loading.cjs');
const {Hosts, restrict} = require('./outbound.cjs');
const {Platform} = require('./platform.cjs');

const current = new AsyncLocalStorage();
const say = message => parentPort.postMessage(message);

// -- logs: these methods and no others --

const LEVELS = {v1: {debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error'},
  v2: {debug: 'debug', log: 'log', info: 'info', warn: 'warn', error: 'error'}};
const text = value => (typeof value === 'string' ? value : util.inspect(value));

function note(level, message, ...extras) {
  say({call: current.getStore(), log: {level, message: text(message), extras: extras.map(text), timestamp: Date.now()}});
}

// -- calls --

// On V1 only the callback ends a call; what the function returns counts if it is a promise that is rejected.
const withCallback = (lambda, input) => new Promise((resolve, reject) => {
  const returned = lambda(input, (error, result) => (error === undefined || error === null ? resolve(result) : reject(error)));
  if (typeof returned?.then === 'function') returned.then(() => {}, reject);
});

const CRASHES = new Set([TypeError, SyntaxError, ReferenceError]);

function failure(error) {
  if (!error?.message) {
    const wrong = 'Received error in an incorrect format. Please provide an error object to the callback.';
    note('warn', wrong, {originalFailure: error});
    return {name: typeof error, message: text(error), stack: '', crashed: false};
  }
  return {name: String(error.name ?? 'Error'), message: String(error.message), stack: String(error.stack ?? ''),
    crashed: CRASHES.has(error.constructor)};
}

class Running {
  constructor(definition) {
    Object.assign(process.env, definition.env);
    process.cwd = () => definition.folder;
    globalThis.console = Object.fromEntries(
      Object.entries(LEVELS[definition.version]).map(([method, level]) => [method, (...given) => note(level, ...given)]),
    );
    const hosts = new Hosts(definition.hosts);
    this.platform = new Platform(hosts, say);
    restrict(hosts, () => this.platform.port(), message => note('debug', message));
    this.takesCallback = definition.version === 'v1';
    this.lambda = null;
    this.loading = (async () => load(definition))();
    this.loading.catch(() => {}); // each call says so
  }

  async loaded(call) {
    this.lambda = await this.loading;
    say({call, started: true});
    return this.lambda;
  }

  async run({call, input}) {
    try {
      const lambda = this.lambda ?? await this.loaded(call);
      const result = this.takesCallback ? await withCallback(lambda, input) : await lambda(input);
      say({call, ending: 'returned', value: JSON.stringify(result) ?? 'null'});
    } catch (error) {
      say({call, ending: 'failed', failure: failure(error)});
    }
  }
}

process.on('unhandledRejection', error => note('error', text(error)));

let running;
parentPort.on('message', message => {
  if (message.define) running = new Running(message.define);
  else if (message.asked !== undefined) running.platform.hear(message);
  else current.run(message.call, () => running.run(message));
});
