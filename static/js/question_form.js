// [data-testid=question-form]: number keys choose, Enter submits, own words and options exclude each other where one is
// asked for, and what was filled in survives a redraw.
(() => {
  const FORM = "[data-testid=question-form]";
  const drafts = new Map();
  let focused = "";

  const isText = (element) => element.matches?.("textarea, input:not([type=radio], [type=checkbox])");
  const fields = (form) => [...form.querySelectorAll('[name^="answer."], [name^="other."]')];

  function keep(form) {
    drafts.set(form.id, fields(form).map((field) => (isText(field) ? field.value : field.checked)));
  }

  function restore(form) {
    const draft = drafts.get(form.id);
    const all = fields(form);
    if (draft?.length !== all.length) return;
    all.forEach((field, index) => {
      if (isText(field)) field.value = draft[index];
      else field.checked = draft[index];
    });
  }

  function welcome() {
    for (const form of document.querySelectorAll(`${FORM}:not([data-met])`)) {
      form.setAttribute("data-met", "");
      restore(form);
      const composer = document.querySelector("[data-composer-input]");
      const isIdle = document.activeElement === document.body || (document.activeElement === composer && !composer.value);
      if (isIdle || focused === form.id) form.querySelector("[aria-describedby] input, input:not([type=hidden])")?.focus({ preventScroll: true });
      form.scrollIntoView({ block: form.offsetHeight > innerHeight / 2 ? "start" : "nearest" });
    }
  }

  function choose(question, number) {
    const options = question.querySelectorAll("[data-testid=question-option] input");
    const other = question.querySelector("[data-testid=question-other]");
    const field = options[number - 1] ?? (number === options.length + 1 ? other : null);
    if (!field) return false;
    field.focus();
    if (field !== other) field.click();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const target = event.target;
    const form = target.closest?.(FORM) ?? (target === document.body ? document.querySelector(FORM) : null);
    if (!form) return;
    if (event.key === "Enter" && target.matches("input")) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[data-testid=question-submit]"));
    } else if (/^[1-9]$/.test(event.key) && !isText(target)) {
      const question = target.closest("[data-testid=question]") ?? form.querySelector("[data-testid=question]");
      if (choose(question, Number(event.key))) event.preventDefault();
    }
  });

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.(FORM);
    const question = event.target.closest?.('[data-question-type="single_choice"]');
    if (!form) return;
    if (question && isText(event.target) && event.target.value) {
      for (const option of question.querySelectorAll("[type=radio]")) option.checked = false;
    } else if (question && !isText(event.target)) {
      question.querySelector("[data-testid=question-other]").value = "";
    }
    keep(form);
  });

  document.addEventListener("focusin", (event) => {
    focused = event.target.closest?.(FORM)?.id ?? "";
  });
  document.addEventListener("htmx:after:swap", welcome);
  welcome();
})();
