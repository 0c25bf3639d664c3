// The Node client in the same race: node node_client.mjs HOST ACCOUNT UUID CALLS IN_FLIGHT; prints the seconds that
// passed, and those of processor time.
import http from "node:http";
import net from "node:net";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [host, accountId, lambdaUuid, calls, inFlight] = process.argv.slice(2);
const require = createRequire(pathToFileURL(process.env.NODE_CLIENT_HOME + "/"));
const { Client } = require("liveperson-functions-client");

// The client is as it ships, its own fetch included. It cannot name a port: its connections are led to the server here.
http.globalAgent.createConnection = () => net.connect(Number(host.split(":")[1]), host.split(":")[0]);
const client = new Client(
  { accountId, protocol: "http", authStrategy: async () => "Bearer " + "t".repeat(200) },
  { getCsdsEntry: async () => "gw.fninvocations.test" },
);
const payload = { order: "A-1001", customer: { id: 42, name: "Ada Lovelace" }, tags: ["vip", "eu"] };
const call = () => client.invoke({ lambdaUuid, lpEventSource: "bench", skillId: "7", body: { headers: [], payload } });

const run = async (total) => {
  let left = total;
  const worker = async () => { while (left-- > 0) await call(); };
  const [started, used] = [process.hrtime.bigint(), process.cpuUsage()];
  await Promise.all(Array.from({ length: Number(inFlight) }, worker));
  const { user, system } = process.cpuUsage(used);
  return `${Number(process.hrtime.bigint() - started) / 1e9} ${(user + system) / 1e6}`;
};
const answer = await call();
if (!answer.ok) throw new Error("the Node client got " + JSON.stringify(answer));
// V8 compiles while it runs: after 200 calls it has half its speed, after 4000 nearly all. (Fewer are for trying out.)
await run(Math.min(4000, 2 * calls));
console.log(await run(Number(calls)));
