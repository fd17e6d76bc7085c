{% comment %}One line on a website: <script src="…/widget.js" async></script>. A button, and a frame that opens on the first press.{% endcomment %}(() => {
  if (document.getElementById("huhang-widget")) return;
  const member = document.currentScript?.dataset.member || "";
  const place = document.createElement("div");
  place.id = "huhang-widget";
  const root = place.attachShadow({ mode: "closed" });
  const style = document.createElement("style");
  style.textContent = `
    :host { all: initial; position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; }
    button { min-width: 56px; min-height: 48px; padding: 0 18px; border: 0; border-radius: 24px; background: #0d5c68; color: #fff; font: 600 15px/1.4 system-ui, sans-serif; cursor: pointer; box-shadow: 0 4px 16px rgb(0 0 0 / .25); }
    button:focus-visible { outline: 3px solid #72c6d1; outline-offset: 2px; }
    iframe { position: fixed; right: 20px; bottom: 80px; width: 380px; height: min(620px, calc(100vh - 110px)); border: 0; border-radius: 14px; background: #fff; box-shadow: 0 8px 32px rgb(0 0 0 / .3); }
    iframe[hidden] { display: none; }
    @media (max-width: 480px) { iframe { inset: 0 0 64px 0; width: 100%; height: auto; border-radius: 0; } }`;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "{{ title|escapejs }}";
  button.setAttribute("aria-expanded", "false");
  let frame = null;
  button.addEventListener("click", () => {
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = "{{ title|escapejs }}";
      frame.src = "{{ address|escapejs }}" + (/^[\w.-]+$/.test(member) ? `#m=${member}` : "");
      frame.hidden = true;
      root.insertBefore(frame, button);
    }
    frame.hidden = !frame.hidden;
    button.setAttribute("aria-expanded", String(!frame.hidden));
    button.textContent = frame.hidden ? "{{ title|escapejs }}" : "{{ close|escapejs }}";
  });
  root.append(style, button);
  document.body.append(place);
})();
