"""How axe looks at a page: all of its rules, and contrast once for what is drawn alike.

Judging the contrast of every word and token of code takes most of its time, and most are drawn as others are: in the
same colours and letters, on the same grounds, in the same layer, under or over the same others. Of those the first few
that axe can decide stand for all, on this page and on those that a process looks at after it.
"""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT

FEW = 2
"""How many of those that are drawn alike are judged."""
ASKED = 8
"""How many of them the first run of axe is asked about, to find as few that it can decide."""
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe that look at colours."""
GOOD: set[str] = set()
"""What was judged and found good: each way of being drawn, the colours and the layers that lie there in it."""
# What rules that are not about colours look at is told of each element, too. The buttons that switch the scheme are
# left out, with their fields, one of which has the focus at times: the test that presses them looks at them in both.
ALIKE = """() => {
    const found = new Map(), drawn = new Map(), shown = [];
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
    // A link has to differ from the words that it stands among, too, by its colour or by other things.
    const among = (one, css) => {
        let block = one.parentElement;
        while (getComputedStyle(block).display === "inline") block = block.parentElement;
        const { color, font, textDecorationLine } = getComputedStyle(block);
        const alone = block.textContent.trim() === one.textContent.trim();
        return [alone, css.border, css.outline, css.font, color, font, textDecorationLine];
    };
    // What lies on the page beside its text and may lie behind it, or before it.
    const layers = [], every = [];
    for (const one of document.querySelectorAll("body *")) {
        const css = getComputedStyle(one), visible = one.checkVisibility({ visibilityProperty: true });
        const texts = [...one.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE).map(({ data }) => data);
        if (!one.closest("[data-md-component=palette]")) {
            const given = [...one.attributes].map(({ name, value }) => `${name}=${value}`);
            shown.push([one.localName, visible, css.overflow, ...given, ...texts].join("|"));
        }
        if (!visible) continue;
        every.push([one, css, texts]);
        if (css.position === "static") continue;
        const ground = `${css.backgroundColor} ${css.backgroundImage}`;
        if (ground === "rgba(0, 0, 0, 0) none") continue;
        const name = `${one.localName}.${one.className} ${ground} ${css.opacity} ${css.zIndex}`;
        layers.push([one, one.getBoundingClientRect(), name]);
    }
    const range = document.createRange();
    const meets = (one, other) => one.left < other.right && other.left < one.right
        && one.top < other.bottom && other.top < one.bottom;
    const there = (text) => {
        range.selectNodeContents(text);
        const boxes = [text.getBoundingClientRect(), range.getBoundingClientRect()];
        const met = layers.filter(([one, box]) => boxes.some((each) => meets(each, box)) && !one.contains(text));
        return [...new Set(met.map(([, , name]) => name))].sort();
    };
    for (const [one, css, texts] of every) {
        const field = one.matches("input, select, textarea, button:not(:empty)") && one.localName;
        // A single letter is never called too pale, and what is fully transparent is not seen.
        if (!field && (!texts.some((text) => text.trim()) || one.textContent.trim().length < 2)) continue;
        if (!one.checkVisibility({ opacityProperty: true })) continue;
        const letters = [css.color, css.fontSize, css.fontWeight, css.textShadow, css.textDecorationLine];
        const amid = one.localName === "a" && among(one, css);
        const key = [...letters, field, amid, behind(one), ...there(one)].join("|");
        if (!found.has(key)) found.set(key, []);
        found.get(key).push(one);
    }
    return [found, shown.join()];
}"""
# Colours that fade in would be judged on their way. They are brought to their end, for to wait for it took for ever now
# and then where several browsers drew side by side.
SETTLED = """() => {
    for (const one of document.getAnimations())
        if (one.effect.getComputedTiming().endTime !== Infinity) one.finish();
}"""
# It is told to the browser once, for every page that is opened after: to hand half a million letters over to each one
# takes longer than to read them there.
READY = f"window.readAxe = () => {{ {AXE_SCRIPT} }};"
# The scheme is waited for here: to wait for an element from outside has Playwright read its tools into each page.
DRAWN = f"""async (scheme) => {{
    const until = performance.now() + 60_000;
    while (scheme && document.body.dataset.mdColorScheme !== scheme) {{
        if (performance.now() > until) throw new Error(`the scheme ${{scheme}} was waited for`);
        await new Promise(requestAnimationFrame);
    }}
    ({SETTLED})();
    const [drawn, shown] = ({ALIKE})(), changed = window.shown !== shown;
    Object.assign(window, {{ drawn, shown }});
    return [[...drawn.keys()], changed, "readAxe" in window];
}}"""
"""Every way of being drawn that is on the page, and whether anything but colours differs from the look before; what is
drawn so is kept there for the look."""
# What axe cannot decide (hidden, disabled, in front of a picture) stands for nothing: the next of its kind are asked
# until as few as wanted are decided or none is left. Each run of axe has it measure the page anew, which is most of
# what it costs; one run therefore asks several of a kind, and leaves alone those whose kind is decided.
# A link amid a text may stand out by its colour or by other things, an underline, say: where these do, axe finds
# nothing whatever the colours are, and they, a third of what axe takes on a page, are not measured.
LOOK = f"""async ([all, fresh]) => {{
    if (!window.axe) window.readAxe();
    const check = axe._audit.checks["color-contrast"], judge = check.evaluate, kind = new Map(), told = new Map();
    check.evaluate = function (node, ...more) {{
        const before = told.get(kind.get(node));
        if (before.length >= {FEW}) return undefined;
        const found = judge.call(this, node, ...more);
        if (found !== undefined) before.push(found);
        return found;
    }};
    const amid = axe._audit.checks["link-in-text-block"], measure = amid.evaluate;
    const drawn = axe._audit.checks["link-in-text-block-style"].evaluate;
    amid.evaluate = function (...given) {{
        return drawn.apply(this, given) === true || measure.apply(this, given);
    }};
    axe.configure({{ rules: [{{ id: "color-contrast", selector: "[data-judged]" }}] }});
    const seen = [];
    let left = fresh.map((key) => [key, window.drawn.get(key)]), each = {ASKED}, from = 0;
    for (const [key] of left) told.set(key, []);
    while (all || left.length) {{
        const asked = left.flatMap(([key, alike]) => alike.slice(from, from + each).map((one) => [one, key]));
        for (const [one, key] of asked) {{ one.setAttribute("data-judged", ""); kind.set(one, key); }}
        const only = all ? {{}} : {{ runOnly: {{ type: "rule", values: {COLOURS} }} }};
        seen.push(...(await axe.run({{ resultTypes: ["violations"], preload: false, ...only }})).violations);
        for (const [one] of asked) one.removeAttribute("data-judged");
        all = false;
        [from, each] = [from + each, each * 2];
        left = left.filter(([key, alike]) => alike.length > from && told.get(key).length < {FEW});
    }}
    [check.evaluate, amid.evaluate] = [judge, measure];
    return [
        seen.map((one) => [one.id, one.nodes[0].html, one.nodes[0].failureSummary]),
        seen.length ? [] : [...told].filter(([, found]) => found.length).map(([key]) => key),
    ];
}}"""
SWITCH = """() => [...document.querySelectorAll("label.md-header__button[for^=__palette]")]
    .find((one) => one.getClientRects().length).click()"""


def faults(page, *, scheme=None, since=False):
    """What axe finds on the page as it stands: rule, element and summary of each.

    With a `scheme` the page is looked at once it is in it. What was found good `since` another look at the page is
    not looked at again: the rules about colours alone are asked unless more than colours differs, and those only if
    something is drawn in a way that has not been found good yet.
    """
    drawn, changed, there = page.evaluate(DRAWN, scheme)
    every_rule = changed or not since
    fresh = [key for key in drawn if key not in GOOD]
    if not every_rule and not fresh:
        return []
    if not there:
        page.add_init_script(READY)
        page.evaluate(READY)
    found, good = page.evaluate(LOOK, [every_rule, fresh])
    GOOD.update(good)
    return found


def in_each_scheme(page):
    """The same in the light scheme and, switched on the page, in the dark one: a pair each.

    What the other rules look at is equal in both, unless something is shown, written or made to scroll in one of them
    alone: all is looked at then.
    """
    yield "default", faults(page, scheme="default")
    page.evaluate(SWITCH)
    yield "slate", faults(page, scheme="slate", since=True)
