"""Which stylesheets and scripts travel together: one request instead of one a component, in the order given."""

STYLES = (
    "tokens", "fonts", "page", "icons", "button", "field", "notice", "login", "tokens_page", "sidebar", "session_list", "search",
    "session_menu", "sharing", "shelf", "summary", "conversation", "own_page", "starters", "composer", "turn", "steps", "sql",
    "answer", "table", "filter_strip", "menu", "chart", "question", "export", "code_file", "feedback", "spent", "suggestions",
    "commands", "catalogue", "status", "artifact_panel", "manage", "audit", "walls", "programs", "dialog", "toast", "banner",
)  # fmt: skip
"""Tokens first; what comes later wins."""
EARLY = ("theme_early", "told_once", "composer")
"""Before the first paint: the chosen theme, an address without what it has told, and keys typed before the rest has arrived."""
CHAT = (
    "sse_guard", "connection", "request_id", "draft", "edit_question", "run_control", "autoscroll", "question_form", "keep_open",
    "keep_focus", "session_search", "session_menu", "sharing", "choose_many", "drawer", "shortcuts", "copy", "copy_rich",
    "copy_table", "commands", "menus", "wait", "chart", "chart_form", "artifact_panel", "toasts", "offline_banner",
)  # fmt: skip

HTMX = ("htmx", "hx-sse")
"""htmx with what extends it: in a script of its own, that may come when htmx has begun without it."""

BUNDLES = {
    "css/bichat.css": tuple(f"css/{name}.css" for name in STYLES),
    "js/early.js": tuple(f"js/{name}.js" for name in EARLY),
    "js/chat.js": tuple(f"js/{name}.js" for name in CHAT),
    "js/htmx.js": tuple(f"vendor/{name}.min.js" for name in HTMX),
}
"""Name below `static/` to the files it is made of."""
