// How the code of a function is read: as a script with require, or on V2 as a module with import too.
'use strict';

const path = require('node:path');
const {pathToFileURL} = require('node:url');
const vm = require('node:vm');
const {requiring} = require('./requiring.cjs');

const PARAMETERS = ['require', 'module', 'exports', '__filename', '__dirname'];

const script = ({file, source}, importing) =>
  vm.compileFunction(source, PARAMETERS, {filename: file, importModuleDynamically: importing});

const module_ = ({file, source}, importing) => new vm.SourceTextModule(`${source}\nexport {lambda as __lambda};`, {
  identifier: pathToFileURL(file).href, importModuleDynamically: importing,
  initializeImportMeta: meta => { meta.url = pathToFileURL(file).href; },
});

const isModule = ({version}, error) =>
  version === 'v2' && error instanceof SyntaxError && /import|export|await/.test(error.message);

// What is wrong with code that cannot be read, or null. Nothing of it runs.
function mistake(definition) {
  try {
    script(definition);
  } catch (error) {
    if (!isModule(definition, error)) return told(error);
    try {
      module_(definition);
    } catch (second) {
      return told(second);
    }
  }
  return null;
}

// The first line of such a stack is the place, as `file:line`.
function told(error) {
  const line = /:(\d+)$/.exec(String(error.stack).split('\n')[0]);
  return {message: `${error.name}: ${error.message}`, line: line ? Number(line[1]) : null};
}

function load(definition) {
  const require = requiring(definition.file);
  const importing = specifier => imported(require, specifier);
  const {file, source} = definition;
  try {
    const run = script({file, source: `${source}\n;return lambda;`}, importing);
    const module = {exports: {}};
    return run(require, module, module.exports, file, path.dirname(file));
  } catch (error) {
    if (!isModule(definition, error)) throw error;
    return loadModule(definition, importing);
  }
}

const imported = (require, specifier) => {
  const found = require.resolve(specifier);
  return import(path.isAbsolute(found) ? pathToFileURL(found).href : found);
};

async function loadModule(definition, importing) {
  const module = module_(definition, importing);
  await module.link(async specifier => {
    const found = await importing(specifier);
    return new vm.SyntheticModule(Object.keys(found), function () {
      for (const name of Object.keys(found)) this.setExport(name, found[name]);
    });
  });
  await module.evaluate();
  return module.namespace.__lambda;
}

module.exports = {load, mistake};
