"""/oncall number: people enter their own number, which means they agree to be texted."""

from bot.slack import previews
from bot.slack.blocks import context
from bot.slack.command import Answer, OutcomeText, Section, form, subcommand, words_for
from bot.slack.forms import Fields, Form, text_field
from bot.slack.people import oneself
from bot.slack.reading import number_hint, read_number
from bot.slack.request import Request
from scheduling import phones
from scheduling.changes import checks
from scheduling.changes.own_numbers import EnterNumber, NumberEntered
from scheduling.numbers import LONGEST, spaced
from scheduling.words.directs import consent
from storage.models import Team


@subcommand(
    "number",
    Section.TEXTS,
    does="enter your phone number, and agree to get texts",
    examples=("number",),
    takes_time=True,
)
def number_form(request: Request) -> Form:
    """Return the form in which somebody enters their own number."""
    me = oneself(request)
    blocks = [
        text_field(
            "phone",
            "Your phone number",
            spaced(me.phone) if me.phone else "",
            placeholder="+13125550101",
            hint=number_hint(request),
            most=LONGEST,
        ),
        context(consent(request.team.name)),
    ]
    return Form("number", "Your number", blocks, submit="Save", context={"team": request.team.id})


@form("number")
def number_filled_in(request: Request) -> Answer:
    """Store the number of the person who submitted the form."""
    me = oneself(request)
    fields = Fields(request.values)
    phone = ""
    with fields.reading("phone"):
        phone = read_number(request, fields.text("phone"))
    fields.done()
    return previews.ask(request, EnterNumber(me.id, phone))


def opted_out(number: str) -> str:
    """Return what somebody does whose own number has opted out."""
    ours = checks.our_number()
    where = f"to {spaced(ours)}" if ours else "to the number that I text from"
    return f"{number} has opted out of my texts (STOP). To get them, text START from it {where}."


@words_for(EnterNumber)
def _entered(_: Team, done: NumberEntered) -> OutcomeText:
    number = spaced(done.member.phone)
    if phones.opted_out([done.member.phone]):
        return OutcomeText(f"Saved. {opted_out(number)}", sign=":warning:")
    if done.resent:
        return OutcomeText(
            f"Thanks! Your number is {number}. I’m texting you there that you’re on call."
        )
    return OutcomeText(f"Thanks! I’m texting {number} now. Reply OK to that text, and we’re set.")
