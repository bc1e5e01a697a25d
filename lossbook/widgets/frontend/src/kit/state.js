/** The widget's traits: read, written (and sent to Python), kept in a link, and set back. */

/**
 * @typedef {{get: (name: string) => any, set: (name: string, value: any) => void, save_changes: () => void,
 *   on: (event: string, f: () => void) => void, off: (event: string, f: () => void) => void}} Model
 * @typedef {Record<string, (value: any, model: Model) => any>} Shared  trait -> what to make of a value found in a link:
 *   the value to use, or undefined to ignore it
 * @typedef {ReturnType<typeof createState>} State
 */

/** The entries of a location hash that are ours: "#lb.KIND.ID=JSON&lb...". @returns {Map<string, any>} */
export const parseHash = (/** @type {string} */ hash) => {
  const found = new Map();
  for (const part of hash.replace(/^#/, "").split("&")) {
    const [key, text] = part.split("=", 2);
    if (!key.startsWith("lb.") || text === undefined) continue;
    try {
      found.set(key, JSON.parse(decodeURIComponent(text)));
    } catch {
      // not something that we wrote: as if it were not there
    }
  }
  return found;
};

/** @param {Map<string, any>} entries */
export const writeHash = (entries) =>
  "#" + [...entries].map(([key, value]) => `${key}=${encodeURIComponent(JSON.stringify(value))}`).join("&");

const copyOf = (/** @type {any} */ x) => (x === undefined ? x : JSON.parse(JSON.stringify(x)));

/** Where each widget started: two views of one model share it. @type {Map<string, Record<string, any>>} */
const starts = new Map();

/**
 * @param {Model} model
 * @param {string} kind
 * @param {Shared} shared
 * @param {AbortSignal} signal
 */
export const createState = (model, kind, shared, signal) => {
  const key = `lb.${kind}.${model.get("link_id") || "1"}`;
  const names = Object.keys(shared);
  const own = () => Object.fromEntries(names.map((name) => [name, copyOf(model.get(name))]));
  if (!starts.has(key)) starts.set(key, own());
  const start = starts.get(key) ?? {};

  const state = {
    /** what this widget is called in a link */ key,
    get: (/** @type {string} */ name) => model.get(name),
    /** Set one trait, or several, and tell Python. @param {string | Record<string, any>} name @param {any} [value] */
    set(name, value) {
      const changes = typeof name === "string" ? { [name]: value } : name;
      for (const [k, v] of Object.entries(changes)) model.set(k, v);
      model.save_changes();
    },
    /** Call `f` whenever a trait changes, from whichever side. @param {string[]} traits @param {() => void} f */
    on(traits, f) {
      for (const name of traits) model.on(`change:${name}`, f);
      signal.addEventListener("abort", () => traits.forEach((name) => model.off(`change:${name}`, f)));
    },
    reset: () => state.set(copyOf(start)),
    /** The page's address with this state in it; it also goes into the address bar. */
    link() {
      const entries = parseHash(location.hash);
      entries.set(key, own());
      const url = location.href.replace(/#.*$/, "") + writeHash(entries);
      try {
        history.replaceState(history.state, "", url);
      } catch {
        // some browsers refuse this for files; the copied link works all the same
      }
      return url;
    },
    /** Take what the address says; true when it said something. */
    restore() {
      const given = parseHash(location.hash).get(key);
      if (!given || typeof given !== "object") return false;
      const good = names.map((name) => [name, name in given ? shared[name](given[name], model) : undefined]);
      state.set(Object.fromEntries(good.filter(([, value]) => value !== undefined)));
      return true;
    },
  };
  return state;
};

/** Checks for values that come from a link. */
export const accept = {
  /** @param {(model: Model) => [number, number]} range */
  number: (range) => (/** @type {any} */ v, /** @type {Model} */ model) => {
    const [low, high] = range(model);
    return typeof v === "number" && Number.isFinite(v) && v >= low && v <= high ? v : undefined;
  },
  /** @param {string[]} values */
  oneOf: (values) => (/** @type {any} */ v) => (values.includes(v) ? v : undefined),
  /** A list of names out of those allowed. @param {(model: Model) => string[]} allowed */
  names: (allowed) => (/** @type {any} */ v, /** @type {Model} */ model) =>
    Array.isArray(v) && v.every((x) => allowed(model).includes(x)) ? v : undefined,
  /** Hyper-parameters of the losses in the trait `specs`, each within its legal range. */
  hyper: (/** @type {any} */ v, /** @type {Model} */ model) => {
    if (!v || typeof v !== "object") return undefined;
    /** @type {Record<string, any>} */
    const good = { ...model.get("hyper") };
    for (const spec of model.get("specs") ?? []) {
      const key = `${spec.name}.${spec.choice?.name}`;
      if (spec.choice?.options.some((/** @type {any} */ option) => option.value === v[key])) good[key] = v[key];
      for (const p of spec.parameters) {
        const x = v[`${spec.name}.${p.name}`];
        if (typeof x === "number" && Number.isFinite(x) && within(x, p)) good[`${spec.name}.${p.name}`] = x;
      }
    }
    return good;
  },
};

/** @param {number} x @param {import("./losses.js").Parameter} p */
const within = (x, p) =>
  (p.low === null || x > p.low || (x === p.low && !p.open_low)) && (p.high === null || x < p.high || (x === p.high && !p.open_high));
