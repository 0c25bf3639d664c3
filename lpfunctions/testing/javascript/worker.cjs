// One instance of one function: loads its code once, then runs calls of it.
'use strict';

const {AsyncLocalStorage} = require('node:async_hooks');
const {createRequire} = require('node:module');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const util = require('node:util');
const vm = require('node:vm');
const {parentPort, workerData} = require('node:worker_threads');

const {file, source, generation} = workerData;
const current = new AsyncLocalStorage();
const say = message => parentPort.postMessage(message);

// -- logs: these methods and no others --

const LEVELS = {v1: {debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error'},
  v2: {debug: 'debug', log: 'log', info: 'info', warn: 'warn', error: 'error'}}[generation];
const text = value => (typeof value === 'string' ? value : util.inspect(value));

function note(level, message, ...extras) {
  say({call: current.getStore(), log: {level, message: text(message), extras: extras.map(text), timestamp: Date.now()}});
}

globalThis.console = Object.fromEntries(
  Object.entries(LEVELS).map(([method, level]) => [method, (...given) => note(level, ...given)]),
);

// -- require: what is installed, and LivePerson's toolbelt where its CLI lays it out --

const TOOLBELTS = new Set(['lp-faas-toolbelt', 'core-functions-toolbelt']);

function requiring() {
  const plain = createRequire(file);
  const resolve = (name, options) => {
    try {
      return plain.resolve(name, options);
    } catch (error) {
      if (!TOOLBELTS.has(name) || error.code !== 'MODULE_NOT_FOUND') throw error;
      return toolbelt(plain, name);
    }
  };
  return Object.assign(name => plain(resolve(name)), plain, {resolve: Object.assign(resolve, plain.resolve)});
}

function toolbelt(plain, name) {
  const place = path.resolve(path.dirname(file), '..', '..', 'bin', name);
  try {
    return plain.resolve(place);
  } catch {
    throw new Error(`'${name}' is LivePerson's, and the emulator has none; it offers require, console, process.env and `
      + `Node's own globals. Put the toolbelt of LivePerson's CLI into ${place}, or a stand-in for it into a node_modules `
      + `above ${file}`);
  }
}

// -- code: a script with require, or on V2 a module with import --

function load() {
  const require = requiring();
  try {
    const wrapped = vm.compileFunction(`${source}\n;return lambda;`, ['require', 'module', 'exports', '__filename', '__dirname'],
      {filename: file, importModuleDynamically: specifier => resolved(require, specifier)});
    const module = {exports: {}};
    return wrapped(require, module, module.exports, file, path.dirname(file));
  } catch (error) {
    const isModule = generation === 'v2' && error instanceof SyntaxError && /import|export|await/.test(error.message);
    if (!isModule) throw error;
    return loadModule(require);
  }
}

const resolved = (require, specifier) => {
  const found = require.resolve(specifier);
  return import(path.isAbsolute(found) ? pathToFileURL(found).href : found);
};

async function loadModule(require) {
  const module = new vm.SourceTextModule(`${source}\nexport {lambda as __lambda};`, {
    identifier: pathToFileURL(file).href, importModuleDynamically: specifier => resolved(require, specifier),
    initializeImportMeta: meta => { meta.url = pathToFileURL(file).href; },
  });
  await module.link(async specifier => {
    const imported = await resolved(require, specifier);
    return new vm.SyntheticModule(Object.keys(imported), function () {
      for (const name of Object.keys(imported)) this.setExport(name, imported[name]);
    });
  });
  await module.evaluate();
  return module.namespace.__lambda;
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

const loading = (async () => load())();
loading.catch(() => {}); // each call says so
process.on('unhandledRejection', error => note('error', text(error)));

parentPort.on('message', ({call, input}) => current.run(call, async () => {
  try {
    const lambda = await loading;
    say({call, started: true});
    const result = generation === 'v1' ? await withCallback(lambda, input) : await lambda(input);
    say({call, ending: 'returned', value: JSON.stringify(result) ?? 'null'});
  } catch (error) {
    say({call, ending: 'failed', failure: failure(error)});
  }
}));
