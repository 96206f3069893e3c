// What TestMingo asks: mingo, MongoDB's query language in JavaScript. The argument is the folder of scripts; out goes
// a line of JSON for each script that JavaScript's values allow: {family, name, outcome, detail}, where outcome is "same",
// "other" or "unknown" (mingo does not know a stage or an operator, or does not come to an end).
import { createRequire } from "node:module";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

const require = createRequire(join(process.cwd(), "x.js"));
const { Aggregator } = require("mingo");

class Beyond extends Error {} // a value that JavaScript does not have

// value turns extended JSON into what mingo takes.
function value(v) {
  if (Array.isArray(v)) return v.map(value);
  if (v === null || typeof v !== "object") return v;
  const keys = Object.keys(v);
  if (keys.length > 0 && keys[0].startsWith("$")) {
    const [key, inner] = [keys[0], v[keys[0]]];
    switch (key) {
      case "$numberInt":
        return Number(inner);
      case "$numberDouble":
        if (!Number.isFinite(Number(inner)) || Object.is(Number(inner), -0)) throw new Beyond(key);
        return Number(inner);
      case "$date":
        return new Date(typeof inner === "object" ? Number(inner.$numberLong) : inner);
      case "$regularExpression":
        return new RegExp(inner.pattern, inner.options);
      case "$numberLong":
      case "$numberDecimal":
      case "$oid":
      case "$binary":
      case "$uuid":
      case "$timestamp":
      case "$symbol":
      case "$code":
      case "$undefined":
      case "$minKey":
      case "$maxKey":
      case "$dbPointer":
        throw new Beyond(key);
    }
  }
  return Object.fromEntries(Object.entries(v).map(([k, inner]) => [k, value(inner)]));
}

// text is the same for two values that are equal.
function text(v) {
  if (v instanceof Date) return `date ${v.getTime()}`;
  if (v instanceof RegExp) return `regex ${v}`;
  if (Array.isArray(v)) return `[${v.map(text).join()}]`;
  if (v !== null && typeof v === "object")
    return `{${Object.entries(v)
      .filter(([, inner]) => inner !== undefined)
      .map(([k, inner]) => `${JSON.stringify(k)}:${text(inner)}`)
      .sort()
      .join()}}`;
  return typeof v === "number" ? String(Number(v.toPrecision(14))) : JSON.stringify(v);
}

// asked is a document's fields that a script asks for, in the way of a schema.
function asked(fields) {
  return (doc) => text(Object.fromEntries(Object.entries(doc).filter(([k, v]) => fields.has(k) && v !== undefined)));
}

function ask(s) {
  if (s.error || s.written || !s.want || s.others) throw new Beyond("not a list of documents");
  const docs = value(s.docs ?? []);
  docs.forEach((d, i) => (d._id === undefined ? (d._id = `no id ${i}`) : 0));
  const want = value(s.want);
  const fields = new Set(want.flatMap((d) => Object.keys(d)));
  const got = new Aggregator(value(s.pipeline)).run(docs);
  return [want, got].map((list) => list.map(asked(fields)).sort().join());
}

function answer(s) {
  try {
    const [want, got] = ask(s);
    return want === got ? { outcome: "same" } : { outcome: "other", detail: `want ${want} got ${got}` };
  } catch (e) {
    return e instanceof Beyond ? {} : { outcome: "unknown", detail: String(e.message ?? e) };
  }
}

// inTime asks in a thread of its own, which is ended when it takes too long or too much memory.
function inTime(s) {
  return new Promise((resolve) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: s, resourceLimits: { maxOldGenerationSizeMb: 256 } });
    const end = (a) => (clearTimeout(timer), worker.terminate(), resolve(a));
    const timer = setTimeout(() => end({ outcome: "unknown", detail: "does not come to an end" }), 20000);
    worker.on("message", end);
    worker.on("error", (e) => end({ outcome: "unknown", detail: String(e.message) }));
  });
}

if (isMainThread) {
  for (const file of readdirSync(process.argv[2]).filter((f) => f.endsWith(".json")))
    for (const s of JSON.parse(readFileSync(join(process.argv[2], file)))) {
      const a = await inTime(s);
      if (a.outcome) console.log(JSON.stringify({ family: file.replace(".json", ""), name: s.name, ...a }));
    }
} else parentPort.postMessage(answer(workerData));
