// The `require` of a function: what is installed around it, and what LivePerson's platform ships, where its CLI puts it.
'use strict';

const {createRequire} = require('node:module');
const path = require('node:path');

const TOOLBELTS = ['lp-faas-toolbelt', 'core-functions-toolbelt'];
const SHIPPED = new Set(['jsforce', 'jsonwebtoken', 'lodash', 'luxon', 'oauth-1.0a']);

function requiring(file) {
  const plain = createRequire(file);
  const bin = path.resolve(path.dirname(file), '..', '..', 'bin');
  const resolve = (name, options) => {
    try {
      return plain.resolve(name, options);
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
      if (TOOLBELTS.includes(name)) return toolbelt(plain, name, bin, file);
      if (SHIPPED.has(name.split('/')[0])) return shipped(name, bin);
      throw error;
    }
  };
  return Object.assign(name => plain(resolve(name)), plain, {resolve: Object.assign(resolve, plain.resolve)});
}

function toolbelt(plain, name, bin, file) {
  const place = path.join(bin, name);
  try {
    return plain.resolve(place);
  } catch {
    throw new Error(`'${name}' is LivePerson's, and the emulator has none; it offers require, console, process.env and `
      + `Node's own globals. Put the toolbelt of LivePerson's CLI into ${place}, or a stand-in for it into a node_modules `
      + `above ${file}`);
  }
}

function shipped(name, bin) {
  for (const belt of TOOLBELTS) {
    try {
      return createRequire(path.join(bin, belt, 'index.js')).resolve(name);
    } catch {
      // perhaps in the other one
    }
  }
  throw new Error(`'${name}' is a library that LivePerson's platform has, and that its CLI installs with the toolbelt: `
    + `run 'npm install' in ${path.join(bin, TOOLBELTS[0])}, or install it beside the functions`);
}

module.exports = {requiring};
