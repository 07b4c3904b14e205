// A formula that scrolls can be reached with the keyboard (the theme does the same for code).
function addTabStops() {
  for (const formula of document.querySelectorAll(".katex-display")) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
    else formula.removeAttribute("tabindex");
  }
}
window.addEventListener("load", addTabStops);
window.addEventListener("resize", addTabStops);

// Figures with an explainer below (widgets/). From a file a browser loads no modules: there, as
// without JavaScript, the figure is all.
const explainers = new URL("widgets/boot.mjs", document.currentScript.src);
window.addEventListener("DOMContentLoaded", () => {
  const wanted = document.querySelector("figure.cv-widget") && location.protocol !== "file:";
  if (wanted) import(explainers);
});
