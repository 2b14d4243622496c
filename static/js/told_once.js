// [done=…] in the address: what it told is told once, so a reload does not tell it again. [data-told-once]: a form made what is
// shown here, and a reload opens the page of this address instead of sending the form again.
(() => {
  document.addEventListener("DOMContentLoaded", () => {
    const made = document.querySelector("[data-told-once]");
    if (made) history.replaceState(history.state, "", made.dataset.toldOnce);
  });
  const address = new URL(location.href);
  if (!address.searchParams.has("done")) return;
  for (const name of ["done", "session"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
})();
