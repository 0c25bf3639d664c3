// Where a function may connect to: LivePerson's hosts, all of which lead back to the fake platform, and those that the
// test allows. Against mistakes, not against malice: a child process of a function may connect to anything.
'use strict';

const dgram = require('node:dgram');
const {syncBuiltinESMExports} = require('node:module');
const net = require('node:net');
const tls = require('node:tls');

const LIVEPERSONS = ['.liveperson.net', '.liveperson.com', '.lpcloud.io', '.lprnd.net'];

const nameOf = host => String(host ?? 'localhost').toLowerCase().replace(/^\[|\]$/g, '');

class Hosts {
  constructor({allowed, platform}) {
    this.allowed = allowed;
    this.platform = new Set(platform);
  }

  allows(host) {
    const name = nameOf(host);
    return this.allowed.some(known => known === '*' || known === name || (known.startsWith('*.') && name.endsWith(known.slice(1))));
  }

  leadsBack(host) {
    const name = nameOf(host);
    return !this.allows(name) && (this.platform.has(name) || LIVEPERSONS.some(suffix => name.endsWith(suffix)));
  }
}

// As net.Socket.connect takes them: (options, listener), (port, host, listener), (path, listener), and internally one array.
function optionsOf(given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  if (typeof first === 'object' && first !== null) return first;
  if (typeof first === 'string' && Number.isNaN(Number(first))) return {path: first};
  return {port: Number(first), host: typeof second === 'string' ? second : undefined};
}

const listenerOf = given => (Array.isArray(given[0]) ? given[0] : given).findLast(value => typeof value === 'function');

function blocked(where) {
  const error = new Error(`connect EACCES ${where}: a function on the fake platform connects to no other hosts than `
    + 'LivePerson\'s, which lead back to the platform, and those that deploy_folder(…, allow_hosts=[…]) names');
  return Object.assign(error, {code: 'EACCES', syscall: 'connect'});
}

// `portOfPlatform()` is a promise; `tell` is told what was blocked, because fetch hides it.
function restrict(hosts, portOfPlatform, tell) {
  const refuse = (socket, where) => {
    const error = blocked(where);
    tell(error.message);
    process.nextTick(() => socket.destroy(error));
    return socket;
  };

  const {connect} = net.Socket.prototype;
  net.Socket.prototype.connect = function (...given) {
    const {host, path, port} = optionsOf(given);
    if (path) return refuse(this, path); // of a local socket; http passes null
    if (hosts.leadsBack(host)) return lead(this, listenerOf(given));
    return hosts.allows(host) ? connect.apply(this, given) : refuse(this, `${nameOf(host)}:${port}`);
  };

  function lead(socket, listener) {
    socket.connecting = true; // what is written meanwhile waits
    portOfPlatform().then(port => {
      if (!socket.destroyed) connect.call(socket, {port, host: '127.0.0.1'}, listener);
    }, error => socket.destroy(error));
    return socket;
  }

  // The platform in this process needs no encryption, nor a certificate that every client would have to trust.
  const secure = tls.connect;
  tls.connect = function (...given) {
    const options = {...optionsOf(given), ...given.find(value => typeof value === 'object' && value !== null && !Array.isArray(value))};
    if (options.socket || options.path || !hosts.leadsBack(options.host)) return secure.apply(this, given);
    const socket = Object.assign(new net.Socket(), LIKE_TLS);
    socket.once('connect', () => socket.emit('secureConnect'));
    const listener = listenerOf(given);
    if (listener) socket.once('secureConnect', listener);
    return socket.connect({host: options.host, port: options.port});
  };

  for (const method of ['connect', 'send']) {
    const original = dgram.Socket.prototype[method];
    dgram.Socket.prototype[method] = function (...given) {
      const host = given.findLast(value => typeof value === 'string');
      if (hosts.allows(host)) return original.apply(this, given);
      const error = blocked(`${nameOf(host)} over UDP`);
      tell(error.message);
      throw error;
    };
  }
  syncBuiltinESMExports();
}

const LIKE_TLS = {
  encrypted: true, authorized: true, authorizationError: null, alpnProtocol: false,
  getPeerCertificate: () => ({}), getSession: () => undefined, isSessionReused: () => false, getProtocol: () => 'TLSv1.3',
  getCipher: () => ({}), setServername: () => {},
};

module.exports = {Hosts, restrict};
