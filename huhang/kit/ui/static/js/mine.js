// What this page did itself it need not ask for: the answer to what it sent names the announcements that follow from it.
// While something is on its way, announcements wait for its answer; without one, all of them count.
const KNOWN_AT_MOST = 200; // of those for other pages nobody here will hear

export function mine(news) {
  const known = new Set();
  const held = [];
  let sending = 0;
  const judge = (id, ref) => { if (!known.delete(id)) news(ref); };
  return {
    heard(id, ref) {
      if (sending) held.push([id, ref]); else judge(id, ref);
    },
    async doing(work) {
      sending += 1;
      try {
        const told = await work;
        if (known.size > KNOWN_AT_MOST) known.clear();
        told.announced?.forEach((id) => known.add(id));
        return told;
      } finally {
        sending -= 1;
        if (!sending) held.splice(0).forEach(([id, ref]) => judge(id, ref));
      }
    },
  };
}
