"""How axe looks at a page: all of its rules, and contrast once for what is drawn alike.

Judging the contrast of every word and token of code takes four fifths of its time, and most are drawn as others are:
in the same colours and letters, on the same grounds, in the same layer. Of those the first few stand for all.
"""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT

FEW = 2
"""How many of those that are drawn alike are judged."""
ALIKE = f"""() => {{
    const seen = new Map(), drawn = new Map(), owns = "data-judged";
    // What stands behind an element: its grounds, and the layer that it is moved with.
    const behind = (one) => {{
        if (!one) return "";
        if (!drawn.has(one)) {{
            const css = getComputedStyle(one);
            const own = [css.backgroundColor, css.backgroundImage, css.opacity, css.filter, css.mixBlendMode];
            const layer = css.position === "static" ? "" : `${{css.position}} ${{one.localName}}.${{one.className}}`;
            drawn.set(one, [behind(one.parentElement), ...own, layer].filter(
                (part) => !["rgba(0, 0, 0, 0)", "none", "1", "normal", ""].includes(part)).join("|"));
        }}
        return drawn.get(one);
    }};
    for (const one of document.querySelectorAll("body *")) {{
        one.removeAttribute(owns);
        const words = [...one.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
        const field = one.matches("input, select, textarea, button") && one.localName;
        if (!words && !field) continue;
        const css = getComputedStyle(one);
        if (css.visibility !== "visible" || !one.getClientRects().length) continue;
        const letters = [css.color, css.fontSize, css.fontWeight, css.textShadow, css.textDecorationLine];
        const key = [...letters, field, behind(one)].join("|");
        const count = seen.get(key) ?? 0;
        seen.set(key, count + 1);
        if (count < {FEW}) one.setAttribute(owns, "");
    }}
    axe.configure({{ rules: [{{ id: "color-contrast", selector: `[${{owns}}]` }}] }});
}}"""
# Colours that fade in would be judged on their way.
SETTLED = "async () => { await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))); }"
LOOK = """async () => (await axe.run({ resultTypes: ["violations"], preload: false })).violations.map(
    (one) => [one.id, one.nodes[0].html, one.nodes[0].failureSummary])"""
SWITCH = """() => [...document.querySelectorAll("label.md-header__button[for^=__palette]")]
    .find((one) => one.getClientRects().length).click()"""


def faults(page):
    """What axe finds on the page as it stands: rule, element and summary of each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(SETTLED)
    page.evaluate(ALIKE)
    return page.evaluate(LOOK)


def in_each_scheme(page):
    """The same in the light scheme and, switched on the page, in the dark one: a pair each."""
    for palette in ("default", "slate"):
        if palette == "slate":
            page.evaluate(SWITCH)
        page.locator(f"body[data-md-color-scheme={palette}]").wait_for()
        yield palette, faults(page)
