from governance.models.fees.billing import Bill, BilledTally, BillingRun, MonthClosing, SettledTally
from governance.models.fees.collecting import (
    PaymentChannel,
    PaymentOrder,
    ProviderNotice,
    Reminder,
    Statement,
    StatementLine,
)
from governance.models.fees.parking import ParkingPass, ParkingSession, Vehicle
from governance.models.fees.payments import Allocation, Payment, PaymentReversal, Refund
from governance.models.fees.reporting import Disclosure, FeeAudit, PurseEntry
from governance.models.fees.schedules import FeeAccount, FeeLiability, FeeReduction, FeeSchedule

__all__ = [
    "Allocation",
    "Bill",
    "BilledTally",
    "BillingRun",
    "Disclosure",
    "FeeAccount",
    "FeeAudit",
    "FeeLiability",
    "FeeReduction",
    "FeeSchedule",
    "MonthClosing",
    "ParkingPass",
    "ParkingSession",
    "Payment",
    "PaymentChannel",
    "PaymentOrder",
    "PaymentReversal",
    "ProviderNotice",
    "PurseEntry",
    "Refund",
    "Reminder",
    "SettledTally",
    "Statement",
    "StatementLine",
    "Vehicle",
]
