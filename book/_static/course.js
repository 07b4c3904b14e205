// A formula that scrolls can be reached with the keyboard (the theme does the same for code).
function addTabStops() {
  for (const formula of document.querySelectorAll(".katex-display")) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
    else formula.removeAttribute("tabindex");
  }
}
window.addEventListener("load", addTabStops);
window.addEventListener("resize", addTabStops);
