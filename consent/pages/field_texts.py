"""Every text that the field page's scripts say, in the language in force: a code with its text or its two forms."""

from collections.abc import Callable, Mapping

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from consent.choices import Commitment, Given, Outcome, Party, Reason, Respondent, StanceValue
from consent.pages.field_texts_doors import DOORS

Text = str | Promise | Callable[[int], str]
"""A text, or what says it for a number of things; figures stand in it as `%(name)s`."""


def texts() -> dict[str, str | dict[str, str]]:
    """All texts by code, as the page carries them."""
    found: dict[str, str | dict[str, str]] = {}
    for part in (CHOICES, FRAME, HOME, WAITING, REFUSALS, DOORS):
        for code, text in part.items():
            found[code] = {"one": text(1), "other": text(2)} if callable(text) else str(text)
    return found


def _labels(name: str, choices: type[TextChoices]) -> dict[str, Text]:
    return {f"{name}.{choice.value}": choice.label for choice in choices}


CHOICES: Mapping[str, Text] = {
    **_labels("outcome", Outcome),
    **_labels("stance", StanceValue),
    **_labels("given", Given),
    **_labels("respondent", Respondent),
    **_labels("party", Party),
    **_labels("commitment", Commitment),
    **_labels("reason", Reason),
    "stance.verbal": _("Verbal yes"),
    "round.1": _("Round 1"),
    "round.2": _("Round 2"),
    "round.3": _("Round 3"),
    "round.none": _("all rounds closed"),
    "list.between": _(", "),
}

FRAME: Mapping[str, Text] = {
    "app.name": _("Gongdi at the doors"),
    "app.short_name": pgettext_lazy("under the icon on a phone", "Gongdi doors"),
    "app.description": _("Log the visits of a survey door by door, with a signal or without one."),
    "app.product": _("Gongdi"),
    "sync.synced": _("Synced"),
    "sync.pending": lambda n: ngettext("%(n)s to send", "%(n)s to send", n),
    "sync.offline": _("Offline"),
    "sync.offline_with": lambda n: ngettext("Offline · %(n)s", "Offline · %(n)s", n),
    "sync.attention": _("Please look"),
    "sync.synced.says": _("Everything is sent. See what was sent."),
    "sync.pending.says": lambda n: ngettext(
        "%(n)s visit waits on this phone. See it.", "%(n)s visits wait on this phone. See them.", n
    ),
    "sync.offline.says": _("No network. Everything is kept on this phone. See what waits."),
    "sync.attention.says": _("Something needs you. See what."),
    "sync.all_sent": _("Everything is sent."),
    "sync.still_waits": lambda n: ngettext(
        "%(n)s visit still waits; it is kept on this phone and sent later.",
        "%(n)s visits still wait; they are kept on this phone and sent later.",
        n,
    ),
    "view.failed": _("This page could not be drawn."),
    "view.failed.says": _("Nothing that you entered is lost: it is kept on this phone."),
    "view.not_here": _("This page is not on this phone."),
    "view.not_here.says": _("It opens as soon as there is a network. Doors taken offline open without one."),
    "door.name": _("Building %(building)s · Stairwell %(stairwell)s · %(unit)s"),
    "building.name": _("Building %(number)s"),
}

