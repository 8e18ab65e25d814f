"""How the page about a comparison looks, beside what all pages share. Pure: a constant.

Every colour goes with a word: badges say what happened, both sides of a change have headings.
"""

STYLE = """
:root { --old: #fbe3e1; --new: #dff3e4; --mark-old: #f2aca6; --mark-new: #9fdcb0; --warm: #8a5a00; --other: #b9722b; }
@media (prefers-color-scheme: dark) {
  :root { --old: #4a2629; --new: #1f4030; --mark-old: #8e3a40; --mark-new: #2f7a52; --warm: #f0b45c; --other: #d99a4e; }
}
main, header, footer { max-width: 1400px; }
.warm { --tone: var(--warm); }
.bar { display: flex; min-width: 120px; height: 14px; margin-top: 5px; border-radius: 3px; overflow: hidden; }
.bar span { flex: none; min-width: 1px; }
.replaced { background: var(--other); } .emptied { background: var(--bad); } .filled { background: var(--good); }
[aria-labelledby=columns] table { min-width: 880px; }
[aria-labelledby=columns] tr > :first-child { min-width: 140px; }
[aria-labelledby=columns] td:nth-child(n + 7) { min-width: 220px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 8px 0 12px; padding: 0; list-style: none; }
.legend span { display: inline-block; width: 12px; height: 12px; margin-right: 6px; border-radius: 3px; }
.wide { height: 22px; }
.places { display: block; width: 100%; height: 64px; background: var(--code); border-radius: 4px; }
.changed-fill { fill: var(--other); background: var(--other); }
.added-fill { fill: var(--good); background: var(--good); }
.removed-fill { fill: var(--bad); background: var(--bad); }
figure { margin: 12px 0; } figcaption { color: var(--soft); font-size: 0.875rem; }
button, select, input { font: inherit; color: inherit; }
button.link {
  padding: 0; border: 0; background: none; color: inherit; text-align: left; overflow-wrap: anywhere;
}
.scripted button.link { color: var(--accent); cursor: pointer; text-decoration: underline; text-underline-offset: 2px; }
.tops { margin: 0; padding: 0; list-style: none; } .tops li { margin: 1px 0; }
.controls { display: flex; flex-wrap: wrap; gap: 10px 20px; align-items: center; margin: 12px 0; }
.controls input[type=search], .controls select {
  min-width: 0; max-width: 100%; padding: 6px 10px;
  border: 1px solid var(--line); border-radius: 6px; background: var(--page);
}
.controls input[type=search] { width: 18rem; }
.controls select { width: 16rem; }
fieldset { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 0; padding: 0; border: 0; }
fieldset label { white-space: nowrap; } fieldset .soft { font-variant-numeric: tabular-nums; }
#pair { padding: 4px 12px; border: 1px solid var(--accent); border-radius: 16px; background: none; cursor: pointer; }
[hidden] { display: none !important; }
#rows { max-width: none; }
#scroller {
  position: relative; overflow-y: scroll; overflow-x: hidden; border: 1px solid var(--line); border-top: 0;
  border-radius: 0 0 6px 6px; contain: strict;
}
#scroller:focus-visible { outline: 2px solid var(--accent); }
#layer { --tall: 34; position: absolute; top: 0; left: 0; right: 0; }
.line, .headings {
  display: grid;
  grid-template-columns: 140px minmax(0, 1.2fr) 100px 100px minmax(0, 1fr) minmax(0, 1.6fr) minmax(0, 1.6fr);
}
.headings { border: 1px solid var(--line); border-radius: 6px 6px 0 0; background: var(--code); }
.headings div { padding: 6px 8px; color: var(--soft); font-size: 0.85rem; font-weight: 600; }
.line { height: 34px; border-bottom: 1px solid var(--line); cursor: pointer; font-size: 0.9rem; }
.line:hover { background: var(--code); }
.line .cell {
  min-width: 0; padding: 0 8px; overflow: hidden; line-height: 33px; text-overflow: ellipsis; white-space: pre;
}
.line .cell:has(> .old) { background: var(--old); } .line .cell:has(> .new) { background: var(--new); }
.line .key {
  max-width: 100%; padding: 0; border: 0; background: none; overflow: hidden; text-overflow: ellipsis;
  white-space: pre; cursor: pointer; color: var(--accent); line-height: 33px; vertical-align: top;
}
.place { display: block; text-align: right; font-variant-numeric: tabular-nums; color: var(--soft); }
.headings .number { text-align: right; }
.badge { font-weight: 600; }
.kind-0 .badge, .badge.kind-0 { color: var(--warm); }
.kind-1 .badge, .kind-4 .badge, .badge.kind-4 { color: var(--bad); }
.kind-2 .badge, .kind-3 .badge, .badge.kind-3 { color: var(--good); }
.unseen {
  border-radius: 2px; background: var(--line); color: var(--soft); font: 0.9em ui-monospace, Consolas, monospace;
}
dialog {
  width: min(960px, 94vw); max-height: 88vh; padding: 20px 24px; border: 1px solid var(--line); border-radius: 10px;
  background: var(--card); color: var(--ink);
}
dialog::backdrop { background: rgb(0 0 0 / 45%); }
dialog header { display: flex; gap: 16px; align-items: start; justify-content: space-between; padding: 0; }
dialog h2 { font-size: 1.05rem; overflow-wrap: anywhere; }
dialog table { table-layout: fixed; }
dialog th:first-child { width: 26%; }
dialog td { white-space: pre-wrap; }
dialog tr > td.old { background: var(--old); } dialog tr > td.new { background: var(--new); }
mark { border-radius: 2px; color: inherit; }
td.old mark { background: var(--mark-old); } td.new mark { background: var(--mark-new); }
#row-close {
  padding: 4px 14px; border: 1px solid var(--line); border-radius: 6px; background: var(--page); cursor: pointer;
}
@media (max-width: 760px) {
  .headings { display: none; }
  #scroller { border-top: 1px solid var(--line); border-radius: 6px; }
  #layer { --tall: 84; }
  .line {
    grid-template: "badge key" 28px "column column" 25px "old new" 30px / 1fr 1fr; height: 84px;
  }
  .line .cell { line-height: 26px; } .line .key { line-height: 26px; }
  .line .cell:nth-child(1) { grid-area: badge; } .line .cell:nth-child(2) { grid-area: key; }
  .line .cell:nth-child(3), .line .cell:nth-child(4) { display: none; }
  .line .cell:nth-child(5) { grid-area: column; color: var(--soft); }
  .line .cell:nth-child(6) { grid-area: old; } .line .cell:nth-child(7) { grid-area: new; }
  .controls input[type=search], .controls select { width: 100%; }
  .controls > label { width: 100%; }
  dialog { padding: 14px; }
}
@media print { #table { display: none !important; } }
""".strip()
