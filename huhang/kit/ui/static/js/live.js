// Hears what changed (ids only) and says so on the body as `live:<kind>`; parts of the page fetch themselves again.
// `detail.refs` names what changed; it is empty when we only suspect a change (after polling or a long silence).
const POLL_EVERY = 15000;
const MARK_AFTER = 3000;
const FIRST_WAIT = 120;
const BETWEEN = 1000;
const SEEN_AT_MOST = 1000;
const LOOK_AFTER = 200;

const mark = document.getElementById("live-mark");
const waiting = new Map(); // kind → {refs, timer, lastAt}

// A page for which a second is long listens to `heard:<kind>`, told of each change at once, instead of `live:<kind>`.
function tell(kind, ref, id) {
  document.body.dispatchEvent(new CustomEvent(`heard:${kind}`, { detail: { ref, id } }));
}

function hear(kind, ref) {
  const entry = waiting.get(kind) || { refs: new Set(), timer: 0, lastAt: 0 };
  waiting.set(kind, entry);
  if (ref) entry.refs.add(ref);
  if (entry.timer) return;
  // The first change is shown almost at once, a burst at most once a second.
  const wait = Math.max(FIRST_WAIT, entry.lastAt + BETWEEN - Date.now());
  entry.timer = setTimeout(() => {
    const refs = [...entry.refs];
    entry.refs.clear();
    entry.timer = 0;
    entry.lastAt = Date.now();
    document.body.dispatchEvent(new CustomEvent(`live:${kind}`, { detail: { refs, ref: refs.at(-1) ?? "" } }));
  }, wait);
}

// What somebody asks for comes first. A refresh that set out before the answer may show what was there before, or take
// away the place where the answer belongs: it is not shown, and asked for again once nobody waits any more.
const departed = new WeakMap(); // a refresh on its way → how often somebody had asked when it set out
const missed = new Set(); // kinds to ask for again
let asked = 0, answered = 0;

const kindsOf = (part) => [...(part.getAttribute("hx-trigger") ?? "").matchAll(/live:([\w.]+)/g)].map(([, kind]) => kind);

function isRefresh({ verb, elt, triggeringEvent: cause }) {
  return verb === "get" && (cause ? cause.type.startsWith("live:") : kindsOf(elt).length > 0);
}

function miss(part) {
  kindsOf(part).forEach((kind) => missed.add(kind));
  catchUp();
}

function catchUp() {
  if (asked !== answered) return;
  missed.forEach((kind) => hear(kind));
  missed.clear();
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const { xhr, requestConfig: request } = event.detail;
  if (!isRefresh(request)) return;
  if (asked === answered) departed.set(xhr, asked);
  else { event.preventDefault(); miss(request.elt); }
});

document.body.addEventListener("htmx:beforeSend", ({ detail: { xhr, requestConfig: request } }) => {
  if (isRefresh(request)) return;
  asked += 1;
  xhr.addEventListener("loadend", () => { answered += 1; catchUp(); });
});

document.body.addEventListener("htmx:beforeOnLoad", (event) => {
  const { xhr, requestConfig: request } = event.detail;
  if (!departed.has(xhr) || departed.get(xhr) === asked) return;
  event.preventDefault();
  miss(request.elt);
});

// What somebody has unfolded or folded himself (a menu, too) stays so in the part that a refresh brings, with what he has
// typed there. A fold is known by its place and its words.
document.addEventListener("click", ({ target }) => {
  const fold = target.closest("summary")?.parentElement;
  if (fold) fold.dataset.turned = "";
});

function nameOf(fold) {
  const place = fold.closest("[id], [data-row]"), summary = fold.querySelector("summary");
  return `${place.id || place.dataset.row} ${summary.ariaLabel ?? summary.textContent.trim()}`;
}

let turned = new Map(), typed = new Map();
document.body.addEventListener("htmx:beforeSwap", ({ detail: { target, requestConfig: request, shouldSwap } }) => {
  if (!isRefresh(request) || !shouldSwap) return;
  const folds = [...target.querySelectorAll("[data-turned]")];
  const fields = folds.flatMap((fold) => [...fold.querySelectorAll("input[id], textarea[id]")]);
  turned = new Map(folds.map((fold) => [nameOf(fold), fold.open]));
  typed = new Map(fields.filter((field) => field.value !== field.defaultValue).map((field) => [field.id, field.value]));
});

document.body.addEventListener("htmx:afterSwap", () => {
  if (!turned.size) return;
  for (const fold of document.querySelectorAll("main details")) {
    const open = turned.get(nameOf(fold));
    if (open !== undefined) Object.assign(fold, { open }).dataset.turned = "";
  }
  for (const [id, value] of typed) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  turned.clear();
  typed.clear();
});

// One stream for the whole page (browsers allow six to a server): it carries the tokens of every [data-live] in it.
const line = {
  tokens: new Map(), // topics' number → token; a part that is fetched again brings a new token for the same topics
  kinds: new Set(),
  seen: new Set(),
  first: Infinity,
  last: 0,
  tries: 0,
  source: null,

  // Look at the page again; true when it listens to other topics than before.
  learn() {
    const places = [...document.querySelectorAll("[data-live]")];
    const known = [...this.tokens.keys()].sort().join();
    this.tokens = new Map(places.map((place) => [place.dataset.topics, place.dataset.live]));
    this.kinds = new Set(places.flatMap((place) => place.dataset.kinds.split(" ")));
    for (const place of places) {
      this.first = Math.min(this.first, Number(place.dataset.last) || 0);
      this.push = place.dataset.push;
    }
    return [...this.tokens.keys()].sort().join() !== known;
  },

  open() {
    this.source?.close();
    if (!this.tokens.size) return this.up();
    const url = new URL(this.push, location.href);
    for (const token of this.tokens.values()) url.searchParams.append("token", token);
    const last = Math.max(this.last, this.first);
    if (last) url.searchParams.set("last", last);
    this.source = new EventSource(url);
    this.source.onopen = () => this.up();
    this.source.onerror = () => this.down();
    this.source.addEventListener("change", (event) => this.take(JSON.parse(event.data)));
  },

  // A replay may start a little early, so what was seen comes again; without a reference everything may be new.
  take({ id, kind, ref }) {
    if (ref && this.seen.has(id)) return;
    this.seen.add(id);
    if (this.seen.size > SEEN_AT_MOST) this.seen.delete(this.seen.values().next().value);
    this.last = Math.max(this.last, id);
    if (ref) tell(kind, ref, id);
    hear(kind, ref);
  },

  up() {
    this.tries = 0;
    clearTimeout(this.marking);
    clearInterval(this.polling);
    this.marking = this.polling = 0;
    if (mark) mark.hidden = true;
  },

  down() {
    this.marking ||= setTimeout(() => { if (mark) mark.hidden = false; }, MARK_AFTER);
    this.polling ||= setInterval(() => this.kinds.forEach((kind) => hear(kind)), POLL_EVERY);
    if (this.source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    clearTimeout(this.opening);
    this.opening = setTimeout(() => this.open(), Math.min(30000, 1000 * 2 ** this.tries++));
  },

  close() {
    this.source?.close();
    this.up();
  },
};

let looking = 0;
function look() {
  clearTimeout(looking);
  looking = setTimeout(() => { if (line.learn()) line.open(); }, LOOK_AFTER);
}

if (line.learn()) line.open();
document.body.addEventListener("htmx:afterSettle", look);
document.body.addEventListener("live:look", look); // parts that a script of the page has put there
addEventListener("pagehide", () => line.close());
addEventListener("pageshow", (event) => { if (event.persisted) line.open(); });
