// Says under a running answer that the connection is lost, and comes back as soon as the network does.
(() => {
  const SHOW_AFTER_MS = 1200;
  const SLEPT_MS = 40_000;
  const connections = new Map();
  const timers = new WeakMap();

  function note(section, shown) {
    clearTimeout(timers.get(section));
    const line = section.querySelector("[data-connection-note]");
    if (line) line.hidden = !shown;
  }

  function noteSoon(section) {
    clearTimeout(timers.get(section));
    timers.set(section, setTimeout(() => connections.has(section) && note(section, true), SHOW_AFTER_MS));
  }

  function reconnect() {
    for (const [section, connection] of connections) {
      if (!section.isConnected) connections.delete(section);
      else if (connection?.delayCanceller) connection.delayCanceller();
      else connection?.reader?.cancel();
    }
  }

  document.addEventListener("htmx:sse:before:connection", ({ target, detail }) => {
    connections.set(target, detail.connection);
    if (detail.connection.attempt > 0 && !document.hidden) noteSoon(target);
  });
  document.addEventListener("htmx:sse:after:connection", ({ target }) => note(target, false));
  document.addEventListener("htmx:sse:after:message", ({ target }) => note(target, false));
  document.addEventListener("htmx:sse:error", ({ target }) => target.querySelector && note(target, true));
  document.addEventListener("htmx:error", ({ target }) => {
    if (target.hasAttribute?.("hx-sse:connect")) note(target, true);
  });
  for (const name of ["htmx:sse:close", "bichat:stream-ended"]) {
    document.addEventListener(name, ({ target }) => {
      connections.delete(target);
      if (target.querySelector) note(target, false);
    });
  }

  addEventListener("offline", () => {
    const live = [...connections.keys()].filter((section) => section.isConnected);
    for (const section of live) note(section, true);
    if (!live.length) document.dispatchEvent(new CustomEvent("bichat:toast", { detail: { name: "offline" } }));
  });
  addEventListener("online", reconnect);

  // A computer that slept has dead connections that no event tells of: its clock jumped.
  let seen = Date.now();
  setInterval(() => {
    if (Date.now() - seen > SLEPT_MS) reconnect();
    seen = Date.now();
  }, 10_000);
})();
