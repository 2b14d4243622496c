// A button among the turns that its own answer takes away: the one in its place gets the keyboard, else the composer.
(() => {
  let left;

  const same = (label) => [...document.querySelectorAll("#turns [aria-label]:not(:disabled)")].filter((each) => each.ariaLabel === label);

  document.addEventListener("htmx:before:request", (event) => {
    const from = document.activeElement;
    if (!event.target.contains?.(from) || !from.closest("#turns")) return;
    left = { label: from.ariaLabel, place: same(from.ariaLabel).indexOf(from) };
  });

  document.addEventListener("htmx:after:swap", () => {
    if (!left || document.activeElement !== document.body || matchMedia("(pointer: coarse)").matches) return;
    const again = left.label ? same(left.label)[left.place] : undefined;
    left = undefined;
    (again ?? document.querySelector("[data-composer-input]"))?.focus({ preventScroll: true });
  });
})();
