"""How pages for people look, and the script that watches over each. Pure: constants.

Colours of texts stand in the style sheet alone, also for the plots, so that they follow the reader's choice of light
or dark; the colours of bars read on both.
"""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --ink: #1d2430; --soft: #5a6272; --line: #dfe3ea; --code: #eef1f5;
  --good: #1b7a64; --bad: #b3323f; --quiet: #5a6272; --accent: #2c5fab;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181f; --card: #1d232d; --ink: #e8ebf1; --soft: #a7b0bf; --line: #343c49; --code: #2a313d;
    --good: #5fd0b4; --bad: #ff8f98; --quiet: #a7b0bf; --accent: #8ab4f8;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 0 0 4px; font-size: 1.2rem; }
p { margin: 0 0 12px; max-width: 72ch; overflow-wrap: anywhere; }
.soft, footer { color: var(--soft); }
code {
  padding: 1px 5px; border-radius: 4px; background: var(--code);
  font: 0.875em ui-monospace, Consolas, monospace; overflow-wrap: anywhere;
}
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px; margin: 24px 0 8px; padding: 0; }
.cards div {
  padding: 16px 20px; border: 1px solid var(--line); border-top: 4px solid var(--tone);
  border-radius: 8px; background: var(--card);
}
.cards dt { color: var(--soft); font-size: 0.9rem; }
.cards dd {
  margin: 0; font-size: 2rem; font-weight: 650; line-height: 1.2; color: var(--tone);
  font-variant-numeric: tabular-nums;
}
.cards dd.share { font-size: 0.9rem; font-weight: 400; color: var(--soft); }
.rows { --tone: var(--accent); }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .quiet { --tone: var(--quiet); }
section {
  margin: 20px 0; padding: 20px 24px 24px; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card);
}
.pair + .pair { margin-top: 24px; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 24px; align-items: start; }
.plot { display: none; min-width: 0; overflow: hidden; }
.scripted .plot { display: block; }
.plot .main-svg text { fill: var(--ink) !important; }
.plot .main-svg .bartext-inside, .plot .main-svg .hoverlayer text { fill: #ffffff !important; }
.scroll { overflow: auto; }
.long { max-height: 860px; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
td code, th code { white-space: nowrap; }
th .soft { font-weight: 400; }
table { width: 100%; border-collapse: collapse; font-size: 0.925rem; }
caption { padding: 4px 0 8px; color: var(--soft); font-size: 0.875rem; text-align: left; }
th, td {
  padding: 4px 12px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
  overflow-wrap: anywhere;
}
tr > :first-child { padding-left: 0; }
thead th {
  position: sticky; top: 0; background: var(--card); color: var(--soft); font-weight: 600;
  font-size: 0.85rem; overflow-wrap: normal;
}
tbody th { font-weight: 500; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
ul { margin: 0; padding-left: 20px; }
footer { padding-bottom: 48px; font-size: 0.875rem; }
@media (max-width: 760px) {
  main, header, footer { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 24px; }
  h1 { font-size: 1.4rem; }
  .cards { grid-template-columns: repeat(2, 1fr); gap: 12px; }
  .cards div { padding: 12px 14px; }
  .cards dd { font-size: 1.6rem; }
  .pair { grid-template-columns: minmax(0, 1fr); gap: 8px; }
  section { padding: 16px; }
}
@media print {
  :root {
    --page: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc; --code: #f0f0f0;
  }
  .scroll { max-height: none; overflow: visible; }
  .pair { grid-template-columns: minmax(0, 1fr); }
  .scripted .plot { display: none; }
  thead th { position: static; }
  section { border: 0; padding: 0; }
  h2, tr, .cards { break-inside: avoid; break-after: auto; }
  h2 { break-after: avoid; }
}
""".strip()
"""Printed, the tables say all: plots are drawn for the width of the screen."""

WATCH = """
(function () {
  var root = document.documentElement;
  root.classList.add("scripted");
  addEventListener("error", function (event) { root.dataset.error = event.message; });
  addEventListener("unhandledrejection", function (event) { root.dataset.error = String(event.reason); });
  document.addEventListener("securitypolicyviolation", function (event) {
    root.dataset.blocked = event.violatedDirective;
  });
})();
""".strip()
"""Notes on the root element what goes wrong; comes before every other script."""
