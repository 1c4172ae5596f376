"""The words of the history, for people: what was done, and to which kind of object."""

from django.apps import apps
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

ACTS: dict[str, str | Promise] = {
    "created": _("Created"),
    "changed": _("Changed"),
    "removed": _("Removed"),
    "retired": _("Retired"),
    "registered": _("Registered"),
    "stage_moved": _("Stage moved"),
    "queued": _("Queued"),
    "running": _("Started"),
    "done": _("Done"),
    "refused": _("Refused"),
    "reverted": _("Reverted"),
    "roster_imported": _("Roster imported"),
    "policy_set": _("Policy set"),
    "menu_set": _("Menu set"),
    "survey_opened": _("Survey opened"),
    "survey_closed": _("Survey closed"),
    "support_fell": _("Support fell below the pass mark"),
    "support_recovered": _("Support is at the pass mark again"),
    "round_closed": _("Round closed"),
    "roll_add": _("Household added to the roll"),
    "roll_remove": _("Household removed from the roll"),
    "photo_added": _("Photo added"),
    "visit_handed": _("Visit handed over"),
    "handed_visit_entered": _("Handed visit entered out of round"),
    "handed_visit_set_aside": _("Handed visit set aside"),
    "plan_drafted": _("Draft of the plan opened"),
    "plan_described": _("Draft of the plan described"),
    "plan_counted": _("Items and total of the plan counted"),
    "plan_discarded": _("Draft of the plan discarded"),
    "plan_frozen": _("Plan frozen"),
    "plan_in_force": _("Plan came into force"),
    "item_added": _("Item put into the plan"),
    "item_changed": _("Item of the plan changed"),
    "item_removed": _("Item taken out of the plan"),
    "change_drafted": _("Change of the plan drafted"),
    "change_undrafted": _("Draft for a change of the plan discarded"),
    "change_approved": _("Change of the plan approved"),
    "money_recorded": _("Money recorded"),
    "money_reversed": _("Money reversed"),
    "award_advanced": _("Tranche of an award advanced"),
    "package_created": _("Work package made"),
    "package_changed": _("Work package changed"),
    "package_moved": _("State of a work package moved"),
    "progress_reported": _("Progress reported"),
    "change_requested": _("Change of the plan asked for"),
    "change_refused": _("Change of the plan refused"),
    "acceptance_recorded": _("Acceptance recorded"),
    "warranty_begun": _("Warranty begun"),
    "completion_filed": _("Completion filed"),
    "site_report_added": _("Site report handed in"),
    "site_photo_added": _("Site photo kept"),
    "site_photo_published": _("Site photo published"),
    "site_photo_withdrawn": _("Site photo no longer published"),
    "defect_raised": _("Defect raised"),
    "defect_rectified": _("Defect rectified"),
    "defect_recheck_passed": _("Defect rechecked and closed"),
    "defect_recheck_failed": _("Defect rechecked and open again"),
    "evaluation_opened": _("Evaluation opened"),
    "answers_recorded": _("Answers to an evaluation recorded"),
    "evaluation_closed": _("Evaluation closed"),
    "notice_posted": _("Notice posted"),
    "notice_replaced": _("Notice replaced"),
    "notice_closed": _("Notice closed"),
    "objection_raised": _("Objection raised"),
    "objection_answered": _("Objection answered"),
    "workshop_planned": _("Workshop or meeting planned"),
    "workshop_amended": _("Workshop or meeting changed"),
    "workshop_held": _("Workshop or meeting held"),
    "workshop_cancelled": _("Workshop or meeting cancelled"),
    "attendance_added": _("Attendance written down"),
    "attendance_removed": _("Attendance taken off the list"),
    "decision_added": _("Decision of a meeting written down"),
    "workshop_task_added": _("Task given after a meeting"),
    "workshop_task_amended": _("Task after a meeting changed"),
    "workshop_task_settled": _("Task after a meeting settled"),
    "announced": _("Residents told"),
    "handover_opened": _("Handover prepared"),
    "handover_changed": _("Handover changed"),
    "asset_added": _("Asset put on the list"),
    "asset_changed": _("Asset on the list changed"),
    "asset_removed": _("Asset taken off the list"),
    "handover_signature": _("Signature of a handover recorded"),
    "handover_signed": _("Handover signed"),
    "withdrawal_planned": _("End of a service planned"),
    "withdrawal_checked": _("Readiness for the end of a service answered"),
    "withdrawal_postponed": _("End of a service put off"),
    "service_withdrawn": _("Service ended"),
    "body_founded": _("Body in being"),
    "body_described": _("Body described"),
    "body_filed": _("Owners' committee filed"),
    "body_renewed": _("Next term or contract of a body begun"),
    "body_ended": _("Body ended"),
    "membership_begun": _("Member taken into a body"),
    "membership_changed": _("Member of a body changed"),
    "membership_ended": _("Member left a body"),
    "management_agreed": _("Management agreed on"),
    "management_ended": _("Management ended"),
    "inspection_planned": _("Inspection tour planned"),
    "inspection_amended": _("Inspection tour changed"),
    "inspection_done": _("Inspection tour closed"),
    "finding_added": _("Finding of a tour written down"),
    "upkeep_task_opened": _("Upkeep task opened"),
    "upkeep_task_amended": _("Upkeep task changed"),
    "upkeep_task_done": _("Upkeep task done"),
    "upkeep_task_verified": _("Upkeep task checked"),
    "upkeep_task_sent_back": _("Upkeep task sent back"),
    "upkeep_task_dropped": _("Upkeep task dropped"),
    "contest_opened": _("Contest announced"),
    "contest_amended": _("Contest changed"),
    "contest_entered": _("Entered for a contest"),
    "contest_left": _("Taken out of a contest"),
    "contest_scored": _("Points given in a contest"),
    "contest_closed": _("Contest closed"),
    "revealed": _("Personal fields read"),
    "personal_fields_read": _("Personal fields read"),
    "doors_read": _("Doors read on a reason"),
    "ledger_read": _("Ledger read on a reason"),
    "role_given": _("Role given"),
    "role_ended": _("Role ended"),
    "secret_renewed": _("Secret renewed"),
    "switched_off": _("Switched off"),
    "switched_on": _("Switched on"),
    "second_factor_removed": _("Second factor removed"),
    "device_signed_out": _("Device signed out"),
    "phone_removed": _("Phone at the doors removed"),
}


def act_text(act: str) -> str:
    """What was done, in words; the act's own name where it has none yet."""
    return str(ACTS.get(act, act))


def models_by_resource() -> dict[str, type[Model]]:
    """The models by the names that their objects have in the API and in the history; one with several has them in
    `resources`.
    """
    return {resource: model for model in apps.get_models() for resource in _resources_of(model)}


def _resources_of(model: type[Model]) -> tuple[str, ...]:
    resource = getattr(model, "resource", None)
    return getattr(model, "resources", ()) or ((resource,) if isinstance(resource, str) else ())


def resource_text(resource: str) -> str:
    """The kind of object, in words; the resource's own name where no model has it."""
    model = models_by_resource().get(resource)
    return capfirst(str(model._meta.verbose_name)) if model else resource
