// The Node client in the same race: node node_client.mjs HOST ACCOUNT UUID CALLS IN_FLIGHT; prints seconds.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [host, accountId, lambdaUuid, calls, inFlight] = process.argv.slice(2);
const require = createRequire(pathToFileURL(process.env.NODE_CLIENT_HOME + "/"));
const { Client } = require("liveperson-functions-client");
const got = require("got");

// Its own HTTP library with its own options; only the scheme and the host are ours, because the client cannot
// reach a port by itself.
const fetch = async ({ url, body, headers, method }) => {
  const response = await got(url.replace(/^https?:\/\/[^/]+/, `http://${host}`), {
    method, headers, json: body, throwHttpErrors: false, timeout: { request: 35000 }, responseType: "json",
  });
  return { url, body: response.body, headers: response.headers, ok: true, status: response.statusCode, statusText: "" };
};
const client = new Client(
  { accountId, authStrategy: async () => "Bearer " + "t".repeat(200) },
  { getCsdsEntry: async () => "gw.fninvocations.test", fetch },
);
const payload = { order: "A-1001", customer: { id: 42, name: "Ada Lovelace" }, tags: ["vip", "eu"] };
const call = () => client.invoke({ lambdaUuid, lpEventSource: "bench", skillId: "7", body: { headers: [], payload } });

const run = async (total) => {
  let left = total;
  const worker = async () => { while (left-- > 0) await call(); };
  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: Number(inFlight) }, worker));
  return Number(process.hrtime.bigint() - started) / 1e9;
};
const answer = await call();
if (!answer.ok) throw new Error("the Node client got " + JSON.stringify(answer));
await run(200);
console.log(await run(Number(calls)));
