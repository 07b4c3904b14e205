// A formula that scrolls can be reached with the keyboard (the theme does the same for code).
const sized = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
window.addEventListener("DOMContentLoaded", () => {
  for (const formula of document.querySelectorAll(".katex-display")) sized.observe(formula);
});

// Figures with an explainer below (widgets/). From a file a browser loads no modules: there, as
// without JavaScript, the figure is all.
const explainers = new URL("widgets/boot.mjs", document.currentScript.src);
window.addEventListener("DOMContentLoaded", () => {
  const wanted = document.querySelector("figure.cv-widget") && location.protocol !== "file:";
  if (wanted) import(explainers);
});

// Pages that the reader has marked as read. It is kept in this browser and told to nobody.
const READ = "dl4cv-read";

function pagesRead() {
  try {
    return new Set(JSON.parse(localStorage.getItem(READ)) ?? []);
  } catch {
    return new Set(); // storage that is forbidden, or not as it was written
  }
}

function pageOf(address) {
  const root = new URL(document.documentElement.dataset.content_root || "./", location);
  const url = new URL(address, location);
  return url.href.startsWith(root.href) ? url.href.slice(root.href.length).split("#")[0] : null;
}

function showRead(button) {
  const read = pagesRead();
  for (const link of document.querySelectorAll("nav.bd-links a.internal")) {
    const done = read.has(pageOf(link.href));
    if (done === Boolean(link.querySelector(".cv-done"))) continue;
    if (!done) link.querySelector(".cv-done").remove();
    else link.insertAdjacentHTML("beforeend", '<span class="cv-done"> ✓<span class="sr-only"> (read)</span></span>');
  }
  const done = read.has(pageOf(location));
  button.setAttribute("aria-pressed", done);
  button.textContent = done ? "✓ Read" : "Mark as read";
}

window.addEventListener("DOMContentLoaded", () => {
  if (!document.querySelector(".cv-minutes")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "cv-read";
  button.addEventListener("click", () => {
    const read = pagesRead();
    const page = pageOf(location);
    if (!read.delete(page)) read.add(page);
    try {
      localStorage.setItem(READ, JSON.stringify([...read]));
    } catch {
      return; // nowhere to keep it
    }
    showRead(button);
  });
  document.querySelector("article.bd-article").append(button);
  showRead(button);
  window.addEventListener("storage", () => showRead(button)); // another tab has marked a page
});
