// An explainer is fetched when its figure is about to be seen, and stands below the figure, which
// stays as it is. A page marks the figure with the classes `cv-widget cv-widget-NAME`.
const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      mount(target);
    }
  },
  { rootMargin: "300px" },
);

async function mount(figure) {
  const [, name] = figure.className.match(/cv-widget-([a-z]+)/);
  const widget = await import(`./${name}.mjs`);
  const host = document.createElement("div");
  figure.after(host);
  widget.mount(host);
}

for (const figure of document.querySelectorAll("figure.cv-widget")) near.observe(figure);
