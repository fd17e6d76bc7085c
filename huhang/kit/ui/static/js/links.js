// Addresses in what people write, found as `kit/links.py` finds them; everything else stays text.
const ADDRESS = /\b(https?:\/\/)([a-z0-9][a-z0-9.-]*(?::\d{1,5})?)(?![a-z0-9]|[\w.:%+!$&-]*@)([/?#][\w\-.~:/?#[\]@!$&()*+,;=%]*)?/gi;
const OPENED_BY = { ")": "(", "]": "[" };

const count = (text, mark) => text.split(mark).length - 1;
const isAlone = (end) => end.at(-1) in OPENED_BY && count(end, end.at(-1)) > count(end, OPENED_BY[end.at(-1)]);

function trimmed(end) {
  while (end && (".,;:!?*".includes(end.at(-1)) || isAlone(end))) end = end.slice(0, -1);
  return end;
}

function link(scheme, host, rest) {
  const place = document.createElement("a");
  Object.assign(place, { href: scheme + host + rest, target: "_blank", rel: "noopener noreferrer nofollow" });
  place.append(scheme, Object.assign(document.createElement("b"), { textContent: host }), rest);
  return place;
}

export function linked(text) {
  const words = document.createDocumentFragment();
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const [, scheme, written, path = ""] = found;
    const [host, rest] = path ? [written, trimmed(path)] : [trimmed(written), ""];
    words.append(text.slice(at, found.index), link(scheme, host, rest));
    at = found.index + scheme.length + host.length + rest.length;
  }
  words.append(text.slice(at));
  return words;
}
