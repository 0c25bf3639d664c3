// The emulator in tests of a Node program: started by the test, ended with it. Needs Python with lpfunctions.
//
//     const emulator = await Emulator.start({ account: '4711' });
//     const greet = await emulator.deploy({ name: 'greet', returns: 'Hello Ada' });
//     // … the program under test, which asks emulator.host for everything …
//     assert.equal((await emulator.journal('invoke')).length, 1);
//     await emulator.stop();

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const READY = '# Ctrl-C';

export class Emulator {
  #process;

  /** What the program under test finds in its environment. */
  environment;

  /**
   * Start it, and wait until it serves.
   *
   * account: its id. version: 'v1' or 'v2'. functions: a Python file or a folder of JavaScript. python: the interpreter.
   */
  static async start({ account = '12345678', version = 'v2', functions, python = 'python3' } = {}) {
    const typed = ['-m', 'lpfunctions.testing', '--account', account, '--platform-version', version];
    const child = spawn(python, functions ? [...typed, '--functions', functions] : typed, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const emulator = new Emulator();
    emulator.#process = child;
    emulator.environment = await environmentOf(child);
    return emulator;
  }

  get url() {
    return this.environment.LPFUNCTIONS_EMULATOR;
  }

  /** `host:port` of the Domain API, and of every service. */
  get host() {
    return new URL(this.url).host;
  }

  /** Deploy a function: { name, event_id, … } and one of returns (JSON), throws (a message), code (JavaScript). */
  deploy(wanted) {
    return this.#ask('POST', 'functions', wanted);
  }

  /** Script a fault for the next request that matches: { status: 503, kind: 'invoke', times: 2 }. */
  failNext(fault) {
    return this.#ask('POST', 'faults', fault);
  }

  /** Every request of a kind, such as 'invoke', with its answer. */
  journal(kind) {
    return this.#ask('GET', kind ? `journal?kind=${kind}` : 'journal');
  }

  /** Return to the state at the start: between two tests. */
  reset() {
    return this.#ask('POST', 'reset');
  }

  async stop() {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await ended;
  }

  async #ask(method, path, body) {
    const response = await fetch(`${this.url}/_emulator/api/${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    const answer = text ? JSON.parse(text) : undefined;
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.error}`);
    return answer;
  }
}

/** The exports that the emulator prints until it serves. */
async function environmentOf(child) {
  const environment = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    if (name) environment[name] = value.replace(/^'(.*)'$/, '$1');
    if (line.startsWith(READY)) return environment;
  }
  throw new Error('the emulator ended before it served; see above');
}
