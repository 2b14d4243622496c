// While a run goes on, Send is Stop; Esc stops it too. What the composer was refused because of a run goes when that does.
(() => {
  const LIVE = '.run-status:is([data-status="queued"], [data-status="running"], [data-status="waiting"])';

  let seen = "";

  function forgetRefusal() {
    const status = document.querySelector(LIVE);
    const now = status ? `${status.dataset.run} ${status.dataset.status === "waiting" ? "waiting" : "working"}` : "";
    if (seen && seen !== now) document.getElementById("composer-errors")?.replaceChildren();
    seen = now;
  }

  function stopForm() {
    const id = document.querySelector(LIVE)?.getAttribute("data-run");
    return id ? document.getElementById(`run-${id}-stop`) : null;
  }

  function show() {
    forgetRefusal();
    const stop = document.querySelector("[data-stop]");
    const send = document.querySelector("[data-send]");
    if (!stop || !send) return;
    const form = stopForm();
    const hadFocus = document.activeElement === stop || document.activeElement === send;
    stop.hidden = !form;
    send.hidden = Boolean(form);
    if (form) stop.setAttribute("form", form.id);
    else stop.removeAttribute("form");
    if (hadFocus) (form ? stop : send).focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const form = stopForm();
    if (!form) return;
    if (event.target.closest?.("[data-testid=question-form]")) event.target.blur();
    else form.requestSubmit();
  });
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("htmx:sse:close", show);
  show();
})();
