// Says every ten seconds that this browser is still there; tells the page what the server answers.
const EVERY = 10_000;

onmessage = ({ data: { url, token } }) => {
  const beat = async () => {
    try {
      const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token }, redirect: "error" });
      if (answer.ok) postMessage((await answer.json()).status);
    } catch { /* the line is cut: the next beat tries again */ }
  };
  beat();
  setInterval(beat, EVERY);
};
