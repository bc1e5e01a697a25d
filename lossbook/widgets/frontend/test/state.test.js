import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { accept, createState, parseHash, writeHash } from "../src/kit/state.js";

/** A model as a widget manager gives it. */
const fakeModel = (/** @type {Record<string, any>} */ traits) => {
  const listeners = new Map();
  let saved = 0;
  return {
    get: (k) => traits[k],
    set(k, v) {
      traits[k] = v;
      for (const f of listeners.get(`change:${k}`) ?? []) f();
    },
    save_changes: () => (saved += 1),
    on: (e, f) => listeners.set(e, [...(listeners.get(e) ?? []), f]),
    off: (e, f) => listeners.set(e, (listeners.get(e) ?? []).filter((g) => g !== f)),
    saved: () => saved,
  };
};
const specs = [{ name: "huber", parameters: [{ name: "delta", default: 1, low: 0, high: null, open_low: true, open_high: false }] }];
const shared = { view: accept.oneOf(["a", "b"]), x: accept.number((m) => [-m.get("reach"), m.get("reach")]), hyper: accept.hyper };
let count = 0;
const make = (/** @type {Record<string, any>} */ more = {}) => {
  const model = fakeModel({ view: "a", x: 1, reach: 3, hyper: { "huber.delta": 1 }, specs, link_id: `t${(count += 1)}`, ...more });
  const end = new AbortController();
  return { model, end, state: createState(model, "test", shared, end.signal) };
};

beforeEach(() => {
  globalThis.location = { href: "file:///book/page.html#section", hash: "#section" };
  globalThis.history = { state: null, replaceState: (_s, _t, url) => Object.assign(location, { href: url, hash: url.slice(url.indexOf("#")) }) };
});

test("a hash of ours survives, anything else is ignored", () => {
  const entries = new Map([["lb.a.1", { x: -1.5, text: "50% & more" }], ["lb.b.2", [1]]]);
  assert.deepEqual(parseHash(writeHash(entries)), entries);
  assert.equal(parseHash("#a-section").size, 0);
  assert.equal(parseHash("#lb.a.1=%7Bbroken&lb.a.2=%").size, 0);
});

test("setting tells Python, and listeners hear until the view ends", () => {
  const { model, state, end } = make();
  let heard = 0;
  state.on(["x"], () => (heard += 1));
  state.set("x", 2);
  assert.equal(model.saved(), 1);
  end.abort();
  state.set("x", 3);
  assert.equal(heard, 1);
});

test("a link restores the state, and other widgets' entries stay", () => {
  location.hash = writeHash(new Map([["lb.other.1", { y: 1 }]]));
  const { state, model } = make();
  state.set({ view: "b", x: -2 });
  const url = state.link();
  assert.ok(url.startsWith("file:///book/page.html#"));
  assert.ok(parseHash(location.hash).has("lb.other.1"));
  model.set("x", 0);
  assert.equal(state.restore(), true);
  assert.equal(state.get("x"), -2);
  assert.equal(state.get("view"), "b");
});

test("nonsense in a link changes nothing", () => {
  const { state } = make();
  for (const bad of [{ x: 99 }, { x: "1" }, { x: null }, { view: "c" }, { hyper: { "huber.delta": -1, other: 2 } }, { hyper: { "huber.delta": 0 } }, 7]) {
    location.hash = writeHash(new Map([[state.key, bad]]));
    state.restore();
    assert.deepEqual([state.get("x"), state.get("view"), state.get("hyper")], [1, "a", { "huber.delta": 1 }]);
  }
});

test("reset goes back to the start, and two views of a model share it", () => {
  const { state, model, end } = make();
  state.set({ x: 3, hyper: { "huber.delta": 2 } });
  const second = createState(model, "test", shared, end.signal);
  second.reset();
  assert.deepEqual([state.get("x"), state.get("hyper")], [1, { "huber.delta": 1 }]);
});
