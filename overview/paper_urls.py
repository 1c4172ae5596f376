"""Everything that is given as PDF, each below the thing that it is of."""

from django.urls import path

from overview.pages import papers, papers_of_fees, prints

urlpatterns = [
    path("surveys/<int:pk>/print/", prints.print_survey, name="print_survey"),
    path("surveys/<int:pk>/print/tally/", prints.print_tally, name="print_tally"),
    path("surveys/<int:pk>/print/rounds/", prints.print_round_sheets, name="print_round_sheets"),
    path("surveys/<int:pk>/print/forms/", prints.print_consultation_forms, name="print_consultation_forms"),
    path("notices/<int:pk>/print/", prints.print_notice, name="print_notice"),
    path("votes/<int:pk>/print/", prints.print_vote, name="print_vote"),
    path("neighbourhoods/<int:pk>/evidence/assessment/print/", papers.print_assessment, name="print_assessment"),
    path("neighbourhoods/<int:pk>/evidence/application/print/", papers.print_application, name="print_application"),
    path("neighbourhoods/<int:pk>/letter/", papers.print_letter, name="print_letter"),
    path("neighbourhoods/<int:pk>/works/board/", papers.print_site_board, name="print_site_board"),
    path(
        "neighbourhoods/<int:pk>/works/packages/<int:package>/acceptance/print/",
        papers.print_acceptance,
        name="print_acceptance",
    ),
    path(
        "neighbourhoods/<int:pk>/works/packages/<int:package>/warranty/print/",
        papers.print_warranty,
        name="print_warranty",
    ),
    path(
        "neighbourhoods/<int:pk>/evaluation/<int:evaluation>/forms/",
        papers.print_evaluation_forms,
        name="print_evaluation_forms",
    ),
    path("neighbourhoods/<int:pk>/handover/<int:handover>/pdf/", papers.print_handover, name="print_handover"),
    path("neighbourhoods/<int:pk>/boards/pdf/", papers.print_boards, name="print_boards"),
    path("fees/<int:pk>/bills/pdf/", papers_of_fees.print_bills, name="print_bills"),
    path("fees/<int:pk>/bills/<int:bill>/pdf/", papers_of_fees.print_bill, name="print_bill"),
    path("fees/<int:pk>/payments/pdf/", papers_of_fees.print_receipts, name="print_receipts"),
    path("fees/<int:pk>/payments/<int:payment>/receipt/pdf/", papers_of_fees.print_receipt, name="print_receipt"),
    path("fees/<int:pk>/arrears/letters/pdf/", papers_of_fees.print_letters, name="print_letters"),
    path("fees/<int:pk>/disclosures/<int:disclosure>/pdf/", papers.print_disclosure, name="print_disclosure"),
]
"""Notices and disclosures are open to everybody."""
