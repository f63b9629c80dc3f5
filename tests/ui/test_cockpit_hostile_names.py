from msgspec.structs import replace

from aurora_console.state import events as e
from aurora_console.state.live import View
from aurora_console.state.values import ActionPreview, Evidence
from tests.ui.driving import cockpit
from tests.visual import scenarios

MARKUP = "[@click=app.boom]x[/][bold red]"
ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31mred\u202eevil\u200b"
HOSTILE = f"{MARKUP}{ESCAPES}\nnext"


def hostile_view() -> View:
    """Return a moment in which everything that others wrote is hostile."""
    outline = scenarios.outline()
    phases = (replace(outline.phases[0], title=HOSTILE, actions=(HOSTILE,), criteria=(HOSTILE,)), *outline.phases[1:])
    services = (replace(outline.services[0], name=HOSTILE), *outline.services[1:])
    outline = replace(outline, name=HOSTILE, phases=phases, services=services, gates={"g": HOSTILE})
    preview = scenarios.preview(0)
    action = ActionPreview(kind="run", title=HOSTILE, effects=(HOSTILE,), undo=HOSTILE)
    preview = replace(preview, title=HOSTILE, actions=(action,), gates=(HOSTILE,))
    story = scenarios.Story().tell(
        e.RunOpened(run="r", outline=outline),
        e.ServiceFailed(service=HOSTILE, reason=HOSTILE),
        e.GateJudged(gate="g", title=HOSTILE, verdict="fail", evidence=Evidence(summary=HOSTILE)),
        e.IncidentOpened(what=HOSTILE, suspect=HOSTILE),
        e.PhaseProposed(phase=0, preview=preview),
    )
    return story.view()


async def test_hostile_names_are_shown_as_they_read() -> None:
    """Markup stands there as text; escapes and invisible characters are gone."""
    async with cockpit(hostile_view(), size=(200, 50)) as drive:
        assert MARKUP in drive.text
        assert drive.text.replace("\n", "").isprintable()
        for character in "\x1b\x07\x9b\u202e\u200b":
            assert character not in drive.text


async def test_hostile_names_fire_no_action() -> None:
    """No segment on the screen carries a click."""
    async with cockpit(hostile_view(), size=(200, 50)) as drive:
        for strip in drive.app.screen._compositor.render_strips():
            assert not any(segment.style and segment.style.meta.get("@click") for segment in strip)


async def test_the_preview_is_as_careful() -> None:
    """What a plan says of itself is shown, not obeyed."""
    async with cockpit(hostile_view(), size=(200, 50)) as drive:
        await drive.press("a")
        assert MARKUP in drive.text
        assert drive.text.replace("\n", "").isprintable()


async def test_a_hostile_refusal_is_told_as_text() -> None:
    """Notices take no markup."""
    async with cockpit(scenarios.running()) as drive:
        story = scenarios.Story()
        story.records = list(scenarios.running().recent)
        last = story.records[-1]
        refused = e.Record(
            seq=last.seq + 1, at=last.at, event=e.RequestRefused(ticket="t", reason=MARKUP, hint=ESCAPES)
        )
        drive.link.show(replace(scenarios.running(), recent=(*story.records, refused)))
        await drive.sees("[@click=app.boom]")
        assert drive.text.replace("\n", "").isprintable()
