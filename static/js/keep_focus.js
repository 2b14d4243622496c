// A button among the turns that its own answer takes away: the one in its place gets the keyboard, else the composer. Whoever
// presses a key or points elsewhere meanwhile keeps what they have.
(() => {
  let left;

  const same = (label) => [...document.querySelectorAll("#turns [aria-label]:not(:disabled)")].filter((each) => each.ariaLabel === label);
  const forget = () => { left = undefined; };

  document.addEventListener("htmx:before:request", (event) => {
    const from = document.activeElement;
    if (!event.target.contains?.(from) || !from.closest("#turns")) return;
    left = { from, label: from.ariaLabel, place: same(from.ariaLabel).indexOf(from) };
  });

  document.addEventListener("pointerdown", forget, { capture: true });
  document.addEventListener("keydown", forget, { capture: true });

  document.addEventListener("htmx:after:swap", () => {
    if (!left || left.from.isConnected) return;
    const { label, place } = left;
    forget();
    if (document.activeElement !== document.body || matchMedia("(pointer: coarse)").matches) return;
    const again = label ? same(label)[place] : undefined;
    (again ?? document.querySelector("[data-composer-input]"))?.focus({ preventScroll: true });
  });
})();
