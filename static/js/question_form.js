// [data-testid=question-form]: number keys choose, Enter submits, own words and options exclude each other where one is
// asked for, and what was filled in survives a redraw. Where each choice is a button its number only goes there, and nothing
// of the form has the focus before: one Enter too many allows nothing.
(() => {
  const FORM = "[data-testid=question-form]";
  const drafts = new Map();
  let focused = "";

  const isText = (element) => element.matches?.("textarea, input:not([type=radio], [type=checkbox])");
  const fields = (form) => [...form.querySelectorAll('input[name^="answer."], [name^="other."]')];
  const buttons = (form) => [...form.querySelectorAll("button[data-testid=question-option]")];

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
      const field = buttons(form).length ? null : form.querySelector("[aria-describedby] input, input:not([type=hidden])");
      if (isIdle || focused === form.id) (field ?? form).focus({ preventScroll: true });
      form.scrollIntoView({ block: form.offsetHeight > innerHeight / 2 ? "start" : "nearest" });
    }
  }

  function reach(form, number) {
    const places = [...buttons(form), form.querySelector("[data-testid=question-other]")];
    places[number - 1]?.focus();
    return Boolean(places[number - 1]);
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
      const number = Number(event.key);
      if (buttons(form).length ? reach(form, number) : choose(question, number)) event.preventDefault();
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
