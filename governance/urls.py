"""The pages of governance: bodies, texts, party members, handover and upkeep."""

from django.urls import include, path

from governance.pages import (
    boards,
    bodies,
    contests,
    convention_doors,
    conventions,
    handover,
    inspections,
    managements,
    party,
    party_services,
    seats,
    upkeep,
    upkeep_tasks,
    withdrawals,
)

urlpatterns = [
    path("fees/", include("governance.fee_urls")),
    # Bodies.
    path("bodies/", seats.seats, name="bodies"),
    path("neighbourhoods/<int:pk>/governance/", bodies.governance, name="governance"),
    path("neighbourhoods/<int:pk>/bodies/new/<slug:body_kind>/", bodies.body_new, name="body_new"),
    path("neighbourhoods/<int:pk>/bodies/<int:body>/", bodies.body, name="body"),
    path("neighbourhoods/<int:pk>/bodies/<int:body>/members/<int:membership>/", bodies.body_member, name="body_member"),
    path("neighbourhoods/<int:pk>/management/", managements.managements, name="managements"),
    # Handover.
    path("neighbourhoods/<int:pk>/handover/", handover.handover, name="handover"),
    path("neighbourhoods/<int:pk>/handover/new/", handover.handover_new, name="handover_new"),
    path("neighbourhoods/<int:pk>/handover/<int:handover>/", handover.handover, name="handover_one"),
    path("neighbourhoods/<int:pk>/handover/<int:handover>/edit/", handover.handover_edit, name="handover_edit"),
    path("neighbourhoods/<int:pk>/handover/<int:handover>/items/", handover.handover_items, name="handover_items"),
    path("neighbourhoods/<int:pk>/handover/<int:handover>/print/", handover.handover_print, name="handover_print"),
    path(
        "neighbourhoods/<int:pk>/handover/<int:handover>/sign/<slug:signatory>/",
        handover.handover_sign,
        name="handover_sign",
    ),
    path(
        "neighbourhoods/<int:pk>/handover/<int:handover>/assets/new/",
        handover.handover_asset_new,
        name="handover_asset_new",
    ),
    path("neighbourhoods/<int:pk>/handover/assets/<int:asset>/", handover.handover_asset, name="handover_asset"),
    path(
        "neighbourhoods/<int:pk>/handover/assets/<int:asset>/remove/",
        handover.handover_asset_remove,
        name="handover_asset_remove",
    ),
    path(
        "neighbourhoods/<int:pk>/handover/services/new/",
        withdrawals.service_withdrawal_new,
        name="service_withdrawal_new",
    ),
    path(
        "neighbourhoods/<int:pk>/handover/services/<int:withdrawal>/",
        withdrawals.service_withdrawal,
        name="service_withdrawal",
    ),
    # Party members and their points.
    path("neighbourhoods/<int:pk>/party/", party.party, name="party"),
    path("neighbourhoods/<int:pk>/party/members/new/", party.party_member_new, name="party_member_new"),
    path("neighbourhoods/<int:pk>/party/members/<int:party_member>/", party.party_member, name="party_member"),
    path("neighbourhoods/<int:pk>/party/reports/", party.party_reports, name="party_reports"),
    path("neighbourhoods/<int:pk>/party/services/", party_services.party_services, name="party_services"),
    path("neighbourhoods/<int:pk>/party/services/<int:service>/", party_services.party_service, name="party_service"),
    # Butler boards.
    path("neighbourhoods/<int:pk>/boards/", boards.boards, name="boards"),
    path("neighbourhoods/<int:pk>/boards/new/<int:stairwell>/", boards.board_new, name="board_new"),
    path("neighbourhoods/<int:pk>/boards/print/", boards.boards_print, name="boards_print"),
    path("neighbourhoods/<int:pk>/boards/<int:board>/", boards.board, name="board"),
    path("neighbourhoods/<int:pk>/boards/<int:board>/photo/", boards.board_photo, name="board_photo"),
    # Upkeep.
    path("neighbourhoods/<int:pk>/upkeep/", upkeep.upkeep, name="upkeep"),
    path("neighbourhoods/<int:pk>/upkeep/findings/", upkeep.upkeep_findings, name="upkeep_findings"),
    path("neighbourhoods/<int:pk>/upkeep/findings/<int:finding>/task/", inspections.finding_task, name="finding_task"),
    path("neighbourhoods/<int:pk>/upkeep/tours/new/", inspections.inspection_new, name="inspection_new"),
    path("neighbourhoods/<int:pk>/upkeep/tours/<int:inspection>/", inspections.inspection, name="inspection"),
    path(
        "neighbourhoods/<int:pk>/upkeep/tours/<int:inspection>/edit/",
        inspections.inspection_edit,
        name="inspection_edit",
    ),
    path(
        "neighbourhoods/<int:pk>/upkeep/tours/<int:inspection>/close/",
        inspections.inspection_close,
        name="inspection_close",
    ),
    path("neighbourhoods/<int:pk>/upkeep/tasks/new/", upkeep_tasks.upkeep_task_new, name="upkeep_task_new"),
    path("neighbourhoods/<int:pk>/upkeep/tasks/<int:upkeep_task>/", upkeep_tasks.upkeep_task, name="upkeep_task"),
    path("upkeep/photos/finding/<int:finding>/", upkeep.finding_photo, name="finding_photo"),
    path("upkeep/photos/task/<int:upkeep_task>/", upkeep.upkeep_task_photo, name="upkeep_task_photo"),
    path("upkeep/photos/step/<int:step>/", upkeep.upkeep_step_photo, name="upkeep_step_photo"),
    # Contests.
    path("neighbourhoods/<int:pk>/contests/", contests.contests, name="contests"),
    path("neighbourhoods/<int:pk>/contests/new/", contests.contest_new, name="contest_new"),
    path("neighbourhoods/<int:pk>/contests/<int:contest>/", contests.contest, name="contest"),
    path("neighbourhoods/<int:pk>/contests/<int:contest>/edit/", contests.contest_edit, name="contest_edit"),
    path("neighbourhoods/<int:pk>/contests/<int:contest>/act/", contests.contest_act, name="contest_act"),
    path(
        "neighbourhoods/<int:pk>/contests/<int:contest>/entries/<int:contest_entry>/",
        contests.contest_entry,
        name="contest_entry",
    ),
    # Conventions.
    path("neighbourhoods/<int:pk>/conventions/", conventions.conventions, name="conventions"),
    path(
        "neighbourhoods/<int:pk>/conventions/new/<slug:convention_kind>/",
        conventions.convention_new,
        name="convention_new",
    ),
    path("neighbourhoods/<int:pk>/conventions/<int:convention>/", conventions.convention, name="convention"),
    path(
        "neighbourhoods/<int:pk>/conventions/<int:convention>/text/",
        conventions.convention_text,
        name="convention_text",
    ),
    path(
        "neighbourhoods/<int:pk>/conventions/<int:convention>/versions/<int:version_number>/",
        conventions.convention_version,
        name="convention_version",
    ),
    path(
        "neighbourhoods/<int:pk>/conventions/<int:convention>/print/",
        conventions.convention_print,
        name="convention_print",
    ),
    path(
        "neighbourhoods/<int:pk>/conventions/<int:convention>/doors/",
        convention_doors.convention_doors,
        name="convention_doors",
    ),
    path(
        "neighbourhoods/<int:pk>/conventions/<int:convention>/doors/<int:household>/",
        convention_doors.convention_door,
        name="convention_door",
    ),
]
