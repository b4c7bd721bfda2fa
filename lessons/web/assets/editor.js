// A text field that becomes an editor when CodeMirror is there; until then, and without it, it is a field all the same.

const nonce = document.querySelector("meta[name=style-nonce]").content;
let loading = null;
const load = () => loading ||= import("./codemirror.js");

export function editor(area, options) {
  let made = plain(area, options), left = false;
  load().then((cm) => {
    if (left) return;
    const text = made.get(), focused = document.activeElement === area;
    made = rich(cm, area, options, text);
    if (focused) made.focus();
    if (api.said) made.mark(api.said);
  }, () => {}); // the field stays
  const api = {
    get: () => made.get(), set: (text) => made.set(text), focus: () => made.focus(), newline: () => made.newline(),
    mark: (said) => { api.said = said; made.mark(said); }, leave: () => { left = true; made.leave(); },
  };
  return api;
}

function plain(area, { run, changed, history, prompt, interrupt }) {
  const tall = () => { if (prompt) area.rows = Math.min(area.value.split("\n").length, 8); };
  area.addEventListener("input", () => { tall(); if (changed) changed(area.value); });
  area.addEventListener("keydown", (event) => {
    if (event.key === "c" && event.ctrlKey && interrupt && area.selectionStart === area.selectionEnd) return interrupt();
    const recalled = history && !event.shiftKey && { ArrowUp: () => history.older(area.value), ArrowDown: () => history.newer() }[event.key];
    if (recalled && !area.value.includes("\n")) {
      const text = recalled();
      event.preventDefault();
      if (text !== null) area.value = text;
    }
    if (event.key !== "Enter" || event.shiftKey || !(prompt || event.ctrlKey)) return;
    event.preventDefault();
    run();
  });
  return {
    get: () => area.value, set: (text) => { area.value = text; tall(); }, focus: () => area.focus(),
    newline: () => { area.value += "\n    "; tall(); }, mark: () => {}, leave: () => {},
  };
}

function rich(cm, area, { run, changed, complete, history, prompt, interrupt, leave }, text) {
  const { EditorView, EditorState, keymap, Prec, StateEffect, StateField, Decoration, tags } = cm;
  const put = (view, words) => {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: words }, selection: { anchor: words.length } });
    return true;
  };
  const recall = (newer) => (view) => {
    const line = view.state.doc.lineAt(view.state.selection.main.head);
    if (cm.completionStatus(view.state) === "active" || line.number !== (newer ? view.state.doc.lines : 1)) return false;
    const words = newer ? history.newer() : history.older(view.state.doc.toString());
    return words === null ? false : put(view, words);
  };
  // At a word Tab completes it: at once where there is one proposal, else from a list.
  const tab = (view) => {
    if (cm.acceptCompletion(view)) return true;
    const { head } = view.state.selection.main, line = view.state.doc.lineAt(head);
    if (!/[\w.:]$/.test(line.text.slice(0, head - line.from))) return cm.indentWithTab.run(view);
    complete(view.state.doc.toString(), head).then((told) => {
      if (!told || view.state.selection.main.head !== head) return;
      const [only] = told.options;
      if (told.options.length > 1) cm.startCompletion(view);
      else if (only) view.dispatch({ changes: { from: told.from, to: head, insert: only }, selection: { anchor: told.from + only.length } });
    });
    return true;
  };
  const proposals = async (context) => {
    const word = context.matchBefore(/[\w.:]+/);
    if (!word || !(context.explicit || word.text.endsWith("."))) return null;
    const told = await complete(context.state.doc.toString(), context.pos);
    return told && told.options.length ? { from: told.from, options: told.options.map((label) => ({ label })), validFor: /^\w*$/ } : null;
  };
  const wrong = StateEffect.define();
  const marks = StateField.define({
    create: () => Decoration.none,
    update: (now, change) => {
      for (const effect of change.effects) if (effect.is(wrong)) {
        const line = effect.value && effect.value <= change.state.doc.lines ? change.state.doc.line(effect.value) : null;
        return line ? Decoration.set([Decoration.line({ class: "wrong-line" }).range(line.from)]) : Decoration.none;
      }
      return change.docChanged ? Decoration.none : now;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
  const own = [
    { key: "Mod-Enter", run: () => { run(); return true; } },
    { key: "Tab", run: tab, shift: cm.indentWithTab.shift },
    { key: "Escape", run: () => { leave(); return true; } },
  ];
  if (prompt) own.push(
    { key: "Enter", run: () => { run(); return true; } },
    { key: "Shift-Enter", run: cm.insertNewlineAndIndent },
    { key: "ArrowUp", run: recall(false) }, { key: "ArrowDown", run: recall(true) },
    { key: "Ctrl-c", run: (view) => { if (!view.state.selection.main.empty) return false; interrupt(); return true; } },
  );
  const style = cm.HighlightStyle.define([
    { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null], color: "var(--keyword)" },
    { tag: [tags.string, tags.special(tags.string)], color: "var(--string)" },
    { tag: tags.number, color: "var(--number)" },
    { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  ]);
  const named = area.getAttribute("aria-label") ? { "aria-label": area.getAttribute("aria-label") } : { "aria-labelledby": area.getAttribute("aria-labelledby") };
  const view = new EditorView({
    doc: text,
    extensions: [
      EditorView.cspNonce.of(nonce), Prec.high(keymap.of(cm.completionKeymap.filter(({ key }) => key !== "Enter" || !prompt))), Prec.high(keymap.of(own)),
      ...(prompt ? [cm.placeholder(area.placeholder)] : [cm.lineNumbers()]),
      cm.history(), cm.drawSelection(), cm.python(), cm.indentUnit.of("    "), cm.indentOnInput(), cm.bracketMatching(), cm.closeBrackets(),
      cm.autocompletion({ override: [proposals], selectOnOpen: !prompt, interactionDelay: 0, icons: false, defaultKeymap: false }),
      cm.syntaxHighlighting(style), marks, EditorView.lineWrapping, EditorState.tabSize.of(4),
      EditorView.contentAttributes.of({ ...named, spellcheck: "false", autocapitalize: "off" }),
      EditorView.updateListener.of((change) => { if (change.docChanged && changed && !quiet) changed(view.state.doc.toString()); }),
      keymap.of([...cm.closeBracketsKeymap, ...cm.defaultKeymap, ...cm.historyKeymap]),
    ],
  });
  let quiet = false;
  area.hidden = true;
  area.after(view.dom);
  return {
    get: () => view.state.doc.toString(),
    set: (words) => { quiet = true; put(view, words); quiet = false; },
    focus: () => view.focus(),
    newline: () => { view.dispatch({ selection: { anchor: view.state.doc.length } }); cm.insertNewlineAndIndent(view); },
    // The last line of one's own that an error names.
    mark: (said) => {
      const last = said.length ? said[said.length - 1] : null;
      const lines = last && ["error", "unreadable", "wrong"].includes(last.kind) ? [...last.html.matchAll(/line (\d+):/g)] : [];
      view.dispatch({ effects: wrong.of(lines.length ? Number(lines[lines.length - 1][1]) : 0) });
    },
    leave: () => view.destroy(),
  };
}