HOME: Mapping[str, Text] = {
    "home.round": _("%(title)s · round %(number)s"),
    "home.between_rounds": _("%(title)s · no round open"),
    "home.left": lambda n: ngettext("door left", "doors left", n),
    "home.nothing_left": _("nothing left for you"),
    "home.support": _("%(rate)s support"),
    "home.to_pass": lambda n: ngettext("%(n)s more door to pass", "%(n)s more doors to pass", n),
    "home.passes": _("the pass mark is reached"),
    "home.kept": _("On this phone until %(until)s: %(buildings)s"),
    "home.not_kept": _("Not on this phone: it opens only with a signal."),
    "home.take": lambda n: ngettext("Take %(n)s door offline", "Take %(n)s doors offline", n),
    "home.take_again": lambda n: ngettext("Take %(n)s door offline again", "Take %(n)s doors offline again", n),
    "home.takes": _("%(name)s: %(buildings)s"),
    "home.buildings_named": lambda n: ngettext("building %(numbers)s", "buildings %(numbers)s", n),
    "home.buildings": lambda n: ngettext("%(n)s building", "%(n)s buildings", n),
    "home.none_chosen": _("none chosen"),
    "home.choose": _("Buildings of %(name)s to take along"),
    "home.choose_first": _("Choose at least one building."),
    "home.taking": _("Fetching %(name)s …"),
    "home.taken": lambda n: ngettext(
        "%(n)s door is on this phone. It opens without a signal now.",
        "%(n)s doors are on this phone. They open without a signal now.",
        n,
    ),
    "home.take_failed": _("Could not fetch %(name)s: %(why)s"),
    "home.take_offline": _("Doors are taken along where there is a network."),
    "home.no_network": _("there is no network."),
    "home.no_answer": _("the server did not answer properly. Try again in a minute."),
    "home.disk_full": _("This phone has no room left. Free some, and try again; nothing that was logged is lost."),
    "home.see": _("See it"),
    "home.sign_in": _("Sign in"),
    "home.building_due": lambda n: ngettext("%(n)s to go", "%(n)s to go", n),
    "home.building_done": _("done"),
    "home.waiting": lambda n: ngettext(
        "%(n)s visit waits on this phone to be sent.", "%(n)s visits wait on this phone to be sent.", n
    ),
    "home.waiting_photos": lambda n: ngettext("%(n)s photo follows its visit.", "%(n)s photos follow their visits.", n),
    "home.refused": lambda n: ngettext(
        "%(n)s visit was not taken: it needs you.", "%(n)s visits were not taken: they need you.", n
    ),
    "home.refused_photos": lambda n: ngettext(
        "%(n)s photo was not taken: it needs you.", "%(n)s photos were not taken: they need you.", n
    ),
    "home.shared": lambda n: ngettext(
        "%(n)s door was logged by two people. Please agree on it.",
        "%(n)s doors were logged by two people. Please agree on them.",
        n,
    ),
    "home.drafts": lambda n: ngettext(
        "%(n)s sheet was begun and not saved.", "%(n)s sheets were begun and not saved.", n
    ),
    "home.draft_of": _("begun %(at)s"),
    "home.others": lambda n: ngettext(
        "%(n)s visit of %(name)s waits on this phone. Only %(name)s can send it: sign in as %(name)s.",
        "%(n)s visits of %(name)s wait on this phone. Only %(name)s can send them: sign in as %(name)s.",
        n,
    ),
    "home.others_unnamed": _("someone else"),
    "home.signed_out": _("You are signed out. What waits is kept on this phone until you sign in again."),
    "home.storage": _("This browser keeps nothing."),
    "home.storage.says": _(
        "What you log is lost when this page closes. Leave private mode, or send before you close it."
    ),
    "home.alone": _(
        "This browser opens the page only with a network. Leave it open while you are out, or use another."
    ),
    "home.clock": lambda n: ngettext(
        "The clock of this phone is %(n)s minute ahead. Set it, or visits are refused.",
        "The clock of this phone is %(n)s minutes ahead. Set it, or visits are refused.",
        n,
    ),
    "home.failing": _("The server does not answer properly. What waits is kept and sent again by itself."),
    "home.sign_out_lost": lambda n: ngettext(
        "%(n)s visit was not sent yet. Signing out deletes it from this phone for good.",
        "%(n)s visits were not sent yet. Signing out deletes them from this phone for good.",
        n,
    ),
    "home.sign_out_photos": lambda n: ngettext(
        "%(n)s photo was not sent yet. It is deleted, too.", "%(n)s photos were not sent yet. They are deleted, too.", n
    ),
    "home.sign_out_drafts": lambda n: ngettext(
        "%(n)s sheet that was begun is deleted, too.", "%(n)s sheets that were begun are deleted, too.", n
    ),
    "home.sign_out_clean": _("The doors kept on this phone are deleted."),
    "home.sign_out_offline": _("There is no network: the sign-in itself ends as soon as there is one."),
    "home.sign_out_head": _("Sign out?"),
    "home.sign_out": _("Sign out"),
    "home.sign_out_anyway": _("Sign out and delete it"),
}

