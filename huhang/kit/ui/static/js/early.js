// Runs before the first paint, so that neither colours nor the rail jump. Plain script, not a module, for that reason.
(function () {
  var root = document.documentElement;
  function kept(name) {
    try { return localStorage.getItem("huhang." + name); } catch (e) { return null; }
  }
  var dark = matchMedia("(prefers-color-scheme: dark)");
  function paint() {
    var wanted = kept("theme") || "auto";
    root.dataset.bsTheme = wanted === "auto" ? (dark.matches ? "dark" : "light") : wanted;
    root.dataset.wanted = wanted;
  }
  paint();
  dark.addEventListener("change", paint);
  addEventListener("huhang:theme", paint);
  if (kept("rail") === "wide") root.dataset.rail = "wide";
})();
