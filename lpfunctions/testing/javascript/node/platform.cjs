// The fake platform as a function reaches it: a server on a port of loopback, which asks the process that started Node.
'use strict';

const http = require('node:http');

class Platform {
  constructor(hosts, say) {
    this.hosts = hosts;
    this.say = say;
    this.waiting = new Map();
    this.asked = 0;
    this.listening = null;
  }

  // A promise of the port; the server starts with the first connection.
  port() {
    this.listening ??= new Promise((resolve, reject) => {
      const server = http.createServer((request, response) => this.ask(request, response));
      server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server.address().port)).unref();
    });
    return this.listening;
  }

  async ask(request, response) {
    const {host = ''} = request.headers;
    if (!this.hosts.leadsBack(host.replace(/:\d+$/, ''))) return response.writeHead(403).end(); // a web page may have sent it
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const id = ++this.asked;
    this.waiting.set(id, response);
    const content = Buffer.concat(pieces).toString('base64');
    const {method, url, headers} = request;
    this.say({asked: id, request: {method, url: `https://${host}${url}`, headers, content}});
  }

  hear({asked, response}) {
    const waiting = this.waiting.get(asked);
    this.waiting.delete(asked);
    if (!response) waiting?.destroy(); // a scripted fault
    else waiting?.writeHead(response.status, response.headers).end(Buffer.from(response.content, 'base64'));
  }
}

module.exports = {Platform};
