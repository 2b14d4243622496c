// Short messages: those that the server sends into #toasts, and those of scripts from <template data-toast>.
(() => {
  const SHORT_MS = 2500;
  const LONG_MS = 8000;
  const UNDO_MS = 20000;
  // A lost network is told once: by the message that offers to send again, if there is one.
  const SAME = { network: '#toasts :is([data-name="network"], [data-name="offline"])' };
  // That a chat is closed to its reader stands in the page; that its stream has ended is the same news.
  const isClosed = () => document.querySelector('[data-standing="closed"]');
  const again = new WeakMap();

  function show(name, retry) {
    const source = document.querySelector(`template[data-toast="${name}"]`);
    if (!source) return;
    const toast = source.content.firstElementChild.cloneNode(true);
    toast.dataset.name = name;
    again.set(toast, retry);
    if (name === "offline" && document.querySelector('#toasts [data-name="network"]')) return;
    if (name === "disconnected" && isClosed()) return;
    for (const said of document.querySelectorAll(SAME[name] ?? `#toasts [data-name="${name}"]`)) said.remove();
    document.getElementById("toasts").append(toast);
    watch();
  }

  // Whatever arrives leaves by itself, unless it offers something to press; what can be undone is the last thing done.
  function watch() {
    if (isClosed()) document.querySelector('#toasts [data-name="disconnected"]')?.remove();
    for (const toast of document.querySelectorAll("#toasts > :not([data-watched])")) {
      toast.setAttribute("data-watched", "");
      if (toast.dataset.about) {
        for (const older of document.querySelectorAll(`#toasts > [data-about="${toast.dataset.about}"]`)) if (older !== toast) older.remove();
        setTimeout(() => toast.remove(), UNDO_MS);
      }
      if (!toast.querySelector("button")) setTimeout(() => toast.remove(), toast.dataset.name === "copied" ? SHORT_MS : LONG_MS);
    }
  }

  function sendAgain(ctx) {
    const { form, submitter } = ctx.request;
    return () => form?.isConnected && form.requestSubmit(submitter?.isConnected ? submitter : undefined);
  }

  document.addEventListener("bichat:toast", (event) => show(event.detail.name, event.detail.retry));
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.request.form) show("network", sendAgain(event.detail.ctx));
  });
  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    const saysItself = ctx.response.status === 503 && ctx.text.includes('data-testid="toast"');
    if (ctx.request.form && ctx.response.status >= 500 && !saysItself) show("server", sendAgain(ctx));
  });
  document.addEventListener("htmx:before:request", () => {
    for (const toast of document.querySelectorAll('#toasts [data-name="network"], #toasts [data-name="server"]')) toast.remove();
  });
  document.addEventListener("htmx:after:swap", watch);
  document.addEventListener("click", (event) => {
    const toast = event.target.closest?.(".toast");
    if (!toast) return;
    if (event.target.closest("[data-toast-reload]")) location.reload();
    if (event.target.closest("[data-toast-retry]")) again.get(toast)?.();
    if (!event.target.closest("form")) toast.remove();
  });
  // A form in a message must be there until it is answered.
  document.addEventListener("htmx:finally:request", (event) => event.detail.ctx?.sourceElement?.closest(".toast")?.remove());
})();
