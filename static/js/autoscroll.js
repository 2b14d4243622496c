// [data-transcript]: follows the answer while the reader is at its end, and lets them read elsewhere in peace.
(() => {
  const NEAR = 60;
  const LIVE = '.run-status:is([data-status="queued"], [data-status="running"], [data-status="waiting"])';
  const FORM = "[data-testid=question-form]";
  let view;
  let follows = true;
  let lastTop = 0;
  let isAwaited = false;
  let read;

  const distance = () => view.scrollHeight - view.clientHeight - view.scrollTop;
  const button = () => document.querySelector("[data-to-latest]");

  function toEnd() {
    follows = true;
    view.scrollTop = view.scrollHeight;
    lastTop = view.scrollTop;
    tell();
  }

  function tell() {
    const jump = button();
    if (jump) jump.hidden = follows || distance() < NEAR;
  }

  function scrolled() {
    if (distance() < NEAR) follows = true;
    else if (view.scrollTop < lastTop - 1) follows = false;
    lastTop = view.scrollTop;
    tell();
  }

  // The last growth of an answer may come with its end, or with its charts after that, also after a reload, while its reader
  // does nothing else.
  const grown = new ResizeObserver(() => {
    isAwaited ||= Boolean(document.querySelector(LIVE));
    if (follows && isAwaited && !document.querySelector(FORM)) toEnd();
    else tell();
  });
  for (const name of ["pointerdown", "keydown"]) {
    document.addEventListener(name, () => (isAwaited = false), { capture: true, passive: true });
  }

  function attach() {
    const found = document.querySelector("[data-transcript]");
    if (!found || found === view) return;
    view = found;
    grown.disconnect();
    view.addEventListener("scroll", scrolled, { passive: true });
    const turns = view.querySelector("#turns");
    if (turns) grown.observe(turns);
    follows = !document.querySelector("#turns :target"); // A link to a turn is for reading that one.
    if (!turns?.childElementCount || !follows) return;
    isAwaited = true;
    toEnd();
  }

  // Older turns come in above what one reads, and that stays where it is.
  document.addEventListener("htmx:before:swap", (event) => {
    const turn = event.target.closest?.(".earlier-turns")?.parentElement.querySelector("[data-turn-id]");
    read = turn && { turn, top: turn.getBoundingClientRect().top };
  });
  document.addEventListener("htmx:after:swap", (event) => {
    attach();
    if (read?.turn.isConnected) view.scrollTop += read.turn.getBoundingClientRect().top - read.top;
    read = undefined;
    if (view && event.target.matches?.("[data-composer]")) {
      isAwaited = true;
      toEnd();
    }
  });
  // A long form is read from its beginning; whoever has answered it goes on with the answer.
  document.addEventListener("htmx:before:request", (event) => {
    if (event.target.closest?.(FORM)) follows = isAwaited = true;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-to-latest]")) toEnd();
    else if (event.target.closest?.("summary")) follows = false; // Unfolding is reading: the line stays where it is.
  });
  attach();
})();