WAITING: Mapping[str, Text] = {
    "waiting.state.waiting": _("on this phone, not sent yet"),
    "waiting.state.recorded": _("sent: number %(sequence)s in the ledger"),
    "waiting.state.refused": _("not taken"),
    "waiting.state.handed.waiting": _("handed to community staff, who have not entered it yet"),
    "waiting.state.handed.entered": _("entered out of round by community staff: number %(sequence)s in the ledger"),
    "waiting.state.handed.set_aside": _("set aside by community staff: %(reason)s"),
    "waiting.round": _("round %(number)s"),
    "waiting.tries": lambda n: ngettext("tried %(n)s time", "tried %(n)s times", n),
    "waiting.photo.waiting": _("Photo: waits to be sent"),
    "waiting.photo.sent": _("Photo: sent"),
    "waiting.photo.refused": _("Photo: not taken. %(detail)s"),
    "waiting.photo_gone": _("This browser has lost the file; take it again."),
    "waiting.others": _("%(name)s logged this door, too: %(outcome)s, %(at)s. Both count as visits; please agree."),
    "waiting.unsent": lambda n: ngettext("%(n)s not sent", "%(n)s not sent", n),
    "waiting.count": lambda n: ngettext("%(n)s visit", "%(n)s visits", n),
    "waiting.sent": _("Sent."),
    "waiting.refused": _("Not taken. The reason stands beside it."),
    "waiting.delete_head": _("Delete this visit?"),
    "waiting.delete_yes": _("Delete %(door)s"),
    "waiting.not_sent": _("Not sent yet. It stays on this phone."),
    "waiting.deleted": _("Deleted from this phone."),
    "waiting.handed": _("Handed to community staff."),
    "waiting.hand_failed": _("Could not be handed over: %(why)s"),
    "waiting.delete_lost": _(
        "%(door)s, %(outcome)s, was never sent. Deleted, it is lost: nobody else has it. Its photos go, too."
    ),
    "waiting.delete_photo": _(
        "%(door)s, %(outcome)s, is on the server and stays there. Its photo is not: deleted, it is lost."
    ),
    "waiting.delete_sent": _(
        "%(door)s, %(outcome)s, is on the server and stays there. It only leaves this phone's list."
    ),
    "waiting.imported": lambda n: ngettext("%(n)s visit was added.", "%(n)s visits were added.", n),
    "waiting.known": lambda n: ngettext("%(n)s was here already.", "%(n)s were here already.", n),
    "waiting.unreadable": _("The file could not be read."),
    "refusal.import_unreadable": _("This is not a file of saved visits."),
    "refusal.import_version": _("The file was saved by another version of this page."),
    "refusal.import_record": _("Part of the file cannot be read and was not added."),
    "waiting.file": pgettext_lazy("name of a file", "visits"),
    "waiting.unknown_door": _("Door %(household)s"),
}

REFUSALS: Mapping[str, Text] = {
    "refusal.household_not_on_roll": _("Hand it to community staff, or delete it if the door was a slip."),
    "refusal.supersedes_unknown": _("Open it, and save it as a visit of its own or correct the latest one."),
    "refusal.wrong_round": _("Its round no longer takes it. Hand it to community staff, who enter it out of round."),
    "refusal.wrong_party": _("Open it and add who was at the door, or visit again together."),
    "refusal.survey_closed": _("The survey is closed. Hand it to community staff, who can enter a change of mind."),
    "refusal.not_yours": _("This door is not yours to log. Hand it to community staff."),
    "refusal.in_the_future": _("Set the clock of the phone, then open it and save it with the right time."),
    "refusal.commitments_missing": _("Open it and answer the five commitments."),
    "refusal.given_missing": _("Open it and say how the yes was given."),
    "refusal.respondent_missing": _("Open it and say who answered."),
    "refusal.tenant_cannot_support": _("Open it: record no answer, and the tenant's view in the note."),
    "refusal.unknown_menu_item": _("Open it and choose again from the menu."),
    "refusal.client_id_reused": _("Something else was sent under its number. Save it to a file and ask for help."),
    "refusal.signature_too_large": _("Open it and have it signed again, a little smaller."),
    "refusal.malformed": _("Open it, look through it and save it again."),
    "refusal.too_large": _("It is too large to be sent. Open it, shorten the note or have it signed again."),
    "refusal.photo_refused": _("The answer is recorded. Take the photo again at the door sheet."),
    "refusal.other": _("Open it and look through it. If that does not help, save it to a file and ask for help."),
}
