/** The one style sheet: light and dark as the reader has it, a phone's width and up, nothing from elsewhere. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: #1b1f24; --soft: #57606a; --ground: #ffffff; --raised: #f5f6f8; --line: #d0d7de;
  --accent: #0b57a4; --on-accent: #ffffff; --good: #11663a; --bad: #a8201a; --warn: #7a4b00; --wash: #fff6e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e8eaed; --soft: #a9b1bb; --ground: #14171a; --raised: #1e2226; --line: #3a4148;
    --accent: #8ab8f5; --on-accent: #0c1a2b; --good: #7fd6a2; --bad: #ff9d94; --warn: #f2c572; --wash: #2c2514;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center; padding-block: .75rem; border-bottom: 1px solid var(--line); }
header strong { font-size: 1.05rem; }
header form { margin-left: auto; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; margin: 0; padding: 0; }
nav.tabs { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; overflow-x: auto; }
nav.tabs ul { flex-wrap: nowrap; }
nav.tabs a { display: block; padding: .5rem .1rem; text-decoration: none; white-space: nowrap; }
nav [aria-current] { font-weight: 600; color: var(--ink); box-shadow: inset 0 -2px var(--accent); }
a { color: var(--accent); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.5rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p, ul, ol, dl { max-width: 44rem; }
small, .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; color: var(--soft); font-size: .9rem; }
.wide { overflow-x: auto; }
code, output, .copy { font: .92em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.copy { display: block; background: var(--raised); border: 1px solid var(--line); border-radius: .4rem; padding: .6rem .75rem; user-select: all; }
.box { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; background: var(--raised); }
.notice { border-left: .3rem solid var(--accent); padding: .6rem .9rem; background: var(--raised); margin: 1rem 0; max-width: 44rem; }
.notice.bad { border-color: var(--bad); } .notice.good { border-color: var(--good); } .notice.warn { border-color: var(--warn); background: var(--wash); }
.is-good { color: var(--good); } .is-bad { color: var(--bad); } .is-warn { color: var(--warn); }
form.line { display: inline; }
label { display: block; font-weight: 600; margin: .75rem 0 .2rem; }
label.check { font-weight: 400; display: flex; gap: .5rem; align-items: baseline; }
input:not([type=checkbox], [type=radio]), select, textarea { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--soft); border-radius: .35rem; padding: .4rem .55rem; width: 100%; max-width: 30rem; }
input[aria-invalid] { border-color: var(--bad); }
button { font: inherit; font-weight: 600; cursor: pointer; color: var(--on-accent); background: var(--accent); border: 1px solid transparent; border-radius: .35rem; padding: .4rem .9rem; margin: .6rem .4rem 0 0; }
button.quiet { background: transparent; color: var(--accent); border-color: var(--line); margin-top: 0; }
button.danger { background: transparent; color: var(--bad); border-color: currentColor; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .3rem .6rem; }
footer { color: var(--soft); font-size: .9rem; padding-block: 2.5rem; }
dt { font-weight: 600; } dd { margin: 0 0 .5rem; }
@media (max-width: 40rem) { th, td { padding-right: .5rem; } button { min-height: 2.75rem; } }
`
