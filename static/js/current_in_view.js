// .manage-nav: where the names do not fit, the page one is on is among those that show.
(() => {
  function show() {
    const nav = document.querySelector(".manage-nav");
    const current = nav?.querySelector("[aria-current]");
    if (current) nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.clientWidth) / 2;
  }

  document.addEventListener("DOMContentLoaded", show);
})();
