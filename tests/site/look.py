"""How axe looks at a page: all of its rules, and contrast once for what is drawn alike.

Judging the contrast of every word and token of code takes four fifths of its time, and most are drawn as others are:
in the same colours and letters, on the same grounds, in the same layer. Of those the first few that axe can decide
stand for all.
"""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT

FEW = 2
"""How many of those that are drawn alike are judged."""
ALIKE = """() => {
    const found = new Map(), drawn = new Map();
    // What stands behind an element: its grounds, and the layer that it is moved with.
    const behind = (one) => {
        if (!one) return "";
        if (!drawn.has(one)) {
            const css = getComputedStyle(one);
            const own = [css.backgroundColor, css.backgroundImage, css.opacity, css.filter, css.mixBlendMode];
            const layer = css.position === "static" ? "" : `${css.position} ${one.localName}.${one.className}`;
            drawn.set(one, [behind(one.parentElement), ...own, layer].filter(
                (part) => !["rgba(0, 0, 0, 0)", "none", "1", "normal", ""].includes(part)).join("|"));
        }
        return drawn.get(one);
    };
    for (const one of document.querySelectorAll("body *")) {
        const words = [...one.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
        const field = one.matches("input, select, textarea, button") && one.localName;
        // A single letter is never called too pale.
        if (!field && (!words || one.textContent.trim().length < 2)) continue;
        if (!one.checkVisibility({ visibilityProperty: true })) continue;
        const css = getComputedStyle(one);
        const letters = [css.color, css.fontSize, css.fontWeight, css.textShadow, css.textDecorationLine];
        const key = [...letters, field, behind(one)].join("|");
        if (!found.has(key)) found.set(key, []);
        found.get(key).push(one);
    }
    return [...found.values()];
}"""
# Colours that fade in would be judged on their way.
SETTLED = "async () => { await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))); }"
# What axe cannot decide (hidden, disabled, in front of a picture) stands for nothing: the next of its kind are asked,
# twice as many each time, until as few as wanted are decided or none is left.
LOOK = f"""async () => {{
    const decided = new Set(), check = axe._audit.checks["color-contrast"], judge = check.evaluate;
    check.evaluate = function (node, ...more) {{
        const told = judge.call(this, node, ...more);
        if (told !== undefined) decided.add(node);
        return told;
    }};
    axe.configure({{ rules: [{{ id: "color-contrast", selector: "[data-judged]" }}] }});
    const seen = [];
    let alike = ({ALIKE})(), only = {{}}, each = {FEW}, from = 0;
    do {{
        const asked = alike.flatMap((all) => all.slice(from, from + each));
        for (const one of asked) one.setAttribute("data-judged", "");
        seen.push(...(await axe.run({{ resultTypes: ["violations"], preload: false, ...only }})).violations);
        for (const one of asked) one.removeAttribute("data-judged");
        only = {{ runOnly: {{ type: "rule", values: ["color-contrast"] }} }};
        [from, each] = [from + each, each * 2];
        alike = alike.filter((all) => all.length > from && all.filter((one) => decided.has(one)).length < {FEW});
    }} while (alike.length);
    check.evaluate = judge;
    return seen.map((one) => [one.id, one.nodes[0].html, one.nodes[0].failureSummary]);
}}"""
SWITCH = """() => [...document.querySelectorAll("label.md-header__button[for^=__palette]")]
    .find((one) => one.getClientRects().length).click()"""


def faults(page):
    """What axe finds on the page as it stands: rule, element and summary of each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    page.evaluate(SETTLED)
    return page.evaluate(LOOK)


def in_each_scheme(page):
    """The same in the light scheme and, switched on the page, in the dark one: a pair each."""
    for palette in ("default", "slate"):
        if palette == "slate":
            page.evaluate(SWITCH)
        page.locator(f"body[data-md-color-scheme={palette}]").wait_for()
        yield palette, faults(page)
