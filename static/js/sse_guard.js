// Ends a stream for good where trying again cannot help, and starts again one that never got through.
(() => {
  const FINAL = new Set([401, 403, 404, 410]);
  const RETRY_MS = 2000;
  const isStream = (element) => element?.hasAttribute?.("hx-sse:connect");

  function end(element) {
    element.setAttribute("data-stream-ended", "");
    element.dispatchEvent(new CustomEvent("bichat:stream-ended", { bubbles: true }));
    document.dispatchEvent(new CustomEvent("bichat:toast", { detail: { name: "disconnected" } }));
  }

  function startAgain(element) {
    setTimeout(() => {
      if (!element.isConnected || element.hasAttribute("data-stream-ended") || !isStream(element)) return;
      htmx.ajax("GET", element.getAttribute("hx-sse:connect"), { source: element });
    }, RETRY_MS);
  }

  // Chromium lets one request after another through its cache for the same address: a second tab would wait for the first.
  document.addEventListener("htmx:config:request", (event) => {
    if (isStream(event.target)) event.detail.ctx.request.cache = "no-store";
  });
  document.addEventListener("htmx:sse:error", (event) => {
    if (FINAL.has(event.detail.status)) end(event.target);
  });
  document.addEventListener("htmx:sse:before:connection", (event) => {
    if (event.target.hasAttribute("data-stream-ended")) event.preventDefault();
  });
  // The first request goes through htmx itself, which does not repeat it.
  document.addEventListener("htmx:error", (event) => {
    if (isStream(event.target) && event.detail.ctx) startAgain(event.target);
  });
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    if (!isStream(ctx.sourceElement) || ctx.response.headers.get("Content-Type")?.includes("text/event-stream")) return;
    if (FINAL.has(ctx.response.status) || ctx.response.status < 400) end(ctx.sourceElement);
    else startAgain(ctx.sourceElement);
  });
  // A finished run must not be followed again when the page around it is processed.
  document.addEventListener("htmx:sse:close", (event) => {
    if (event.detail.reason !== "message") return;
    event.target.removeAttribute("hx-sse:connect");
    event.target.removeAttribute("hx-sse:close");
  });
})();
