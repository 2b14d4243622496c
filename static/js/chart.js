// [data-chart]: draws the charts of a conversation when they come into view. The library is loaded with the first one.
(() => {
  const NEAR = "300px";
  const drawn = new Map();

  // The server says why a chart cannot be drawn; every other failure is a lost connection to the reader.
  class Refused extends Error {}

  let library;

  function script(source) {
    return new Promise((resolve, reject) => {
      const element = document.createElement("script");
      element.src = source;
      element.onload = () => resolve(window.echarts);
      element.onerror = reject;
      document.head.append(element);
    });
  }

  function load(figure) {
    library ??= Promise.all([import(figure.dataset.drawing), import(figure.dataset.writing), script(figure.dataset.library)]);
    library.catch(() => { library = undefined; });
    return library;
  }

  async function data(figure) {
    const answer = await fetch(figure.dataset.chart, { headers: { Accept: "application/json" } });
    const body = answer.ok || answer.status === 422 ? await answer.json() : {};
    if (!answer.ok) throw new Refused(body.error?.message ?? "");
    return body;
  }

  function fail(figure, reason) {
    figure.querySelector("[data-chart-wait]").hidden = true;
    figure.querySelector("[data-chart-canvas]").hidden = true;
    figure.querySelector("[data-chart-reason]").textContent = reason || figure.querySelector("[data-chart-lost]").content.textContent;
    figure.querySelector("[data-chart-problem]").hidden = false;
    figure.setAttribute("data-state", "failed");
  }

  function paint(state) {
    const { figure, canvas, payload, drawing, writing, echarts } = state;
    state.chart?.dispose();
    canvas.style.blockSize = `${payload.height}px`;
    state.chart = echarts.init(canvas, null, { renderer: "canvas" });
    state.chart.setOption(drawing.dress(payload, drawing.colours(figure), { writing, width: canvas.clientWidth }));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", payload.description);
    figure.setAttribute("data-state", "drawn");
  }

  async function draw(figure) {
    try {
      const [payload, [drawing, writing, echarts]] = await Promise.all([data(figure), load(figure)]);
      if (!figure.isConnected) return;
      const canvas = figure.querySelector("[data-chart-canvas]");
      const state = { figure, canvas, payload, drawing, writing, echarts };
      drawn.set(figure, state);
      figure.querySelector("[data-chart-wait]").hidden = true;
      paint(state);
      const notes = figure.querySelector("[data-chart-notes]");
      notes.textContent = payload.notes.join(" ");
      notes.hidden = !payload.notes.length;
      for (const button of figure.querySelectorAll("[data-chart-save]")) button.hidden = false;
      resizing.observe(canvas);
    } catch (error) {
      if (!(error instanceof Refused)) console.error(error);
      if (figure.isConnected) fail(figure, error instanceof Refused ? error.message : "");
    }
  }

  const resizing = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const state = drawn.get(target.closest("[data-chart]"));
      if (state && target.clientWidth && Math.abs(target.clientWidth - state.chart.getWidth()) > 1) paint(state);
    }
  });

  const coming = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      coming.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: NEAR });

  function scan() {
    for (const [figure, state] of drawn) {
      if (figure.isConnected) continue;
      resizing.unobserve(state.canvas);
      state.chart.dispose();
      drawn.delete(figure);
    }
    for (const figure of document.querySelectorAll("[data-chart]:not([data-met])")) {
      figure.setAttribute("data-met", "");
      if (!figure.querySelector("[data-chart-canvas]")) continue;
      figure.querySelector("[data-chart-wait]").hidden = false;
      coming.observe(figure);
    }
  }

  function repaint() {
    for (const state of drawn.values()) paint(state);
  }

  async function save(figure, kind) {
    const { payload, drawing, writing, echarts } = drawn.get(figure);
    const blob = await drawing.picture(echarts, writing, payload, drawing.colours(figure), kind);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${drawing.fileName(figure.dataset.name)}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-chart-save]");
    if (button) save(button.closest("[data-chart]"), button.dataset.chartSave);
  });
  document.addEventListener("htmx:after:swap", scan);
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  scan();
})();
