"""The tree as one complete page of HTML: readable on a telephone, printable on the office's paper.

Nothing is loaded from elsewhere, and the page's own policy forbids it: style is embedded, pictures are data.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from html import escape

from .markup import Node, header_rows
from .profile import PLACEHOLDER, Profile, complete

_STYLE = """
@page { size: %(width)gmm %(height)gmm; margin: %(top)gmm %(right)gmm %(bottom)gmm %(left)gmm;
  @bottom-right { content: %(page)s; font: 8pt %(font)s; color: #444; } }
* { box-sizing: border-box; }
body { margin: 0; background: #e9e9e9; color: #000; font: %(size)gpt/1.45 %(font)s; overflow-wrap: anywhere; }
main { position: relative; max-width: %(width)gmm; margin: 1rem auto; background: #fff;
  padding: min(%(top)gmm, 7vw) min(%(right)gmm, 6vw) min(%(bottom)gmm, 7vw) min(%(left)gmm, 6vw); }
p { margin: 0 0 .7em; text-align: justify; }
p.indent { text-indent: 1.25cm; }
p.left { text-align: left; } p.center { text-align: center; } p.right { text-align: right; }
.letterhead { display: grid; grid-template-columns: 22mm 1fr 22mm; align-items: center; text-align: center;
  border-bottom: 5px double #000; padding-bottom: .5em; margin-bottom: 1.4em; line-height: 1.25; }
.letterhead img { max-width: 20mm; max-height: 22mm; }
.letterhead div { grid-column: 2; }
.letterhead .plain { grid-column: 1 / 4; }
.letterhead .government { font-size: 13pt; text-transform: uppercase; }
.letterhead .agency { font-size: 16pt; font-weight: bold; text-transform: uppercase; }
.letterhead small { display: block; font-size: 9pt; }
h1 { font-size: 1.2em; text-align: center; text-transform: uppercase; margin: .6em 0 .4em; }
h2, h3 { font-size: 1em; margin: 1.3em 0 .5em; break-after: avoid; }
.subtitle, .number { text-align: center; margin: 0 0 .4em; }
.number { margin-bottom: 1.4em; }
.reference { display: grid; grid-template-columns: 1fr auto; gap: 0 2em; margin-bottom: 1.4em; }
.reference dl { grid-template-columns: max-content 1fr; margin: 0; }
.recipient { margin: 1.2em 0 1.6em; text-align: left; }
ul, ol { margin: .3em 0 .8em; padding-left: 1.8em; }
li > p, dd > p, td > p, th > p { margin: 0; text-align: inherit; } li { margin-bottom: .25em; text-align: justify; }
dl { display: grid; grid-template-columns: var(--labels, 34%%) 1fr; gap: .15em 0; margin: .3em 0 1em; }
dt { padding-right: .5em; }
dd { margin: 0; padding-left: 1em; position: relative; }
dd::before { content: ":"; position: absolute; left: 0; }
main.form > section > dl > * { border-bottom: 1px solid #ccc; padding-bottom: .15em; }
table { width: 100%%; border-collapse: collapse; margin: .7em 0 1em; font-size: .92em; line-height: 1.3; }
caption { text-align: left; font-weight: bold; padding-bottom: .4em; }
th, td { border: 1px solid #777; padding: .3em .45em; vertical-align: top; text-align: left; }
th { background: #eee; text-align: center; vertical-align: middle; }
td.left, th.left { text-align: left; } td.center { text-align: center; } td.right, th.right { text-align: right; }
tr { break-inside: avoid; } thead { display: table-header-group; }
.note { border: 1px solid #777; padding: .7em .9em; margin: 1em 0; }
.note > p:last-child { margin: 0; }
.checklist { list-style: none; padding: 0; }
.checklist li { padding-left: 1.7em; text-indent: -1.7em; }
.checklist span { display: inline-block; width: 1.7em; text-indent: 0; }
.blank { height: 8mm; border-bottom: 1px dotted #777; }
.blanks { margin-bottom: 1.2em; }
figure { margin: 1.1em auto; text-align: center; break-inside: avoid; }
figure img { max-width: 100%%; max-height: 165mm; }
.keep { break-inside: avoid; }
.page-break { break-before: page; }
.signatures { margin: 1.8em 0; break-inside: avoid; break-before: avoid; }
.row { display: grid; grid-template-columns: repeat(var(--across), 1fr); gap: 0 1em; text-align: center;
  grid-template-rows: repeat(5, auto); margin: 0 auto 1.2em; width: calc(100%% * var(--share)); }
.row.only { width: min(52%%, 100%%); min-width: 15em; margin: 0 %(only)s; }
.row.centred { width: min(52%%, 100%%); min-width: 15em; }
.party { display: grid; grid-row: span 5; grid-template-rows: subgrid; line-height: 1.3; }
.space { min-height: %(space)gmm; display: flex; justify-content: center; align-items: flex-end; }
.thumbprint { width: 22mm; height: 25mm; margin: 2mm; border: 1px dashed #777; font-size: 7.5pt; color: #444;
  display: flex; align-items: flex-end; justify-content: center; padding: 1mm; }
.name { font-weight: bold; text-decoration: underline; }
.name.missing { font-weight: normal; text-decoration: none; overflow: hidden; }
.draft::before { content: %(draft)s; position: fixed; inset: 0; display: grid; place-items: center;
  font: bold 84pt %(font)s; color: #000; opacity: .07; transform: rotate(-45deg); pointer-events: none; }
@media print { body { background: none; } main { margin: 0; padding: 0; max-width: none; } }
"""


def write(
    root: Node,
    profile: Mapping[str, object],
    *,
    number: str | None = None,
    drawings: Mapping[str, str | bytes] | None = None,
) -> str:
    """The document as a complete HTML5 page.

    ``number`` is the registered letter number, None leaves room to write one. ``drawings`` are SVG by name; a
    figure without its drawing is left out. Raises ``Invalid`` for an unusable profile.
    """
    office = complete(profile)
    page = _Page(office, number or PLACEHOLDER, drawings or {})
    kinds = [root.get("kind", "report"), *(["draft"] if root.get("draft") == "yes" else [])]
    return (
        f'<!doctype html>\n<html lang="{escape(root.get("lang", office.lang))}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        'img-src data:">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(root.get('title'))}</title>\n<style>{_style(office)}</style>\n</head>\n"
        f'<body>\n<main class="{" ".join(kinds)}">\n{page.blocks(root.nodes)}\n</main>\n</body>\n</html>\n'
    )


def _style(office: Profile) -> str:
    before, _, rest = office.words["page"].partition("{page}")
    between, _, after = rest.partition("{pages}")
    family = '"' + "".join(char for char in office.font if char.isalnum() or char in " -") + '"'
    return _STYLE % {
        "width": office.width,
        "space": office.signature_space,
        "only": {"right": "0 1.2em auto", "centre": "auto 1.2em", "left": "auto 1.2em 0"}[office.signature_side],
        "height": office.height,
        **office.margins,
        "size": office.font_size,
        "font": f'{family}, "Liberation Sans", Arial, sans-serif',
        "page": f"{_css(before)} counter(page) {_css(between)} counter(pages) {_css(after)}",
        "draft": _css(office.words["draft"]),
    }


def _css(text: str) -> str:
    """``text`` as a CSS string that can end neither itself nor the style element."""
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"'


class _Page:
    def __init__(self, office: Profile, number: str, drawings: Mapping[str, str | bytes]) -> None:
        self.office = office
        self.number = number
        self.drawings = drawings

    def blocks(self, nodes: Iterable[Node]) -> str:
        return "\n".join(made for node in nodes if (made := self.block(node)))

    def inline(self, node: Node) -> str:
        out = []
        for child in node.children:
            if isinstance(child, str):
                out.append(escape(child))
            elif child.tag == "br":
                out.append("<br>")
            else:
                out.append(f"<{child.tag}>{self.inline(child)}</{child.tag}>")
        return "".join(out)

    def block(self, node: Node) -> str:
        match node.tag:
            case "p":
                kinds = [node.get("align"), "indent" if node.get("indent") == "yes" else ""]
                return f"<p{_class(*kinds)}>{self.inline(node)}</p>"
            case "title":
                return f"<h1>{self.inline(node)}</h1>"
            case "subtitle" | "recipient":
                return f'<p class="{node.tag}">{self.inline(node)}</p>'
            case "number":
                return f'<p class="number">{escape(self.office.words["number"])}: {escape(self.number)}</p>'
            case "section" | "subsection":
                level = "h2" if node.tag == "section" else "h3"
                title = escape(" ".join(filter(None, (node.get("label"), node.get("title")))))
                return f"<section>\n<{level}>{title}</{level}>\n{self.blocks(node.nodes)}\n</section>"
            case "ul":
                return f"<ul>{self.items(node)}</ul>"
            case "ol":
                count, start = escape(node.get("count", "1")), escape(node.get("start", "1"))
                return f'<ol type="{count}" start="{start}">{self.items(node)}</ol>'
            case "dl":
                width = node.get("label-width")
                style = f' style="--labels: {escape(width)}%"' if width else ""
                rows = [
                    f"<dt>{self.inline(item)}</dt>" if item.tag == "dt" else f"<dd>{self.value(item) or '–'}</dd>"
                    for item in node.nodes
                ]
                return f"<dl{style}>{''.join(rows)}</dl>"
            case "table":
                return self.table(node)
            case "note":
                title = f"<p><b>{escape(node.get('title'))}</b></p>" if node.get("title") else ""
                return f'<aside class="note">{title}{self.blocks(node.nodes)}</aside>'
            case "checklist":
                boxes = [
                    f"<li><span>{'☑' if item.get('on') == 'yes' else '☐'}</span>{self.inline(item)}</li>"
                    for item in node.nodes
                ]
                return f'<ul class="checklist">{"".join(boxes)}</ul>'
            case "blank":
                return f'<div class="blanks">{"<div class=blank></div>" * int(node.get("lines", "1"))}</div>'
            case "keep":
                return f'<div class="keep">{self.blocks(node.nodes)}</div>'
            case "page-break":
                return '<div class="page-break"></div>'
            case "letterhead":
                return self.letterhead()
            case "reference":
                return self.reference(node)
            case "signatures":
                return self.signatures(node)
            case "figure":
                return self.figure(node)
        raise AssertionError(node.tag)  # a tag of the vocabulary that this writer does not know

    def value(self, node: Node) -> str:
        """What an item or a cell holds; a lone paragraph needs no tag of its own."""
        if [child.tag for child in node.nodes] == ["p"]:
            return self.inline(node.nodes[0])
        return self.blocks(node.nodes)

    def items(self, node: Node) -> str:
        return "".join(f"<li>{self.value(item)}</li>" for item in node.nodes)

    def table(self, node: Node) -> str:
        shares = [float(share) for share in node.get("widths").split(",")] if node.get("widths") else []
        columns = "".join(f'<col style="width: {100 * share / sum(shares):.4g}%">' for share in shares)
        top = header_rows(node)
        rows = [
            "<tr>" + "".join(self.cell(cell, heading=place < top) for cell in row.nodes) + "</tr>"
            for place, row in enumerate(node.nodes)
        ]
        caption = f"<caption>{escape(node.get('caption'))}</caption>" if node.get("caption") else ""
        head = f"<thead>{''.join(rows[:top])}</thead>" if top else ""
        return f"<table>{caption}<colgroup>{columns}</colgroup>{head}<tbody>{''.join(rows[top:])}</tbody></table>"

    def cell(self, node: Node, *, heading: bool) -> str:
        span = f' colspan="{escape(node.get("colspan"))}"' if node.get("colspan") else ""
        scope = f' scope="{"col" if heading else "row"}"' if node.tag == "th" else ""
        return f"<{node.tag}{span}{scope}{_class(node.get('align'))}>{self.value(node)}</{node.tag}>"

    def letterhead(self) -> str:
        office = self.office
        logo = f'<img src="{escape(office.logo)}" alt="">' if office.logo else ""
        lines = [
            f'<span class="government">{escape(office.government)}</span><br>' if office.government else "",
            f'<span class="agency">{escape(office.agency)}</span>',
            *(f"<small>{escape(line)}</small>" for line in (office.address, office.contact) if line),
        ]
        return (
            f'<header class="letterhead">{logo}<div{_class("" if logo else "plain")}>{"".join(lines)}</div></header>'
        )

    def reference(self, node: Node) -> str:
        rows = []
        for row in node.nodes:
            name = self.office.words["number"] if row.tag == "number" else row.get("label")
            value = escape(self.number) if row.tag == "number" else self.inline(row)
            rows.append(f"<dt>{escape(name)}</dt><dd>{value}</dd>")
        dated = escape(node.get("place-date"))
        return f'<div class="reference"><dl>{"".join(rows)}</dl><div>{dated}</div></div>'

    def signatures(self, node: Node) -> str:
        parties = node.nodes
        across = int(node.get("columns", str(min(len(parties), 3))))
        first = node.get("place-date-over") == "first"
        rows = []
        for start in range(0, len(parties), across):
            row = parties[start : start + across]
            dated = 0 if first else len(row) - 1
            made = [
                self.party(party, node.get("place-date") if not start and place == dated else "")
                for place, party in enumerate(row)
            ]
            kind = "only" if len(parties) == 1 else "centred" if len(row) == 1 and across > 1 else ""
            share = 1 if len(row) == across else len(row) / across
            rows.append(
                f'<div{_class("row", kind)} style="--across: {len(row)}; --share: {share:.3g}">{"".join(made)}</div>'
            )
        return f'<div class="signatures">{"".join(rows)}</div>'

    def party(self, party: Node, dated: str) -> str:
        above = [escape(line) for line in (party.get("lead"), party.get("role"), party.get("title")) if line]
        space = ""
        if party.get("mark") == "thumbprint":
            label = party.get("mark-label", self.office.words["thumbprint"])
            space = f'<span class="thumbprint">{escape(label)}</span>'
        name = party.get("name")
        shown = (
            f'<div class="name">{escape(name)}</div>' if name else f'<div class="name missing">( {"." * 30} )</div>'
        )
        id_line = " ".join(filter(None, (party.get("id-label"), party.get("id")))) if party.get("id") else ""
        below = [escape(id_line)] if id_line else []
        if party.get("note"):
            below.append(f"<small>{escape(party.get('note'))}</small>")
        return (
            f'<div class="party"><div>{escape(dated)}</div><div>{"<br>".join(above)}</div>'
            f'<div class="space">{space}</div>{shown}<div>{"<br>".join(below)}</div></div>'
        )

    def figure(self, node: Node) -> str:
        picture = self.drawings.get(node.get("drawing"))
        if picture is None:
            return ""
        # as data, not inline: two drawings may use the same ids, and nothing in a picture can run
        data = base64.b64encode(picture if isinstance(picture, bytes) else picture.encode()).decode("ascii")
        caption = "".join(f"<figcaption>{self.inline(child)}</figcaption>" for child in node.nodes)
        width = escape(node.get("width", "100"))
        return (
            f'<figure><img style="width: {width}%" src="data:image/svg+xml;base64,{data}" '
            f'alt="{escape(node.get("alt"))}">{caption}</figure>'
        )


def _class(*names: str) -> str:
    given = " ".join(name for name in names if name)
    return f' class="{escape(given)}"' if given else ""
