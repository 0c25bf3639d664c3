// Calls of the reference client: one JSON line in, one JSON line out, a fresh client for each.
'use strict';

const readline = require('node:readline');
const {Client} = require('liveperson-functions-client');

// What a user of the client sees: a response record, a plain value, or the name of an error.
function shown(result) {
  if (result === null || typeof result !== 'object' || !('url' in result)) return {value: result};
  const {status, ok, body} = result;
  return {status, ok, body};
}

async function answer({config, operation, call}) {
  try {
    return shown(await new Client(config)[operation](call));
  } catch (error) {
    return {error: error.name};
  }
}

(async () => {
  for await (const line of readline.createInterface({input: process.stdin})) {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + '\n');
  }
})();
