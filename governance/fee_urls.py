"""The pages of fees, below `/fees/`."""

from django.urls import path

from governance.pages.fees import (
    arrears,
    audits,
    bills,
    channels,
    disclosures,
    doors,
    endings,
    households,
    hub,
    liabilities,
    months,
    notify,
    parking,
    payments,
    rates,
    reductions,
    runs,
    schedules,
    statements,
)

urlpatterns = [
    path("", hub.fees_home, name="fees_home"),
    path("<int:pk>/", hub.fees, name="fees"),
    # Households and bills.
    path("<int:pk>/households/", households.fee_households, name="fee_households"),
    path("<int:pk>/households/<int:household>/", households.fee_household, name="fee_household"),
    path("<int:pk>/bills/", bills.fee_bills, name="fee_bills"),
    path("<int:pk>/bills/print/", bills.fee_bills_print, name="fee_bills_print"),
    path("<int:pk>/bills/<int:bill>/", bills.fee_bill, name="fee_bill"),
    # Billing runs and months.
    path("<int:pk>/runs/", runs.fee_runs, name="fee_runs"),
    path("<int:pk>/runs/<int:run>/", runs.fee_run, name="fee_run"),
    path("<int:pk>/months/", months.fee_months, name="fee_months"),
    # Payments and refunds.
    path("<int:pk>/households/<int:household>/pay/", payments.fee_payment_new, name="fee_payment_new"),
    path("<int:pk>/payments/", payments.fee_payments, name="fee_payments"),
    path("<int:pk>/payments/<int:payment>/receipt/", payments.fee_receipt, name="fee_receipt"),
    path("<int:pk>/accounts/<int:account>/refund/", payments.fee_refund, name="fee_refund"),
    path("<int:pk>/ending/", endings.fee_ending, name="fee_ending"),
    # Prices, tenants who pay, and reductions.
    path("<int:pk>/prices/", schedules.fee_schedules, name="fee_schedules"),
    path("<int:pk>/prices/new/", schedules.fee_schedule_new, name="fee_schedule_new"),
    path("<int:pk>/prices/<int:schedule>/", schedules.fee_schedule, name="fee_schedule"),
    path("<int:pk>/tenants/", liabilities.fee_liabilities, name="fee_liabilities"),
    path("<int:pk>/tenants/new/", liabilities.fee_liability_new, name="fee_liability_new"),
    path("<int:pk>/reductions/", reductions.fee_reductions, name="fee_reductions"),
    path("<int:pk>/reductions/new/", reductions.fee_reduction_new, name="fee_reduction_new"),
    path("<int:pk>/reductions/<int:reduction>/", reductions.fee_reduction, name="fee_reduction"),
    # Arrears and reminders.
    path("<int:pk>/arrears/", arrears.fee_arrears, name="fee_arrears"),
    path("<int:pk>/arrears/letters/", arrears.fee_letters, name="fee_letters"),
    path("<int:pk>/arrears/doors/", doors.fee_doors, name="fee_doors"),
    path("<int:pk>/arrears/doors/<int:household>/", doors.fee_door, name="fee_door"),
    path("<int:pk>/arrears/<int:account>/", arrears.fee_arrears_of, name="fee_arrears_of"),
    path("<int:pk>/reminders/<int:reminder>/proof/", arrears.fee_reminder_proof, name="fee_reminder_proof"),
    # Parking.
    path("<int:pk>/parking/", parking.fee_parking, name="fee_parking"),
    path("<int:pk>/parking/vehicles/", parking.fee_vehicles, name="fee_vehicles"),
    path("<int:pk>/parking/vehicles/<int:vehicle>/", parking.fee_vehicle, name="fee_vehicle"),
    # Statements and payment channels.
    path("notify/<slug:provider>/<int:channel>/", notify.fee_notify, name="fee_notify"),
    path("<int:pk>/statements/", statements.fee_statements, name="fee_statements"),
    path("<int:pk>/statements/<int:statement>/", statements.fee_statement, name="fee_statement"),
    path("<int:pk>/statements/<int:statement>/match/", statements.fee_statement_match, name="fee_statement_match"),
    path(
        "<int:pk>/statements/<int:statement>/lines/<int:line>/",
        statements.fee_statement_line,
        name="fee_statement_line",
    ),
    path("<int:pk>/notices/<int:provider_notice>/settle/", statements.fee_notice_settle, name="fee_notice_settle"),
    path("<int:pk>/channels/", channels.fee_channels, name="fee_channels"),
    path("<int:pk>/channels/new/<slug:provider>/", channels.fee_channel_new, name="fee_channel_new"),
    path("<int:pk>/channels/<int:channel>/", channels.fee_channel, name="fee_channel"),
    path("<int:pk>/orders/new/", channels.fee_order_new, name="fee_order_new"),
    path("<int:pk>/orders/<int:order>/", channels.fee_order, name="fee_order"),
    # Rates, disclosure, audits.
    path("<int:pk>/rates/", rates.fee_rates, name="fee_rates"),
    path("<int:pk>/disclosures/", disclosures.fee_disclosures, name="fee_disclosures"),
    path("<int:pk>/disclosures/new/", disclosures.fee_disclosure_new, name="fee_disclosure_new"),
    path("<int:pk>/disclosures/<int:disclosure>/", disclosures.fee_disclosure, name="fee_disclosure"),
    path("<int:pk>/disclosures/<int:disclosure>/file/", disclosures.fee_disclosure_file, name="fee_disclosure_file"),
    path("<int:pk>/purses/<slug:purse>/", disclosures.fee_purse, name="fee_purse"),
    path("audits/", audits.fee_audits, name="fee_audits"),
    path("audits/<int:audit>/", audits.fee_audit, name="fee_audit"),
]
