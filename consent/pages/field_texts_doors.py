"""What the building, the door sheet, the search and the evening list say, beside what stands in their templates."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

DOOR: Mapping[str, str | Promise | Callable[[int], str]] = {
    "door.short": _("Stairwell %(stairwell)s %(unit)s"),
    "door.due": _("to visit in this round"),
    "door.out": _("not visited in this round"),
    "door.next": pgettext_lazy("door", "next"),
    "door.pending": _("not sent yet"),
    "door.refused": _("not taken"),
    "door.shared": _("two people were here"),
    "door.draft": _("begun, not saved"),
    "door.area": _("%(area)s m²"),
    "occupancy.owner": _("Owner lives here"),
    "occupancy.let": _("Let"),
    "occupancy.vacant": _("Vacant"),
}

BUILDING: Mapping[str, str | Promise | Callable[[int], str]] = {
    "building.front": _("Front of building %(number)s"),
    "building.stairwell": _("Stairwell %(number)s"),
    "building.floor_unknown": _("floor unknown"),
    "building.floor": pgettext_lazy("after its number", "floor"),
    "building.due": lambda n: ngettext("%(due)s to go", "%(due)s to go", n),
    "building.done": _("done"),
    "building.more": lambda n: ngettext("more", "more", n),
    "building.closed": _("survey closed"),
    "building.nobody": _("Nobody chosen yet"),
    "building.round.1": _("Round 1 is walked by the owners' committee or its recorded stand-in."),
    "building.round.2": _("Round 2 is walked by the grid worker."),
    "building.round.3": _("Round 3 needs all three at the door."),
    "building.next_here": _("Next: stairwell %(stairwell)s %(unit)s"),
    "building.next": _("Next: building %(building)s, stairwell %(stairwell)s, %(unit)s"),
    "building.evening": lambda n: ngettext(
        "%(n)s door did not answer: evening list", "%(n)s doors did not answer: evening list", n
    ),
    "building.kept": _("The doors of this survey are on this phone until %(until)s. They are as of %(as_of)s."),
    "building.not_kept": _("These doors are not kept on this phone: they open only with a signal."),
    "building.take_again": _("Take this survey offline again"),
    "building.taken": lambda n: ngettext(
        "%(n)s door is on this phone. It opens without a signal now.",
        "%(n)s doors are on this phone. They open without a signal now.",
        n,
    ),
    "building.take_failed": _("Could not be fetched. There may be no network; try again."),
    "building.saved": _("Saved %(door)s: %(stance)s"),
    "building.undo": _("Undo"),
    "building.correct": pgettext_lazy("a visit just saved", "Correct"),
    "building.mend": _("Look at it"),
    "building.receipt": _("Receipt code"),
    "building.refused": _("Not taken: %(why)s"),
}

SHEET: Mapping[str, str | Promise | Callable[[int], str]] = {
    "sheet.save": _("Save stairwell %(stairwell)s %(unit)s"),
    "sheet.plan": _("Plan revision %(number)s"),
    "sheet.yuan": _("%(amount)s yuan"),
    "sheet.share": _("this household %(amount)s yuan"),
    "sheet.earlier": lambda n: ngettext("%(n)s earlier visit", "%(n)s earlier visits", n),
    "sheet.round": _("round %(number)s"),
    "sheet.out_of_round": _("out of round"),
    "sheet.you": _("you"),
    "sheet.corrected": _("corrected by a later visit"),
    "sheet.correct": _("Correct this visit"),
    "sheet.change": _("Change this visit"),
    "sheet.mend": _("Mend this visit"),
    "sheet.items": lambda n: ngettext("%(n)s item", "%(n)s items", n),
    "sheet.items_in": lambda n: ngettext("%(n)s item, in anyway", "%(n)s items, in anyway", n),
    "sheet.items_chosen": lambda n: ngettext("%(n)s chosen", "%(n)s chosen", n),
    "sheet.must_do": _("Must-do"),
    "sheet.not_on_menu": _("No longer on the menu"),
    "sheet.round_in_hand": _("The round in hand"),
    "sheet.note.off_roll": _("This household was taken off the roll; nothing more is recorded for it."),
    "sheet.note.closed_may": _(
        "The survey is closed. What is recorded here is a change of mind: it does not move the verdict, "
        "and needs a note on how it came in."
    ),
    "sheet.note.closed": _("The survey is closed. Community staff can record a change of mind out of round."),
    "sheet.note.no_round": _("No round is open. A visit made before the last one closed is entered from paper, below."),
    "sheet.note.corrects": _("This corrects the visit of %(at)s. Both stay in the ledger; this one counts."),
    "sheet.note.changes": _("This visit of %(at)s is not sent yet. What you save takes its place."),
    "sheet.note.mends": _("This visit of %(at)s was not taken. Mend it and save it; it is sent again."),
    "sheet.note.out": _(
        "Not visited in this round: it supported already when the round opened. "
        "A change of mind is recorded out of round by community staff."
    ),
    "sheet.note.out_may": _(
        "Not visited in this round: it supported already when the round opened. "
        "What you save here is a change of mind out of round: an answer, with a note on how it came in."
    ),
    "sheet.note.visited": _(
        "Visited in this round already. A second visit is kept beside the first; "
        "to mend a slip, correct that visit instead."
    ),
    "sheet.note.own_waits": _("Your visit of %(at)s waits on this phone. To mend a slip, change that one:"),
    "sheet.note.own_refused": _("Your visit of %(at)s was not taken. Mend that one:"),
    "sheet.note.gone": _("The visit to be corrected is not on this phone. This is a new visit."),
    "sheet.note.anew": _(
        "The visit that this one corrected is gone or was corrected. It is saved as a visit of its own."
    ),
    "sheet.note.moved": _("Logged at %(from)s by mistake; it is saved for %(to)s."),
    "sheet.note.other_draft": _("Another sheet was begun at this door. A tap here takes its place."),
    "sheet.note.draft": _("Begun at %(at)s and kept; not saved yet."),
    "sheet.not_saved": _("Not saved yet."),
    "sheet.not_taken": _("Why it was not taken:"),
    "sheet.shared": _("%(name)s was here at %(at)s: %(outcome)s. Both visits are kept and the later answer leads."),
    "sheet.agree": _("Two people were here in this round. Please agree."),
    "sheet.reveal_offline": _("Name and phone open only with a signal."),
    "sheet.reveal_failed": _("Name and phone could not be opened: %(why)s"),
    "sheet.reveal_nothing": _("No name and no phone is known."),
    "sheet.call": _("Call %(phone)s"),
    "sheet.saved_as_correction": _("It had been sent meanwhile: what you saved is kept as its correction."),
    "sheet.storage_full": _("The phone is full: nothing was saved. Make room, or send what waits, and save again."),
    "sheet.photo_kept": _("The photo is kept: %(size)s KB."),
    "sheet.photo_unreadable": _("This is not a picture that can be read. Take a photo, or choose a JPEG or PNG."),
    "sheet.no_match": _("No such door on this phone."),
    "sheet.not_here": _("This door is not on this phone."),
}

PROBLEMS: Mapping[str, str | Promise | Callable[[int], str]] = {
    "problem.outcome_missing": _("Choose how it went."),
    "problem.out_of_round_needs_an_answer": _("Out of round only an answer can be recorded."),
    "problem.out_of_round_needs_a_note": _("Write in the note how this answer came in."),
    "problem.given_missing": _("Say how the yes was given: signed, by thumbprint or verbally."),
    "problem.respondent_missing": _("Say who answered."),
    "problem.tenant_cannot_support": _(
        "A tenant cannot give an owner's yes. Record no answer and write the tenant's view in the note."
    ),
    "problem.wrong_party": _(
        "Round %(round)s needs at the door: %(names)s. Add who was there, or visit again together."
    ),
    "problem.unknown_menu_item": _("Not on this survey's menu: %(items)s."),
    "problem.note_too_long": _("A note has at most 2,000 characters."),
    "problem.time_unreadable": _("This time cannot be read."),
    "problem.too_long_ago": _("This is too long ago."),
    "problem.in_the_future": _("The visit lies in the future. Check the clock of the phone."),
    "problem.closed_before_visit": _("Round %(round)s was closed before this visit."),
}

SEARCH: Mapping[str, str | Promise | Callable[[int], str]] = {
    "search.found": lambda n: ngettext("%(n)s door found", "%(n)s doors found", n),
    "search.most": _("The first %(n)s doors; write more of the number to see others."),
    "evening.count": lambda n: ngettext("%(n)s door", "%(n)s doors", n),
    "evening.at": _("nobody at %(at)s"),
    "evening.title": _("%(neighbourhood)s: nobody answered, we come again this evening"),
    "evening.stairwell": _("Building %(building)s, stairwell %(stairwell)s: %(units)s"),
    "evening.copied": _("Copied: numbers of doors only, no names."),
    "evening.not_copied": _("Could not be copied. Mark the text and copy it."),
}

DOORS: Mapping[str, str | Promise | Callable[[int], str]] = {**DOOR, **BUILDING, **SHEET, **PROBLEMS, **SEARCH}
